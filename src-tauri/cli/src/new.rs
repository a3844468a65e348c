//! `new`: a set-up file from what is typed.

use crate::End;
use crate::arguments::{LookArgs, NewArgs};
use crate::output::{self, err, out};
use crate::setups::{ended, input};
use claimbridge_core::idp::{IdentityProvider, Protocol, guide};
use claimbridge_core::resource::{IndexKind, Look, Tier};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::setup::authentication::Authentication;
use claimbridge_core::setup::{
    CustomApplication, Federation, Index, Order, PolicyKind, Setup, SignInEndpoint, World,
};
use claimbridge_core::time::Ids;
use claimbridge_core::value::{AccountId, ClientId, Issuer, Region};
use claimbridge_runtime::RandomIds;
use claimbridge_runtime::store::SetupFiles;
use serde_json::json;
use std::collections::BTreeMap;

/// An identity provider by its name or alias.
pub(crate) fn known_idp(text: &str) -> Result<IdentityProvider, End> {
    IdentityProvider::parse(text).ok_or_else(|| {
        let all: Vec<&str> = IdentityProvider::ALL
            .iter()
            .map(|idp| guide(*idp).alias.as_deref().unwrap_or(idp.as_str()))
            .collect();
        input(format!(
            "--idp “{text}” is not known; expected {}.",
            all.join(", ")
        ))
    })
}

/// One of the words that an argument may have.
fn one_of<T: Copy>(name: &str, found: &str, known: &[(&str, T)]) -> Result<T, End> {
    known
        .iter()
        .find(|(word, _)| *word == found)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            input(format!(
                "--{name} “{found}” is not known; expected {}.",
                words.join(" or ")
            ))
        })
}

fn pair(name: &str, text: &str) -> Result<(String, String), End> {
    text.split_once('=')
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| input(format!("--{name} “{text}” has no =; expected KEY=VALUE.")))
}

/// The last of two would win without a word.
fn only_once(name: &str, all: &mut BTreeMap<String, String>, key: String, value: String) -> Result<(), End> {
    if all.contains_key(&key) {
        return Err(input(format!(
            "--{name} “{key}” is given twice. Leave one of them out."
        )));
    }
    all.insert(key, value);
    Ok(())
}

pub(crate) fn new(a: &NewArgs) -> Result<End, End> {
    let idp = known_idp(&a.idp)?;
    let account = AccountId::parse(&a.account).map_err(|e| input(format!("--account: {e}")))?;
    let region = Region::parse(&a.region).map_err(|e| input(format!("--region: {e}")))?;
    let world = if a.practice { World::Practice } else { World::Live };
    let mut setup = Setup::new(RandomIds.fresh(), &a.name, account, region, world, idp);
    options(&mut setup, a)?;
    match idp.protocol() {
        Protocol::Saml => saml(&mut setup, a)?,
        Protocol::Oidc => oidc(&mut setup, a)?,
    }
    setup
        .check()
        .map_err(|e| input(format!("{e}\nNothing was written.")))?;
    if a.out.exists() {
        return Err(input(format!(
            "{} exists already. Choose another name, or remove it.",
            a.out.display()
        )));
    }
    let files = SetupFiles::at(&a.out);
    if !files.bindings().map_err(input)?.is_empty() {
        return Err(input(format!(
            "Beside {} lies the journal of another set-up, which still has resources. Choose another name, or remove them first.",
            a.out.display()
        )));
    }
    files.save(&setup).map_err(input)?;
    if a.json {
        let issuer = setup.federation_metadata().ok().map(|m| m.entity_id);
        output::json(
            &json!({"setup": a.out, "id": setup.id, "entity_id": issuer, "role_claim": setup.role_pair(), "temporary": setup.is_temporary()}),
        );
    } else {
        out!(
            "{} written. Next: claimbridge-cli plan --setup {}",
            a.out.display(),
            a.out.display()
        );
    }
    Ok(End::Fine)
}

