//! Changes to what a response says, and to the provider of SAML in IAM.

use super::candidate::Maker;
use super::edit::{Edit, other_tags, value};
use super::{Evidence, Finding, RuleId, is_vouched, source};
use crate::claims::{self, RolePair, session_name_is_valid};
use crate::diagnose::rules::foreign_role;
use crate::policy::TrustPolicy;
use crate::saml::response::NameId;
use crate::saml::signature::Rejection;
use crate::value::arn_account;

/// Stands for a person of whom nothing is known.
pub(super) const SOMEBODY: &str = "person@example.com";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

pub(super) fn candidates(make: &mut Maker<'_>, finding: &Finding) {
    let e = make.e;
    match finding.id {
        RuleId::RoleMissing
        | RuleId::PairSwapped
        | RuleId::RoleLiteral
        | RuleId::RoleSeveral
        | RuleId::AccountWrong
        | RuleId::ReservedRole => role(make),
        RuleId::RoleWrong => {
            role(make);
            role_of_that_name(make);
        }
        RuleId::ProviderWrong => {
            role(make);
            provider_of_that_name(make);
        }
        RuleId::Whitespace => whitespace(make, finding),
        RuleId::ClaimMisnamed => make.idp(
            "Attribute Name",
            &finding.found,
            &finding.expected,
            vec![Edit::Rename(finding.found.clone(), finding.expected.clone())],
        ),
        RuleId::SessionNameMissing | RuleId::SessionNameInvalid => {
            let name = session_name(e);
            let from = value(e, claims::SESSION_NAME).unwrap_or_default();
            // From the address it comes already: it is the address that AWS does not take.
            match other_address(from, claims::is_of_session_name, 64) {
                Some(to) if value(e, claims::EMAIL) == Some(from) => {
                    let edit = Edit::Attribute(claims::SESSION_NAME.into(), vec![name]);
                    make.person(source(e), from, &to, vec![edit]);
                }
                Some(_) | None => from_source(make, claims::SESSION_NAME, from, name),
            }
        }
        RuleId::EmailMissing => {
            let address = address(e);
            from_source(make, claims::EMAIL, "", address);
        }
        RuleId::EmailEmpty if e.token.is_none() => {
            let address = address(e);
            let edit = Edit::Attribute(claims::EMAIL.into(), vec![address]);
            make.person(source(e), &finding.found, "this person's address", vec![edit]);
        }
        RuleId::EmailSeveral | RuleId::TagInvalid if e.token.is_none() => tags(make),
        RuleId::TagsTooLarge => {
            let others = other_tags(e);
            let edits = others
                .iter()
                .map(|n| Edit::Attribute(n.clone(), Vec::new()))
                .collect();
            make.idp("Attributes PrincipalTag", &others.join(", "), "", edits);
        }
        RuleId::SourceIdentity => {
            let from = value(e, claims::SOURCE_IDENTITY).unwrap_or_default();
            set(make, claims::SOURCE_IDENTITY, from, "");
        }
        RuleId::DurationTooLong => duration(make),
        RuleId::NameIdMissing | RuleId::NameIdSourceEmpty | RuleId::NameIdTransient => {
            let name = NameId {
                value: address(e),
                format: Some(PERSISTENT.into()),
            };
            make.idp(
                "Subject NameID",
                &finding.found,
                PERSISTENT,
                vec![Edit::NameId(name)],
            );
        }
        RuleId::SubjectConfirmation => {
            if let Some(recipient) = e.admitted_recipients().first().cloned() {
                make.idp(
                    "SubjectConfirmation",
                    &finding.found,
                    &recipient,
                    vec![Edit::Bearer(recipient.clone())],
                );
            }
        }
        RuleId::Encrypted => make.idp(
            "Assertion encryption",
            "encrypted",
            "not encrypted",
            vec![Edit::Plain],
        ),
        RuleId::Unsigned => make.idp("Signature", "", "a signed assertion", vec![Edit::Signed]),
        RuleId::SignatureInvalid => {
            make.shared(
                "IAM SAML provider, metadata document",
                &finding.expected,
                "the metadata that the application has now",
                vec![Edit::Metadata(None)],
            );
            // Where STS alone says so, what was found is STS's whole sentence.
            let verified_here = matches!(e.verdict, Some(Err(Rejection::WrongSignature(_))));
            let (from, to) = if verified_here {
                (named_certificate(&finding.found), finding.expected.as_str())
            } else {
                ("", "the one that AWS has in its metadata document")
            };
            make.idp("Signing certificate", from, to, vec![Edit::Signed]);
        }
        RuleId::IssuerWrong => {
            if is_vouched(e) {
                make.shared(
                    "IAM SAML provider, metadata document",
                    &finding.expected,
                    &format!("metadata of {}", finding.found),
                    vec![Edit::Metadata(Some(finding.found.clone()))],
                );
            }
            make.idp(
                "Assertion Issuer",
                &finding.found,
                &finding.expected,
                vec![Edit::Issuer(finding.expected.clone())],
            );
        }
        RuleId::MetadataUnusable | RuleId::MetadataLength | RuleId::CertificateInactive => make.shared(
            "IAM SAML provider, metadata document",
            &finding.found,
            "the metadata that the application has now",
            vec![Edit::Metadata(None)],
        ),
        RuleId::ClockSkew | RuleId::TokenEarly => {
            make.idp("Clock", &finding.found, &finding.expected, vec![Edit::Clock]);
        }
        RuleId::TooLong => make.idp("Attributes", &finding.found, &finding.expected, vec![Edit::Short]),
        RuleId::Audience => make.idp(
            "Audience",
            &finding.found,
            &finding.expected,
            vec![Edit::Audience(finding.expected.clone())],
        ),
        _ => {}
    }
}

