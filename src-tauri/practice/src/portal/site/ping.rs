//! A portal with PingOne's and PingFederate's labels: two kinds of applications over one directory.

use super::{
    ACTIVATE_KEY, ASSIGN, Does, Form, Kind, NEW_KEY, Page, Part, Places, Shown, Site, Sort, UNASSIGN, choice,
    text,
};

const NAME_ID_FORMATS: &[(&str, &str)] = &[
    (
        "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    ),
    (
        "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    ),
    (
        "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    ),
    (
        "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
        "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    ),
];

const MAPPINGS: &[(&str, &str)] = &[
    ("", "(None)"),
    ("user.email", "Email Address"),
    ("user.id", "User ID"),
    ("user.login", "Username"),
    ("user.displayName", "Formatted"),
    ("user.city", "City"),
];

const ONE: Kind = Kind {
    id: "pingone",
    sort: Sort::Saml,
    tabs: &[
        ("Overview", "overview"),
        ("Configuration", "configuration"),
        ("Attribute Mappings", "mappings"),
        ("Access", "access"),
    ],
    pages: &[
        Page {
            slug: "overview",
            title: "Overview",
            parts: &[Part::Shown("Initiate Single Sign-On URL", Shown::SignOn)],
        },
        Page {
            slug: "manual",
            title: "SAML Configuration",
            parts: &[Part::Form(Form {
                legend: "Manually Enter",
                does: Does::Set,
                fields: &[text("ACS URLs", "acs"), text("Entity ID", "audience")],
                button: "Save",
            })],
        },
        Page {
            slug: "configuration",
            title: "Configuration",
            parts: &[
                Part::Link("Edit", "edit-configuration"),
                Part::Metadata("Download Metadata"),
                Part::Form(NEW_KEY),
                Part::Form(ACTIVATE_KEY),
            ],
        },
        Page {
            slug: "edit-configuration",
            title: "Edit Configuration",
            parts: &[
                Part::Form(Form {
                    legend: "SAML Settings",
                    does: Does::Set,
                    fields: &[
                        text("ACS URLs", "acs"),
                        choice(
                            "Signing",
                            "signing",
                            &[
                                ("assertion", "Sign Assertion"),
                                ("response", "Sign Response"),
                                ("both", "Sign Assertion & Response"),
                                ("nothing", "Do not sign (practice only)"),
                            ],
                        ),
                        choice("Encryption", "encrypt", &[("", "Off"), ("on", "On")]),
                        text("Entity ID", "audience"),
                        choice("Subject NameID Format", "name-id-format", NAME_ID_FORMATS),
                        text("Target Application URL", "relay"),
                    ],
                    button: "Save",
                }),
                Part::Rows("acs"),
                Part::Link("Add", "add-acs"),
            ],
        },
        Page {
            slug: "add-acs",
            title: "Add an ACS URL",
            parts: &[Part::Form(Form {
                legend: "SAML Settings",
                does: Does::Add("acs"),
                fields: &[text("ACS URLs", "name")],
                button: "Save",
            })],
        },
        Page {
            slug: "mappings",
            title: "Attribute Mappings",
            parts: &[Part::Rows("attributes"), Part::Link("Edit", "edit-mappings")],
        },
        Page {
            slug: "edit-mappings",
            title: "Edit Attribute Mappings",
            parts: &[
                Part::Form(Form {
                    legend: "Subject",
                    does: Does::Set,
                    fields: &[choice("saml_subject", "name-id", MAPPINGS)],
                    button: "Save",
                }),
                Part::Link("Add", "add-mapping"),
            ],
        },
        Page {
            slug: "add-mapping",
            title: "Add an attribute",
            parts: &[Part::Form(Form {
                legend: "Attribute",
                does: Does::Add("attributes"),
                fields: &[
                    text("Attribute", "name"),
                    choice("PingOne Mappings", "value", MAPPINGS),
                    text("Expression", "expression"),
                ],
                button: "Save",
            })],
        },
        Page {
            slug: "access",
            title: "Access",
            parts: &[
                Part::Text("Edit"),
                Part::Rows("people"),
                Part::Form(ASSIGN),
                Part::Form(UNASSIGN),
            ],
        },
    ],
    settings: &[
        ("name-id", "user.id"),
        (
            "name-id-format",
            "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        ),
        ("signing", "assertion"),
    ],
    first: "manual",
    assigned: false,
    saml: Some(Places {
        entity_id: "https://auth.pingone.com/e0e0e000-0000-4000-8000-000000000001",
        sign_on: "https://auth.pingone.com/e0e0e000-0000-4000-8000-000000000001/saml20/idp/startsso?spEntityId={audience}",
        sso: "https://auth.pingone.com/e0e0e000-0000-4000-8000-000000000001/saml20/idp/sso",
    }),
};

const FEDERATE: Kind = Kind {
    id: "pingfederate",
    sort: Sort::Saml,
    tabs: &[
        ("Browser SSO", "browser-sso"),
        ("Activation & Summary", "summary"),
        ("Select Action", "action"),
    ],
    pages: &[
        Page {
            slug: "summary",
            title: "Activation & Summary",
            parts: &[Part::Shown("SSO Application Endpoint", Shown::SignOn)],
        },
        Page {
            slug: "action",
            title: "Select Action",
            parts: &[
                Part::Metadata("Export Metadata"),
                Part::Form(NEW_KEY),
                Part::Form(ACTIVATE_KEY),
            ],
        },
        Page {
            slug: "browser-sso",
            title: "Browser SSO",
            parts: &[
                Part::Text("Configure Browser SSO"),
                Part::Link("Assertion Creation", "assertion"),
                Part::Link("Protocol Settings", "protocol"),
            ],
        },
        Page {
            slug: "protocol",
            title: "Protocol Settings",
            parts: &[
                Part::Text("Configure Protocol Settings"),
                Part::Form(Form {
                    legend: "Assertion Consumer Service URL",
                    does: Does::Set,
                    fields: &[
                        choice(
                            "Binding",
                            "binding",
                            &[("post", "POST"), ("artifact", "Artifact")],
                        ),
                        text("Endpoint URL", "acs"),
                        choice(
                            "Allowable SAML Bindings",
                            "bindings",
                            &[("post", "POST"), ("redirect", "Redirect")],
                        ),
                        choice(
                            "Signature Policy",
                            "signing",
                            &[
                                ("assertion", "Always Sign Assertion"),
                                ("response", "Sign Response As Required"),
                                ("nothing", "Do not sign (practice only)"),
                            ],
                        ),
                        choice(
                            "Encryption Policy",
                            "encrypt",
                            &[("", "None"), ("on", "The Entire Assertion")],
                        ),
                    ],
                    button: "Save",
                }),
                Part::Rows("acs"),
                Part::Link("Add", "add-acs"),
            ],
        },
        Page {
            slug: "add-acs",
            title: "Add an endpoint",
            parts: &[Part::Form(Form {
                legend: "Assertion Consumer Service URL",
                does: Does::Add("acs"),
                fields: &[
                    choice("Binding", "binding", &[("post", "POST")]),
                    text("Endpoint URL", "name"),
                ],
                button: "Add",
            })],
        },
        Page {
            slug: "assertion",
            title: "Assertion Creation",
            parts: &[
                Part::Link("Attribute Contract", "contract"),
                Part::Link("Attribute Contract Fulfillment", "fulfillment"),
            ],
        },
        Page {
            slug: "contract",
            title: "Attribute Contract",
            parts: &[Part::Form(Form {
                legend: "SAML_SUBJECT",
                does: Does::Set,
                fields: &[choice("Subject Name Format", "name-id-format", NAME_ID_FORMATS)],
                button: "Save",
            })],
        },
        Page {
            slug: "fulfillment",
            title: "Attribute Contract Fulfillment",
            parts: &[
                Part::Rows("attributes"),
                Part::Form(Form {
                    legend: "Attribute",
                    does: Does::Add("attributes"),
                    fields: &[
                        text("Attribute Contract", "name"),
                        choice(
                            "Attribute Name Format",
                            "format",
                            &[
                                (
                                    "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
                                    "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
                                ),
                                (
                                    "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
                                    "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
                                ),
                            ],
                        ),
                        choice("Source", "source", &[("adapter", "Adapter"), ("text", "Text")]),
                        text("Value", "value"),
                    ],
                    button: "Save",
                }),
            ],
        },
    ],
    settings: &[
        (
            "name-id-format",
            "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        ),
        ("signing", "response"),
    ],
    first: "browser-sso",
    assigned: false,
    saml: Some(Places {
        entity_id: "https://sso.contoso.example",
        sign_on: "https://sso.contoso.example/idp/startSSO.ping?PartnerSpId={audience}",
        sso: "https://sso.contoso.example/idp/SSO.saml2",
    }),
};

/// The site.
pub(super) static SITE: Site = Site {
    slug: "ping",
    name: "Practice environment",
    menu: &[("Applications", "applications")],
    has_policies: false,
    kinds: &[ONE, FEDERATE],
    pages: &[
        Page {
            slug: "applications",
            title: "Applications",
            parts: &[
                Part::Things(Sort::Saml),
                Part::Link("Add Application", "add"),
                Part::Link("Integration", "integration"),
            ],
        },
        Page {
            slug: "add",
            title: "Add Application",
            parts: &[Part::Link("SAML Application", "add-saml")],
        },
        Page {
            slug: "add-saml",
            title: "SAML Application",
            parts: &[Part::Form(Form {
                legend: "Application",
                does: Does::Create("pingone"),
                fields: &[text("Application Name", "name")],
                button: "Configure",
            })],
        },
        Page {
            slug: "integration",
            title: "Integration",
            parts: &[Part::Link("SP Connections", "connections")],
        },
        Page {
            slug: "connections",
            title: "SP Connections",
            parts: &[
                Part::Things(Sort::Saml),
                Part::Link("Create Connection", "create"),
            ],
        },
        Page {
            slug: "create",
            title: "Create Connection",
            parts: &[Part::Form(Form {
                legend: "General Info",
                does: Does::Create("pingfederate"),
                fields: &[
                    choice(
                        "Protocol",
                        "protocol",
                        &[("saml2", "SAML 2.0"), ("saml1", "SAML 1.1")],
                    ),
                    text("Partner's Entity ID (Connection ID)", "audience"),
                    text("Connection Name", "name"),
                ],
                button: "Next",
            })],
        },
    ],
};
