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

#[test]
fn architecture_names_every_module_of_core() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    for (path, _) in sources("src-tauri/core/src") {
        let relative = path
            .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/core/src"))
            .unwrap();
        let name = relative.to_string_lossy().replace('\\', "/");
        assert!(
            name == "lib.rs" || text.contains(&name),
            "ARCHITECTURE.md does not name {name}"
        );
    }
}
