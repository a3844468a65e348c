//! The mistakes in portals beside Entra's: by the labels of their guides.

use super::Mistake;
use crate::portal::AWS_NAMESPACE;
use claimbridge_core::diagnose::RuleId;
use claimbridge_core::idp::IdentityProvider;

/// Fields of one form, label and text; they stand on the page of a step.
pub(crate) type Entry = (&'static str, Vec<(&'static str, String)>);

/// Fields that say the Recipient, where the role asks for it.
const RECIPIENTS: [&str; 4] = ["Recipient URL", "ACS URLs", "Endpoint URL", "Recipient"];

impl Mistake {
    /// What is typed instead of a value of the guide.
    pub(crate) fn typed_elsewhere(self, step: &str, label: &str, text: &str) -> Option<String> {
        let pair = text.contains(":role/") && text.contains(":saml-provider/");
        let recipient = step == "saml-settings" && RECIPIENTS.contains(&label);
        let wrong = self.typed_for_a_token(step, text);
        if wrong.is_some() {
            return wrong;
        }
        let changed = match self.rule {
            RuleId::PairSwapped if pair => inside(text, |t| {
                let (role, provider) = t.split_once(',').unwrap_or((t, ""));
                format!("{provider},{role}")
            }),
            RuleId::Whitespace if pair => inside(text, |t| format!("{t} ")),
            RuleId::RoleWrong if pair => text.replacen("-web,", "-wep,", 1),
            RuleId::AccountWrong if pair => text.replace(crate::ACCOUNT, "210987654321"),
            RuleId::ProviderWrong if pair => inside(text, |t| format!("{t}s")),
            RuleId::RoleLiteral if pair => format!("\"{text}\""),
            RuleId::RoleSeveral if pair => {
                inside(text, |t| format!("{t}|{}", t.replacen("-web,", "-other,", 1)))
            }
            RuleId::RecipientMismatch if recipient && text.contains("//signin.") => {
                text.replacen("https:", "http:", 1)
            }
            RuleId::RecipientMismatch if recipient => text.replace("/saml", "//saml"),
            RuleId::SignInRegion if recipient => "https://us-west-2.signin.aws.amazon.com/saml".into(),
            RuleId::RecipientIsAcs if step == "saml-settings" && text == "unchecked" => "checked".into(),
            RuleId::Audience if label.contains("Entity ID") => "https://sampleurl.com".into(),
            RuleId::SessionNameInvalid if step == "session-name-claim" => {
                named(text, "user.displayName", "displayName", "Formatted")?
            }
            // Else the session's name were wrong as well, which comes first.
            RuleId::TagInvalid if step == "session-name-claim" => {
                named(text, "user.login", "username", "Username")?
            }
            RuleId::ClaimMisnamed if step == "email-claim" && text.ends_with("PrincipalTag:Email") => {
                text.replace("PrincipalTag:Email", "PrincipalTag:email")
            }
            RuleId::NameIdTransient if text == "Persistent" => "Transient".into(),
            RuleId::NameIdTransient if text.ends_with(":persistent") => {
                text.replace(":persistent", ":transient")
            }
            _ => return None,
        };
        Some(changed)
    }

    /// Steps of the guide that are forgotten.
    pub(crate) fn skips_elsewhere(self, step: &str) -> bool {
        self.skips_for_a_token(step)
            || matches!(
                (self.rule, step),
                (RuleId::EmailMissing, "email-claim")
                    | (RuleId::RoleMissing, "role-claim")
                    | (RuleId::SessionNameMissing, "session-name-claim")
            )
    }

    /// Another certificate signs than the one in the metadata.
    pub(crate) fn rolls_over(self) -> bool {
        self.is(RuleId::SignatureInvalid)
    }

    /// What is entered after everything was set up.
    pub(crate) fn afterwards_elsewhere(self, idp: IdentityProvider) -> Option<Entry> {
        let email = format!("{AWS_NAMESPACE}/PrincipalTag:Email");
        let duration = format!("{AWS_NAMESPACE}/SessionDuration");
        match self.rule {
            RuleId::TokenTooLong => self.afterwards_for_a_token(idp),
            RuleId::EmailEmpty => Some(attribute(idp, &email, " ")),
            RuleId::EmailSeveral => Some(attribute(idp, &email, "alice@contoso.example|alice@contoso.com")),
            RuleId::ShortSession => Some(attribute(idp, &duration, "900")),
            RuleId::TooLong => Some(attribute(idp, "groups", &"g".repeat(90_000))),
            RuleId::NameIdMissing => Some(name_id_missing(idp)),
            RuleId::Unsigned => Some(unsigned(idp)),
            RuleId::Encrypted => Some(encrypted(idp)),
            _ => None,
        }
    }
}

/// Another attribute than the e-mail address, in the vendor's way to name it.
fn named(email: &str, okta: &str, federate: &str, one: &str) -> Option<String> {
    let other = match email {
        "user.email" => okta,
        "mail" => federate,
        "Email Address" => one,
        _ => return None,
    };
    Some(other.to_owned())
}

/// Within the quotation marks, where there are some.
fn inside(text: &str, change: impl Fn(&str) -> String) -> String {
    match text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) {
        Some(constant) => format!("'{}'", change(constant)),
        None => change(text),
    }
}

pub(super) fn entry(step: &'static str, fields: &[(&'static str, &str)]) -> Entry {
    (step, fields.iter().map(|(l, v)| (*l, (*v).to_owned())).collect())
}

/// A constant attribute, in the vendor's form; one of that name is replaced.
fn attribute(idp: IdentityProvider, name: &str, value: &str) -> Entry {
    let fields: &[(&'static str, &str)] = match idp {
        IdentityProvider::PingOne => &[
            ("Attribute", name),
            ("PingOne Mappings", "(None)"),
            ("Expression", &format!("'{value}'")),
        ],
        IdentityProvider::PingFederate => {
            &[("Attribute Contract", name), ("Source", "Text"), ("Value", value)]
        }
        _ => &[("Name", name), ("Value", value)],
    };
    entry("email-claim", fields)
}

fn name_id_missing(idp: IdentityProvider) -> Entry {
    match idp {
        IdentityProvider::PingOne => entry("name-id", &[("saml_subject", "(None)")]),
        IdentityProvider::PingFederate => entry(
            "name-id",
            &[
                ("Attribute Contract", "SAML_SUBJECT"),
                ("Source", "Adapter"),
                ("Value", "employeeid"),
            ],
        ),
        IdentityProvider::GenericSaml => entry("saml-settings", &[("NameID", "Nothing")]),
        _ => entry("saml-settings", &[("Application username", "(None)")]),
    }
}

fn unsigned(idp: IdentityProvider) -> Entry {
    const NOTHING: &str = "Do not sign (practice only)";
    let fields: &[(&'static str, &str)] = match idp {
        IdentityProvider::PingOne => &[("Signing", NOTHING)],
        IdentityProvider::PingFederate => &[("Signature Policy", NOTHING)],
        IdentityProvider::GenericSaml => &[("Sign", "Nothing")],
        _ => &[("Response", "Unsigned"), ("Assertion Signature", "Unsigned")],
    };
    entry("saml-settings", fields)
}

fn encrypted(idp: IdentityProvider) -> Entry {
    let field = match idp {
        IdentityProvider::PingOne => ("Encryption", "On"),
        IdentityProvider::PingFederate => ("Encryption Policy", "The Entire Assertion"),
        IdentityProvider::GenericSaml => ("Encrypt assertion", "checked"),
        _ => ("Assertion Encryption", "Encrypted"),
    };
    entry("saml-settings", &[field])
}