fn options(setup: &mut Setup, a: &NewArgs) -> Result<(), End> {
    setup.order = one_of(
        "order",
        &a.order,
        &[
            ("endpoint-first", Order::EndpointFirst),
            ("role-first", Order::RoleFirst),
        ],
    )?;
    let kind = one_of(
        "index",
        &a.index,
        &[
            ("starter", Some(IndexKind::Starter)),
            ("enterprise", Some(IndexKind::Enterprise)),
            ("none", None),
        ],
    )?;
    if a.no_index && a.kendra_index.is_some() {
        return Err(input(
            "--no-index answers without an index, and --kendra-index from one: leave one of them out.",
        ));
    }
    let kind = kind.filter(|_| !a.no_index && a.kendra_index.is_none());
    let application = &mut setup.application;
    application.index = kind.map(|kind| Index { kind, units: a.units });
    application.kendra_index = a.kendra_index.clone();
    application.tier = one_of(
        "tier",
        &a.tier,
        &[("pro", Tier::QBusiness), ("lite", Tier::QLite)],
    )?;
    application.q_apps = a.q_apps;
    application.kms_key = a.kms_key.clone();
    application.own_service_role = a.service_role;
    for text in &a.personalize {
        let (tag, source) = pair("personalize", text)?;
        only_once("personalize", &mut application.personalization, tag, source)?;
    }
    for text in &a.tags {
        let (key, value) = pair("tag", text)?;
        only_once("tag", &mut setup.tags, key, value)?;
    }
    if let Some(title) = &a.title {
        setup.names.title = title.clone();
    }
    setup.look = look(&a.look);
    if let Some(path) = &a.role_path {
        setup.role.path = path.clone();
    }
    setup.role.permissions_boundary = a.permissions_boundary.clone();
    if a.managed_policy {
        setup.role.policy = PolicyKind::Managed;
    }
    setup.custom_application = a.custom_application.clone().map(|url| CustomApplication { url });
    Ok(())
}

fn look(a: &LookArgs) -> Look {
    Look {
        subtitle: a.subtitle.clone(),
        welcome_message: a.welcome_message.clone(),
        sample_prompts: a.no_sample_prompts.then_some(false),
        origins: a.origins.clone(),
        browser_extensions: a.browser_extensions.clone(),
        custom_css_url: a.css_url.clone(),
        logo_url: a.logo_url.clone(),
        font_url: a.font_url.clone(),
        favicon_url: a.favicon_url.clone(),
    }
}

fn saml(setup: &mut Setup, a: &NewArgs) -> Result<(), End> {
    for (name, given) in [("issuer", &a.issuer), ("client-id", &a.client_id)] {
        if given.is_some() {
            return Err(input(format!(
                "--{name} is of OpenID Connect, and --idp {} signs in by SAML 2.0. Leave it out, or choose another --idp.",
                a.idp
            )));
        }
    }
    let endpoint = one_of(
        "sign-in",
        &a.sign_in,
        &[
            ("regional", SignInEndpoint::Regional),
            ("global", SignInEndpoint::Global),
        ],
    )?;
    if let Federation::Saml { sign_in, .. } = &mut setup.federation {
        *sign_in = endpoint;
    }
    match (&a.metadata, a.aws_first) {
        (Some(path), false) => {
            let (text, _) = FederationMetadata::for_iam(&output::read(path)?)
                .map_err(|e| input(format!("{}: {e}", path.display())))?;
            setup.give_metadata(text).map_err(input)?;
        }
        (None, true) => {
            claimbridge_runtime::make_temporary(setup).map_err(ended)?;
            err!(
                "The metadata is a stand-in made here: nobody can sign in until the identity provider's replaces it."
            );
        }
        (Some(_), true) => {
            return Err(input(
                "--aws-first makes metadata of its own: leave --metadata out, or leave --aws-first out.",
            ));
        }
        (None, false) => {
            return Err(input(
                "Say where the federation metadata is: --metadata FILE. Or set AWS up first with a stand-in: --aws-first.",
            ));
        }
    }
    if let Some(text) = &a.authentication_url {
        let found = Authentication::parse(text).map_err(|e| input(format!("--authentication-url: {e}.")))?;
        for warning in found.derivation.iter().chain(&found.warnings) {
            err!("{warning}");
        }
        setup.give_authentication_url(found.url).map_err(input)?;
    }
    if setup.authentication_url().is_err() {
        return Err(input(
            "The metadata names no https sign-on address. Give the address of the portal with --authentication-url.",
        ));
    }
    Ok(())
}

fn oidc(setup: &mut Setup, a: &NewArgs) -> Result<(), End> {
    if a.metadata.is_some() || a.authentication_url.is_some() || a.aws_first {
        return Err(input(format!(
            "--metadata, --authentication-url and --aws-first are of SAML, and --idp {} signs in by OpenID Connect. Give --issuer and --client-id.",
            a.idp
        )));
    }
    let (Some(issuer), Some(client)) = (&a.issuer, &a.client_id) else {
        return Err(input(
            "OpenID Connect needs both: --issuer URL and --client-id ID.",
        ));
    };
    let issuer = match setup.world {
        World::Practice => Issuer::practice(issuer).or_else(|_| Issuer::parse(issuer)),
        World::Live => Issuer::parse(issuer),
    }
    .map_err(|e| input(format!("--issuer: {e}")))?;
    let client = ClientId::parse(client).map_err(|e| input(format!("--client-id: {e}")))?;
    setup.give_client(issuer, client).map_err(input)?;
    if let Federation::Oidc { secret_kms_key, .. } = &mut setup.federation {
        *secret_kms_key = a.secret_kms_key.clone();
    }
    Ok(())
}
