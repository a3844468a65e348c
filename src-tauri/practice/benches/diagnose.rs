//! Explaining a sign-in, as fast as it has to be. `diagnose write FOLDER` leaves a signed response with its
//! certificate for other implementations; `diagnose har FILE` reads one recording and prints time and peak memory.
//! What is measured is printed as lines of JSON, for `tests/bench/diagnose.py`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::DsigContext;
use bergshamra::dsig::verify::verify_all;
use bergshamra::keys::{KeysManager, loader};
use claimbridge_core::diagnose::fix::{decision, smallest};
use claimbridge_core::diagnose::{Evidence, Expected, LiveRole, diagnose, recognise_from};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::saml::certificate::Certificate;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;
use claimbridge_core::saml::signature::{Pinned, verify};
use claimbridge_core::setup::{Setup, World};
use claimbridge_core::simulate::{People, ProviderConfiguration, simulate};
use claimbridge_core::time::parse_instant;
use claimbridge_core::value::{AccountId, Region, WebExperienceUrl};
use claimbridge_practice::{SigningKey, sign};
use serde_json::json;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};
use time::OffsetDateTime;

const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/q-acme-idp";
const ROLE: &str = "arn:aws:iam::123456789012:role/q-acme-web";
const ACS: &str = "https://abcd.chat.qbusiness.us-east-1.on.aws/saml";
const SP: &str = "https://signin.aws.amazon.com/saml";
const ISSUER: &str = "https://sts.windows.net/bbbbbbbb-0000-4000-8000-000000000002/";
const AWS: &str = "https://aws.amazon.com/SAML/Attributes";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |word: &str| {
        let at = arguments.iter().position(|a| a == word)?;
        arguments.get(at + 1)
    };
    if let Some(folder) = after("write") {
        write(Path::new(folder));
    } else if let Some(file) = after("har") {
        har(Path::new(file));
    } else {
        let key = SigningKey::new("bench", 365).expect("a key");
        verification(&key);
        rules(&key);
        fixes(&key);
        people();
    }
}

/// One line for whoever runs this.
fn say(what: &str, value: f64) {
    println!("{}", json!({"what": what, "value": value}));
}

/// A response as Entra sends it, in size and in what it says.
fn response(key: &SigningKey, change: &[(&str, &str)]) -> String {
    let attribute = |name: &str, value: &str| {
        format!(
            "<saml:Attribute Name=\"{name}\"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
        )
    };
    let aws = |name: &str, value: &str| attribute(&format!("{AWS}/{name}"), value);
    let others: String = (0..8)
        .map(|i| {
            attribute(
                &format!("http://schemas.microsoft.com/identity/claims/c{i}"),
                "value &amp; more",
            )
        })
        .collect();
    let mut xml = format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_r\" Version=\"2.0\" IssueInstant=\"2026-11-22T16:00:00Z\" Destination=\"{ACS}\"><saml:Issuer>{ISSUER}</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status><saml:Assertion ID=\"_a\" Version=\"2.0\" IssueInstant=\"2026-11-22T16:00:00Z\"><saml:Issuer>{ISSUER}</saml:Issuer><saml:Subject><saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">u-1</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData NotOnOrAfter=\"2026-11-22T17:00:00Z\" Recipient=\"{ACS}\"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore=\"2026-11-22T15:55:00Z\" NotOnOrAfter=\"2026-11-22T17:00:00Z\"><saml:AudienceRestriction><saml:Audience>{SP}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AttributeStatement>{}{}{}{others}</saml:AttributeStatement><saml:AuthnStatement AuthnInstant=\"2026-11-22T16:00:00Z\" SessionIndex=\"_a\"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement></saml:Assertion></samlp:Response>",
        aws("Role", &format!("{ROLE},{PROVIDER}")),
        aws("RoleSessionName", "alice@acme.example"),
        aws("PrincipalTag:Email", "alice@acme.example"),
    );
    for (from, to) in change {
        assert!(xml.contains(from), "{from}");
        xml = xml.replace(from, to);
    }
    sign(&xml, "_a", key).expect("signed")
}

fn metadata(key: &SigningKey) -> String {
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"{ISSUER}\"><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://login.microsoftonline.com/x/saml2\"/></md:IDPSSODescriptor></md:EntityDescriptor>",
        STANDARD.encode(key.certificate())
    )
}

