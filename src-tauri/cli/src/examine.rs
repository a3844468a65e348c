//! What somebody built by hand or with a script: verify it without a set-up file, or adopt it.

use crate::End;
use crate::arguments::{AccessArgs, AdoptArgs, AwsArgs, ThereArgs};
use crate::new::known_idp;
use crate::output::{self, out};
use crate::setups::{connect, ended, input, say_where, show};
use claimbridge_core::journal::Origin;
use claimbridge_core::plan::{Action, Plan};
use claimbridge_core::resource::Address;
use claimbridge_core::value::{AccountId, Region};
use claimbridge_runtime::connection::{Connection, Problem, is_loopback};
use claimbridge_runtime::examine::{
    self as there, Examined, Options, ProviderThere, adopt_provider, provider_there,
};
use claimbridge_runtime::store::SetupFiles;
use serde_json::{Value as Json, json};
use std::path::Path;

pub(crate) async fn connected(
    region: Option<&str>,
    practice: bool,
    access: &AccessArgs,
) -> Result<Connection, End> {
    let region = Region::parse(region.unwrap_or_default()).map_err(|e| input(format!("--region: {e}")))?;
    let connection = if practice {
        let named = std::env::var("AWS_ENDPOINT_URL").ok().filter(|e| !e.is_empty());
        match access.endpoint_url.clone().or(named).filter(|e| is_loopback(e)) {
            Some(endpoint) => Connection::practice(&endpoint, region, 0.1).await,
            None => Err(Problem::NoPracticeWorld),
        }
    } else {
        Connection::live(access.profile.clone(), region, access.endpoint_url.clone()).await
    }
    .map_err(ended)?;
    say_where(&connection);
    Ok(connection)
}

async fn examined(a: &ThereArgs, access: &AccessArgs) -> Result<(Examined, Connection), End> {
    let account = a.account.as_deref().map(AccountId::parse).transpose();
    let options = Options {
        account: account.map_err(|e| input(format!("--account: {e}")))?,
        web_experience: a.web_experience.clone(),
        index: a.index.clone(),
        idp: a.idp.as_deref().map(known_idp).transpose()?,
    };
    let connection = connected(a.region.as_deref(), a.practice, access).await?;
    let application = a.application.as_deref().unwrap_or_default();
    let examined = there::examine(&connection, application, &options)
        .await
        .map_err(ended)?;
    Ok((examined, connection))
}

/// Every difference, one entry each: of policy documents statement by statement.
pub(crate) fn differences(plan: &Plan) -> Vec<Json> {
    let mut all = Vec::new();
    for step in plan.steps.iter().filter(|s| s.action != Action::Keep) {
        let (address, action) = (step.address, step.action.word());
        let before = all.len();
        for change in step.changes.iter().filter(|_| step.action == Action::Update) {
            let attribute = &change.attribute;
            match change.policy_differences() {
                Some(policy) => all.extend(policy.iter().map(|p| {
                    json!({"address": address, "action": action, "attribute": attribute,
                        "statement": p.statement, "change": p.change, "part": p.part, "value": p.value,
                        "text": p.to_string()})
                })),
                None => all.push(
                    json!({"address": address, "action": action, "attribute": attribute,
                        "from": change.from, "to": change.to}),
                ),
            }
        }
        if all.len() == before {
            let why = match &step.action {
                Action::Refuse(why) => Some(why.to_string()),
                _ => None,
            };
            all.push(json!({"address": address, "action": action, "why": why}));
        }
    }
    all
}

fn document(examined: &Examined) -> Json {
    let found: Vec<Json> = examined
        .found
        .iter()
        .map(|f| json!({"address": f.address, "id": f.id, "origin": f.origin}))
        .collect();
    let remarks: Vec<Json> = examined
        .remarks
        .iter()
        .map(|r| json!({"remark": r, "difference": r.is_difference(), "text": r.to_string()}))
        .collect();
    json!({
        "in_order": examined.in_order(),
        "idp": examined.setup.idp(),
        "found": found,
        "differences": differences(&examined.plan),
        "remarks": remarks,
        "plan": examined.plan,
    })
}

