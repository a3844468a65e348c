//! The live half of a diagnosis: an application of the account and all that its sign-in stands on, read
//! side by side. Nothing is changed or tagged, and a call that is denied stops no other.

use crate::connection::{Connection, Problem};
pub use claimbridge_aws::ApplicationSummary;
use claimbridge_core::diagnose::{
    Content, Evidence, Expected, Live, LiveRole, Origin, Piece, TokenEvidence, TrailEvent,
};
use claimbridge_core::idp::Protocol;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::time::Instant;
use claimbridge_core::value::{ClientId, Issuer};
use std::time::Duration;

mod letter;
mod planned;
mod read;
mod secret;
pub mod signature;
mod weigh;

pub use letter::{known, letter};
pub use planned::plan_makes;
pub use read::gather;
pub use weigh::{AtHand, Holder, Weighed, issuer_of};

/// How far back sign-ins are looked for in CloudTrail.
const SINCE: Duration = Duration::from_secs(24 * 3600);

/// What AWS says of an application; a part that could not be read is None, and said in `unread`.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// Id of the application.
    pub application: String,
    /// Id of the web experience, where there is one.
    pub web_experience: Option<String>,
    /// Application, web experience and what stands around them.
    pub live: Live,
    /// The role of signed-in people.
    pub role: Option<LiveRole>,
    /// SAML: the metadata of the IAM provider.
    pub metadata: Option<String>,
    /// Whether the IAM provider is there.
    pub provider_exists: Option<bool>,
    /// OpenID Connect: the IAM provider's issuer.
    pub issuer: Option<Issuer>,
    /// OpenID Connect: the application's first client.
    pub client_id: Option<ClientId>,
    /// OpenID Connect: the client ids of the IAM provider.
    pub provider_clients: Option<Vec<String>>,
    /// What a sign-in has to bring, as far as AWS and the guide of the provider's vendor tell.
    pub expected: Expected,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What: `Policies of the role`.
    pub what: &'static str,
    /// AWS's own words, or what is cut off.
    pub why: String,
}

/// Every application of the region, to pick one from.
///
/// # Errors
/// [`Problem::Aws`].
pub async fn applications(connection: &Connection) -> Result<Vec<ApplicationSummary>, Problem> {
    Ok(connection.aws.applications().await?)
}

impl Gathered {
    /// How people sign in.
    pub fn protocol(&self) -> Protocol {
        self.expected.idp.protocol()
    }

    /// What AWS verifies with and asks of a sign-in, as pieces of a case: put behind those that were pasted,
    /// they count more than an older copy of the same.
    pub fn pieces(&self, now: Instant) -> Vec<Piece> {
        let mut contents = Vec::new();
        if let Some(Ok(metadata)) = self.metadata.as_ref().map(|m| read_metadata(m)) {
            contents.push(Content::Metadata(Box::new(metadata)));
        }
        if let Some(LiveRole::There(policy)) = &self.role {
            contents.push(Content::Trust {
                policy: policy.clone(),
                role_arn: self.expected.role_arn.clone(),
                max_session: self.live.max_session,
            });
        }
        let of_aws = |content| Piece {
            origin: Origin::Aws,
            at: Some(now),
            content,
        };
        contents.into_iter().map(of_aws).collect()
    }

    /// The evidence that AWS alone gives.
    pub fn into_evidence(self, now: Instant) -> Evidence {
        let mut evidence = Evidence::new(now, self.expected.clone());
        self.fill(&mut evidence);
        evidence
    }

    /// Puts what AWS says into evidence that has a sign-in already. A role, metadata or a provider that is
    /// in it stays: the sign-in was judged by them.
    pub fn fill(&self, evidence: &mut Evidence) {
        let held = std::mem::take(&mut evidence.live);
        let mut live = self.live.clone();
        let (asked, wanted) = (&self.expected.role_arn, &evidence.expected.role_arn);
        if wanted.is_none() || asked == wanted {
            evidence.role = evidence.role.take().or_else(|| self.role.clone());
        } else {
            // What another role says tells nothing of the one that is wanted.
            live.permissions = None;
            live.max_session = None;
        }
        evidence.live = over(live, held);
        if evidence.metadata.is_none() {
            evidence.metadata = self.metadata.as_ref().map(|m| read_metadata(m));
        }
        evidence.provider_exists = evidence.provider_exists.or(self.provider_exists);
        if self.protocol() == Protocol::Oidc {
            let token = evidence.token.get_or_insert_with(TokenEvidence::default);
            token.issuer = token.issuer.take().or_else(|| self.issuer.clone());
            // What the application or the provider has counts more than what a trust policy compares.
            let of_application = self.live.application.as_ref().map(|a| &a.client_ids);
            let known = of_application
                .filter(|all| !all.is_empty())
                .or(self.provider_clients.as_ref());
            let is_known =
                |client: &ClientId| known.is_none_or(|all| all.iter().any(|c| c == client.as_str()));
            let held = token.client_id.take().filter(is_known);
            token.client_id = held.or_else(|| self.client_id.clone());
            let clients = token.provider_clients.take();
            token.provider_clients = clients.or_else(|| self.provider_clients.clone());
        }
    }

    /// Sign-ins of the last 24 hours that asked for this role or came from this provider, the newest first.
    /// CloudTrail is some minutes behind.
    ///
    /// # Errors
    /// [`Problem::Aws`].
    pub async fn sign_ins(&self, connection: &Connection, now: Instant) -> Result<Vec<TrailEvent>, Problem> {
        let mut events = connection.aws.sign_ins(self.protocol(), now - SINCE).await?;
        let issuer = self.issuer.as_ref().map(Issuer::as_str);
        events.retain(|event| {
            let role = event.role_arn.as_deref();
            let provider = event.provider.as_deref();
            (role.is_some() && role == self.expected.role_arn.as_deref())
                || (provider.is_some()
                    && (provider == self.expected.provider_arn.as_deref() || provider == issuer))
        });
        Ok(events)
    }
}

fn read_metadata(text: &str) -> Result<FederationMetadata, claimbridge_core::saml::metadata::MetadataError> {
    FederationMetadata::parse(text.as_bytes(), None)
}

/// What was read now, and where nothing was, what was at hand before.
fn over(now: Live, before: Live) -> Live {
    Live {
        application: now.application.or(before.application),
        web_experience: now.web_experience.or(before.web_experience),
        permissions: now.permissions.or(before.permissions),
        max_session: now.max_session.or(before.max_session),
        saml_provider: now.saml_provider.or(before.saml_provider),
        thumbprints: now.thumbprints.or(before.thumbprints),
        secret: now.secret.or(before.secret),
        subscriptions: now.subscriptions.or(before.subscriptions),
        groups: now.groups.or(before.groups),
        providers_in_use: now.providers_in_use.or(before.providers_in_use),
        document_addresses: now.document_addresses.or(before.document_addresses),
        certificate_chain: now.certificate_chain.or(before.certificate_chain),
    }
}