/// The certificate that a rejected signature names; empty where it names none.
fn named_certificate(found: &str) -> &str {
    found
        .rsplit_once("it names certificate ")
        .map_or("", |(_, certificate)| certificate)
}

/// The short name of one of AWS's claims.
fn short(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    format!("Attribute {last}")
}

fn set(make: &mut Maker<'_>, name: &str, from: &str, to: &str) {
    let values = if to.is_empty() {
        Vec::new()
    } else {
        vec![to.to_owned()]
    };
    make.idp(
        &short(name),
        from,
        to,
        vec![Edit::Attribute(name.to_owned(), values)],
    );
}

/// A claim whose value differs from person to person: it is told where the value comes from, and tried with one
/// that this person could have.
fn from_source(make: &mut Maker<'_>, name: &str, from: &str, tried: String) {
    let edit = Edit::Attribute(name.to_owned(), vec![tried]);
    make.idp(&short(name), from, source(make.e), vec![edit]);
}

pub(super) fn sent_pair(e: &Evidence) -> Option<RolePair> {
    let clean: String = value(e, claims::ROLE)?
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let pair = RolePair::split(&clean)?;
    Some(if pair.is_swapped() {
        RolePair {
            role: pair.provider,
            provider: pair.role,
        }
    } else {
        pair
    })
}

/// The pair that the claim has to have: the set-up's, else what stands in AWS, else what was sent.
fn wanted_pair(e: &Evidence) -> Option<String> {
    let sent = sent_pair(e);
    let web = e.live.web_experience.as_ref().and_then(|w| w.role.clone());
    // A role that is another application's is nothing that a claim should name.
    let own = foreign_role(e).map(|foreign| foreign.own);
    let role = own
        .or(e.expected.role_arn.clone())
        .or(web)
        .or(sent.as_ref().map(|p| p.role.clone()))?;
    let held = e.live.application.as_ref().and_then(|a| a.provider.clone());
    let provider = e
        .expected
        .provider_arn
        .clone()
        .or(held)
        .or(sent.map(|p| p.provider))?;
    Some(format!("{role},{provider}"))
}

fn role(make: &mut Maker<'_>) {
    let e = make.e;
    // That the role or the provider is not in AWS is nothing that a claim could mend.
    let Some(pair) = wanted_pair(e) else { return };
    let from = e
        .assertion()
        .and_then(|a| a.values(claims::ROLE))
        .unwrap_or_default();
    set(make, claims::ROLE, &from.join(" | "), &pair);
}

