//! What an administrator sees who is asked by a rule: looked up in the portal or in AWS, by the wire.

use super::Stage;
use crate::connection::{Connection, Problem};
use claimbridge_core::diagnose::{Evidence, RuleId};
use claimbridge_core::resource::HeldSignIn;
use claimbridge_core::time::parse_instant;
use claimbridge_core::value::Region;
use claimbridge_practice::{Console, Visit};
use time::{Duration, OffsetDateTime};

/// As many applications as a region may have (Q Business: quotas).
const MOST_APPLICATIONS: usize = 50;

/// The answer to the rule's question; None where it has none, or nobody would look.
pub(super) async fn answer(
    stage: &Stage<'_>,
    visit: &Visit<'_>,
    rule: RuleId,
    evidence: &Evidence,
) -> Result<Option<bool>, Problem> {
    let setup = &stage.setup;
    Ok(Some(match rule {
        RuleId::AppRoleValue => !visit.sees("roles", &setup.role_arn().to_string()).await?,
        RuleId::SignOnUrl => !visit.typed_in("basic-saml", "Sign on URL").await?.is_empty(),
        RuleId::OtherApplication => {
            let web = evidence.live.web_experience.as_ref();
            let own = visit.clone().address().await?;
            matches!(web.map(|w| &w.sign_in), Some(HeldSignIn::Saml { authentication_url }) if *authentication_url != own)
        }
        RuleId::AccessForbidden => !visit.clone().has_people().await?,
        RuleId::AddressNotFound => match evidence.live.web_experience.as_ref().map(|w| &w.sign_in) {
            Some(HeldSignIn::Saml { authentication_url }) => visit.is_dead(authentication_url).await?,
            _ => return Ok(None),
        },
        RuleId::ServiceClosed => {
            let mut none = true;
            for region in Region::ALL {
                let there = Connection::practice(&stage.world.origin(), region, 0.0).await?;
                none &= there.aws.applications().await?.is_empty();
            }
            none
        }
        RuleId::ApplicationQuota => stage.connection.aws.applications().await?.len() >= MOST_APPLICATIONS,
        RuleId::RoleNotYet => {
            let console = Console::new(&stage.world.origin(), stage.setup.region.as_str());
            let role = [("RoleName", super::acts::NEW_ROLE)];
            let said = console.query("iam", "GetRole", &role).await;
            let made = said.ok().and_then(|xml| {
                let (_, rest) = xml.split_once("<CreateDate>")?;
                parse_instant(rest.split_once('<')?.0)
            });
            made.is_some_and(|at| OffsetDateTime::now_utc() - at < Duration::minutes(2))
        }
        RuleId::RegionUnsupported => {
            let known: Vec<&str> = Region::ALL.iter().map(|r| r.as_str()).collect();
            !known.contains(&super::acts::OTHER_REGION)
        }
        _ => return Ok(None),
    }))
}
