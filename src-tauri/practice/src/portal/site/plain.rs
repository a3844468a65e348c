//! A portal in the words of the standards, as some product or other has them.

use super::{
    ACTIVATE_KEY, ASSIGN, Does, Form, Kind, NEW_KEY, Page, Part, Places, Shown, Site, Sort, UNASSIGN, choice,
    text, tick,
};

const ACCESS: Page = Page {
    slug: "access",
    title: "Access",
    parts: &[Part::Rows("people"), Part::Form(ASSIGN), Part::Form(UNASSIGN)],
};

const SAML: Kind = Kind {
    id: "generic-saml",
    sort: Sort::Saml,
    tabs: &[
        ("SAML settings", "saml"),
        ("Attributes", "attributes"),
        ("Access", "access"),
    ],
    pages: &[
        Page {
            slug: "saml",
            title: "SAML settings",
            parts: &[
                Part::Form(Form {
                    legend: "Service provider",
                    does: Does::Set,
                    fields: &[
                        text("Assertion consumer service URL (ACS)", "acs"),
                        text("Recipient", "recipient"),
                        text("Entity ID of the service provider (Audience)", "audience"),
                        choice(
                            "NameID format",
                            "name-id-format",
                            &[
                                (
                                    "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
                                    "Unspecified",
                                ),
                                (
                                    "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
                                    "Persistent",
                                ),
                                ("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "Transient"),
                            ],
                        ),
                        choice(
                            "NameID",
                            "name-id",
                            &[
                                ("user.id", "User id"),
                                ("user.email", "E-mail address"),
                                ("", "Nothing"),
                            ],
                        ),
                        choice(
                            "Sign",
                            "signing",
                            &[
                                ("response", "Response"),
                                ("assertion", "Assertion"),
                                ("both", "Both"),
                                ("nothing", "Nothing"),
                            ],
                        ),
                        tick("Encrypt assertion", "encrypt"),
                    ],
                    button: "Save",
                }),
                Part::Metadata("Metadata"),
                Part::Shown("Single sign-on URL", Shown::SignOn),
                Part::Rows("acs"),
                Part::Link("Add", "add-acs"),
                Part::Form(NEW_KEY),
                Part::Form(ACTIVATE_KEY),
            ],
        },
        Page {
            slug: "add-acs",
            title: "Add an ACS URL",
            parts: &[Part::Form(Form {
                legend: "Service provider",
                does: Does::Add("acs"),
                fields: &[text("Assertion consumer service URL (ACS)", "name")],
                button: "Save",
            })],
        },
        Page {
            slug: "attributes",
            title: "Attributes",
            parts: &[
                Part::Rows("attributes"),
                Part::Form(Form {
                    legend: "Add an attribute",
                    does: Does::Add("attributes"),
                    fields: &[text("Name", "name"), text("Value", "value")],
                    button: "Save",
                }),
                Part::Form(Form {
                    legend: "Remove an attribute",
                    does: Does::Remove("attributes"),
                    fields: &[text("Name", "name")],
                    button: "Remove",
                }),
            ],
        },
        ACCESS,
    ],
    settings: &[("name-id", "user.id"), ("signing", "response")],
    first: "saml",
    assigned: true,
    saml: Some(Places {
        entity_id: "https://idp.contoso.example/{id}",
        sign_on: "https://idp.contoso.example/generic/sso/{id}",
        sso: "https://idp.contoso.example/generic/sso/{id}",
    }),
};

const GRANTS: &[(&str, &str)] = &[
    ("authorization_code", "Authorization Code"),
    ("implicit", "Implicit"),
];

const OIDC: Kind = Kind {
    id: "generic-oidc",
    sort: Sort::Client,
    tabs: &[
        ("Settings", "settings"),
        ("Credentials", "credentials"),
        ("Claims", "claims"),
        ("Access", "access"),
    ],
    pages: &[
        Page {
            slug: "settings",
            title: "Settings",
            parts: &[
                Part::Form(Form {
                    legend: "Client",
                    does: Does::Set,
                    fields: &[
                        text("Name", "name"),
                        choice("Grant type", "grant", GRANTS),
                        text("Redirect URI", "redirect"),
                        tick("Require PKCE", "pkce"),
                    ],
                    button: "Save",
                }),
                Part::Rows("redirects"),
                Part::Link("Add", "add-redirect"),
            ],
        },
        Page {
            slug: "add-redirect",
            title: "Add a redirect URI",
            parts: &[Part::Form(Form {
                legend: "Client",
                does: Does::Add("redirects"),
                fields: &[text("Redirect URI", "name")],
                button: "Save",
            })],
        },
        Page {
            slug: "credentials",
            title: "Credentials",
            parts: &[
                Part::Shown("Client ID", Shown::ClientId),
                Part::Shown("Client secret", Shown::ClientSecret),
            ],
        },
        Page {
            slug: "claims",
            title: "Claims",
            parts: &[
                Part::Rows("claims"),
                Part::Form(Form {
                    legend: "Add a claim",
                    does: Does::Add("claims"),
                    fields: &[
                        text("Claim name", "name"),
                        choice(
                            "Token",
                            "token",
                            &[("access", "Access token"), ("id", "ID token")],
                        ),
                        choice("JSON type", "type", &[("string", "String"), ("json", "JSON")]),
                        text("Claim value", "value"),
                    ],
                    button: "Save",
                }),
                Part::Form(Form {
                    legend: "Remove a claim",
                    does: Does::Remove("claims"),
                    fields: &[text("Name", "name")],
                    button: "Remove",
                }),
            ],
        },
        ACCESS,
    ],
    settings: &[("authentication", "secret"), ("grant", "authorization_code")],
    first: "settings",
    assigned: true,
    saml: None,
};

const SERVER: Kind = Kind {
    id: "generic-server",
    sort: Sort::Server,
    tabs: &[("Provider", "provider")],
    pages: &[Page {
        slug: "provider",
        title: "Provider",
        parts: &[Part::Shown("Issuer", Shown::Issuer)],
    }],
    settings: &[],
    first: "provider",
    assigned: false,
    saml: None,
};

/// The site.
pub(super) static SITE: Site = Site {
    slug: "generic",
    name: "Practice provider",
    menu: &[("Applications", "applications"), ("Provider", "provider")],
    has_policies: false,
    kinds: &[SAML, OIDC, SERVER],
    pages: &[
        Page {
            slug: "applications",
            title: "Applications",
            parts: &[
                Part::Things(Sort::Saml),
                Part::Things(Sort::Client),
                Part::Link("New SAML application", "new-saml"),
                Part::Link("New OpenID Connect application", "new-oidc"),
            ],
        },
        Page {
            slug: "new-saml",
            title: "New SAML application",
            parts: &[Part::Form(Form {
                legend: "Service provider",
                does: Does::Create("generic-saml"),
                fields: &[text("Name", "name")],
                button: "Save",
            })],
        },
        Page {
            slug: "new-oidc",
            title: "New OpenID Connect application",
            parts: &[Part::Form(Form {
                legend: "Client",
                does: Does::Create("generic-oidc"),
                fields: &[
                    text("Name", "name"),
                    choice("Grant type", "grant", GRANTS),
                    text("Redirect URI", "redirect"),
                    tick("Require PKCE", "pkce"),
                ],
                button: "Save",
            })],
        },
        Page {
            slug: "provider",
            title: "Provider",
            parts: &[Part::Servers("Issuer")],
        },
    ],
};
