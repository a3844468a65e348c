//! Reading and verifying, each beside a floor or a peer in the same run. `speed metadata-only FILE`
//! reads one file and prints the peak memory of doing so.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::DsigContext;
use bergshamra::dsig::verify::verify_all;
use bergshamra::keys::{KeysManager, loader};
use claimbridge_core::saml::certificate::Certificate;
use claimbridge_core::saml::metadata::{FederationMetadata, MetadataError, read};
use claimbridge_core::saml::response::Response;
use claimbridge_core::saml::signature::{Pinned, verify};
use claimbridge_practice::{SigningKey, sign};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A ratio was outside its bound.
static BROKEN: AtomicBool = AtomicBool::new(false);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|a| a == "metadata-only") {
        read_aggregate(Path::new(&arguments[at + 1]));
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status
            .lines()
            .find_map(|l| l.strip_prefix("VmHWM:"))
            .unwrap_or_default();
        println!("{}", peak.trim().trim_end_matches(" kB"));
        return;
    }
    metadata();
    responses();
    if BROKEN.load(Ordering::Relaxed) {
        std::process::exit(1);
    }
}

fn certificate_text(key: &SigningKey) -> String {
    STANDARD.encode(key.certificate())
}

fn entity(i: usize, certificate: &str) -> String {
    format!(
        "<md:EntityDescriptor entityID=\"https://idp{i}.example/metadata\"><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat><md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://idp{i}.example/sso\"/></md:IDPSSODescriptor><md:Organization><md:OrganizationName xml:lang=\"en\">University &amp; College {i}</md:OrganizationName></md:Organization></md:EntityDescriptor>"
    )
}

fn read_aggregate(path: &Path) {
    let file = BufReader::with_capacity(1 << 16, File::open(path).expect("just written"));
    match read(file, None) {
        Err(MetadataError::Aggregate(a)) => assert!(a.entities > 10_000, "{a:?}"),
        other => panic!("{other:?}"),
    }
}

fn raw_events(path: &Path) {
    let mut reader = quick_xml::Reader::from_reader(BufReader::with_capacity(
        1 << 16,
        File::open(path).expect("just written"),
    ));
    let mut buffer = Vec::new();
    let mut events = 0_u64;
    loop {
        buffer.clear();
        if matches!(
            reader.read_event_into(&mut buffer).expect("our own XML"),
            quick_xml::events::Event::Eof
        ) {
            break;
        }
        events += 1;
    }
    assert!(events > 100_000);
}

