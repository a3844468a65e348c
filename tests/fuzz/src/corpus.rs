//! Files of other people as seeds, where there are some.

use std::path::Path;

/// Bytes of a file that is worth changing over and over.
const LONGEST: u64 = 128 * 1024;
/// Files of one folder.
const MOST: usize = 400;

/// Every small file in a folder of the corpus and below; none where there is no corpus.
pub(crate) fn files(folder: &str) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    if let Some(corpus) = std::env::var_os("CLAIMBRIDGE_CORPUS") {
        gather(&Path::new(&corpus).join(folder), &mut all);
    }
    all
}

fn gather(folder: &Path, all: &mut Vec<Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            gather(&path, all);
        } else if all.len() < MOST
            && path.metadata().is_ok_and(|m| m.len() <= LONGEST)
            && let Ok(bytes) = std::fs::read(&path)
        {
            all.push(bytes);
        }
    }
}
