//! The program xmlsec1, asked about the signatures of a document.

use super::Trust;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;
use std::process::{Command, Stdio};

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
                "same-doc",
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
            command.stdin(Stdio::null());
            let done = command.arg("--pubkey-cert-pem").arg(&pem).arg(&xml).output();
            if done.ok()?.status.success() {
                return Some(true);
            }
        }
    }
    Some(false)
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