/// The role under the name that the claim has, or the one that is missing.
fn role_of_that_name(make: &mut Maker<'_>) {
    let e = make.e;
    let sent = sent_pair(e);
    let provider = e
        .expected
        .provider_arn
        .clone()
        .or(sent.as_ref().map(|p| p.provider.clone()));
    let missing = matches!(e.role, Some(crate::diagnose::LiveRole::Missing));
    let role = match (missing, sent) {
        (true, _) => e.expected.role_arn.clone(),
        (false, sent) => sent.filter(|_| is_vouched(e)).map(|p| p.role),
    };
    let (Some(role), Some(provider)) = (role, provider) else {
        return;
    };
    if e.expected.role_arn.as_deref().and_then(arn_account) != arn_account(&role) {
        return;
    }
    let recipient = e.expected.recipient.clone();
    let recipients: Vec<String> = recipient
        .or_else(|| e.assertion()?.recipient().map(str::to_owned))
        .into_iter()
        .collect();
    let trust = e
        .trust()
        .cloned()
        .unwrap_or_else(|| TrustPolicy::saml(&provider, &recipients));
    let from = if missing {
        "no such role"
    } else {
        e.expected.role_arn.as_deref().unwrap_or_default()
    };
    make.aws("IAM role", from, &role, vec![Edit::Role(role.clone(), trust)]);
}

/// The provider under the name that the claim has, or the one that is missing; the role then trusts it.
fn provider_of_that_name(make: &mut Maker<'_>) {
    let e = make.e;
    let sent_is_expected = sent_pair(e).is_some_and(|p| Some(p.provider) == e.expected.provider_arn);
    // The claim is right, so what STS or CloudTrail says is that AWS does not have it.
    let missing = e.provider_exists == Some(false) || (e.provider_exists.is_none() && sent_is_expected);
    let provider = if missing {
        e.expected.provider_arn.clone()
    } else {
        sent_pair(e).filter(|_| is_vouched(e)).map(|p| p.provider)
    };
    let Some(provider) = provider else { return };
    if e.expected.provider_arn.as_deref().and_then(arn_account) != arn_account(&provider) {
        return;
    }
    let from = if missing {
        "no such provider"
    } else {
        e.expected.provider_arn.as_deref().unwrap_or_default()
    };
    let mut edits = vec![Edit::Provider(provider.clone())];
    edits.extend(super::trust::principals(e, &provider));
    let place = if !missing && is_read_off_the_trust_policy(e) {
        "Trust policy Principal"
    } else {
        "IAM SAML provider"
    };
    make.shared(place, from, &provider, edits);
}

/// Nothing but the trust policy names the provider that is expected: neither it nor the claim is known to be right.
fn is_read_off_the_trust_policy(e: &Evidence) -> bool {
    let expected = e.expected.provider_arn.as_deref();
    let principals = e.trust().map(|t| t.0.statements.as_slice()).unwrap_or_default();
    let mut principals = principals.iter().flat_map(|s| &s.principals);
    e.provider_exists.is_none()
        && e.live.application.is_none()
        && principals.any(|(_, principal)| Some(principal.as_str()) == expected)
}

fn whitespace(make: &mut Maker<'_>, finding: &Finding) {
    let e = make.e;
    let Some(assertion) = e.assertion() else { return };
    let spaced = assertion
        .attributes
        .iter()
        .find(|a| a.values.contains(&finding.found));
    let Some(attribute) = spaced else { return };
    let (name, to) = (attribute.name.clone(), finding.expected.clone());
    let values = attribute.values.iter().map(|v| {
        if *v == finding.found {
            to.clone()
        } else {
            v.clone()
        }
    });
    let edit = Edit::Attribute(name.clone(), values.collect());
    let per_person = [claims::EMAIL, claims::SESSION_NAME].contains(&name.as_str());
    let to = if per_person { source(e) } else { &to };
    make.idp(&short(&name), &finding.found, to, vec![edit]);
}

/// Whether AWS takes it as the value of a session tag.
pub(super) fn tag_is_valid(value: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    !value.trim().is_empty() && value.chars().count() <= 256 && value.chars().all(fits)
}

