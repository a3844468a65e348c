//! The application and what is in it, written down as a set-up.

use super::refusal::NotExamined;
use super::remark::Remark;
use super::{Found, Options, federation, fresh, reading, roles};
use crate::connection::{Connection, Problem};
use claimbridge_aws::Aws;
use claimbridge_core::journal::Origin;
use claimbridge_core::plan::other_users;
use claimbridge_core::resource::{
    Address, Cloud, CloudErrorKind, HeldApplication, HeldSignIn, HeldWebExperience, Look, Observed, Output,
    PhysicalId, Purpose, Snapshot, Status, Tier, endpoint_outputs,
};
use claimbridge_core::setup::{Existing, Setup, TAG};
use claimbridge_core::value::{AccountId, Region, arn_account};
use std::collections::BTreeMap;

/// What was found so far.
pub(super) struct Taking<'a> {
    pub aws: &'a Aws,
    pub setup: Setup,
    pub found: Vec<Found>,
    pub remarks: Vec<Remark>,
}

/// The application's part of what is there.
pub(super) struct There {
    pub id: String,
    pub application: HeldApplication,
    pub web_experience: Option<(String, HeldWebExperience)>,
}

impl There {
    /// The web experience's `/saml` address, once it has one.
    pub(super) fn acs(&self) -> Option<String> {
        let endpoint = self.web_experience.as_ref()?.1.endpoint.as_ref()?;
        endpoint_outputs(endpoint).ok()?.remove(&Output::Acs)
    }
}

impl Taking<'_> {
    /// Binds what is there. Outputs are those that a read shows, else `known`.
    pub(super) async fn bind<const N: usize>(
        &mut self,
        address: Address,
        id: PhysicalId,
        known: [(Output, String); N],
    ) -> Option<Snapshot> {
        let seen = match self.aws.read(address, &id).await {
            Observed::Ready(snapshot) => Some(snapshot),
            _ => None,
        };
        self.found.push(Found {
            address,
            id,
            origin: Origin::Adopted,
            outputs: seen
                .as_ref()
                .map_or_else(|| BTreeMap::from(known), |s| s.outputs.clone()),
        });
        seen
    }

    /// Keeps a name as AWS has it.
    pub(super) fn name(&mut self, address: Address, existing: Existing) {
        self.setup.adopted.resources.insert(address, existing);
    }

    pub(super) fn named(&mut self, address: Address, name: &str) {
        self.name(
            address,
            Existing {
                name: name.to_owned(),
                ..Existing::default()
            },
        );
    }

    pub(super) fn judge(&mut self, address: Address, status: &Status) {
        if status.word != "ACTIVE" {
            self.remarks.push(Remark::NotActive {
                address,
                status: status.word.clone(),
                why: status.why.clone(),
            });
        }
    }
}

pub(super) async fn take(
    connection: &Connection,
    application: &str,
    options: &Options,
) -> Result<(Setup, Vec<Found>, Vec<Remark>), Problem> {
    let aws = connection.aws.as_ref();
    let there = look(aws, application, options).await?;
    let (account, region) = place(aws, &there.application.arn, options).await?;
    let provider = federation::read(aws, &there.application, connection.world, options).await?;
    let name = &there.application.name;
    let mut taking = Taking {
        aws,
        setup: Setup::new(
            fresh(),
            &prefix(name),
            account,
            region,
            connection.world,
            provider.idp(),
        ),
        found: Vec::new(),
        remarks: Vec::new(),
    };
    taking.setup.name = name.clone();
    federation::take(&mut taking, &there, &provider).await?;
    take_application(&mut taking, &there).await?;
    take_web_experience(&mut taking, &there).await;
    roles::take(&mut taking, &there, &provider).await?;
    reading::take(&mut taking, &there, options).await?;
    take_look(&mut taking, &there);
    whose_provider(&mut taking, &provider).await;
    long_names(&mut taking);
    taking.setup.check()?;
    Ok((taking.setup, taking.found, taking.remarks))
}

/// The id in what was named: people copy the ARN as well.
pub(crate) fn application_id(named: &str) -> Result<&str, NotExamined> {
    let id = named.trim().rsplit('/').next().unwrap_or(named);
    if id.len() != 36 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(NotExamined::NotAnId {
            found: named.to_owned(),
        });
    }
    Ok(id)
}

/// Says that an application is not there, and which ones are.
pub(crate) async fn not_there(aws: &Aws, named: &str) -> Problem {
    match aws.applications().await {
        Ok(all) => NotExamined::NotThere {
            what: "application",
            found: named.to_owned(),
            there: all.iter().map(|a| format!("{} ({})", a.id, a.name)).collect(),
        }
        .into(),
        Err(error) => error.into(),
    }
}

