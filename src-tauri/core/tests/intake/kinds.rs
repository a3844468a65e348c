//! Every kind of input in the forms in which it is copied.

use super::common::METADATA;
use super::maker::*;
use super::{table, told};
use serde_json::json;

const AT: &str = "2026-11-22T16:00:00Z";

fn wrapped(text: &str) -> String {
    text.as_bytes()
        .chunks(76)
        .map(|line| format!("{}\r\n", String::from_utf8_lossy(line)))
        .collect()
}

#[test]
fn saml_in_every_form() {
    let xml = response(ACS, AT);
    let base64 = b64(&xml);
    let escaped = base64.replace('+', "&#43;").replace('=', "&#x3d;");
    let page = |value: &str| {
        format!(
            "<!DOCTYPE html>\n<html><body onload='document.forms[0].submit()'><form method=post action='{ACS}'><INPUT type=\"hidden\" value=\"{value}\" name=\"SAMLResponse\" /><input type=hidden name=RelayState value=x></form></body></html>"
        )
    };
    let assertion = assertion(ACS, AT, &["r,p"]).replacen(
        "<saml:Assertion",
        "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
        1,
    );
    let sso = "https://login.microsoftonline.com/t/saml2";
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(base64.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    insta::assert_snapshot!(table(&[
        ("base64", base64.clone().into()),
        ("base64 in lines", wrapped(&base64).into()),
        ("base64 in quotes", format!("\"{base64}\"").into()),
        (
            "base64 in quotes of a word processor",
            format!("“{base64}”").into()
        ),
        (
            "base64 in a mail",
            format!("> {}", wrapped(&base64).replace('\n', "\n> ")).into()
        ),
        (
            "base64 in an answer to an answer",
            format!(
                "On Tuesday Bob wrote:\n>> {}",
                wrapped(&base64).replace('\n', "\n>> ")
            )
            .into()
        ),
        ("XML in a mail", format!("> {}", xml.replace('\n', "\n> ")).into()),
        ("field in a script", format!("SAMLResponse='{base64}';").into()),
        ("field in curly quotes", format!("SAMLResponse=‘{base64}’").into()),
        ("base64 of UTF-16", utf16),
        ("URL-encoded", percent(&base64).into()),
        (
            "form",
            format!("SAMLResponse={}&RelayState=x", percent(&base64)).into()
        ),
        (
            "form, as the network panel shows it",
            format!("RelayState: x\nSAMLResponse={base64}\n").into()
        ),
        (
            "form in lines",
            format!("SAMLResponse={}&RelayState=x", wrapped(&base64)).into()
        ),
        ("HTML escapes", escaped.clone().into()),
        (
            "HTML escapes of line breaks",
            base64.replace("UmVz", "Um&#x0a;Vz").into()
        ),
        ("page", page(&escaped).into()),
        (
            "field alone",
            format!("<input type=\"hidden\" name=\"SAMLResponse\" value=\"{escaped}\">").into()
        ),
        ("XML", xml.clone().into()),
        (
            "XML in HTML escapes",
            xml.replace('<', "&lt;").replace('>', "&gt;").into()
        ),
        ("assertion", assertion.into()),
        (
            "request in an address",
            format!(
                "{sso}?SAMLRequest={}&RelayState=x",
                percent(&deflated(&request()))
            )
            .into()
        ),
        (
            "request, escaped address",
            format!("{sso}?a=b&amp;SAMLRequest={}", percent(&deflated(&request()))).into()
        ),
        ("request, its value", deflated(&request()).into()),
        ("request, posted", b64(request()).into()),
        ("request, XML", request().into()),
        ("metadata", METADATA.into()),
    ]));
}

#[test]
fn json_and_what_stands_around_it() {
    let console = format!(
        "Summary\nCreation date\nJanuary 01, 2026, 01:00 (UTC+01:00)\nARN\n{ROLE}\nLast activity\n3 days ago\nMaximum session duration\n12 hours\nTrusted entities\nEntities that can assume this role under specified conditions.\n1\n{:#}\n",
        trust()
    );
    let (before, _) = console.split_once('{').unwrap();
    let looked_up = json!({"Events": [
        {"EventId": "1", "EventName": "AssumeRoleWithSAML", "EventTime": 1_795_363_200, "CloudTrailEvent":
            event("AssumeRoleWithSAML", AT, Some("Not authorized to perform sts:AssumeRoleWithSAML")).to_string()},
        {"EventId": "2", "EventName": "ConsoleLogin", "CloudTrailEvent": event("ConsoleLogin", AT, None).to_string()},
    ]});
    let records =
        json!({"Records": [event("AssumeRoleWithWebIdentity", AT, None), event("GetRole", AT, None)]});
    let url_encoded = percent(&trust().to_string());
    let mut listed = get_role();
    listed["Role"]["AssumeRolePolicyDocument"] = json!(url_encoded);
    let issuer = "https://acme.okta.com/oauth2/default";
    insta::assert_snapshot!(table(&[
        ("trust policy", trust().to_string().into()),
        ("trust policy, URL-encoded", url_encoded.into()),
        ("get-role", get_role().to_string().into()),
        ("get-role, policy URL-encoded", listed.to_string().into()),
        ("console", console.clone().into()),
        ("console without the policy", before.into()),
        ("permission policy", permissions().to_string().into()),
        ("get-role-policy", json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": permissions()}).to_string().into()),
        ("get-policy-version", json!({"PolicyVersion": {"Document": permissions(), "VersionId": "v1"}}).to_string().into()),
        ("two policies", format!("{}\n{}", trust(), permissions()).into()),
        ("lookup-events", looked_up.to_string().into()),
        ("file of CloudTrail", records.to_string().into()),
        ("one event", event("AssumeRoleWithSAML", AT, None).to_string().into()),
        ("other events", json!([event("GetRole", AT, None)]).to_string().into()),
        ("token", token(issuer).into()),
        ("token in lines", wrapped(&token(issuer)).into()),
        ("token in an address", format!("http://localhost:8000/cb#state=s&id_token={}", token(issuer)).into()),
        ("token in an answer", json!({"access_token": "secret-access", "id_token": token(issuer)}).to_string().into()),
        ("refusal of a token endpoint", json!({"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."}).to_string().into()),
        ("refusal of AWS", json!({"__type": "AccessDeniedException", "message": "User: arn:aws:sts::123456789012:assumed-role/R/alice@acme.example is not authorized to perform: qbusiness:ChatSync"}).to_string().into()),
        ("refusal of STS", "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithSAML</Message></Error></ErrorResponse>".into()),
        ("other JSON", "{\"a\": 1}".into()),
    ]));
}

#[test]
fn what_people_type_and_copy() {
    let name = "https://aws.amazon.com/SAML/Attributes";
    let pair = format!("{ROLE},{PROVIDER}");
    insta::assert_snapshot!(table(&[
        ("sentence", "Permission needed".into()),
        ("Latin-1", b"Zugriff verweigert f\xfcr diese Anwendung".to_vec()),
        ("error of Entra", "AADSTS50105: Your administrator has configured the application X to block users. User 'alice@acme.example'\r\nTrace ID: 1".into()),
        ("address of an error", "https://abcd.on.aws/oauth?error=access_denied&error_description=User+is+not+assigned+to+the+client+application.&state=secret".into()),
        ("address in a sentence", "It stops at https://abcd.on.aws/oauth/callback?code=secret-code and shows 403".into()),
        ("Entra's listing", format!("Claim name\tType\tValue\n{name}/Role\tSAML\tuser.assignedroles\n{name}/RoleSessionName\tSAML\tuser.mail \n").into()),
        ("Entra's cells", format!("Required claim\nUnique User Identifier (Name ID)\nuser.userprincipalname [nameid-format:emailAddress]\n{name}/RoleSessioName\nSAML\nuser.mail\n").into()),
        ("article", "| Name | Namespace | Source attribute |\n|---|---|---|\n| Role | https://aws.amazon.com/SAML/Attributes | user.assignedroles |\n| PrincipalTag:Email | https://aws.amazon.com/SAML/Attributes | user.mail |".into()),
        ("blanks", format!("{name}/Role      {pair}\n{name}/PrincipalTag:Email   user.email").into()),
        ("TOML", format!("\"{name}/Role\" = \"{pair}\"\n\"{name}/PrincipalTag:Email\" = \"user.email\"").into()),
        ("CSV", format!("{name}/Role,{pair}\n{name}/RoleSessionName,user.login").into()),
        ("CSV of a German Excel", format!("sep=;\nName;Format;Wert\n{name}/Role;Unspecified;\"{pair}\"\n{name}/PrincipalTag:Email;Unspecified;user.email").into()),
        ("CSV of one row", format!("{name}/Role;{pair}").into()),
        ("CSV with a semicolon in a value", format!("{name}/Role,\"a;b\"").into()),
        ("mail with an error", "> Permission needed\n> 403".into()),
        ("legacy", "Email\tuser.mail\nRole\tx".into()),
    ]));
}

#[test]
fn a_file_is_named_without_its_folder() {
    let told = told(
        Some("/home/alice/Downloads/trust.json"),
        trust().to_string().as_bytes(),
    );
    assert!(told.contains("[trust.json, no time]"), "{told}");
}
