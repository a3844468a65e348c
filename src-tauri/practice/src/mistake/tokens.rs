//! The mistakes with OpenID Connect: in the claim, in the redirect, and in who may sign in.

use super::Mistake;
use super::portals::{Entry, entry};
use claimbridge_core::diagnose::RuleId;
use claimbridge_core::idp::IdentityProvider;

/// Characters that make a token longer than STS takes (STS: AssumeRoleWithWebIdentity).
const LONG: usize = 21_000;

impl Mistake {
    /// What is typed instead of a value of the guide.
    pub(super) fn typed_for_a_token(self, step: &str, text: &str) -> Option<String> {
        let changed = match (self.rule, self.way) {
            (RuleId::RedirectUri, _) if step == "test-redirect" => format!("{text}/"),
            (RuleId::TokenEmailMissing, 1) if step == "tags-claim" => match text {
                "ID Token" => "Access Token".into(),
                "ID token" => "Access token".into(),
                _ => return None,
            },
            _ => return None,
        };
        Some(changed)
    }

    /// Steps of the guide that are forgotten.
    pub(super) fn skips_for_a_token(self, step: &str) -> bool {
        match self.rule {
            RuleId::ClientNotAssigned | RuleId::AccessForbidden => step == "assign",
            RuleId::NoAccessPolicy => matches!(step, "access-policy" | "access-rule"),
            RuleId::TokenEmailMissing => self.way == 0 && step == "tags-claim",
            _ => false,
        }
    }

    /// What is entered after everything was set up.
    pub(super) fn afterwards_for_a_token(self, idp: IdentityProvider) -> Option<Entry> {
        // An expression without attributes of a user is its own value.
        let groups = "g".repeat(LONG);
        let fields: &[(&'static str, &str)] = match idp {
            IdentityProvider::OktaOidc => &[
                ("Name", "groups"),
                ("Include in token type", "ID Token"),
                ("Include in token type (second list)", "Always"),
                ("Value type", "Expression"),
                ("Value", &groups),
            ],
            _ => &[
                ("Claim name", "groups"),
                ("Token", "ID token"),
                ("JSON type", "String"),
                ("Claim value", &groups),
            ],
        };
        self.is(RuleId::TokenTooLong).then(|| entry("tags-claim", fields))
    }
}
