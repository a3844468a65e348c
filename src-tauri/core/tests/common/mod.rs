//! A cloud in memory, and a set-up to plan with.
#![allow(dead_code, reason = "each test binary uses its part")]

use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::journal::{Entry, Event, Journal, SCHEMA};
use claimbridge_core::resource::{
    Address, Candidate, Cloud, CloudError, CloudErrorKind, CloudFuture, Leftover, Observed, Output,
    PhysicalId, Resource, SecretValue, Snapshot, Tier,
};
use claimbridge_core::setup::{
    CustomApplication, Federation, Order, PolicyKind, Setup, SignInEndpoint, TAG, World,
};
use claimbridge_core::time::{Clock, Ids, Instant};
use claimbridge_core::value::{AccountId, AuthenticationUrl, ClientId, Issuer, Region};
use futures::future::BoxFuture;
use secrecy::ExposeSecret;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use time::OffsetDateTime;

/// Entra's metadata in shape, with a certificate made for this test.
pub const METADATA: &str = include_str!("metadata.xml");

/// The journal's first word of a set-up.
pub fn began(setup: &Setup) -> Event {
    Event::Began {
        plan: "p".into(),
        setup: setup.id.clone(),
        account: setup.account.clone(),
        region: setup.region,
        world: setup.world,
        endpoint: None,
    }
}

pub fn setup() -> Setup {
    let account = AccountId::parse("123456789012").unwrap();
    let mut setup = Setup::new(
        "set-up-1".into(),
        "q-acme",
        account,
        Region::UsEast1,
        World::Live,
        IdentityProvider::EntraGallery,
    );
    let Federation::Saml {
        metadata,
        authentication_url,
        ..
    } = &mut setup.federation
    else {
        panic!("the gallery app is of SAML");
    };
    *metadata = Some(METADATA.into());
    *authentication_url = Some(
        AuthenticationUrl::parse("https://launcher.myapps.microsoft.com/api/signin/1?tenantId=2").unwrap(),
    );
    setup
}

/// The same for another provider of SAML, or [`oidc`].
pub fn setup_for(idp: IdentityProvider) -> Setup {
    if idp == IdentityProvider::OktaOidc {
        return oidc();
    }
    let mut setup = setup();
    if let Federation::Saml { idp: of, .. } = &mut setup.federation {
        *of = idp;
    }
    setup
}

/// A set-up for Okta with OpenID Connect.
pub fn oidc() -> Setup {
    let account = AccountId::parse("123456789012").unwrap();
    let mut setup = Setup::new(
        "set-up-2".into(),
        "q-acme",
        account,
        Region::UsEast1,
        World::Live,
        IdentityProvider::OktaOidc,
    );
    let Federation::Oidc {
        issuer,
        client_id,
        secret_version,
        ..
    } = &mut setup.federation
    else {
        panic!("the guide is of OIDC");
    };
    *issuer = Some(Issuer::parse("https://acme.okta.com/oauth2/default").unwrap());
    *client_id = Some(ClientId::parse("0oa1b2c3d4e5f6g7h8i9").unwrap());
    *secret_version = Some("00000000-0000-4000-8000-000000000001".into());
    setup
}

/// As [`setup`], with everything chosen that can be.
fn everything(mut setup: Setup) -> Setup {
    let key = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-0000000000aa";
    setup.application.index = None;
    setup.application.kendra_index = Some("00000000-0000-4000-8000-0000000000bb".into());
    setup.application.q_apps = true;
    setup.application.kms_key = Some(key.into());
    setup.application.own_service_role = true;
    setup.application.tier = Tier::QLite;
    setup.application.personalization = BTreeMap::from([("city".to_owned(), "user.city".to_owned())]);
    setup.look.subtitle = "Ask about ACME".into();
    setup.look.welcome_message = "Good day".into();
    setup.look.sample_prompts = Some(false);
    setup.look.origins = vec!["https://intranet.acme.example".into()];
    setup.look.browser_extensions = vec!["CHROME".into()];
    setup.look.logo_url = "https://cdn.acme.example/logo.svg".into();
    setup.role.path = "/q/".into();
    setup.role.permissions_boundary = Some("arn:aws:iam::123456789012:policy/boundary".into());
    setup.role.policy = PolicyKind::Managed;
    setup.tags.insert("team".into(), "search".into());
    setup.custom_application = Some(CustomApplication {
        url: "http://localhost:8000/saml".into(),
    });
    if let Federation::Oidc { secret_kms_key, .. } = &mut setup.federation {
        *secret_kms_key = Some(key.into());
    }
    setup
}

