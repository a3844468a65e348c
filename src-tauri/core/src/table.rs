//! Tables that people export: text that is recognised as one, its separator, its records with their lines, and
//! names of columns that are matched loosely.

use csv::{ReaderBuilder, StringRecord};

/// Why bytes are no table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotATable {
    /// Nothing in it.
    Empty,
    /// Something else, in words: a workbook, a web page.
    Kind(&'static str),
    /// Text in another encoding.
    NotUtf8 {
        /// Line of the first byte that does not fit, from 1.
        line: usize,
    },
    /// Longer than is read.
    TooLong {
        /// Its length.
        bytes: usize,
    },
}

/// Text of a file that is neither too long nor something else than text.
pub(crate) fn text(bytes: &[u8], longest: usize) -> Result<&str, NotATable> {
    if bytes.len() > longest {
        return Err(NotATable::TooLong { bytes: bytes.len() });
    }
    for (mark, kind) in [
        (&b"PK\x03\x04"[..], "a workbook or an archive"),
        (b"\xd0\xcf\x11\xe0", "an old workbook"),
        (b"\xff\xfe", "text in UTF-16"),
        (b"\xfe\xff", "text in UTF-16"),
    ] {
        if bytes.starts_with(mark) {
            return Err(NotATable::Kind(kind));
        }
    }
    let text = std::str::from_utf8(bytes).map_err(|e| NotATable::NotUtf8 {
        line: 1 + memchr::memchr_iter(b'\n', &bytes[..e.valid_up_to()]).count(),
    })?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(NotATable::Empty);
    }
    if text.trim_start().starts_with('<') {
        return Err(NotATable::Kind("a web page or XML"));
    }
    Ok(text)
}

/// Letters and digits in lower case.
pub(crate) fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The column of the first of these names that is there.
pub(crate) fn find(names: &[String], wanted: &[&str]) -> Option<usize> {
    wanted.iter().find_map(|w| names.iter().position(|n| n == w))
}

/// The separator of the first line: the one that it has most of, outside quotes.
fn separator(line: &str) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        for (separator, count) in &mut counts {
            *count += usize::from(!quoted && byte == *separator);
        }
    }
    // The first of equals: a comma where there is none of all.
    let most = counts.iter().map(|(_, n)| *n).max().unwrap_or_default();
    counts.iter().find(|(_, n)| *n == most).map_or(b',', |(s, _)| *s)
}

/// A table as records with their lines.
pub(crate) struct Table<'a> {
    reader: csv::Reader<&'a [u8]>,
    /// Lines in front of what the reader sees.
    before: u64,
}

impl<'a> Table<'a> {
    pub(crate) fn new(text: &'a str) -> Table<'a> {
        let mut text = text;
        let mut before = 0;
        let mut separator = None;
        // Excel's own mark for the separator.
        let first = text.split('\n').next().unwrap_or_default();
        if let Some([mark]) = first.trim_end().strip_prefix("sep=").map(str::as_bytes) {
            separator = Some(*mark);
            text = text.get(first.len() + 1..).unwrap_or_default();
            before = 1;
        }
        let header = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
        Table {
            reader: ReaderBuilder::new()
                .delimiter(separator.unwrap_or_else(|| self::separator(header)))
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes()),
            before,
        }
    }

    /// The next record that is not blank, with its line.
    pub(crate) fn next(&mut self, record: &mut StringRecord) -> Result<Option<u64>, NotATable> {
        while self
            .reader
            .read_record(record)
            // The text is UTF-8 and in memory, and records may have any length: this is not met.
            .map_err(|_| NotATable::Kind("no table"))?
        {
            if record.iter().any(|f| !f.trim().is_empty()) {
                let line = record.position().map_or(0, csv::Position::line);
                return Ok(Some(self.before + line));
            }
        }
        Ok(None)
    }
}
