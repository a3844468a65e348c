//! What an application of the company's own has to be told: by the names that AWS's samples read from
//! their environment.

use super::{Federation, Setup};
use crate::journal::Bindings;
use crate::resource::{Address, Output};

/// Name and value, in the order of a configuration file. No secret is among them: the client secret and
/// the key of such an application stay with whoever runs it.
pub fn environment(setup: &Setup, bindings: &Bindings) -> Vec<(&'static str, String)> {
    let outputs = bindings.outputs();
    let application = outputs.get(&(Address::Application, Output::Id)).cloned();
    let acs = outputs.get(&(Address::WebExperience, Output::Acs)).cloned();
    let custom = setup.custom_application.as_ref().map(|c| c.url.clone());
    let mut values = vec![
        ("AWS_DEFAULT_REGION", Some(setup.region.to_string())),
        ("AWS_ACCOUNT_ID", Some(setup.account.to_string())),
        ("QBUSINESS_APPLICATION_ID", application),
        ("WEB_EXPERIENCE_ROLE_ARN", Some(setup.role_arn().to_string())),
        ("IAM_IDENTITY_PROVIDER_ARN", setup.provider_arn()),
    ];
    match &setup.federation {
        Federation::Saml { .. } => {
            let sign_on = setup
                .federation_metadata()
                .ok()
                .and_then(|m| m.sso.first().map(|s| s.location.clone()));
            values.push(("IDP_SSO_URL", sign_on.filter(|_| !setup.is_temporary())));
            // The request has to be of an application that the identity provider knows: its entity ID there.
            values.push(("IDP_ISSUER", setup.sign_in_recipient().or(acs)));
            values.push(("CUSTOM_ACS_URL", custom));
        }
        Federation::Oidc {
            issuer, client_id, ..
        } => {
            values.push(("IDP_ISSUER_URL", issuer.as_ref().map(ToString::to_string)));
            values.push(("IDP_CLIENT_ID", client_id.as_ref().map(ToString::to_string)));
            values.push(("REDIRECT_URL", custom));
        }
    }
    values
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}