/// Every road through the plan, by name.
pub fn roads() -> Vec<(&'static str, Setup)> {
    let saml = |idp| {
        let Federation::Saml {
            metadata,
            authentication_url,
            ..
        } = setup().federation
        else {
            panic!("the gallery app is of SAML");
        };
        let mut other = setup();
        other.federation = Federation::Saml {
            idp,
            metadata,
            temporary_metadata: None,
            replaced_temporary: None,
            authentication_url,
            sign_in: SignInEndpoint::Regional,
        };
        other
    };
    let mut aws_first = setup();
    if let Federation::Saml {
        metadata,
        temporary_metadata,
        authentication_url,
        ..
    } = &mut aws_first.federation
    {
        *temporary_metadata = metadata.take();
        *authentication_url = None;
    }
    vec![
        ("endpoint-first", setup()),
        (
            "role-first",
            Setup {
                order: Order::RoleFirst,
                ..setup()
            },
        ),
        ("okta-saml", saml(IdentityProvider::OktaSaml)),
        ("okta-oidc", oidc()),
        ("aws-first", aws_first),
        ("endpoint-first-everything", everything(setup())),
        (
            "okta-saml-everything",
            everything(saml(IdentityProvider::OktaSaml)),
        ),
        ("okta-oidc-everything", everything(oidc())),
    ]
}

/// Everything that was made, and how calls go wrong.
#[derive(Default)]
pub struct MemoryCloud {
    pub held: Mutex<BTreeMap<(Address, PhysicalId), Held>>,
    /// Calls until the process dies; none: it lives.
    pub dies_after: Mutex<Option<u32>>,
    /// Answers to creations that are lost although they were done.
    pub lost: Mutex<Vec<Address>>,
    /// Every creation is refused with these words.
    pub refusal: Mutex<Option<String>>,
    /// Reads that are refused.
    pub unreadable: Mutex<BTreeSet<Address>>,
    /// Deletions that are refused.
    pub undeletable: Mutex<BTreeSet<Address>>,
    /// In FAILED until they are deleted.
    pub failed: Mutex<BTreeSet<Address>>,
    /// In CREATING for one look.
    pub settling: Mutex<BTreeSet<Address>>,
    /// Updates and deletions in the order in which they came.
    pub changed: Mutex<Vec<(&'static str, Address)>>,
    /// Every secret that was written, in order.
    pub secrets: Mutex<Vec<String>>,
    /// Who else uses a provider.
    pub users: Mutex<Vec<String>>,
    /// Who else uses a provider cannot be read.
    pub users_denied: Mutex<bool>,
    /// A provider's metadata of another issuer is refused.
    pub keeps_issuer: Mutex<bool>,
    serial: AtomicU64,
}

#[derive(Clone)]
pub struct Held {
    pub snapshot: Snapshot,
    pub setup: Option<String>,
    pub name: String,
    pub token: String,
}

pub fn error(kind: CloudErrorKind) -> CloudError {
    CloudError {
        kind,
        operation: "test".into(),
        code: None,
        message: String::new(),
        request_id: None,
        leftover: Leftover::Unknown,
    }
}

impl MemoryCloud {
    /// Pending forever once the process is dead: nothing after it happens.
    async fn call(&self) {
        let dead = {
            let mut left = self.dies_after.lock().unwrap();
            match left.as_mut() {
                None => false,
                Some(0) => true,
                Some(n) => {
                    *n -= 1;
                    false
                }
            }
        };
        if dead {
            std::future::pending::<()>().await;
        }
    }

