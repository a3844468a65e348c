//! A table of claims, copied from a portal or an article, is looked at where no response is at hand.

use crate::maker::{PAIR, good};
use claimbridge_core::claims;
use claimbridge_core::diagnose::{ConfiguredClaim, Evidence, Expected, RuleId, diagnose};
use claimbridge_core::idp::IdentityProvider;

fn rules(idp: IdentityProvider, rows: &[(&str, &str)]) -> Vec<RuleId> {
    let expected = Expected {
        idp,
        recipient: None,
        audience: None,
        role_arn: None,
        provider_arn: None,
        tags: None,
    };
    let mut evidence = Evidence::new(crate::maker::now(), expected);
    evidence.table = rows
        .iter()
        .map(|(name, source)| ConfiguredClaim {
            name: (*name).to_owned(),
            source: (*source).to_owned(),
        })
        .collect();
    diagnose(&evidence)
        .into_iter()
        .filter(|f| f.caused_by.is_none())
        .map(|f| f.id)
        .collect()
}

fn check(idp: IdentityProvider, rows: &[(&str, &str)], expected: &[RuleId]) {
    assert_eq!(rules(idp, rows), expected, "{idp:?} {rows:?}");
}

#[test]
fn tables_of_the_field() {
    use IdentityProvider::{EntraGallery, EntraOwn, OktaOidc, OktaSaml};
    let name_id = (
        "Unique User Identifier (Name ID)",
        "user.objectid [nameid-format:persistent]",
    );
    let role = (claims::ROLE, "user.assignedroles");
    let session = (claims::SESSION_NAME, "user.mail");
    let email = (claims::EMAIL, "user.mail");
    let whole = [name_id, role, session, email];
    check(EntraOwn, &whole, &[]);
    check(EntraOwn, &[name_id, role, email], &[RuleId::SessionNameMissing]);
    check(EntraOwn, &[name_id, session, email], &[RuleId::RoleMissing]);
    check(EntraOwn, &[name_id, role, session], &[RuleId::EmailMissing]);
    // AWS's page for the gallery app names what is added, and the app brings the others.
    check(EntraGallery, &[name_id, email], &[]);
    check(
        EntraGallery,
        &[name_id, email, role],
        &[RuleId::SessionNameMissing],
    );
    check(EntraGallery, &[name_id], &[RuleId::EmailMissing]);
    // The old recipe, from an article.
    let old = (
        "Unique User Identifier",
        "user.userprincipalname [nameid-format:unspecified]",
    );
    check(EntraOwn, &[old, ("Email", "user.mail")], &[RuleId::Legacy]);
    check(OktaSaml, &[("Email", "user.email")], &[RuleId::Legacy]);
    check(
        EntraOwn,
        &[name_id, role, session, ("Email", "user.mail")],
        &[RuleId::ClaimMisnamed],
    );
    let misspelled = (
        "https://aws.amazon.com/SAML/Attributes/RoleSessioName",
        "user.mail",
    );
    check(
        EntraOwn,
        &[name_id, role, misspelled, email],
        &[RuleId::ClaimMisnamed],
    );
    // A constant is a value, an attribute is where one comes from.
    let swapped = PAIR
        .split_once(',')
        .map(|(role, provider)| format!("{provider},{role}"))
        .unwrap();
    let constant = (claims::ROLE, swapped.as_str());
    check(
        EntraOwn,
        &[name_id, constant, session, email],
        &[RuleId::PairSwapped],
    );
    // Entra shows a constant in quotation marks.
    let quoted = format!("\"{PAIR}\"");
    check(EntraOwn, &[name_id, (claims::ROLE, &quoted), session, email], &[]);
    let guest = (claims::SESSION_NAME, "user.userprincipalname");
    check(
        EntraOwn,
        &[name_id, role, guest, email],
        &[RuleId::SessionNameInvalid],
    );
    let short = (claims::DURATION, "\"900\"");
    check(
        EntraOwn,
        &[name_id, role, session, email, short],
        &[RuleId::ShortSession],
    );
    check(OktaOidc, &[("https://aws.amazon.com/tags", "x")], &[]);
}

#[test]
fn a_response_stands_above_a_table() {
    let mut case = good();
    case.evidence.table = vec![ConfiguredClaim {
        name: "Email".into(),
        source: "user.mail".into(),
    }];
    assert_eq!(case.findings(), []);
}