fn evidence(key: &SigningKey, xml: &str) -> Evidence {
    let expected = Expected {
        idp: IdentityProvider::EntraGallery,
        recipient: Some(ACS.into()),
        audience: Some(SP.into()),
        role_arn: Some(ROLE.into()),
        provider_arn: Some(PROVIDER.into()),
        tags: None,
    };
    let mut e = Evidence::new(parse_instant("2026-11-22T16:01:00Z").expect("a time"), expected);
    let response = Response::decode(xml.as_bytes()).expect("a response");
    let metadata = FederationMetadata::parse(metadata(key).as_bytes(), None).expect("metadata");
    let pinned = Pinned::new(&metadata.signing_certificates).expect("an RSA key");
    e.verdict = Some(verify(&response, &pinned));
    e.view = Some(response.view().clone());
    e.metadata = Some(Ok(metadata));
    e.role = Some(LiveRole::There(TrustPolicy::saml(PROVIDER, &[ACS.to_owned()])));
    e.provider_exists = Some(true);
    e.captured_at = Some(e.now);
    e
}

/// What a person types wrong, as texts of the response.
fn broken(key: &SigningKey) -> Vec<Evidence> {
    let pair = format!("{ROLE},{PROVIDER}");
    let (swapped, blank) = (format!("{PROVIDER},{ROLE}"), format!("{ROLE}, {PROVIDER}"));
    let recipient = format!("Recipient=\"{ACS}\"");
    let (double, global) = (
        format!("Recipient=\"{}\"", ACS.replace("/saml", "//saml")),
        format!("Recipient=\"{SP}\""),
    );
    let session = ("RoleSessionName\"", "RoleSessioName\"");
    let email = ("PrincipalTag:Email\"", "PrincipalTag:email\"");
    [
        vec![(pair.as_str(), swapped.as_str())],
        vec![(&pair, &blank)],
        vec![(&recipient, &double)],
        vec![(&recipient, &global)],
        vec![session],
        vec![email],
        vec![session, email],
        vec![session, email, (&recipient, &double)],
        vec![session, email, (&recipient, &global), (&pair, &swapped)],
    ]
    .iter()
    .map(|change| evidence(key, &response(key, change)))
    .collect()
}

/// The best of some rounds of several acts in turn, so that what disturbs the machine disturbs all.
fn best_of_each<const N: usize>(rounds: u32, mut acts: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..rounds {
        for (act, best) in acts.iter_mut().zip(&mut best) {
            let start = Instant::now();
            act();
            *best = (*best).min(start.elapsed());
        }
    }
    best
}

/// Ours, the library below it alone, and the arithmetic that no implementation can leave out.
fn verification(key: &SigningKey) {
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use x509_parser::prelude::{FromDer, X509Certificate};
    const N: u32 = 200;
    let xml = response(key, &[]);
    let decoded = Response::decode(xml.as_bytes()).expect("a response");
    let certificate = Certificate::from_der(key.certificate().to_vec()).expect("our own");
    let pinned = Pinned::new([&certificate]).expect("an RSA key");
    let mut keys = KeysManager::new();
    keys.add_key(loader::load_x509_cert_der(key.certificate()).expect("our own"));
    let alone = DsigContext::new(keys).with_insecure(true);
    let (_, parsed) = X509Certificate::from_der(key.certificate()).expect("our own");
    let public = parsed.public_key().subject_public_key.data.to_vec();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
    let (body, signature) = (
        parsed.tbs_certificate.as_ref(),
        parsed.signature_value.data.to_vec(),
    );
    let mut ours = || {
        for _ in 0..N {
            verify(&decoded, &pinned).expect("valid");
        }
    };
    let mut peer = || {
        for _ in 0..N {
            let results = verify_all(&alone, &xml).expect("readable");
            assert!(results.iter().all(|r| r.is_valid()));
        }
    };
    let mut floor = || {
        for _ in 0..N {
            public.verify(body, &signature).expect("self-signed");
        }
    };
    let [ours, peer, floor] = best_of_each(25, [&mut ours, &mut peer, &mut floor]);
    for (what, time) in [
        ("verify ours", ours),
        ("verify bergshamra", peer),
        ("rsa floor", floor),
    ] {
        say(&format!("{what} /s"), f64::from(N) / time.as_secs_f64());
    }
}

/// All rules and the evaluator over what was verified already.
fn rules(key: &SigningKey) {
    let mut all = broken(key);
    all.push(evidence(key, &response(key, &[])));
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..300 {
        for e in &all {
            let start = Instant::now();
            std::hint::black_box(diagnose(e));
            std::hint::black_box(decision(e));
            times.push(start.elapsed());
        }
    }
    times.sort();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    say("rules and evaluator, median ms", at(50).as_secs_f64() * 1e3);
    say("rules and evaluator, p99 ms", at(99).as_secs_f64() * 1e3);
}

/// The slowest of the cases, each at its best of some runs.
fn fixes(key: &SigningKey) {
    let slowest = broken(key)
        .iter()
        .map(|e| {
            let [time] = best_of_each(5, [&mut || assert!(!smallest(e).is_empty())]);
            time
        })
        .max()
        .unwrap_or_default();
    say("smallest fix, slowest ms", slowest.as_secs_f64() * 1e3);
}

