//! What a set-up consists of, label by label, and the policies that it wants: for the report and for
//! the screens' list of facts.

use crate::idp::guide;
use crate::journal::Bindings;
use crate::resource::{Address, Output};
use crate::setup::{Federation, Setup, StandIn};
use crate::value::WebExperienceUrl;

const LATER: &str = "not created yet";

/// Every value that matters, in the order in which people look for them.
pub fn values(setup: &Setup, bindings: &Bindings) -> Vec<(String, String)> {
    let outputs = bindings.outputs();
    let output = |address, output| outputs.get(&(address, output)).cloned();
    let endpoint = output(Address::WebExperience, Output::Endpoint);
    let later = |value: Option<String>| value.unwrap_or_else(|| LATER.to_owned());
    let mut values: Vec<(&str, String)> = vec![
        ("Account", setup.account.to_string()),
        ("Region", setup.region.to_string()),
        ("Identity provider", guide(setup.idp()).name.clone()),
    ];
    match &setup.federation {
        Federation::Saml { .. } => {
            let issuer = setup.federation_metadata().ok().map(|m| m.entity_id);
            let acs = output(Address::WebExperience, Output::Acs);
            values.push(("Issuer", issuer.unwrap_or_else(|| "missing".into())));
            if setup.is_temporary() {
                values.push(("Metadata", "temporary: nobody can sign in yet".into()));
            }
            values.push(("Authentication URL", authentication_url(setup)));
            values.push(("Web experience", later(endpoint)));
            match setup.sign_in_recipient() {
                Some(recipient) => {
                    values.push(("Single sign-on URL = Destination", later(acs)));
                    values.push(("Recipient = Audience = SAML:aud", recipient));
                }
                None => values.push(("Reply URL = Recipient = SAML:aud", later(acs))),
            }
            values.push(("Role claim", setup.role_pair()));
        }
        Federation::Oidc {
            issuer, client_id, ..
        } => {
            let missing = || "missing".to_owned();
            values.push((
                "Issuer",
                issuer.as_ref().map_or_else(missing, ToString::to_string),
            ));
            values.push((
                "Client id",
                client_id.as_ref().map_or_else(missing, ToString::to_string),
            ));
            let redirect = endpoint
                .as_deref()
                .and_then(|e| WebExperienceUrl::parse(e).ok())
                .map(|e| e.redirect_uri());
            values.push(("Web experience", later(endpoint)));
            values.push(("Sign-in redirect URI", later(redirect)));
            values.push(("Secret", later(output(Address::Secret, Output::Arn))));
        }
    }
    values.push(("Role", setup.role_arn().to_string()));
    values.push(("IAM provider", later(setup.provider_arn())));
    if let Some(custom) = &setup.custom_application {
        values.push(("Custom application", custom.url.clone()));
    }
    values.push(("Subscription", setup.application.tier.as_str().into()));
    if let Some(index) = setup.application.index {
        values.push((
            "Index",
            format!(
                "{}, {} {}",
                index.kind.as_str(),
                index.units,
                if index.units == 1 { "unit" } else { "units" }
            ),
        ));
    }
    if let Some(kendra) = &setup.application.kendra_index {
        values.push(("Amazon Kendra index", kendra.clone()));
    }
    if let Some(key) = &setup.application.kms_key {
        values.push(("KMS key", key.clone()));
    }
    for (tag, source) in &setup.application.personalization {
        values.push(("Personalization tag", format!("{tag} from {source}")));
    }
    values
        .into_iter()
        .map(|(label, value)| (label.to_owned(), value))
        .collect()
}

fn authentication_url(setup: &Setup) -> String {
    match setup.authentication_url() {
        Ok((url, StandIn::None)) => url.to_string(),
        Ok((url, StandIn::MetadataSignOn)) => format!("{url} (stands in: the sign-in address is missing)"),
        Ok((url, StandIn::Temporary)) => format!("{url} (stands in: nobody can sign in yet)"),
        Err(_) => "missing".to_owned(),
    }
}

/// Every policy document, whose it is and pretty JSON; what is not known yet says so.
pub(super) fn policies(setup: &Setup, bindings: &Bindings) -> Vec<(String, String)> {
    let outputs = bindings.outputs();
    let documents = [
        ("assumeRolePolicyDocument", "Trust policy"),
        ("policyDocument", "Permissions"),
    ];
    let desired = setup.desired().unwrap_or_default();
    desired
        .iter()
        .flat_map(|(address, resource)| {
            let preview = resource.preview(&outputs);
            documents.into_iter().filter_map(move |(attribute, what)| {
                let json = serde_json::to_string_pretty(preview.get(attribute)?).ok()?;
                Some((format!("{what} of {address}"), json))
            })
        })
        .collect()
}
