//! A portal like Okta's Admin Console: labels, order and defaults as Okta's documents have them.

mod servers;

use super::{
    ACTIVATE_KEY, ASSIGN, Does, Form, Kind, NEW_KEY, Page, Part, Places, Shown, Site, Sort, UNASSIGN, choice,
    text, tick,
};

const NAME_FORMATS: &[(&str, &str)] = &[
    (
        "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
        "Unspecified",
    ),
    ("urn:oasis:names:tc:SAML:2.0:attrname-format:uri", "URI Reference"),
    ("urn:oasis:names:tc:SAML:2.0:attrname-format:basic", "Basic"),
];
const NAME_ID_FORMATS: &[(&str, &str)] = &[
    (
        "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        "Unspecified",
    ),
    (
        "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        "EmailAddress",
    ),
    (
        "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "Persistent",
    ),
    ("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "Transient"),
];
const SIGNED: &[(&str, &str)] = &[("on", "Signed"), ("off", "Unsigned")];

const SAML: Kind = Kind {
    id: "okta-saml",
    sort: Sort::Saml,
    tabs: &[
        ("General", "general"),
        ("Sign On", "sign-on"),
        ("Assignments", "assignments"),
    ],
    pages: &[
        Page {
            slug: "general",
            title: "General",
            parts: &[Part::Text("SAML Settings"), Part::Link("Edit", "configure")],
        },
        Page {
            slug: "configure",
            title: "Create SAML Integration",
            parts: &[
                Part::Form(Form {
                    legend: "Configure SAML",
                    does: Does::Set,
                    fields: &[
                        text("Single sign-on URL", "acs"),
                        tick("Use this for Recipient URL and Destination URL", "follow"),
                        text("Recipient URL", "recipient"),
                        text("Destination URL", "destination"),
                        text("Audience URI (SP Entity ID)", "audience"),
                        text("Default RelayState", "relay"),
                        choice("Name ID format", "name-id-format", NAME_ID_FORMATS),
                        choice(
                            "Application username",
                            "name-id",
                            &[
                                ("user.login", "Okta username"),
                                ("user.email", "Email"),
                                ("", "(None)"),
                            ],
                        ),
                        choice("Response", "sign-response", SIGNED),
                        choice("Assertion Signature", "sign-assertion", SIGNED),
                        choice(
                            "Assertion Encryption",
                            "encrypt",
                            &[("", "Unencrypted"), ("on", "Encrypted")],
                        ),
                    ],
                    button: "Next",
                }),
                Part::Rows("attributes"),
                Part::Form(Form {
                    legend: "Attribute Statements",
                    does: Does::Add("attributes"),
                    fields: &[
                        text("Name", "name"),
                        choice("Name format", "format", NAME_FORMATS),
                        text("Value", "value"),
                    ],
                    button: "Add Another",
                }),
                Part::Form(Form {
                    legend: "Remove an attribute statement",
                    does: Does::Remove("attributes"),
                    fields: &[text("Name", "name")],
                    button: "Remove",
                }),
                Part::Text("Show Advanced Settings"),
                Part::Rows("acs"),
                Part::Form(Form {
                    legend: "Other Requestable SSO URLs",
                    does: Does::Add("acs"),
                    fields: &[text("URL", "name"), text("Index", "index")],
                    button: "Add Another",
                }),
            ],
        },
        Page {
            slug: "sign-on",
            title: "Sign On",
            parts: &[
                Part::Text("SAML 2.0"),
                Part::Text("Metadata details"),
                Part::Metadata("Metadata URL"),
                Part::Text("More details"),
                Part::Shown("Sign on URL", Shown::SignOn),
                Part::Form(NEW_KEY),
                Part::Form(ACTIVATE_KEY),
            ],
        },
        ASSIGNMENTS,
    ],
    // The checkbox is ticked and both signatures are on at the start.
    settings: &[
        ("follow", "on"),
        ("name-id", "user.login"),
        ("sign-response", "on"),
        ("sign-assertion", "on"),
    ],
    first: "configure",
    assigned: true,
    saml: Some(Places {
        entity_id: "http://www.okta.com/{id}",
        sign_on: "https://contoso.okta.com/app/contoso_{name}_1/{id}/sso/saml",
        sso: "https://contoso.okta.com/app/contoso_{name}_1/{id}/sso/saml",
    }),
};

const ASSIGNMENTS: Page = Page {
    slug: "assignments",
    title: "Assignments",
    parts: &[Part::Rows("people"), Part::Form(ASSIGN), Part::Form(UNASSIGN)],
};

/// Grant types, among which clients and rules choose.
const GRANTS: &[(&str, &str)] = &[
    ("authorization_code", "Authorization Code"),
    ("client_credentials", "Client Credentials"),
];

const OIDC: Kind = Kind {
    id: "okta-oidc",
    sort: Sort::Client,
    tabs: &[("General", "general"), ("Assignments", "assignments")],
    pages: &[
        Page {
            slug: "general",
            title: "General",
            parts: &[
                Part::Shown("Client ID", Shown::ClientId),
                Part::Shown("Client secret", Shown::ClientSecret),
                Part::Form(Form {
                    legend: "Client Credentials",
                    does: Does::Set,
                    fields: &[
                        choice(
                            "Client authentication",
                            "authentication",
                            &[
                                ("secret", "Client secret"),
                                ("key", "Public key / Private key"),
                                ("none", "None"),
                            ],
                        ),
                        tick("Require PKCE as additional verification", "pkce"),
                    ],
                    button: "Save",
                }),
                Part::Text("General Settings"),
                Part::Link("Edit", "settings"),
            ],
        },
        Page {
            slug: "settings",
            title: "General Settings",
            parts: &[
                Part::Form(Form {
                    legend: "Login",
                    does: Does::Set,
                    fields: &[
                        text("App integration name", "name"),
                        choice("Grant type", "grant", GRANTS),
                        text("Sign-in redirect URIs", "redirect"),
                        text("Sign-out redirect URIs", "sign-out"),
                    ],
                    button: "Save",
                }),
                Part::Rows("redirects"),
                Part::Link("Add URI", "add-uri"),
            ],
        },
        Page {
            slug: "add-uri",
            title: "Add URI",
            parts: &[Part::Form(Form {
                legend: "Login",
                does: Does::Add("redirects"),
                fields: &[text("Sign-in redirect URIs", "name")],
                button: "Save",
            })],
        },
        ASSIGNMENTS,
    ],
    settings: &[("authentication", "secret"), ("grant", "authorization_code")],
    first: "general",
    assigned: true,
    saml: None,
};

/// The site.
pub(super) static SITE: Site = Site {
    slug: "okta",
    name: "Practice organisation",
    menu: &[("Applications", "applications"), ("Security", "security")],
    has_policies: true,
    kinds: &[SAML, OIDC, servers::SERVER, servers::POLICY],
    pages: &[
        Page {
            slug: "applications",
            title: "Applications",
            parts: &[
                Part::Things(Sort::Saml),
                Part::Things(Sort::Client),
                Part::Link("Create App Integration", "create"),
            ],
        },
        Page {
            slug: "create",
            title: "Create a new app integration",
            parts: &[
                Part::Link("SAML 2.0", "create-saml"),
                Part::Link("OIDC - OpenID Connect", "create-oidc"),
            ],
        },
        Page {
            slug: "create-saml",
            title: "Create SAML Integration",
            parts: &[Part::Form(Form {
                legend: "General Settings",
                does: Does::Create("okta-saml"),
                fields: &[text("App name", "name")],
                button: "Next",
            })],
        },
        Page {
            slug: "create-oidc",
            title: "Application type",
            parts: &[Part::Link("Web Application", "create-web")],
        },
        Page {
            slug: "create-web",
            title: "New Web App Integration",
            parts: &[Part::Form(Form {
                legend: "General Settings",
                does: Does::Create("okta-oidc"),
                fields: &[
                    text("App integration name", "name"),
                    choice("Grant type", "grant", GRANTS),
                    text("Sign-in redirect URIs", "redirect"),
                    text("Sign-out redirect URIs", "sign-out"),
                    choice(
                        "Controlled access",
                        "access",
                        &[
                            ("everyone", "Allow everyone in your organization to access"),
                            ("none", "Skip group assignment for now"),
                        ],
                    ),
                ],
                button: "Save",
            })],
        },
        Page {
            slug: "security",
            title: "Security",
            parts: &[Part::Link("API", "api")],
        },
        Page {
            slug: "api",
            title: "API",
            parts: &[Part::Link("Authorization Servers", "servers")],
        },
        Page {
            slug: "servers",
            title: "Authorization Servers",
            parts: &[
                Part::Servers("Issuer URI"),
                Part::Link("Add Authorization Server", "add-server"),
            ],
        },
        Page {
            slug: "add-server",
            title: "Add Authorization Server",
            parts: &[Part::Form(Form {
                legend: "Authorization server",
                does: Does::Create("okta-server"),
                fields: &[
                    text("Name", "name"),
                    text("Audience", "audience"),
                    text("Description", "description"),
                ],
                button: "Save",
            })],
        },
    ],
};