/// What one provider would send for everybody of a company.
fn people() {
    let account = AccountId::parse("123456789012").expect("an account");
    let (region, idp) = (Region::UsEast1, IdentityProvider::EntraGallery);
    let setup = Setup::new("s".into(), "q-acme", account, region, World::Live, idp);
    let endpoint =
        WebExperienceUrl::parse("https://abcd.chat.qbusiness.us-east-1.on.aws").expect("an address");
    let configuration = ProviderConfiguration::of(&setup, Some(&endpoint));
    let mut csv = String::from("userPrincipalName,mail,userType,displayName\n");
    for i in 0..10_000 {
        let mail = if i % 10 == 0 {
            String::new()
        } else {
            format!("user{i}@acme.example")
        };
        csv.push_str(&format!("user{i}@acme.example,{mail},Member,User {i}\n"));
    }
    let people = People::read(csv.as_bytes()).expect("a table of people");
    let [time] = best_of_each(
        3,
        [&mut || {
            let found =
                simulate(&configuration, &people, None, OffsetDateTime::UNIX_EPOCH).expect("simulated");
            assert_eq!(found.rows.len(), 10_000);
        }],
    );
    say("10,000 people simulated, s", time.as_secs_f64());
}

fn write(folder: &Path) {
    let key = SigningKey::new("bench", 365).expect("a key");
    let xml = response(&key, &[]);
    let text = STANDARD.encode(key.certificate());
    let lines: Vec<String> = text
        .as_bytes()
        .chunks(64)
        .map(|c| String::from_utf8_lossy(c).into_owned())
        .collect();
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    );
    std::fs::write(folder.join("response.xml"), &xml).expect("disk");
    std::fs::write(folder.join("certificate.pem"), pem).expect("disk");
    std::fs::write(folder.join("metadata.xml"), metadata(&key)).expect("disk");
    recording(&folder.join("recording.har"), &xml);
}

/// 50 MB as a browser saves them: pages, scripts and pictures, and the login among them.
fn recording(path: &Path, xml: &str) {
    const BYTES: usize = 50_000_000;
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("disk"));
    let entry = |url: &str, method: &str, post: Option<&str>, body: &str| {
        let mut request = json!({"method": method, "url": url, "httpVersion": "HTTP/2", "headers": [
            {"name": "user-agent", "value": "Mozilla/5.0"}], "queryString": [], "cookies": [], "headersSize": -1, "bodySize": 0});
        if let Some(text) = post {
            request["postData"] = json!({"mimeType": "application/x-www-form-urlencoded", "text": text});
        }
        json!({"startedDateTime": "2026-11-22T16:00:30.000Z", "time": 12.5, "request": request,
            "response": {"status": 200, "statusText": "", "httpVersion": "HTTP/2", "headers": [], "cookies": [],
                "content": {"size": body.len(), "mimeType": "text/javascript", "text": body}, "redirectURL": ""},
            "cache": {}, "timings": {"send": 0, "wait": 1, "receive": 2}})
        .to_string()
    };
    let body = "var a=\"\\u00e9\\n<b>\\\"x\\\"</b>\";function f(){return a+1}\n".repeat(900);
    file.write_all(
        b"{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"bench\",\"version\":\"1\"},\"entries\":[",
    )
    .expect("disk");
    let (mut size, mut i) = (0, 0);
    while size < BYTES {
        let text = if size > BYTES / 2 && size < BYTES / 2 + 60_000 {
            let field: String = url_encoded(&STANDARD.encode(xml));
            entry(
                ACS,
                "POST",
                Some(&format!("SAMLResponse={field}&RelayState=")),
                "",
            )
        } else {
            entry(&format!("https://cdn.example/{i}.js"), "GET", None, &body)
        };
        if i > 0 {
            file.write_all(b",").expect("disk");
        }
        file.write_all(text.as_bytes()).expect("disk");
        size += text.len();
        i += 1;
    }
    file.write_all(b"]}}").expect("disk");
}

fn url_encoded(text: &str) -> String {
    text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

fn har(path: &Path) {
    let start = Instant::now();
    let file = std::io::BufReader::new(std::fs::File::open(path).expect("just written"));
    let pieces = recognise_from(Some("recording.har"), file).expect("a recording");
    say("HAR 50 MB, s", start.elapsed().as_secs_f64());
    say(
        "HAR pieces",
        f64::from(u32::try_from(pieces.len()).unwrap_or(u32::MAX)),
    );
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .unwrap_or_default();
    let kilobytes: f64 = peak.trim().trim_end_matches(" kB").parse().unwrap_or(f64::MAX);
    say("HAR peak MB", kilobytes / 1024.0);
}
