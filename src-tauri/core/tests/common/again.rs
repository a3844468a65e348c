//! A sign-in, kept and judged again by what is there still.

use claimbridge_core::diagnose::kept::{KeptCase, Key};
use claimbridge_core::diagnose::{Evidence, diagnose};

/// The same rules fire, as bad, for its keeper and for others, and nobody of `people` can be recognised.
pub fn kept_is_the_same(evidence: &Evidence, people: &[&str]) {
    let of = |e: &Evidence| diagnose(e).iter().map(|f| (f.id, f.severity)).collect::<Vec<_>>();
    let key = Key::parse("7c9e6679-7425-40de-944b-e07fc1f90ae7").unwrap();
    let json = KeptCase::of(evidence, &key).to_json();
    let lower = json.to_lowercase();
    for value in people {
        assert!(!lower.contains(&value.to_lowercase()), "{value} in {json}");
    }
    let again = KeptCase::from_json(json.as_bytes()).unwrap();
    assert_eq!(of(&again.evidence(evidence, &key)), of(evidence), "{json}");
    let shared = again.shared();
    let rules = |e: &Evidence| diagnose(e).iter().map(|f| f.id).collect::<Vec<_>>();
    assert_eq!(
        rules(&shared.evidence(evidence, &key)),
        rules(evidence),
        "{}",
        shared.to_json()
    );
}
