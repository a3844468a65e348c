//! The reading itself: five ways side by side, each as far as it gets.

use super::secret::secret_state;
use super::{Gathered, Unread};
use crate::connection::{Connection, Problem};
use crate::examine::taking::{application_id, choose_web_experience, not_there};
use crate::examine::trust;
use crate::judge::live_role;
use claimbridge_aws::Aws;
use claimbridge_core::diagnose::{Expected, Live, LiveRole, SamlProviderState, SecretState};
use claimbridge_core::idp::{IdentityProvider, RecipientRule, guide};
use claimbridge_core::resource::{
    Address, Cloud, CloudError, CloudErrorKind, HeldApplication, HeldPolicy, HeldSignIn, HeldWebExperience,
    Observed, Output, PhysicalId, Snapshot, endpoint_outputs,
};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::setup::World;
use claimbridge_core::value::{ClientId, Issuer, Region};
use serde_json::Value as Json;

/// Groups whose names are read: AWS gives ten a call, and a diagnosis wants to know whether there are some.
const MOST_GROUPS: usize = 200;

/// What could not be read so far.
#[derive(Default)]
pub(super) struct Log(Vec<Unread>);

impl Log {
    pub(super) fn say(&mut self, what: &'static str, why: impl ToString) {
        self.0.push(Unread {
            what,
            why: why.to_string(),
        });
    }

    /// What was read; None, and a line, for what was not.
    pub(super) fn take<T>(&mut self, what: &'static str, read: Result<T, CloudError>) -> Option<T> {
        read.map_err(|error| self.say(what, error)).ok()
    }
}

/// Reads an application and all that its sign-in stands on. Of several web experiences one has to be named.
///
/// # Errors
/// [`Problem::NotExamined`] where the application or the named web experience is not there, or several web
/// experiences are and none is named. What may not be read is no error: it is in [`Gathered::unread`].
pub async fn gather(
    connection: &Connection,
    application: &str,
    web_experience: Option<&str>,
) -> Result<Gathered, Problem> {
    let aws = connection.aws.as_ref();
    let id = application_id(application)?;
    let (application, web, in_use, groups, subscriptions) = futures::join!(
        of_application(aws, id),
        of_web_experience(aws, id, web_experience),
        aws.providers_in_use(),
        groups(aws, id),
        aws.held_subscriptions(id),
    );
    let mut log = Log::default();
    let (held, provider) = match application {
        Ok(there) => there,
        Err(error) if error.kind == CloudErrorKind::Gone => return Err(not_there(aws, id).await),
        Err(error) => {
            log.say("Application", error);
            (None, None)
        }
    };
    let web = web?;
    log.0.extend(web.log.0);
    let in_use = log.take("IAM providers of other applications", in_use);
    let (groups, more_groups) = log.take("Groups of the index", groups).unwrap_or_default();
    if more_groups {
        log.say(
            "Groups of the index",
            format!("there are more than the first {MOST_GROUPS}"),
        );
    }
    let mut gathered = Gathered {
        application: id.to_owned(),
        web_experience: web.id,
        live: Live {
            application: held,
            web_experience: web.held,
            permissions: web.permissions,
            max_session: web.max_session,
            secret: web.secret,
            subscriptions: log.take("Subscriptions", subscriptions),
            groups,
            providers_in_use: in_use.map(|all| all.into_iter().collect()),
            ..Live::default()
        },
        role: web.role,
        metadata: None,
        provider_exists: None,
        issuer: None,
        client_id: None,
        provider_clients: None,
        expected: Expected {
            idp: IdentityProvider::GenericSaml,
            recipient: None,
            audience: None,
            role_arn: None,
            provider_arn: None,
            tags: None,
        },
        unread: Vec::new(),
    };
    gathered.expected.idp = match provider {
        Some((arn, read)) => take_provider(&mut gathered, &mut log, connection.world, &arn, read),
        None => by_sign_in(gathered.live.web_experience.as_ref()),
    };
    expect(&mut gathered);
    gathered.unread = log.0;
    Ok(gathered)
}