/// An address of this person that AWS takes: what the response has somewhere, else one of nobody.
pub(super) fn address(e: &Evidence) -> String {
    let Some(assertion) = e.assertion() else {
        return SOMEBODY.to_owned();
    };
    let email = assertion.values(claims::EMAIL).unwrap_or_default().iter();
    let others = assertion
        .attributes
        .iter()
        .filter(|a| a.name != claims::EMAIL)
        .flat_map(|a| &a.values);
    let name_id = assertion.name_id.iter().map(|n| &n.value);
    email
        .chain(others)
        .chain(name_id)
        .map(|v| v.trim())
        .find(|v| v.contains('@') && !v.contains("://") && tag_is_valid(v))
        .unwrap_or(SOMEBODY)
        .to_owned()
}

/// What a person needs whose own address AWS does not take, because of its letters or its length; None where what was
/// sent is no address, or the user name of a guest in Entra ID, so that another source has the address.
pub(super) fn other_address(sent: &str, is_taken: fn(char) -> bool, most: usize) -> Option<String> {
    let sent = sent.trim();
    if !sent.contains('@') || sent.contains("#EXT#") {
        return None;
    }
    let mut odd: Vec<char> = sent.chars().filter(|c| !is_taken(*c)).collect();
    odd.sort_unstable();
    odd.dedup();
    let odd: Vec<String> = odd.into_iter().take(5).map(String::from).collect();
    match odd.is_empty() {
        false => Some(format!(
            "another address of this person, without {}",
            odd.join(" ")
        )),
        true if sent.chars().count() > most => Some(format!(
            "another address of this person, of at most {most} characters"
        )),
        true => None,
    }
}

/// A name for the session that AWS takes.
fn session_name(e: &Evidence) -> String {
    let address = address(e);
    if address != SOMEBODY && session_name_is_valid(&address) {
        return address;
    }
    let sent = value(e, claims::SESSION_NAME).unwrap_or_default();
    let clean: String = sent
        .chars()
        .map(|c| {
            if session_name_is_valid(&format!("a{c}")) {
                c
            } else {
                '-'
            }
        })
        .take(64)
        .collect();
    if session_name_is_valid(&clean) {
        clean
    } else {
        SOMEBODY.to_owned()
    }
}

fn tags(make: &mut Maker<'_>) {
    let e = make.e;
    let Some(assertion) = e.assertion() else { return };
    for tag in claims::session_tags(assertion) {
        let name = format!("{}{}", claims::TAG, tag.key);
        let valid: Vec<&String> = tag.values.iter().filter(|v| tag_is_valid(v)).collect();
        if tag.values.len() == 1 && valid.len() == 1 {
            continue;
        }
        let clean = |v: &String| -> String {
            v.chars()
                .map(|c| if tag_is_valid(&format!("a{c}")) { c } else { '-' })
                .take(256)
                .collect()
        };
        let to = match (valid.first(), name == claims::EMAIL) {
            (Some(valid), _) => (*valid).clone(),
            (None, true) => address(e),
            (None, false) => tag.values.first().map(clean).unwrap_or_default(),
        };
        let from = tag.values.join(", ");
        let [sent] = tag.values.as_slice() else {
            if name == claims::EMAIL {
                from_source(make, &name, &from, to);
            } else {
                set(make, &name, &from, &to);
            }
            continue;
        };
        if let Some(other) = other_address(sent, claims::is_of_tag, 256).filter(|_| name == claims::EMAIL) {
            make.person(source(e), &from, &other, vec![Edit::Attribute(name, vec![to])]);
        } else if name == claims::EMAIL {
            from_source(make, &name, &from, to);
        } else {
            set(make, &name, &from, &to);
        }
    }
}

fn duration(make: &mut Maker<'_>) {
    let e = make.e;
    let most = e.live.max_session.unwrap_or(43_200);
    let from = value(e, claims::DURATION).unwrap_or_default().to_owned();
    set(make, claims::DURATION, &from, &most.to_string());
    if let Ok(wanted @ 900..=43_200) = from.trim().parse::<u32>()
        && is_vouched(e)
    {
        let edit = Edit::MaxSession(wanted);
        make.shared(
            "Role MaxSessionDuration",
            &most.to_string(),
            &wanted.to_string(),
            vec![edit],
        );
    }
}
