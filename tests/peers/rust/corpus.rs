//! The corpus of public responses before every judge: ours, the crates `saml` and `xml-sec`, xmlsec1, and the
//! manifest, which has what each document's own project says of it.
//!
//! Each is asked about the same bytes with the same certificates. Where one says otherwise than ours, the document
//! itself has to have a reason of [`CLASSES`]; a difference without one fails, and so does a class with more or fewer
//! differences than are known.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

#[path = "corpus/bounded.rs"]
mod bounded;
#[path = "corpus/case.rs"]
mod case;
#[path = "corpus/classes.rs"]
mod classes;
#[path = "corpus/content.rs"]
mod content;
#[path = "corpus/facts.rs"]
mod facts;
mod judges;
#[path = "corpus/manifest.rs"]
mod manifest;

use bounded::Answer;
use case::{Case, PEERS, Peer, agree};
use claimbridge_practice::SigningKey;
use classes::CLASSES;
use manifest::{Corpus, Row};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// Responses of the corpus that the numbers of [`CLASSES`] were counted over; of any other they are only told.
const COUNTED: usize = 404;

/// Differences of each class, in the order of [`CLASSES`], and those that belong to none.
#[derive(Default)]
struct Differences {
    known: BTreeMap<usize, Vec<String>>,
    unexplained: Vec<String>,
}

impl Differences {
    fn compare(&mut self, case: &Case<'_>) {
        let ours = case.ours_said();
        let accepts = case.ours.is_ok();
        for peer in PEERS {
            let Some(said) = case.said(peer) else {
                continue;
            };
            if agree(&ours, &said) {
                continue;
            }
            let path = &case.row.path;
            let found = CLASSES.iter().position(|class| {
                class.peers.contains(&peer)
                    && class.ours.is_none_or(|ours| ours == accepts)
                    && (class.holds)(case)
            });
            match found {
                Some(class) => self
                    .known
                    .entry(class)
                    .or_default()
                    .push(format!("{peer:?} {path}")),
                None => {
                    let also = CLASSES.iter().filter(|class| (class.holds)(case));
                    let also: Vec<&str> = also.map(|class| class.why).collect();
                    self.unexplained.push(format!(
                        "{path}\n    ours {ours:?}\n    {peer:?} {said:?}\n    reasons of other differences {also:?}\n    manifest: {}",
                        case.row.verdict
                    ));
                }
            }
        }
    }

    /// Every class with its number, and those that have another one than is known.
    fn counted(&self, xmlsec1: bool) -> (String, Vec<String>) {
        let (mut counts, mut wrong) = (String::new(), Vec::new());
        for (at, class) in CLASSES.iter().enumerate() {
            let found = self.known.get(&at).map_or(&[][..], Vec::as_slice);
            let ours = match class.ours {
                Some(true) => "accepts",
                Some(false) => "refuses",
                None => "says anything",
            };
            let line = format!("ours {ours}, {:?}: {}", class.peers, class.why);
            writeln!(counts, "{:4} {line}", found.len()).unwrap();
            let asked = xmlsec1 || !class.peers.contains(&Peer::Xmlsec1);
            if asked && found.len() != class.differences {
                wrong.push(format!(
                    "{} instead of {}: {line}\n    {}",
                    found.len(),
                    class.differences,
                    found.join("\n    ")
                ));
            }
        }
        (counts, wrong)
    }
}

/// Everybody's verdict on every response, in the manifest's order.
fn judged(corpus: &Corpus) -> Vec<Case<'_>> {
    let work = std::env::temp_dir().join(format!("claimbridge-peers-corpus-{}", std::process::id()));
    let nobody = SigningKey::new("nobody", 365).unwrap();
    let rows: Vec<&Row> = corpus.responses().collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let cases = std::thread::scope(|scope| {
        let parts = rows
            .chunks(rows.len().div_ceil(threads))
            .enumerate()
            .map(|(at, rows)| {
                let (work, nobody) = (work.join(at.to_string()), nobody.certificate());
                scope.spawn(move || {
                    std::fs::create_dir_all(&work).unwrap();
                    let cases = rows.iter().map(|row| Case::of(corpus, row, nobody, &work));
                    cases.collect::<Vec<_>>()
                })
            });
        let parts: Vec<_> = parts.collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    std::fs::remove_dir_all(&work).unwrap();
    cases
}

#[test]
fn everybody_says_the_same_of_the_corpus_or_there_is_a_reason() {
    let Some(folder) = std::env::var_os("CLAIMBRIDGE_CORPUS") else {
        // Not by a macro, whose words the test program keeps to itself.
        let why = b"CLAIMBRIDGE_CORPUS is not set: there is no corpus to test with\n";
        std::io::stderr().write_all(why).unwrap();
        return;
    };
    let corpus = Corpus::open(Path::new(&folder));
    let cases = judged(&corpus);
    let mut differences = Differences::default();
    for case in &cases {
        differences.compare(case);
    }
    let xmlsec1 = !cases.iter().any(|case| case.xmlsec1 == Answer::Given(None));
    if !xmlsec1 {
        println!("xmlsec1 is not installed: it was not asked");
    }
    let accepted: Vec<&Case<'_>> = cases.iter().filter(|case| case.ours.is_ok()).collect();
    let (counts, wrong) = differences.counted(xmlsec1);
    println!(
        "{} documents, of which ours accepts {}; where others say otherwise:\n{counts}",
        cases.len(),
        accepted.len()
    );
    let unexplained = &differences.unexplained;
    assert!(
        unexplained.is_empty(),
        "{} unexplained:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
    assert!(wrong.is_empty() || cases.len() != COUNTED, "{}", wrong.join("\n"));
    assert!(cases.len() >= COUNTED && accepted.len() > 100);
    let unconfirmed = accepted.iter().filter(|case| !case.is_confirmed());
    let unconfirmed: Vec<&str> = unconfirmed.map(|case| case.row.path.as_str()).collect();
    assert!(
        unconfirmed.is_empty(),
        "ours covers what xmlsec1 did not confirm: {unconfirmed:?}"
    );
}
