//! Okta's authorization servers: claims, access policies and their rules.

use super::GRANTS;
use crate::portal::site::{
    ACTIVATE_KEY, Does, Form, Kind, NEW_KEY, Page, Part, Shown, Sort, choice, text, tick,
};

/// An authorization server.
pub(super) const SERVER: Kind = Kind {
    id: "okta-server",
    sort: Sort::Server,
    tabs: &[
        ("Settings", "settings"),
        ("Claims", "claims"),
        ("Access Policies", "policies"),
    ],
    pages: &[
        Page {
            slug: "settings",
            title: "Settings",
            parts: &[
                Part::Shown("Issuer", Shown::Issuer),
                Part::Form(NEW_KEY),
                Part::Form(ACTIVATE_KEY),
            ],
        },
        Page {
            slug: "claims",
            title: "Claims",
            parts: &[
                Part::Rows("claims"),
                Part::Link("Add Claim", "add-claim"),
                Part::Form(Form {
                    legend: "Delete a claim",
                    does: Does::Remove("claims"),
                    fields: &[text("Name", "name")],
                    button: "Delete",
                }),
            ],
        },
        Page {
            slug: "add-claim",
            title: "Add Claim",
            parts: &[Part::Form(Form {
                legend: "Claim",
                does: Does::Add("claims"),
                fields: &[
                    text("Name", "name"),
                    choice(
                        "Include in token type",
                        "token",
                        &[("access", "Access Token"), ("id", "ID Token")],
                    ),
                    choice(
                        "Include in token type (second list)",
                        "when",
                        &[("always", "Always"), ("userinfo", "Userinfo / id_token request")],
                    ),
                    choice(
                        "Value type",
                        "type",
                        &[("expression", "Expression"), ("groups", "Groups")],
                    ),
                    text("Value", "value"),
                    tick("Disable claim", "disabled"),
                    choice(
                        "Include in",
                        "scope",
                        &[
                            ("", "Any scope"),
                            ("profile", "profile (practice only)"),
                            ("email", "email (practice only)"),
                        ],
                    ),
                ],
                button: "Create",
            })],
        },
        Page {
            slug: "policies",
            title: "Access Policies",
            parts: &[Part::Things(Sort::Policy), Part::Link("Add Policy", "add-policy")],
        },
        Page {
            slug: "add-policy",
            title: "Add Policy",
            parts: &[Part::Form(Form {
                legend: "Policy",
                does: Does::Create("okta-policy"),
                fields: &[
                    text("Name", "name"),
                    text("Description", "description"),
                    choice(
                        "Assign to",
                        "assign",
                        &[("all", "All clients"), ("some", "The following clients")],
                    ),
                    text("The following clients", "clients"),
                ],
                button: "Create Policy",
            })],
        },
    ],
    settings: &[],
    first: "settings",
    assigned: false,
    saml: None,
};

/// An access policy.
pub(super) const POLICY: Kind = Kind {
    id: "okta-policy",
    sort: Sort::Policy,
    tabs: &[],
    pages: &[
        Page {
            slug: "policy",
            title: "Access Policy",
            parts: &[Part::Rows("rules"), Part::Link("Add Rule", "add-rule")],
        },
        Page {
            slug: "add-rule",
            title: "Add Rule",
            parts: &[Part::Form(Form {
                legend: "Rule",
                does: Does::Add("rules"),
                fields: &[
                    text("Rule Name", "name"),
                    choice("Grant type is", "grant", GRANTS),
                    choice(
                        "User is",
                        "user",
                        &[
                            ("assigned", "Any user assigned the app"),
                            ("nobody", "Nobody (practice only)"),
                        ],
                    ),
                    choice(
                        "Scopes requested",
                        "scope",
                        &[
                            ("", "Any scopes"),
                            ("offline_access", "offline_access (practice only)"),
                        ],
                    ),
                ],
                button: "Create Rule",
            })],
        },
    ],
    settings: &[],
    first: "policy",
    assigned: false,
    saml: None,
};
