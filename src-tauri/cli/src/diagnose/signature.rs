//! What is known of a signature, as text and as JSON.

use claimbridge_runtime::diagnose::signature::{Keys, Signature, Unchecked};
use serde_json::{Value as Json, json};

fn id(by: Keys) -> &'static str {
    match by {
        Keys::Aws => "aws",
        Keys::Setup => "setup",
        Keys::HandedIn => "handed-in",
        Keys::Issuer => "issuer",
    }
}

/// By whose keys, in a part of a sentence; `of` is empty where it is not known.
fn by_whom(by: Keys, of: &str) -> String {
    let by = match by {
        Keys::Aws => "by the metadata that AWS has",
        Keys::Setup => "by the set-up's metadata",
        Keys::HandedIn => "by what was handed in, which nobody vouches for",
        Keys::Issuer => "by the keys that the issuer publishes",
    };
    match of {
        "" => by.to_owned(),
        of => format!("{by} ({of})"),
    }
}

fn unchecked(why: Unchecked) -> &'static str {
    match why {
        Unchecked::NoMetadata => "hand in the metadata of the identity provider too",
        Unchecked::BadMetadata => "the metadata that counts cannot be read",
        Unchecked::NoKeys => "hand in the issuer's keys (jwks_uri) too",
        Unchecked::NoClient => "hand in the role's trust policy too, or name the set-up with --setup",
        Unchecked::NotJudged => "it is not what is judged",
    }
}

pub(super) fn document(signature: &Signature) -> Json {
    let (verdict, reason, by) = match signature {
        Signature::Verified { by, of, .. } => ("valid", None, Some((*by, of))),
        Signature::Refused { by, of, why } => ("invalid", Some(why.as_str()), Some((*by, of))),
        Signature::Absent => ("absent", None, None),
        Signature::Unchecked(why) => ("not checked", Some(unchecked(*why)), None),
    };
    json!({
        "verdict": verdict,
        "reason": reason,
        "by": by.map(|(by, _)| id(by)),
        "of": by.map(|(_, of)| of),
    })
}

pub(super) fn sentence(signature: &Signature) -> String {
    match signature {
        Signature::Verified { by, of, .. } => format!("valid, {}", by_whom(*by, of)),
        Signature::Refused { by, of, why } => format!("invalid, {}: {why}", by_whom(*by, of)),
        Signature::Absent => "absent: anybody could have written the claims".into(),
        Signature::Unchecked(why) => format!("not checked: {}", unchecked(*why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_says_by_whom() {
        let of = "https://idp.example/".to_owned();
        let verified = |by| Signature::Verified {
            by,
            of: of.clone(),
            whole: false,
        };
        for (signature, text, verdict, by) in [
            (
                verified(Keys::Aws),
                "valid, by the metadata that AWS has (https://idp.example/)",
                "valid",
                Some("aws"),
            ),
            (
                verified(Keys::HandedIn),
                "valid, by what was handed in, which nobody vouches for (https://idp.example/)",
                "valid",
                Some("handed-in"),
            ),
            (
                Signature::Refused {
                    by: Keys::Setup,
                    of: String::new(),
                    why: "no".into(),
                },
                "invalid, by the set-up's metadata: no",
                "invalid",
                Some("setup"),
            ),
            (
                Signature::Absent,
                "absent: anybody could have written the claims",
                "absent",
                None,
            ),
            (
                Signature::Unchecked(Unchecked::NoKeys),
                "not checked: hand in the issuer's keys (jwks_uri) too",
                "not checked",
                None,
            ),
        ] {
            assert_eq!(sentence(&signature), text);
            let document = document(&signature);
            assert_eq!(document["verdict"], verdict, "{text}");
            assert_eq!(document["by"].as_str(), by, "{text}");
        }
    }
}
