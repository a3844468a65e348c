//! Text and JSON on standard output; everything else goes to standard error.

use claimbridge_core::diagnose::{Finding, Severity};
use claimbridge_core::resource::SecretValue;
use serde_json::Value as Json;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::End;

/// The first failure to write to standard output.
static BROKEN: Mutex<Option<ErrorKind>> = Mutex::new(None);

/// A line to standard output. A reader that went away must not end a run; it is said at the end.
pub(crate) fn line(text: std::fmt::Arguments<'_>) {
    if let Err(error) = writeln!(std::io::stdout(), "{}", seen(&text.to_string())) {
        let mut broken = BROKEN.lock().unwrap_or_else(PoisonError::into_inner);
        broken.get_or_insert(error.kind());
    }
}

/// A text as a terminal may have it: what others wrote can hold characters that a terminal obeys.
pub(crate) fn seen(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
            c.escape_unicode().to_string()
        }
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// Why not everything reached standard output; a reader that had enough is no failure.
pub(crate) fn failure() -> Option<ErrorKind> {
    let broken = BROKEN.lock().unwrap_or_else(PoisonError::into_inner);
    broken.filter(|kind| *kind != ErrorKind::BrokenPipe)
}

/// As `println!`, without its panic.
macro_rules! out {
    ($($text:tt)*) => { $crate::output::line(format_args!($($text)*)) };
}

/// As `eprintln!`, without its panic: nobody may be listening.
macro_rules! err {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "{}", $crate::output::seen(&format!($($text)*)));
    }};
}

pub(crate) use {err, out};

/// Prints the one document of `--json`.
pub(crate) fn json(value: &Json) {
    out!("{}", serde_json::to_string_pretty(value).unwrap_or_default());
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
        out!("{indent}{mark}  {}  {}", f.id, f.title);
        if !f.expected.is_empty() {
            out!("{indent}            expected  {}", f.expected);
        }
        out!(
            "{indent}            found     {}",
            if f.found.is_empty() { "nothing" } else { &f.found }
        );
        out!("{indent}            do        {}", f.remedy);
    }
}

/// A federation's aggregate has some 100 MB; nothing that is handed in is longer.
const LONGEST: u64 = 512 << 20;

/// A file to be read as it comes, or standard input for `-`.
pub(crate) fn source(path: &Path) -> Result<Box<dyn Read>, End> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin()));
    }
    let unreadable = |error| {
        End::Input(format!(
            "{} cannot be read: {error}. Check the path.",
            path.display()
        ))
    };
    fs::File::open(path)
        .map(|file| Box::new(file) as Box<dyn Read>)
        .map_err(unreadable)
}

/// Reads a file, or standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, End> {
    let standard = path == Path::new("-");
    let name = if standard {
        "Standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let source: std::io::Result<Box<dyn Read>> = if standard {
        Ok(Box::new(std::io::stdin()))
    } else {
        fs::File::open(path).map(|file| Box::new(file) as Box<dyn Read>)
    };
    // A recording of 50 MB is held once, not twice while it grows.
    let size = if standard {
        0
    } else {
        fs::metadata(path).map_or(0, |m| m.len())
    };
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(LONGEST)).unwrap_or(0));
    match source.and_then(|s| s.take(LONGEST + 1).read_to_end(&mut bytes)) {
        Err(error) => Err(End::Input(format!(
            "{name} cannot be read: {error}. Check the path."
        ))),
        Ok(_) if bytes.len() as u64 > LONGEST => Err(End::Input(format!(
            "{name} is longer than {} MB. Choose the file that was meant.",
            LONGEST >> 20
        ))),
        Ok(_) => Ok(bytes),
    }
}

/// Reads the client secret: from a file, or the first line of standard input. It is shown nowhere.
pub(crate) fn secret(file: Option<&Path>) -> Result<SecretValue, End> {
    let path = file.unwrap_or(Path::new("-"));
    let bytes = read(path)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        End::Input("The client secret is not UTF-8 text. Copy it again from the identity provider.".into())
    })?;
    // A byte order mark is the file's own beginning, and one line break its end.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    Ok(SecretValue::from(text))
}

#[cfg(test)]
mod tests {
    use super::seen;

    #[test]
    fn a_terminal_obeys_nobody() {
        for (text, expected) in [
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("\u{202e}x", "\\u{202e}x"),
            ("two\nlines\tand ü", "two\nlines\tand ü"),
        ] {
            assert_eq!(seen(text), expected);
        }
    }
}
