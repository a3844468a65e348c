//! One assertion, field by field, as the document has it: nothing trimmed, nothing guessed.

use super::XML_SPACE;
use crate::saml::xml::{Node, Ns};
use serde::{Deserialize, Serialize};

/// An assertion's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assertion {
    /// Its `ID`.
    pub id: Option<String>,
    /// Who made it.
    pub issuer: Option<String>,
    /// When.
    pub issue_instant: Option<String>,
    /// About whom.
    pub name_id: Option<NameId>,
    /// Subject confirmations.
    pub confirmations: Vec<Confirmation>,
    /// Valid from.
    pub not_before: Option<String>,
    /// Valid until.
    pub not_on_or_after: Option<String>,
    /// For whom: `Audience`, in order.
    pub audiences: Vec<String>,
    /// The session's end as the identity provider sees it.
    pub session_not_on_or_after: Option<String>,
    /// Claims, in order.
    pub attributes: Vec<Attribute>,
}

/// The subject's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameId {
    /// As it is.
    pub value: String,
    /// Format URI.
    pub format: Option<String>,
}

/// One `SubjectConfirmation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// Method URI.
    pub method: Option<String>,
    /// `Recipient`: what AWS calls `SAML:aud`.
    pub recipient: Option<String>,
    /// From when it may be delivered.
    pub not_before: Option<String>,
    /// Until when it may be delivered.
    pub not_on_or_after: Option<String>,
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Exact name.
    pub name: String,
    /// Every value, exact.
    pub values: Vec<String>,
}

impl Confirmation {
    /// Whoever holds the response may redeem it: the only kind that AWS takes.
    pub fn is_bearer(&self) -> bool {
        self.method.as_deref().is_some_and(|m| m.ends_with(":bearer"))
    }
}

impl Assertion {
    /// From an `Assertion` element.
    pub(crate) fn of(node: &Node<'_>) -> Assertion {
        let subject = node.first(Ns::Saml, "Subject");
        let conditions = node.first(Ns::Saml, "Conditions");
        let own = |n: Option<&Node>, name: &str| n.and_then(|n| n.attribute(name)).map(str::to_owned);
        Assertion {
            id: own(Some(node), "ID"),
            issuer: node
                .first(Ns::Saml, "Issuer")
                .map(|i| i.text.trim_matches(XML_SPACE).to_owned()),
            issue_instant: own(Some(node), "IssueInstant"),
            name_id: subject.and_then(|s| s.first(Ns::Saml, "NameID")).map(|n| NameId {
                value: n.text.to_string(),
                format: own(Some(n), "Format"),
            }),
            confirmations: subject
                .map(|s| {
                    s.all(Ns::Saml, "SubjectConfirmation")
                        .map(|c| {
                            let data = c.first(Ns::Saml, "SubjectConfirmationData");
                            Confirmation {
                                method: own(Some(c), "Method"),
                                recipient: own(data, "Recipient"),
                                not_before: own(data, "NotBefore"),
                                not_on_or_after: own(data, "NotOnOrAfter"),
                            }
                        })
                        .collect()
                })
                .unwrap_or_default(),
            not_before: own(conditions, "NotBefore"),
            not_on_or_after: own(conditions, "NotOnOrAfter"),
            audiences: conditions
                .map(|c| {
                    c.all(Ns::Saml, "AudienceRestriction")
                        .flat_map(|r| r.all(Ns::Saml, "Audience"))
                        .map(|a| a.text.trim_matches(XML_SPACE).to_owned())
                        .collect()
                })
                .unwrap_or_default(),
            session_not_on_or_after: own(node.first(Ns::Saml, "AuthnStatement"), "SessionNotOnOrAfter"),
            attributes: node
                .all(Ns::Saml, "AttributeStatement")
                .flat_map(|s| s.all(Ns::Saml, "Attribute"))
                .map(|a| Attribute {
                    name: a.attribute("Name").unwrap_or_default().to_owned(),
                    values: a
                        .all(Ns::Saml, "AttributeValue")
                        .map(|v| v.text.to_string())
                        .collect(),
                })
                .collect(),
        }
    }

    /// The Recipient that AWS compares with `SAML:aud`: of the bearer confirmation, else the first.
    pub fn recipient(&self) -> Option<&str> {
        self.bearer().and_then(|c| c.recipient.as_deref())
    }

    /// The bearer confirmation, else the first.
    pub fn bearer(&self) -> Option<&Confirmation> {
        self.confirmations
            .iter()
            .find(|c| c.is_bearer())
            .or_else(|| self.confirmations.first())
    }

    /// The values of a claim by its exact name.
    pub fn values(&self, name: &str) -> Option<&[String]> {
        self.attributes
            .iter()
            .find(|a| a.name == name)
            .map(|a| a.values.as_slice())
    }
}