    /// Puts something there that no plan made.
    pub fn hold(&self, address: Address, id: PhysicalId, attributes: &[(&str, serde_json::Value)]) {
        let held = Held {
            snapshot: Snapshot {
                attributes: attributes
                    .iter()
                    .map(|(k, v)| ((*k).to_owned(), v.clone()))
                    .collect(),
                ..Snapshot::default()
            },
            setup: None,
            name: id.0.clone(),
            token: String::new(),
        };
        self.held.lock().unwrap().insert((address, id), held);
    }

    pub fn count(&self) -> usize {
        self.held.lock().unwrap().len()
    }
}

fn identity(resource: &Resource<String>) -> (Address, String, Option<String>) {
    let tag = |tags: &BTreeMap<String, String>| tags.get(TAG).cloned();
    match resource {
        Resource::Application { name, tags, .. } => (Address::Application, name.clone(), tag(tags)),
        Resource::AutoSubscription { application, .. } => {
            (Address::AutoSubscription, application.clone(), None)
        }
        Resource::Index { name, tags, .. } => (Address::Index, name.clone(), tag(tags)),
        Resource::ManagedPolicy { name, tags, .. } => (Address::ManagedPolicy, name.clone(), tag(tags)),
        Resource::OidcClient { provider, client_id } => {
            (Address::OidcClient, format!("{provider}|{client_id}"), None)
        }
        Resource::OidcProvider { issuer, tags, .. } => (Address::OidcProvider, issuer.clone(), tag(tags)),
        Resource::PolicyAttachment { role, policy } => {
            (Address::PolicyAttachment, format!("{role}|{policy}"), None)
        }
        Resource::Retriever { name, tags, .. } => (Address::Retriever, name.clone(), tag(tags)),
        Resource::Role { name, tags, .. } => (Address::Role, name.clone(), tag(tags)),
        Resource::RolePolicy { role, name, .. } => (Address::RolePolicy, format!("{role}|{name}"), None),
        Resource::RoleTrust { role, .. } => (Address::RoleTrust, role.clone(), None),
        Resource::SamlProvider { name, tags, .. } => (Address::SamlProvider, name.clone(), tag(tags)),
        Resource::Secret { name, tags, .. } => (Address::Secret, name.clone(), tag(tags)),
        Resource::WebExperience { title, tags, .. } => (Address::WebExperience, title.clone(), tag(tags)),
        Resource::WebExperienceRole { web_experience, .. } => {
            (Address::WebExperienceRole, web_experience.clone(), None)
        }
    }
}

/// Roles and inline policies are of one kind in IAM, whatever they are for.
fn kind(address: Address) -> Address {
    match address {
        Address::ApplicationRole | Address::RetrieverRole | Address::SecretsRole => Address::Role,
        Address::ApplicationRolePolicy | Address::RetrieverRolePolicy | Address::SecretsRolePolicy => {
            Address::RolePolicy
        }
        other => other,
    }
}

fn is_part(address: Address) -> bool {
    address.parent().is_some() || matches!(address, Address::PolicyAttachment | Address::RolePolicy)
}

impl Cloud for MemoryCloud {
    fn read<'a>(&'a self, address: Address, id: &'a PhysicalId) -> CloudFuture<'a, Observed> {
        Box::pin(async move {
            self.call().await;
            if self.unreadable.lock().unwrap().contains(&address) {
                return Observed::Unreadable(error(CloudErrorKind::Denied));
            }
            match self.held.lock().unwrap().get(&(kind(address), id.clone())) {
                Some(_) if self.failed.lock().unwrap().contains(&address) => Observed::Failed {
                    why: "of its own".into(),
                },
                Some(_) if self.settling.lock().unwrap().remove(&address) => Observed::Settling {
                    status: "CREATING".into(),
                },
                Some(held) => Observed::Ready(held.snapshot.clone()),
                None => Observed::Absent,
            }
        })
    }

