//! Broken sign-ins: typed wrong in every practised portal, or changed by hand in AWS. The first cause is named,
//! and the smallest fix, really made, lets the person in.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod at_once;

use at_once::at_once;
use claimbridge_core::diagnose::RuleId;
use claimbridge_core::idp::{IdentityProvider, Protocol};
use claimbridge_runtime::demo::{Demo, run};
use claimbridge_runtime::practice::Mistake;

/// What can be typed wrong in every portal of SAML.
const TYPED: [RuleId; 9] = [
    RuleId::PairSwapped,
    RuleId::Whitespace,
    RuleId::RoleWrong,
    RuleId::AccountWrong,
    RuleId::ProviderWrong,
    RuleId::RecipientMismatch,
    RuleId::EmailMissing,
    RuleId::ClaimMisnamed,
    RuleId::SessionNameInvalid,
];

/// What somebody changes in AWS, whoever's the identity provider is.
const IN_AWS: [RuleId; 4] = [
    RuleId::TrustProvider,
    RuleId::TagSessionMissing,
    RuleId::TagSessionDenied,
    RuleId::AudPlaceholder,
];

/// And with OpenID Connect.
const OF_TOKENS: [RuleId; 4] = [
    RuleId::TokenAudience,
    RuleId::TokenTrust,
    RuleId::TokenTagSession,
    RuleId::TokenEmailMissing,
];

fn cases() -> Vec<(IdentityProvider, RuleId)> {
    let mut all = Vec::new();
    for idp in IdentityProvider::ALL {
        let rules: Vec<RuleId> = match idp.protocol() {
            Protocol::Saml => TYPED.into_iter().chain(IN_AWS).collect(),
            Protocol::Oidc => OF_TOKENS.to_vec(),
        };
        all.extend(rules.into_iter().map(|rule| (*idp, rule)));
    }
    all
}

/// How one came out.
struct Told {
    case: String,
    first: bool,
    mended: bool,
}

async fn tell(idp: IdentityProvider, rule: RuleId) -> Told {
    let out = tempfile::tempdir().unwrap();
    let demo = Demo {
        fault: Mistake::for_rule(rule),
        mend: true,
        ..Demo::new(idp)
    };
    let case = format!("{rule} at {}", idp.as_str());
    match run(demo, out.path(), &mut |_| {}).await {
        Err(problem) => Told {
            case: format!("{case}: {problem}"),
            first: false,
            mended: false,
        },
        Ok(outcome) => {
            let found: Vec<&str> = outcome.findings.iter().map(|f| f.id.as_str()).collect();
            Told {
                case: format!("{case}: {found:?} {:?}", outcome.mended),
                first: outcome.findings.first().is_some_and(|f| f.id == rule),
                mended: outcome.mended.is_some_and(|m| m.passed),
            }
        }
    }
}

#[test]
fn the_first_cause_is_named_and_the_smallest_fix_mends_it() {
    let all = cases();
    assert!(all.len() >= 60, "{}", all.len());
    let told = at_once(&all, async |(idp, rule)| tell(*idp, *rule).await);
    let not = |wrong: fn(&&Told) -> bool| -> Vec<&str> {
        told.iter().filter(wrong).map(|t| t.case.as_str()).collect()
    };
    let other_cause = not(|t| !t.first);
    let unmended = not(|t| !t.mended);
    println!(
        "{} broken sign-ins, {} with another first cause",
        told.len(),
        other_cause.len()
    );
    assert!(unmended.is_empty(), "not mended:\n{}", unmended.join("\n"));
    // 95 %.
    assert!(
        other_cause.len() * 20 <= told.len(),
        "another first cause:\n{}",
        other_cause.join("\n")
    );
}
