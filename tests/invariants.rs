//! What must not depend on what, checked in the manifests and the sources (ARCHITECTURE.md).

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    assert!(!found.is_empty(), "{folder} has sources");
    found
}

/// Names of the packages that a package is built of, without its tests.
fn packages(of: &str) -> Vec<String> {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--package",
            of,
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).unwrap();
    text.lines()
        .filter_map(|l| l.split(' ').next().map(str::to_owned))
        .collect()
}

#[test]
fn core_knows_no_network_no_window_and_no_sdk() {
    let all = packages("claimbridge-core");
    for package in all {
        let foreign = ["tokio", "tauri", "hyper", "reqwest", "wry", "mio"].contains(&package.as_str())
            || package.starts_with("aws-sdk");
        assert!(!foreign, "core is built of {package}");
    }
}

#[test]
fn the_command_line_links_no_web_view() {
    for package in packages("claimbridge-cli") {
        assert!(
            !["wry", "tauri", "webkit2gtk", "gtk"].contains(&package.as_str()),
            "the command line is built of {package}"
        );
    }
}

#[test]
fn core_reads_no_clock_and_no_disk() {
    for (path, text) in sources("src-tauri/core/src") {
        for call in [
            "now_utc",
            "SystemTime::now",
            "Instant::now",
            "std::fs",
            "std::net",
            "std::env",
        ] {
            assert!(!text.contains(call), "{} uses {call}", path.display());
        }
    }
}

#[test]
fn no_type_of_the_sdk_leaves_its_crate() {
    for (path, text) in sources("src-tauri/aws/src") {
        for line in text
            .lines()
            .filter(|l| l.trim_start().starts_with("pub fn") || l.trim_start().starts_with("pub async fn"))
        {
            assert!(
                !line.contains("aws_") && !line.contains("SdkError"),
                "{}: {line}",
                path.display()
            );
        }
    }
    for (path, text) in sources("src-tauri/runtime/src")
        .into_iter()
        .chain(sources("src-tauri/cli/src"))
    {
        assert!(!text.contains("aws_sdk"), "{} knows the SDK", path.display());
    }
}

#[test]
fn the_sign_in_window_has_no_capability() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/capabilities/main.json"))
            .unwrap();
    let windows = text
        .split("\"windows\"")
        .nth(1)
        .and_then(|r| r.split(']').next())
        .unwrap_or_default();
    assert_eq!(windows.matches('"').count(), 2, "one window: {windows}");
    assert!(windows.contains("main"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/capabilities");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
}

#[test]
fn every_module_opens_with_what_it_is_for() {
    for folder in ["core", "aws", "practice", "runtime", "cli"] {
        for (path, text) in sources(&format!("src-tauri/{folder}/src")) {
            assert!(text.starts_with("//!"), "{} has no opening", path.display());
        }
    }
}

/// The rows of a crate's section by their doors, and what stands behind each.
fn rows(text: &str, krate: &str) -> Vec<(String, String)> {
    let heading = format!("### `claimbridge-{krate}`");
    let section = text.split(&heading).nth(1).expect("a section of its own");
    let section = section.split("\n### ").next().unwrap();
    let cells = section.lines().filter_map(|l| l.strip_prefix("| **"));
    cells
        .map(|row| {
            let mut cells = row.split('|');
            let (doors, _, behind) = (cells.next(), cells.next(), cells.next());
            (format!("**{}", doors.unwrap()), behind.unwrap().to_owned())
        })
        .collect()
}

#[test]
fn architecture_names_every_module() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    for krate in ["core", "aws", "practice", "runtime", "cli"] {
        let folder = format!("src-tauri/{krate}/src");
        let rows = rows(&text, krate);
        let mut unseen: Vec<&str> = Vec::new();
        for (_, behind) in &rows {
            unseen.extend(behind.split([',', '(', ')', ' ']).filter(|w| !w.is_empty()));
        }
        for (path, _) in sources(&folder) {
            let path = path.strip_prefix(root.join(&folder)).unwrap().with_extension("");
            let names: Vec<&str> = path.iter().map(|n| n.to_str().unwrap()).collect();
            let (door, own) = (names[0], names[names.len() - 1]);
            if door == "lib" {
                continue;
            }
            let row = rows
                .iter()
                .find(|(doors, _)| doors.contains(&format!("**{door}**")));
            let (_, behind) =
                row.unwrap_or_else(|| panic!("ARCHITECTURE.md does not name {door} of {krate}"));
            if names.len() > 1 {
                let is_named = behind.split([',', '(', ')', ' ']).any(|word| word == own);
                assert!(
                    is_named,
                    "ARCHITECTURE.md does not name {} of {krate}",
                    path.display()
                );
                unseen.retain(|word| *word != own);
            }
        }
        assert_eq!(
            unseen,
            Vec::<&str>::new(),
            "ARCHITECTURE.md names what {krate} has not"
        );
    }
}
