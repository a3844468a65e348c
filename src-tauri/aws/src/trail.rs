//! CloudTrail: what STS answered to sign-ins of the last hours. Its history is minutes behind, and of a
//! token that STS could not verify nothing is in it (IAM: troubleshoot OIDC federation).

use crate::Aws;
use aws_sdk_cloudtrail::config::{Builder, Region};
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use claimbridge_core::diagnose::TrailEvent;
use claimbridge_core::idp::Protocol;
use claimbridge_core::resource::{CloudError, CloudErrorKind, Leftover};
use claimbridge_core::time::Instant;

/// Where calls of the global endpoint of STS are recorded (CloudTrail: global service events).
const GLOBAL: &str = "us-east-1";

/// Pages of fifty: AWS answers two calls a second (CloudTrail: LookupEvents).
const PAGES: usize = 2;

impl Aws {
    /// Sign-ins since `since`, the newest first, at most a hundred of each region: of the connection's own,
    /// and of the one where calls of the global endpoint are recorded.
    ///
    /// # Errors
    /// [`CloudError`] where no region could be asked.
    pub async fn sign_ins(&self, protocol: Protocol, since: Instant) -> Result<Vec<TrailEvent>, CloudError> {
        let own = self.cloudtrail.config().region().map(Region::as_ref);
        let elsewhere = own.is_some_and(|r| r != GLOBAL).then_some(GLOBAL);
        let (here, there) = futures::join!(self.sign_ins_of(protocol, since, None), async {
            match elsewhere {
                Some(region) => self.sign_ins_of(protocol, since, Some(region)).await,
                None => Ok(Vec::new()),
            }
        });
        let mut all = match (here, there) {
            (Ok(here), Ok(there)) => [here, there].concat(),
            (Ok(some), Err(_)) => some,
            (Err(_), Ok(some)) if elsewhere.is_some() => some,
            (Err(error), _) => return Err(error),
        };
        all.sort_by_key(|event| std::cmp::Reverse(event.at));
        Ok(all)
    }

    async fn sign_ins_of(
        &self,
        protocol: Protocol,
        since: Instant,
        region: Option<&'static str>,
    ) -> Result<Vec<TrailEvent>, CloudError> {
        let [saml, web_identity] = TrailEvent::NAMES;
        let name = match protocol {
            Protocol::Oidc => web_identity,
            Protocol::Saml => saml,
        };
        let invalid = |why: String| CloudError {
            kind: CloudErrorKind::Invalid,
            operation: "LookupEvents".into(),
            code: None,
            message: why,
            request_id: None,
            leftover: Leftover::Nothing,
        };
        let only = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::EventName)
            .attribute_value(name)
            .build()
            .map_err(|e| invalid(e.to_string()))?;
        let mut events = Vec::new();
        let mut token = None;
        for _ in 0..PAGES {
            let mut call = self
                .cloudtrail
                .lookup_events()
                .lookup_attributes(only.clone())
                .start_time(DateTime::from_secs(since.unix_timestamp()))
                .set_next_token(token)
                .customize();
            if let Some(region) = region {
                call = call.config_override(Builder::new().region(Region::new(region)));
            }
            let page = call.send().await.map_err(self.error("LookupEvents"))?;
            let texts = page.events().iter().filter_map(|e| e.cloud_trail_event());
            events.extend(
                texts
                    .filter_map(|text| serde_json::from_str(text).ok())
                    .filter_map(|json| TrailEvent::from_json(&json)),
            );
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        Ok(events)
    }
}