fn present(examined: &Examined) {
    for found in &examined.found {
        let whose = match found.origin {
            Origin::Adopted => "",
            Origin::Created => " (made here)",
            Origin::Shared => " (others use it too)",
        };
        out!("{:<32} {}{whose}", found.address.as_str(), found.id.own());
    }
    out!("{:<32} {}", "identity provider", examined.setup.idp().as_str());
    for remark in &examined.remarks {
        out!("{} {remark}", if remark.is_difference() { "✕" } else { "·" });
    }
    if examined.plan.is_clean() {
        return;
    }
    out!("To be as Claimbridge would have made it:");
    show(&examined.plan);
}

/// `verify --application`: in order, or every difference.
pub(crate) async fn verify(a: &ThereArgs, access: &AccessArgs) -> Result<End, End> {
    let (examined, _) = examined(a, access).await?;
    if access.json {
        output::json(&document(&examined));
    } else {
        present(&examined);
        out!(
            "{}",
            if examined.in_order() {
                "In order: everything is as the documents have it."
            } else {
                "Not in order. Nothing was changed. Next: claimbridge-cli adopt, then apply, puts right what the plan shows."
            }
        );
    }
    Ok(if examined.in_order() {
        End::Fine
    } else {
        End::Blocked
    })
}

/// `adopt`: writes set-up and journal of what is there, or binds one provider to a set-up.
pub(crate) async fn adopt(a: &AdoptArgs) -> Result<End, End> {
    if let (Some(setup), Some(resource)) = (&a.setup, &a.resource) {
        return adopt_resource(setup, resource, a).await;
    }
    let Some(out) = &a.out else {
        return Err(input("Say where the set-up is to be written: --out setup.json."));
    };
    let (examined, connection) = examined(&a.there, &a.access).await?;
    let files = SetupFiles::at(out);
    if a.yes {
        there::adopt(&examined, &files, &connection).map_err(ended)?;
    }
    if a.access.json {
        let mut document = document(&examined);
        document["setup"] = json!(out);
        document["written"] = json!(a.yes);
        output::json(&document);
        return Ok(End::Fine);
    }
    present(&examined);
    if a.yes {
        out!(
            "{0} written; nothing in AWS was changed. Next: claimbridge-cli plan --setup {0}",
            out.display()
        );
    } else {
        out!("Nothing was written. Add --yes to take over what is listed; nothing in AWS changes by that.");
    }
    Ok(End::Fine)
}

fn present_provider(there: &ProviderThere) {
    out!("{} {}", there.address, there.arn);
    match &there.issuer_before {
        Some(before) => out!(
            "issuer    {}, which is another than the set-up's {before}: its metadata takes the place of the set-up's",
            there.issuer
        ),
        None => out!("issuer    {}", there.issuer),
    }
    if there.address == Address::OidcProvider {
        out!("clients   {}", there.clients.join(", "));
        match &there.adds_client {
            Some(client) => out!("adds      {client}, by the next apply; those that are there stay"),
            None => out!("adds      nothing: the set-up's client is there"),
        }
    }
    match (&there.users_not_seen, there.users.as_slice()) {
        (Some(error), _) => out!("used by   could not be seen ({error})"),
        (None, []) => out!("used by   nobody else"),
        (None, users) => out!("used by   {}", users.join(", ")),
    }
}

async fn adopt_resource(setup: &Path, resource: &str, a: &AdoptArgs) -> Result<End, End> {
    let address = Address::parse(resource)
        .filter(|a| matches!(a, Address::OidcProvider | Address::SamlProvider))
        .ok_or_else(|| {
            input(format!(
                "--resource “{resource}” is not known; expected saml-provider or oidc-provider."
            ))
        })?;
    let aws = AwsArgs {
        setup: setup.to_owned(),
        access: a.access.clone(),
    };
    let (files, connection) = connect(&aws).await?;
    let found = if a.yes {
        adopt_provider(&files, &connection, address).await
    } else {
        provider_there(&files, &connection, address).await
    }
    .map_err(ended)?;
    if a.access.json {
        output::json(&json!({"provider": found, "written": a.yes}));
        return Ok(End::Fine);
    }
    present_provider(&found);
    if a.yes {
        out!(
            "Bound as shared: it is never deleted by this set-up. Next: claimbridge-cli plan --setup {}",
            setup.display()
        );
    } else {
        out!("Nothing was done. Add --yes to bind it.");
    }
    Ok(End::Fine)
}