/// The application, and its IAM provider by the provider's ARN.
type Application = (Option<HeldApplication>, Option<(String, Observed)>);

async fn of_application(aws: &Aws, id: &str) -> Result<Application, CloudError> {
    let held = aws.held_application_untagged(id).await?;
    let provider = match &held.provider {
        Some(arn) => Some((
            arn.clone(),
            aws.read(address_of(arn), &PhysicalId(arn.clone())).await,
        )),
        None => None,
    };
    Ok((Some(held), provider))
}

fn address_of(provider: &str) -> Address {
    if provider.contains(":oidc-provider/") {
        Address::OidcProvider
    } else {
        Address::SamlProvider
    }
}

/// The web experience and what hangs on it.
#[derive(Default)]
struct Web {
    id: Option<String>,
    held: Option<HeldWebExperience>,
    role: Option<LiveRole>,
    max_session: Option<u32>,
    permissions: Option<Vec<HeldPolicy>>,
    secret: Option<SecretState>,
    log: Log,
}

async fn of_web_experience(aws: &Aws, app: &str, named: Option<&str>) -> Result<Web, Problem> {
    let mut web = Web::default();
    let ids = match aws.held_web_experiences(app).await {
        Ok(ids) => ids,
        // Whoever may not list may perhaps look at the one that was named.
        Err(error) => {
            if error.kind != CloudErrorKind::Gone {
                web.log.say("Web experiences", error);
            }
            named.map(str::to_owned).into_iter().collect()
        }
    };
    web.id = choose_web_experience(ids, named)?;
    let Some(id) = &web.id else {
        return Ok(web);
    };
    let read = aws.held_web_experience(app, id).await;
    let Some(held) = web.log.take("Web experience", read) else {
        return Ok(web);
    };
    let role = held.role.as_deref().map(name_of);
    let (role, policies, secret) = futures::join!(
        async {
            match role {
                Some(name) => Some(aws.read(Address::Role, &PhysicalId(name.to_owned())).await),
                None => None,
            }
        },
        async {
            match role {
                Some(name) => Some(aws.held_policies(name).await),
                None => None,
            }
        },
        async {
            match &held.sign_in {
                HeldSignIn::Oidc { secret, role } => Some(secret_state(aws, app, secret, role).await),
                HeldSignIn::Legacy | HeldSignIn::None | HeldSignIn::Saml { .. } => None,
            }
        },
    );
    match role {
        Some(Observed::Unreadable(error)) => web.log.say("Role of signed-in people", error),
        Some(read) => {
            if let Observed::Ready(snapshot) = &read {
                web.max_session = number(snapshot, "maxSessionDuration");
            }
            web.role = live_role(read);
        }
        None => {}
    }
    web.permissions = match policies {
        // The role itself is missing, which is said already.
        Some(Err(error)) if error.kind == CloudErrorKind::Gone => None,
        Some(read) => web.log.take("Policies of the role", read),
        None => None,
    };
    if let Some((state, log)) = secret {
        web.secret = state;
        web.log.0.extend(log.0);
    }
    web.held = Some(held);
    Ok(web)
}

/// Names of groups in the application's index; None where it has no index, and no group can be.
async fn groups(aws: &Aws, app: &str) -> Result<(Option<Vec<String>>, bool), CloudError> {
    let indices = aws.held_indices(app).await?;
    let (mut names, mut more) = (None, false);
    for index in indices.iter().filter(|i| i.status.word == "ACTIVE") {
        let (some, others) = aws.groups(app, &index.id).first_names(MOST_GROUPS).await?;
        names.get_or_insert_with(Vec::new).extend(some);
        more |= others;
    }
    Ok((names, more))
}

