//! The corpus: its manifest, its documents, and whose certificates its projects trust.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{alphabet, engine::DecodePaddingMode};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One file of the corpus.
pub struct Row {
    pub path: String,
    kind: String,
    repository: String,
    /// What the tests of its own project say of it.
    pub verdict: String,
    /// What lxml and xmlsec1 said of it when the corpus was made.
    pub note: String,
}

/// A signature as xmlsec1 found it when the corpus was made.
pub struct Noted {
    /// The element it stands in.
    pub on: String,
    /// Whether it refers to that element.
    pub own: bool,
    pub genuine: bool,
    /// The beginning of the digest of the certificate that confirmed it.
    certificate: String,
}

impl Row {
    /// `Assertion[own,rsa-sha1]=OK(repo:test.crt sha256:0123456789abcdef)`, several behind semicolons.
    pub fn signatures(&self) -> Vec<Noted> {
        let Some((_, noted)) = self.note.rsplit_once("sigs=") else {
            return Vec::new();
        };
        let each = noted.split("; ").filter_map(|text| {
            let (on, rest) = text.split_once('[')?;
            let (how, said) = rest.split_once("]=")?;
            let certificate = said.split_once("sha256:").map_or("", |(_, sha)| sha);
            Some(Noted {
                on: on.trim().to_owned(),
                own: matches!(how.split(',').next(), Some("own" | "empty")),
                genuine: said.starts_with("OK("),
                certificate: certificate.chars().take_while(char::is_ascii_hexdigit).collect(),
            })
        });
        each.collect()
    }

    /// Whether its project takes it; None where nobody said.
    pub fn believed(&self) -> Option<bool> {
        let starts = |words: &[&str]| words.iter().any(|word| self.verdict.starts_with(word));
        if starts(&["valid", "accepted"]) {
            return Some(true);
        }
        starts(&[
            "invalid",
            "attack",
            "template",
            "oracle-only: unsigned",
            "oracle-only: signature FAILS",
        ])
        .then_some(false)
    }

    /// What the test of its project expects: its `issuer`, `acs` or `aud`.
    pub fn expected(&self, key: &str) -> Option<&str> {
        let (before, _) = self.note.split_once("ORACLE")?;
        before
            .split("; ")
            .find_map(|part| part.strip_prefix(key)?.strip_prefix(' '))
    }

    pub fn says(&self, word: &str) -> bool {
        self.verdict.contains(word)
    }
}

pub struct Corpus {
    folder: PathBuf,
    rows: Vec<Row>,
    /// Every certificate of every file, by the beginning of its digest.
    known: BTreeMap<String, Vec<u8>>,
    /// Those that each project itself trusts.
    honest: BTreeMap<String, BTreeSet<String>>,
}

impl Corpus {
    pub fn open(folder: &Path) -> Corpus {
        let text = std::fs::read_to_string(folder.join("MANIFEST.tsv")).unwrap();
        let rows = text.lines().skip(1).map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [path, kind, _, repository, _, _, _, verdict, note] = cells[..] else {
                panic!("the manifest has another shape: {line}");
            };
            let [path, kind, repository, verdict, note] =
                [path, kind, repository, verdict, note.trim_matches('"')].map(str::to_owned);
            Row {
                path,
                kind,
                repository,
                verdict,
                note,
            }
        });
        let mut corpus = Corpus {
            folder: folder.to_owned(),
            rows: rows.collect(),
            known: BTreeMap::new(),
            honest: BTreeMap::new(),
        };
        for row in &corpus.rows {
            let bytes = if row.is_response() {
                corpus.document(row)
            } else {
                corpus.bytes(row)
            };
            for der in certificates(&String::from_utf8_lossy(&bytes)) {
                if row.kind == "trust-material" {
                    corpus
                        .honest
                        .entry(row.repository.clone())
                        .or_default()
                        .insert(digest(&der));
                }
                corpus.known.entry(digest(&der)).or_insert(der);
            }
        }
        corpus
    }

    pub fn responses(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.is_response())
    }

    fn bytes(&self, row: &Row) -> Vec<u8> {
        std::fs::read(self.folder.join(&row.path)).unwrap()
    }

    /// The XML of a response, however its file wraps it.
    pub fn document(&self, row: &Row) -> Vec<u8> {
        let bytes = self.bytes(row);
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with('<') {
            return text.as_bytes().to_vec();
        }
        let value = text.rsplit("SAMLResponse=").next().unwrap_or_default();
        let value = value.split('&').next().unwrap_or_default();
        let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
        let Some(raw) = unarmored(&value) else {
            return text.as_bytes().to_vec();
        };
        if raw.trim_ascii_start().starts_with(b"<") || raw.starts_with(b"\xef") {
            return raw;
        }
        miniz_oxide::inflate::decompress_to_vec_with_limit(&raw, 1 << 22).unwrap_or(raw)
    }

    /// Certificates that the reader of this response would have: those of its project, of whoever signed it by the
    /// manifest, and, unless it is the attacker's, the one it brings along. That the key of the genuine part is
    /// believed is what an attack lives on.
    pub fn trusted(&self, row: &Row) -> Vec<Vec<u8>> {
        let mut trusted = self.honest.get(&row.repository).cloned().unwrap_or_default();
        if !row.says("attacker") && !row.says("trusted certs") {
            let signed = row
                .signatures()
                .into_iter()
                .filter(|s| s.genuine)
                .map(|s| s.certificate);
            trusted.extend(signed);
            let document = self.document(row);
            trusted.extend(
                certificates(&String::from_utf8_lossy(&document))
                    .iter()
                    .map(|c| digest(c)),
            );
        }
        trusted
            .iter()
            .filter_map(|sha| self.known.get(sha))
            .cloned()
            .collect()
    }
}

impl Row {
    fn is_response(&self) -> bool {
        self.kind.starts_with("response")
    }
}

/// Certificates of a PEM file, a file of bare base64, or an XML document.
pub fn certificates(text: &str) -> Vec<Vec<u8>> {
    let mut bodies: Vec<&str> = text
        .split("-----BEGIN CERTIFICATE-----")
        .skip(1)
        .filter_map(|rest| rest.split("-----END").next())
        .collect();
    bodies.extend(text.split("X509Certificate").filter_map(|rest| {
        let (tag, body) = rest.split_once('>')?;
        (tag.is_empty() || tag.starts_with([' ', '\n'])).then(|| body.split('<').next())?
    }));
    if bodies.is_empty() && !text.contains('<') && !text.contains("-----") {
        bodies.push(text);
    }
    let decoded = bodies
        .into_iter()
        .filter_map(|body| unarmored(&body.replace("&#13;", "").replace("&#xD;", "")));
    decoded.filter(|der| der.first() == Some(&0x30)).collect()
}

/// From either alphabet of base64, with white space, padded or not.
fn unarmored(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.replace('-', "+").replace('_', "/");
    GeneralPurpose::new(&alphabet::STANDARD, config).decode(text).ok()
}

fn digest(der: &[u8]) -> String {
    Sha256::digest(der)
        .iter()
        .take(8)
        .map(|b| format!("{b:02x}"))
        .collect()
}
