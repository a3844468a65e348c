//! Text and JSON on standard output; everything else goes to standard error.

use claimbridge_core::diagnose::{Finding, Severity};
use serde_json::Value as Json;
use std::fs;
use std::io::Read;
use std::path::Path;

use crate::End;

/// Prints the one document of `--json`.
pub(crate) fn json(value: &Json) {
    println!("{}", serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Prints findings for a person, causes first.
pub(crate) fn findings(findings: &[Finding]) {
    for f in findings {
        let mark = match f.severity {
            Severity::Blocking => "✕ blocking",
            Severity::Warning => "! warning ",
            Severity::Info => "· note    ",
        };
        let indent = if f.caused_by.is_some() { "    " } else { "" };
        println!("{indent}{mark}  {}  {}", f.id, f.title);
        if !f.expected.is_empty() {
            println!("{indent}            expected  {}", f.expected);
        }
        println!(
            "{indent}            found     {}",
            if f.found.is_empty() { "nothing" } else { &f.found }
        );
        println!("{indent}            do        {}", f.remedy);
    }
}

/// Reads a file, or standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, End> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        return match std::io::stdin().read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(End::Input(format!("Standard input cannot be read: {error}."))),
        };
    }
    fs::read(path).map_err(|error| {
        End::Input(format!(
            "{} cannot be read: {error}. Check the path.",
            path.display()
        ))
    })
}