async fn look(aws: &Aws, named: &str, options: &Options) -> Result<There, Problem> {
    let id = application_id(named)?;
    let application = match aws.held_application(id).await {
        Err(error) if error.kind == CloudErrorKind::Gone => return Err(not_there(aws, named).await),
        other => other?,
    };
    let why = match application.identity_type.as_deref() {
        Some("AWS_IAM_IDP_SAML" | "AWS_IAM_IDP_OIDC") => None,
        Some("AWS_IAM_IDC") => Some("people come from IAM Identity Center, not from an IAM provider"),
        Some("AWS_QUICKSIGHT_IDP") => Some("people come from Amazon QuickSight"),
        Some("ANONYMOUS") => Some("people do not sign in at all"),
        _ => Some("it is not one of IAM federation"),
    };
    let ids = aws.held_web_experiences(id).await?;
    let chosen = choose_web_experience(ids, options.web_experience.as_deref())?;
    let web_experience = match chosen {
        Some(chosen) => {
            let held = aws.held_web_experience(id, &chosen).await?;
            Some((chosen, held))
        }
        None => None,
    };
    if let Some((id, held)) = &web_experience
        && held.sign_in == HeldSignIn::Legacy
    {
        return Err(NotExamined::Legacy {
            web_experience: id.clone(),
        }
        .into());
    }
    if let Some(why) = why {
        return Err(NotExamined::IdentityType {
            found: application.identity_type.unwrap_or_else(|| "none".into()),
            why,
        }
        .into());
    }
    Ok(There {
        id: id.to_owned(),
        application,
        web_experience,
    })
}

/// The web experience that was named, else the only one.
pub(crate) fn choose_web_experience(
    ids: Vec<String>,
    named: Option<&str>,
) -> Result<Option<String>, NotExamined> {
    let words = ("web experience", "web experiences", "--web-experience");
    choose(ids, named, words, |id| id)
}

