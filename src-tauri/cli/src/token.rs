//! `check-token`: an ID token, offline, from files.

use crate::End;
use crate::arguments::CheckTokenArgs;
use crate::check::moment;
use crate::output::{self, out};
use claimbridge_core::diagnose::{Evidence, Expected, LiveRole, TokenEvidence, diagnose, is_blocked};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::oidc::{
    ExpectedToken, FetchedKeys, IdToken, KeySet, TokenRejection, TokenTags, Unavailable,
    trust_decision_for_token,
};
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::time::format_instant;
use claimbridge_core::value::{AccountId, ClientId, Issuer, arn_account};
use serde_json::{Map, Value as Json, json};

pub(crate) fn check(a: &CheckTokenArgs) -> Result<End, End> {
    let now = moment(a.at.as_ref())?;
    // A token of a practice world is judged like any other.
    let issuer = Issuer::practice(&a.issuer)
        .or_else(|_| Issuer::parse(&a.issuer))
        .map_err(|e| End::Input(format!("--issuer: {e}. Copy it from the identity provider.")))?;
    let client_id = ClientId::parse(&a.client_id)
        .map_err(|e| End::Input(format!("--client-id: {e}. Copy it from the application.")))?;
    let bytes = output::read(&a.file)?;
    let text = String::from_utf8_lossy(&bytes);
    let token = IdToken::decode(&text).map_err(|e| End::Input(format!("{}: {e}", a.file.display())))?;
    let keys: FetchedKeys = KeySet::parse(&output::read(&a.jwks)?).map_err(|error| Unavailable::Unusable {
        url: a.jwks.display().to_string(),
        error,
    });
    let expected = ExpectedToken {
        issuer: issuer.clone(),
        client_id: client_id.clone(),
        nonce: None,
        now,
    };
    let trust = a.trust_policy.as_deref().map(read_trust).transpose()?;
    let provider = trust.as_ref().and_then(|t| provider_arn(t, &issuer));
    let mut evidence = Evidence::new(
        now,
        Expected {
            idp: IdentityProvider::parse("generic-oidc").unwrap_or(IdentityProvider::EntraOwn),
            recipient: None,
            audience: None,
            role_arn: None,
            provider_arn: provider.clone(),
            tags: None,
        },
    );
    let answer = match (&trust, &provider) {
        (Some(trust), Some(provider)) => {
            let answer = trust_decision_for_token(trust, &token.view().claims, &issuer, provider);
            json!({"decision": answer.decision, "proof": answer.proof()})
        }
        _ => json!({"decision": "unknown", "proof": []}),
    };
    evidence.role = trust.map(LiveRole::There);
    evidence.token = Some(TokenEvidence {
        verdict: keys.as_ref().ok().map(|keys| token.verify(keys, &expected)),
        keys: Some(keys),
        view: Some(token.view().clone()),
        issuer: Some(issuer),
        client_id: Some(client_id),
        ..TokenEvidence::default()
    });
    let findings = diagnose(&evidence);
    let signature = signature(&token, evidence.token.as_ref());
    if a.json {
        let mut document = document(&token, signature);
        document.insert("trust".into(), answer);
        document.insert("findings".into(), json!(findings));
        output::json(&Json::Object(document));
    } else {
        let text = |name: &str| {
            signature
                .get(name)
                .and_then(Json::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let reason = text("reason");
        let colon = if reason.is_empty() { "" } else { ": " };
        out!(
            "signature    {} ({}){colon}{reason}",
            text("verdict"),
            text("algorithm")
        );
        output::findings(&findings);
        if findings.is_empty() {
            out!("Nothing is wrong that this program knows of.");
        }
    }
    Ok(if is_blocked(&findings) {
        End::Blocked
    } else {
        End::Fine
    })
}

fn read_trust(path: &std::path::Path) -> Result<TrustPolicy, End> {
    let text = String::from_utf8_lossy(&output::read(path)?).into_owned();
    TrustPolicy::parse(&text).map_err(|e| End::Input(format!("{}: {e}", path.display())))
}

/// The provider of this issuer in the account that the trust policy speaks of.
fn provider_arn(trust: &TrustPolicy, issuer: &Issuer) -> Option<String> {
    let principals = trust.0.statements.iter().flat_map(|s| &s.principals);
    let account = principals
        .filter_map(|(_, value)| AccountId::parse(arn_account(value)?).ok())
        .next()?;
    Some(issuer.arn(&account).to_string())
}

/// A token whose claims do not hold is signed all the same.
fn signature(token: &IdToken, evidence: Option<&TokenEvidence>) -> Json {
    let (verdict, reason) = match evidence.and_then(|e| e.verdict.as_ref()) {
        Some(Ok(_) | Err(TokenRejection::Claim(_))) => ("valid", None),
        Some(Err(TokenRejection::Signature(fault))) => ("invalid", Some(fault.to_string())),
        None => {
            let why = evidence.and_then(|e| e.keys.as_ref()?.as_ref().err());
            ("unknown", why.map(ToString::to_string))
        }
    };
    json!({"verdict": verdict, "algorithm": token.view().algorithm, "key": token.view().kid, "reason": reason})
}

fn document(token: &IdToken, signature: Json) -> Map<String, Json> {
    let claims = &token.view().claims;
    let tags = TokenTags::of(claims);
    let values: Map<String, Json> = tags
        .tags
        .iter()
        .map(|t| (t.key.clone(), json!(t.values)))
        .collect();
    let all = json!({
        "signature": signature,
        "subject": claims.subject(),
        "issuer": claims.issuer(),
        "audience": claims.effective_audiences().first(),
        "audiences": claims.audiences(),
        "expires": claims.expires().map(format_instant),
        "tags": values,
        "transitive_tag_keys": tags.transitive,
    });
    match all {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}
