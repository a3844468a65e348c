//! What people copy into each portal, byte for byte, for each region: a change of one byte is seen here.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::idp::{
    Entry, Guide, IdentityProvider, PLACEHOLDERS, Protocol, RecipientRule, Values, Visit, guide,
};
use claimbridge_core::value::{Region, WebExperienceUrl};

/// A sample set-up's values.
fn values(guide: &Guide, region: Region) -> Values {
    let endpoint = format!("https://abcdefgh.chat.qbusiness.{region}.on.aws/");
    let web = WebExperienceUrl::from_endpoint(&endpoint).unwrap();
    let role = "arn:aws:iam::123456789012:role/q-acme-web";
    let provider = match guide.protocol {
        Protocol::Saml => "arn:aws:iam::123456789012:saml-provider/q-acme-idp",
        Protocol::Oidc => "arn:aws:iam::123456789012:oidc-provider/acme.okta.com/oauth2/default",
    };
    let sign_in = match region {
        Region::UsEast1 => "https://signin.aws.amazon.com/saml".to_owned(),
        other => format!("https://{other}.signin.aws.amazon.com/saml"),
    };
    let acs = web.acs().as_str().to_owned();
    Values::from([
        ("app_name", "q-acme".to_owned()),
        ("custom_url", "https://portal.acme.example/callback".to_owned()),
        (
            "further_tags",
            guide
                .tag_item
                .as_deref()
                .unwrap_or_default()
                .replace("{{tag_source}}", "user.city")
                .replace("{{tag}}", "city"),
        ),
        ("provider_arn", provider.to_owned()),
        (
            "recipient",
            match guide.recipient {
                Some(RecipientRule::SignIn) => sign_in,
                _ => acs.clone(),
            },
        ),
        (
            "redirect_url",
            format!("{}/authorization-code/callback", web.as_str()),
        ),
        ("region", region.to_string()),
        ("role_arn", role.to_owned()),
        ("role_name", "q-acme-web".to_owned()),
        ("role_pair", format!("{role},{provider}")),
        ("acs_url", acs),
    ])
}

/// One line a field, the value in quotation marks so that blanks are seen.
fn text(cards: &[Visit]) -> String {
    let mut out = String::new();
    for card in cards {
        let optional = if card.optional { ", optional" } else { "" };
        out.push_str(&format!(
            "## {} ({:?}{optional}): {}\n{}\n",
            card.ids[0],
            card.phase,
            card.title,
            card.path.join(" › ")
        ));
        for field in &card.fields {
            let label = &field.label;
            let (what, value) = match &field.entry {
                Entry::Copy(value) => ("copy", value.as_str()),
                Entry::Choose(value) => ("choose", value.as_str()),
                Entry::Leave(value) => ("leave", value.as_str()),
                Entry::Later => ("later", ""),
            };
            out.push_str(&format!(
                "- {label} · {what} · {}\n",
                serde_json::to_string(value).unwrap()
            ));
        }
        out.push('\n');
    }
    out
}

#[test]
fn what_is_copied_is_this() {
    for idp in IdentityProvider::ALL.iter().copied() {
        for region in Region::ALL {
            let guide = guide(idp);
            let cards = cards(guide, &values(guide, region));
            insta::assert_snapshot!(format!("{}__{region}", idp.as_str()), text(&cards));
        }
    }
}

#[test]
fn what_is_not_known_yet_is_said_so() {
    for idp in IdentityProvider::ALL.iter().copied() {
        let guide = guide(idp);
        let all = values(guide, Region::EuWest1);
        assert_eq!(all.len(), PLACEHOLDERS.len());
        assert!(!given(&cards(guide, &all)).any(|g| *g == Entry::Later));
        let mut before = all;
        for unknown in ["acs_url", "redirect_url", "custom_url"] {
            before.remove(unknown);
        }
        let early = cards(guide, &before);
        assert!(given(&early).any(|g| *g == Entry::Later), "{}", idp.as_str());
        for card in early {
            let known = !card.fields.iter().any(|f| f.entry == Entry::Later);
            assert!(
                known || card.phase == claimbridge_core::idp::Phase::After,
                "{} {}: a step before AWS needs nothing of AWS",
                idp.as_str(),
                card.ids[0]
            );
        }
    }
}

/// Every step of a guide, in its order; one tag beside Email.
fn cards(guide: &Guide, values: &Values) -> Vec<Visit> {
    let each = guide.step.iter().map(|step| match step.each_tag {
        true => Visit::of(&step.for_tag("city", "user.city"), values),
        false => Visit::of(step, values),
    });
    each.collect()
}

fn given(cards: &[Visit]) -> impl Iterator<Item = &Entry> {
    cards.iter().flat_map(|c| &c.fields).map(|f| &f.entry)
}