/// The one that was named, else the only one.
pub(super) fn choose<T>(
    mut all: Vec<T>,
    named: Option<&str>,
    (one, several, option): (&'static str, &'static str, &'static str),
    id: impl Fn(&T) -> &String,
) -> Result<Option<T>, NotExamined> {
    let there = || all.iter().map(|t| id(t).clone()).collect::<Vec<_>>();
    match named {
        Some(named) => match all.iter().position(|t| id(t) == named) {
            Some(at) => Ok(Some(all.swap_remove(at))),
            None => Err(NotExamined::NotThere {
                what: one,
                found: named.to_owned(),
                there: there(),
            }),
        },
        None if all.len() > 1 => Err(NotExamined::Choose {
            what: several,
            option,
            there: there(),
        }),
        None => Ok(all.pop()),
    }
}

async fn place(aws: &Aws, arn: &str, options: &Options) -> Result<(AccountId, Region), Problem> {
    let value = |what, e: claimbridge_core::value::Malformed| NotExamined::Value {
        what,
        why: e.to_string(),
    };
    let account = AccountId::parse(arn_account(arn).unwrap_or_default()).map_err(|e| value("account", e))?;
    let region = Region::parse(arn.split(':').nth(3).unwrap_or_default()).map_err(|e| value("region", e))?;
    let caller = aws.identity().await?.account;
    let expected = options
        .account
        .as_ref()
        .map_or(account.as_str(), AccountId::as_str);
    for found in [caller.as_str(), account.as_str()] {
        if found != expected {
            return Err(Problem::OtherAccount {
                expected: expected.to_owned(),
                found: found.to_owned(),
            });
        }
    }
    Ok((account, region))
}

/// The head of names that have to be made, from a display name of up to 1000 characters.
fn prefix(name: &str) -> String {
    let head: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(20)
        .collect();
    let head = head.trim_matches('-');
    if head.is_empty() {
        "q".into()
    } else {
        head.to_owned()
    }
}

async fn take_application(taking: &mut Taking<'_>, there: &There) -> Result<(), Problem> {
    let a = &there.application;
    taking.judge(Address::Application, &a.status);
    let known = [(Output::Id, there.id.clone()), (Output::Arn, a.arn.clone())];
    taking
        .bind(Address::Application, PhysicalId(there.id.clone()), known)
        .await;
    taking.named(Address::Application, &a.name);
    taking.setup.names.application = a.name.clone();
    taking.setup.application.q_apps = a.q_apps;
    taking.setup.application.kms_key = a.kms_key.clone();
    taking.setup.tags = a
        .tags
        .iter()
        .filter(|(key, _)| !key.to_ascii_lowercase().starts_with("aws:") && *key != TAG)
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let (on, tier) = a.subscription.unwrap_or((false, None));
    taking.setup.application.tier = tier.unwrap_or(Tier::QBusiness);
    if !on {
        taking.remarks.push(Remark::AutoSubscriptionOff);
    }
    if a.subscription.is_some() {
        taking
            .bind(Address::AutoSubscription, PhysicalId(there.id.clone()), [])
            .await;
    }
    if let Some(role) = a.role.as_ref().filter(|r| !r.contains(":role/aws-service-role/")) {
        taking.setup.application.own_service_role = true;
        roles::take_service_role(taking, Purpose::Application, role).await?;
    }
    Ok(())
}

async fn take_web_experience(taking: &mut Taking<'_>, there: &There) {
    let Some((id, held)) = &there.web_experience else {
        return;
    };
    taking.judge(Address::WebExperience, &held.status);
    taking.setup.names.title = held.title.clone();
    taking.named(Address::WebExperience, &held.title);
    let physical = PhysicalId::child(&there.id, id);
    let known = [(Output::Id, id.clone()), (Output::Physical, physical.0.clone())];
    taking.bind(Address::WebExperience, physical, known).await;
}

/// A look that we would not write stays as somebody made it.
fn take_look(taking: &mut Taking<'_>, there: &There) {
    let Some((_, held)) = &there.web_experience else {
        return;
    };
    taking.setup.look = held.look.clone();
    if taking.setup.check().is_err() {
        taking.setup.look = Look::default();
    }
}

/// A provider that others use, or that another set-up made, is shared.
async fn whose_provider(taking: &mut Taking<'_>, provider: &federation::Provider) {
    let users = match taking
        .aws
        .users(
            provider.address(),
            &PhysicalId(provider.arn.clone()),
            &taking.setup.id,
        )
        .await
    {
        Ok(users) => users,
        Err(error) => {
            let error = error.to_string();
            taking.remarks.push(Remark::UsersNotSeen { error });
            Vec::new()
        }
    };
    let mut users = other_users(&taking.setup, users);
    if let Some(made_by) = &provider.setup {
        users.push(format!("set-up {made_by}, which made it"));
    }
    if users.is_empty() {
        return;
    }
    for found in &mut taking.found {
        if found.address == provider.address() {
            found.origin = Origin::Shared;
        }
    }
    taking.remarks.push(Remark::ProviderShared { users });
}

/// What breaks the rules that we keep for others' sake in names.
fn long_names(taking: &mut Taking<'_>) {
    let setup = &taking.setup;
    let adopted = [
        (Address::SamlProvider, &setup.names.provider),
        (Address::Role, &setup.names.role),
    ];
    let mut remarks: Vec<Remark> = adopted
        .into_iter()
        .filter(|(address, name)| setup.adopted.has(*address) && name.contains('.'))
        .map(|(address, name)| Remark::PeriodInName {
            address,
            found: name.clone(),
        })
        .collect();
    let together = setup.names.role.chars().count() + setup.names.provider.chars().count();
    let most = claimbridge_core::idp::guide(setup.idp()).role_value_limit;
    if let (Some(room), Some(most)) = (setup.room_for_names(), most)
        && together > room
    {
        remarks.push(Remark::RoleClaimTooLong {
            found: setup.role_pair().chars().count(),
            most,
        });
    }
    taking.remarks.extend(remarks);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_one_that_names_can_begin_with() {
        for (name, expected) in [
            ("qbiz-saml-4711", "qbiz-saml-4711"),
            ("-a_b", "ab"),
            ("___", "q"),
            ("abcdefghijklmnopqrs-uvw", "abcdefghijklmnopqrs"),
        ] {
            assert_eq!(prefix(name), expected, "{name}");
        }
    }

    #[test]
    fn one_is_chosen_or_the_only_one() {
        let words = ("index", "indices", "--index");
        let of =
            |ids: &[&str], named| choose(ids.iter().map(|i| (*i).to_owned()).collect(), named, words, |i| i);
        assert_eq!(of(&[], None), Ok(None));
        assert_eq!(of(&["a"], None), Ok(Some("a".into())));
        assert_eq!(of(&["a", "b"], Some("b")), Ok(Some("b".into())));
        assert!(
            matches!(of(&["a", "b"], None), Err(NotExamined::Choose { there, .. }) if there == ["a", "b"])
        );
        assert!(matches!(of(&["a"], Some("c")), Err(NotExamined::NotThere { .. })));
    }
}