/// What the IAM provider says of itself, and whose it is.
fn take_provider(
    gathered: &mut Gathered,
    log: &mut Log,
    world: World,
    arn: &str,
    read: Observed,
) -> IdentityProvider {
    let oidc = address_of(arn) == Address::OidcProvider;
    let unknown = if oidc {
        IdentityProvider::GenericOidc
    } else {
        by_sign_in(gathered.live.web_experience.as_ref())
    };
    let snapshot = match read {
        Observed::Ready(snapshot) => snapshot,
        Observed::Absent => {
            gathered.provider_exists = Some(false);
            return unknown;
        }
        Observed::Unreadable(error) => {
            log.say("IAM provider", error);
            return unknown;
        }
        Observed::Failed { .. } | Observed::PendingDeletion { .. } | Observed::Settling { .. } => {
            return unknown;
        }
    };
    gathered.provider_exists = Some(true);
    let text = |name: &str| snapshot.attributes.get(name).and_then(Json::as_str);
    let list = |name: &str| {
        let all = snapshot.attributes.get(name).and_then(Json::as_array)?;
        Some(all.iter().filter_map(Json::as_str).map(str::to_owned).collect())
    };
    if oidc {
        let url = text("url").unwrap_or_default();
        gathered.issuer = match world {
            World::Practice => Issuer::practice(url).or_else(|_| Issuer::parse(url)).ok(),
            World::Live => Issuer::parse(url).ok(),
        };
        gathered.provider_clients = list("clientIdList");
        gathered.live.thumbprints = list("thumbprintList");
        let application = gathered.live.application.as_ref();
        let client = application.and_then(|a| a.client_ids.first());
        gathered.client_id = client.and_then(|c| ClientId::parse(c).ok());
        return IdentityProvider::of_issuer(url);
    }
    gathered.live.saml_provider = Some(SamlProviderState {
        encryption_required: text("assertionEncryptionMode") == Some("Required"),
        private_keys: number(&snapshot, "privateKeys")
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0),
    });
    gathered.metadata = text("samlMetadataDocument").map(str::to_owned);
    let parsed = gathered
        .metadata
        .as_ref()
        .map(|m| FederationMetadata::parse(m.as_bytes(), None));
    match parsed {
        Some(Ok(metadata)) => IdentityProvider::of_metadata(&metadata),
        Some(Err(_)) | None => unknown,
    }
}

/// Whose it is, where the provider does not tell.
fn by_sign_in(web: Option<&HeldWebExperience>) -> IdentityProvider {
    match web.map(|w| &w.sign_in) {
        Some(HeldSignIn::Oidc { .. }) => IdentityProvider::GenericOidc,
        Some(HeldSignIn::Saml { authentication_url }) => IdentityProvider::of_address(authentication_url),
        Some(HeldSignIn::Legacy | HeldSignIn::None) | None => IdentityProvider::GenericSaml,
    }
}

/// What a sign-in has to bring.
fn expect(gathered: &mut Gathered) {
    let Gathered {
        live, role, expected, ..
    } = gathered;
    let web = live.web_experience.as_ref();
    expected.role_arn = web.and_then(|w| w.role.clone());
    expected.provider_arn = live.application.as_ref().and_then(|a| a.provider.clone());
    let acs = web
        .and_then(|w| w.endpoint.as_ref())
        .and_then(|e| endpoint_outputs(e).ok()?.remove(&Output::Acs));
    let rule = guide(expected.idp).recipient;
    let region = live
        .application
        .as_ref()
        .and_then(|a| Region::parse(a.arn.split(':').nth(3).unwrap_or_default()).ok());
    expected.recipient = match (rule, region) {
        (Some(RecipientRule::SignIn), Some(region)) => {
            let admitted = match (&*role, &expected.provider_arn) {
                (Some(LiveRole::There(policy)), Some(provider)) => {
                    trust::admitted(&policy.0, provider, "SAML:aud")
                }
                _ => Vec::new(),
            };
            let told_apart = trust::recipients(admitted, acs.as_deref(), region, rule);
            Some(told_apart.sign_in.unwrap_or_default().url(region))
        }
        (Some(RecipientRule::Acs), _) => acs,
        (Some(RecipientRule::SignIn), None) | (None, _) => None,
    };
}

fn number(snapshot: &Snapshot, attribute: &str) -> Option<u32> {
    let value = snapshot.attributes.get(attribute)?.as_u64()?;
    u32::try_from(value).ok()
}

/// The last part of an ARN.
pub(super) fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}
