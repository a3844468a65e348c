//! The program xmlsec1, asked about the signatures of a document.

use super::Trust;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// It takes a hundredth of a second.
const LIMIT: Duration = Duration::from_secs(10);

/// Whether it takes one of the first `signatures` signatures of the document; None where it is not installed.
pub fn ask(folder: &Path, document: &[u8], trust: &Trust, signatures: usize) -> Option<bool> {
    let (xml, pem) = (folder.join("d.xml"), folder.join("c.pem"));
    std::fs::write(&xml, document).unwrap();
    for certificate in &trust.certificates {
        std::fs::write(&pem, armored(certificate)).unwrap();
        for at in 1..=signatures {
            let mut command = Command::new("xmlsec1");
            command.args([
                "--verify",
                "--enabled-key-data",
                "rsa,x509",
                "--enabled-reference-uris",
                "empty,same-doc",
            ]);
            for name in ["assertion:Assertion", "protocol:Response"] {
                command.args(["--id-attr:ID", &format!("urn:oasis:names:tc:SAML:2.0:{name}")]);
            }
            if at > 1 {
                let path = format!(
                    "(//*[local-name()='Signature' and namespace-uri()='http://www.w3.org/2000/09/xmldsig#'])[{at}]"
                );
                command.args(["--node-xpath", &path]);
            }
            if succeeds(command.arg("--pubkey-cert-pem").arg(&pem).arg(&xml))? {
                return Some(true);
            }
        }
    }
    Some(false)
}

/// None where there is no such program.
fn succeeds(command: &mut Command) -> Option<bool> {
    let streams = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = match streams.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => panic!("{error}"),
    };
    let mut out = child.stdout.take().unwrap();
    let (give, take) = mpsc::channel();
    // Its output ends when it does.
    let reading = std::thread::spawn(move || {
        let _ = std::io::copy(&mut out, &mut std::io::sink());
        let _ = give.send(());
    });
    let ready = take.recv_timeout(LIMIT).is_ok();
    if !ready {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    reading.join().unwrap();
    assert!(ready, "xmlsec1 was not ready within {LIMIT:?}");
    Some(status.success())
}

fn armored(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|i| &text[i..text.len().min(i + 64)])
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}