    fn find<'a>(
        &'a self,
        resource: &'a Resource<String>,
    ) -> CloudFuture<'a, Result<Option<Candidate>, CloudError>> {
        Box::pin(async move {
            self.call().await;
            let (address, name, _) = identity(resource);
            Ok(self
                .held
                .lock()
                .unwrap()
                .iter()
                .find(|((a, _), h)| *a == address && h.name == name && !is_part(address))
                .map(|((_, id), h)| Candidate {
                    id: id.clone(),
                    setup: h.setup.clone(),
                }))
        })
    }

    fn put_secret<'a>(
        &'a self,
        resource: &'a Resource<String>,
        value: &'a SecretValue,
    ) -> CloudFuture<'a, Result<PhysicalId, CloudError>> {
        Box::pin(async move {
            self.secrets
                .lock()
                .unwrap()
                .push(value.expose_secret().to_owned());
            let Resource::Secret { name, version, .. } = resource else {
                return Err(CloudError::unsupported("CreateSecret"));
            };
            let known = self
                .held
                .lock()
                .unwrap()
                .iter()
                .find_map(|((a, id), h)| (*a == Address::Secret && h.name == *name).then(|| id.clone()));
            match known {
                Some(id) => self.update(&id, resource).await.map(|()| id),
                None => self.create(resource, version).await,
            }
        })
    }

    fn users<'a>(
        &'a self,
        _: Address,
        _: &'a PhysicalId,
        _: &'a str,
    ) -> CloudFuture<'a, Result<Vec<String>, CloudError>> {
        Box::pin(async move {
            self.call().await;
            if *self.users_denied.lock().unwrap() {
                return Err(error(CloudErrorKind::Denied));
            }
            Ok(self.users.lock().unwrap().clone())
        })
    }

    fn create<'a>(
        &'a self,
        resource: &'a Resource<String>,
        token: &'a str,
    ) -> CloudFuture<'a, Result<PhysicalId, CloudError>> {
        Box::pin(async move {
            self.call().await;
            if let Some(message) = self.refusal.lock().unwrap().clone() {
                return Err(CloudError {
                    message,
                    ..error(CloudErrorKind::Denied)
                });
            }
            let (address, name, setup) = identity(resource);
            let mut held = self.held.lock().unwrap();
            let same = held
                .iter()
                .find(|((a, _), h)| *a == address && h.name == name)
                .map(|((_, id), h)| (id.clone(), h.token.clone()));
            let id = match same {
                // AWS: the same token gives the same resource, another one a conflict.
                Some((id, old)) if old == token || is_part(address) => id,
                // IAM's names are unique; Amazon Q Business makes a second one of the same name.
                Some(_) if matches!(address, Address::Role | Address::SamlProvider) => {
                    return Err(error(CloudErrorKind::Conflict));
                }
                Some(_) => PhysicalId(format!("{name}-{}", self.serial.fetch_add(1, Ordering::SeqCst))),
                None if is_part(address) => PhysicalId(name.clone()),
                None => PhysicalId(format!("{name}-{}", self.serial.fetch_add(1, Ordering::SeqCst))),
            };
            let mut outputs = BTreeMap::from([
                (Output::Id, id.0.clone()),
                (Output::Arn, format!("arn:aws:iam::123456789012:role/{}", id.0)),
                (Output::Physical, id.0.clone()),
            ]);
            if let Resource::Secret { version, .. } = resource {
                outputs.insert(Output::Version, version.clone());
            }
            if address == Address::SamlProvider {
                let arn = format!("arn:aws:iam::123456789012:saml-provider/{name}");
                outputs.insert(Output::Arn, arn);
            }
            if matches!(address, Address::Role | Address::SamlProvider) {
                let unique = self.serial.fetch_add(1, Ordering::SeqCst);
                outputs.insert(Output::Unique, format!("AROA{unique}"));
            }
            if address == Address::WebExperience {
                outputs.insert(
                    Output::Acs,
                    "https://abcd.chat.qbusiness.us-east-1.on.aws/saml".into(),
                );
                outputs.insert(
                    Output::Endpoint,
                    "https://abcd.chat.qbusiness.us-east-1.on.aws".into(),
                );
            }
            let snapshot = Snapshot {
                attributes: resource.attributes(),
                outputs,
                status: None,
                setup: None,
            };
            held.insert(
                (address, id.clone()),
                Held {
                    snapshot,
                    setup,
                    name,
                    token: token.into(),
                },
            );
            let mut lost = self.lost.lock().unwrap();
            if let Some(at) = lost.iter().position(|a| *a == address) {
                lost.remove(at);
                return Err(error(CloudErrorKind::OutcomeUnknown));
            }
            Ok(id)
        })
    }

    fn update<'a>(
        &'a self,
        id: &'a PhysicalId,
        resource: &'a Resource<String>,
    ) -> CloudFuture<'a, Result<(), CloudError>> {
        Box::pin(async move {
            self.call().await;
            let (address, ..) = identity(resource);
            if address == Address::SamlProvider && *self.keeps_issuer.lock().unwrap() {
                return Err(error(CloudErrorKind::Invalid));
            }
            self.changed.lock().unwrap().push(("update", address));
            match self.held.lock().unwrap().get_mut(&(address, id.clone())) {
                Some(held) => {
                    held.snapshot.attributes = resource.attributes();
                    Ok(())
                }
                None => Err(error(CloudErrorKind::Gone)),
            }
        })
    }

    fn delete<'a>(&'a self, address: Address, id: &'a PhysicalId) -> CloudFuture<'a, Result<(), CloudError>> {
        Box::pin(async move {
            self.call().await;
            let mut held = self.held.lock().unwrap();
            let address = kind(address);
            // AWS has no call that deletes a part of these.
            if address.parent().is_some() && address != Address::OidcClient {
                return Ok(());
            }
            if address == Address::Index && held.keys().any(|(a, _)| *a == Address::Retriever) {
                return Err(error(CloudErrorKind::Conflict));
            }
            if self.undeletable.lock().unwrap().contains(&address) {
                return Err(CloudError {
                    leftover: Leftover::Nothing,
                    ..error(CloudErrorKind::Invalid)
                });
            }
            if held.remove(&(address, id.clone())).is_some() {
                self.changed.lock().unwrap().push(("delete", address));
            }
            self.failed.lock().unwrap().remove(&address);
            // Parts go with their parents.
            held.retain(|(a, _), _| a.parent() != Some(address));
            Ok(())
        })
    }
}

/// A clock that jumps over every wait.
#[derive(Default)]
pub struct JumpingClock(AtomicU64);

impl Clock for JumpingClock {
    fn now(&self) -> Instant {
        let millis = i64::try_from(self.0.load(Ordering::SeqCst)).unwrap();
        OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(millis)
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.0
            .fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
        Box::pin(std::future::ready(()))
    }
}

/// Ids in a row.
#[derive(Default)]
pub struct CountingIds(AtomicU64);

impl Ids for CountingIds {
    fn fresh(&self) -> String {
        format!("token-{:032}", self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// A journal whose text survives the process.
#[derive(Default)]
pub struct TextJournal(pub String);

impl Journal for TextJournal {
    fn append(&mut self, event: &Event) -> Result<(), String> {
        let entry = Entry {
            schema: SCHEMA,
            at: "2026-11-22T16:00:00Z".into(),
            event: event.clone(),
        };
        self.0.push_str(&serde_json::to_string(&entry).unwrap());
        self.0.push('\n');
        Ok(())
    }
}