/// The best of some runs: what the machine can do when nothing else disturbs it.
fn best(runs: u32, mut act: impl FnMut()) -> Duration {
    (0..runs)
        .map(|_| {
            let start = Instant::now();
            act();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

/// The best of some rounds of two acts in turn, so that what disturbs the machine disturbs both.
fn best_of_each(rounds: u32, mut one: impl FnMut(), mut other: impl FnMut()) -> (Duration, Duration) {
    (0..rounds).fold((Duration::MAX, Duration::MAX), |(a, b), _| {
        (a.min(best(1, &mut one)), b.min(best(1, &mut other)))
    })
}

fn verdict(name: &str, ratio: f64, bound: f64, less_is_better: bool) {
    let holds = if less_is_better {
        ratio <= bound
    } else {
        ratio >= bound
    };
    BROKEN.fetch_or(!holds, Ordering::Relaxed);
    println!(
        "{name}: ratio {ratio:.2}, bound {bound:.2}: {}",
        if holds { "holds" } else { "BROKEN" }
    );
}

fn metadata() {
    let key = SigningKey::new("bench", 365).expect("a key");
    let certificate = certificate_text(&key);
    let path = std::env::temp_dir().join(format!("claimbridge-bench-{}.xml", std::process::id()));
    let mut file = BufWriter::new(File::create(&path).expect("a temporary file"));
    let mut size = 0;
    file.write_all(b"<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">").expect("disk");
    for i in 0.. {
        let text = entity(i, &certificate);
        size += text.len();
        file.write_all(text.as_bytes()).expect("disk");
        if size > 80_000_000 {
            break;
        }
    }
    file.write_all(b"</md:EntitiesDescriptor>").expect("disk");
    drop(file);
    let (floor, ours) = best_of_each(15, || raw_events(&path), || read_aggregate(&path));
    println!("metadata 80 MB: quick-xml raw {floor:?}, ours {ours:?}");
    verdict(
        "metadata 80 MB / raw events",
        ours.as_secs_f64() / floor.as_secs_f64(),
        1.6,
        true,
    );
    let out = Command::new(std::env::current_exe().expect("this program"))
        .args(["metadata-only", &path.to_string_lossy()])
        .output()
        .expect("a child");
    let peak: f64 = String::from_utf8_lossy(&out.stdout)
        .trim()
        .parse()
        .unwrap_or(f64::MAX);
    println!("metadata 80 MB: peak memory {:.1} MB", peak / 1024.0);
    verdict("metadata memory / 16 MB", peak / 1024.0 / 16.0, 1.0, true);
    std::fs::remove_file(&path).expect("just written");
    let small = format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"x\">{}<!--{}--></md:EntityDescriptor>",
        entity(0, &certificate)
            .split_once('>')
            .map(|(_, r)| r.replace("</md:EntityDescriptor>", ""))
            .unwrap_or_default(),
        "x".repeat(68_000)
    );
    let time = best(50, || {
        FederationMetadata::parse(small.as_bytes(), None).expect("our own metadata");
    });
    println!("metadata 70 KB: {time:?}");
}

fn responses() {
    let key = SigningKey::new("bench", 365).expect("a key");
    let attributes: String = (0..12).map(|i| format!("<saml:Attribute Name=\"urn:oid:{i}\"><saml:AttributeValue>value &amp; {i}</saml:AttributeValue></saml:Attribute>")).collect();
    let plain = format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_r\"><saml:Issuer>https://idp</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status><saml:Assertion ID=\"_a\"><saml:Issuer>https://idp</saml:Issuer><saml:Subject><saml:NameID>alice</saml:NameID></saml:Subject><saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion></samlp:Response>"
    );
    let xml = sign(&plain, "_a", &key).expect("signed");
    let encoded = STANDARD.encode(&xml);
    let certificate = Certificate::from_der(key.certificate().to_vec()).expect("our own");
    let pinned = Pinned::new([&certificate]).expect("an RSA key");
    let mut keys = KeysManager::new();
    keys.add_key(loader::load_x509_cert_der(key.certificate()).expect("our own"));
    let alone = DsigContext::new(keys).with_insecure(true);
    const N: u32 = 500;
    let per_second = |time: Duration| f64::from(N) / time.as_secs_f64();
    let decoded = Response::decode(encoded.as_bytes()).expect("a response");
    let (peer, ours) = best_of_each(
        15,
        || {
            for _ in 0..N {
                let results = verify_all(&alone, &xml).expect("readable");
                assert!(results.iter().all(|r| r.is_valid()));
            }
        },
        || {
            for _ in 0..N {
                verify(&decoded, &pinned).expect("valid");
            }
        },
    );
    println!(
        "verify: bergshamra alone {:.0}/s, ours {:.0}/s",
        per_second(peer),
        per_second(ours)
    );
    verdict(
        "verify / bergshamra alone",
        peer.as_secs_f64() / ours.as_secs_f64(),
        0.9,
        false,
    );
    rsa_floor(&key);
    xmlsec1(&xml, &key);
}

fn rsa_floor(key: &SigningKey) {
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use x509_parser::prelude::{FromDer, X509Certificate};
    let (_, parsed) = X509Certificate::from_der(key.certificate()).expect("our own");
    let public = UnparsedPublicKey::new(
        &RSA_PKCS1_2048_8192_SHA256,
        parsed.public_key().subject_public_key.data.to_vec(),
    );
    let (body, signature) = (
        parsed.tbs_certificate.as_ref(),
        parsed.signature_value.data.to_vec(),
    );
    let time = best(3, || {
        for _ in 0..2_000 {
            public.verify(body, &signature).expect("self-signed");
        }
    });
    println!(
        "verify: RSA-2048 alone {:.0}/s (the floor)",
        2_000.0 / time.as_secs_f64()
    );
}

/// Another implementation: xmlsec1 in one process, parsing and verifying many times.
fn xmlsec1(xml: &str, key: &SigningKey) {
    let folder = std::env::temp_dir();
    let (document, pem) = (
        folder.join("claimbridge-bench-response.xml"),
        folder.join("claimbridge-bench.pem"),
    );
    let text = certificate_text(key)
        .as_bytes()
        .chunks(64)
        .map(|c| String::from_utf8_lossy(c).into_owned())
        .collect::<Vec<_>>()
        .join("\n");
    std::fs::write(&document, xml).expect("disk");
    std::fs::write(
        &pem,
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"),
    )
    .expect("disk");
    let start = Instant::now();
    let ran = Command::new("xmlsec1")
        .args([
            "--verify",
            "--repeat",
            "500",
            "--id-attr:ID",
            "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
            "--pubkey-cert-pem",
        ])
        .arg(&pem)
        .arg(&document)
        .output();
    match ran {
        Ok(out) if out.status.success() => {
            println!("verify: xmlsec1 {:.0}/s", 500.0 / start.elapsed().as_secs_f64())
        }
        Ok(out) => println!(
            "verify: xmlsec1 refused: {}",
            String::from_utf8_lossy(&out.stderr)
                .lines()
                .next()
                .unwrap_or_default()
        ),
        Err(error) => println!("verify: xmlsec1 was not measured: {error}"),
    }
    for file in [document, pem] {
        std::fs::remove_file(file).expect("just written");
    }
}
