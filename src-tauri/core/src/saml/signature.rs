//! Signature verification behind a structural gate.
//!
//! The gate refuses every document in which what is signed and what is read could be two things:
//! it wants one root `Response`, one assertion, unique ids, a signature whose only reference is its
//! own parent, and no transform but the enveloped one and a canonicalisation. What passes is
//! verified against the pinned certificates alone, and the assertion is then read from the very
//! nodes whose octets the signature covers, as the verifier parsed them: never from our own reading.

use super::certificate::Certificate;
use super::keys::{ALGORITHMS, RsaVerifier, rsa_key};
use super::response::{Assertion, Response};
use super::xml::{Node, Ns, XmlError};
use bergshamra::c14n::C14nMode;
use bergshamra::dsig::verify::verify_all_document_with_source;
use bergshamra::keys::KeysManager;
use bergshamra::xml::uppsala::{Document, NodeId, NodeKind, Parser};
use bergshamra::{DsigContext, VerifyResult};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const DIGESTS: [&str; 4] = [
    "http://www.w3.org/2000/09/xmldsig#sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];

/// An assertion that a pinned certificate signed. Only [`verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAssertion {
    assertion: Assertion,
    covers: BTreeSet<Covered>,
    algorithms: Vec<String>,
}

impl VerifiedAssertion {
    /// The content, read from the covered bytes.
    pub fn assertion(&self) -> &Assertion {
        &self.assertion
    }

    /// What the signatures cover.
    pub fn covers(&self) -> impl Iterator<Item = Covered> {
        self.covers.iter().copied()
    }

    /// Signature algorithm of each signature, its last part: `rsa-sha256`.
    pub fn algorithms(&self) -> &[String] {
        &self.algorithms
    }
}

/// What a signature covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Covered {
    /// The assertion.
    Assertion,
    /// The whole response, and the assertion with it.
    Response,
}

/// Why nothing in a response is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// An algorithm that proves nothing here, HMAC for example.
    Algorithm(String),
    /// The same id twice.
    DuplicateId(String),
    /// The assertion is encrypted; only its receiver can read it.
    Encrypted,
    /// Text that different parsers read differently, a comment inside a name for example.
    Mixed(String),
    /// No assertion inside.
    NoAssertion,
    /// No certificate to verify with.
    NoCertificate,
    /// The root is something else.
    NotAResponse(String),
    /// A reference to something other than the signed element itself.
    Reference(String),
    /// More than one assertion.
    SeveralAssertions(usize),
    /// A signature in a place where it covers nothing that is read.
    StraySignature(String),
    /// A transform that could change what is read.
    Transform(String),
    /// There is no signature.
    Unsigned,
    /// The signature does not fit the certificates, or the content was changed.
    WrongSignature(String),
    /// Not readable.
    Xml(XmlError),
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rejection::Algorithm(a) if a.is_empty() => f.write_str("the signature names no algorithm"),
            Rejection::Algorithm(a) => write!(f, "the algorithm {a} is not accepted"),
            Rejection::DuplicateId(id) => write!(f, "the id “{id}” stands twice"),
            Rejection::Encrypted => f.write_str("the assertion is encrypted"),
            Rejection::Mixed(name) => write!(f, "{name} contains comments or elements between its text"),
            Rejection::NoAssertion => f.write_str("it contains no assertion"),
            Rejection::NoCertificate => f.write_str("there is no certificate to verify with"),
            Rejection::NotAResponse(root) => write!(f, "its root is {root}, not Response"),
            Rejection::Reference(uri) => write!(
                f,
                "the signature refers to “{uri}”, not to the element it stands in"
            ),
            Rejection::SeveralAssertions(n) => write!(f, "it contains {n} assertions"),
            Rejection::StraySignature(on) => write!(f, "a signature stands in {on}, where it proves nothing"),
            Rejection::Transform(t) => write!(f, "the transform {t} is not accepted"),
            Rejection::Unsigned => f.write_str("it is not signed"),
            Rejection::WrongSignature(why) => write!(f, "the signature does not match: {why}"),
            Rejection::Xml(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Rejection {}

/// Pinned certificates, ready to verify with; made once and used for many responses.
pub struct Pinned(Vec<DsigContext>);

impl Pinned {
    /// From the identity provider's signing certificates. Their validity dates are not looked at,
    /// as AWS does not (IAM: create a SAML provider).
    ///
    /// # Errors
    /// [`Rejection::NoCertificate`] when none has an RSA key.
    pub fn new<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> Result<Pinned, Rejection> {
        let keys: Arc<[Vec<u8>]> = certificates.into_iter().filter_map(rsa_key).collect();
        if keys.is_empty() {
            return Err(Rejection::NoCertificate);
        }
        let contexts = ALGORITHMS.map(|(_, hash)| {
            let verifier = RsaVerifier {
                keys: keys.clone(),
                hash,
            };
            DsigContext::new(KeysManager::new()).with_hsm_verifier(Box::new(verifier))
        });
        Ok(Pinned(contexts.into()))
    }

    /// The verdict on every signature, each under the algorithm that it names.
    fn verdicts(
        &self,
        document: &Document<'_>,
        xml: &str,
        described: &[Described],
    ) -> Result<Vec<VerifyResult>, Rejection> {
        let mut verdicts: Vec<Option<VerifyResult>> = vec![None; described.len()];
        for ((uri, _), context) in ALGORITHMS.iter().zip(&self.0) {
            if !described.iter().any(|d| d.method == *uri) {
                continue;
            }
            let results = verify_all_document_with_source(context, document, Some(xml))
                .map_err(|e| Rejection::WrongSignature(e.to_string()))?;
            if results.len() != described.len() {
                return Err(Rejection::WrongSignature("a signature was passed over".into()));
            }
            for ((verdict, seen), result) in verdicts.iter_mut().zip(described).zip(results) {
                if seen.method == *uri {
                    *verdict = Some(result);
                }
            }
        }
        verdicts
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| Rejection::WrongSignature("a signature was passed over".into()))
    }
}

/// Verifies a response.
///
/// # Errors
/// [`Rejection`]; nothing in the response may then be believed.
pub fn verify(response: &Response, pinned: &Pinned) -> Result<VerifiedAssertion, Rejection> {
    let xml = response.xml();
    let read = gate(response.tree())?;
    let document = Parser::new().with_forbid_dtd(true).parse(xml).map_err(|_| {
        Rejection::Xml(XmlError::Malformed {
            at: 0,
            why: "the signature library cannot read it".into(),
        })
    })?;
    let signatures = document.get_elements_by_tag_name_ns(DSIG, "Signature");
    let described = signatures
        .iter()
        .map(|s| Described::of(&document, *s))
        .collect::<Result<Vec<_>, _>>()?;
    let results = pinned.verdicts(&document, xml, &described)?;
    let mut covers = BTreeSet::new();
    let mut covered = None;
    for ((node, seen), result) in signatures.iter().zip(&described).zip(results) {
        match result {
            VerifyResult::Invalid { reason } => {
                // The library calls any verifier of its caller's a hardware module.
                return Err(Rejection::WrongSignature(reason.replace(" (HSM)", "")));
            }
            VerifyResult::Valid {
                signature_node,
                references,
                ..
            } => match references.as_slice() {
                [one]
                    if signature_node == *node
                        && one.digest_verified
                        && seen.is_covered(one.resolved_node) =>
                {
                    covers.insert(seen.on);
                    // The innermost signed element is enough; the outer one says the same of it.
                    if covered.is_none() || seen.on == Covered::Assertion {
                        covered = Some((*node, seen));
                    }
                }
                _ => {
                    return Err(Rejection::WrongSignature(
                        "a reference does not cover the signed element".into(),
                    ));
                }
            },
        }
    }
    let (node, seen) = covered.ok_or(Rejection::Unsigned)?;
    let signed = covered_tree(&document, seen.parent, node);
    let assertions: Vec<&Node<'_>> = signed
        .walk()
        .into_iter()
        .filter(|n| n.ns == Ns::Saml && n.name == "Assertion")
        .collect();
    let [assertion] = assertions.as_slice() else {
        return Err(Rejection::SeveralAssertions(assertions.len()));
    };
    // Ids are unique, so this is the assertion that the gate saw and no other.
    if assertion.attribute("ID") != read.attribute("ID") {
        return Err(Rejection::WrongSignature(
            "what is signed is not the assertion that is read".into(),
        ));
    }
    Ok(VerifiedAssertion {
        assertion: Assertion::of(assertion),
        covers,
        algorithms: described
            .iter()
            .filter_map(|d| d.method.rsplit('#').next().map(str::to_owned))
            .collect(),
    })
}

/// The structural gate, on our own reading of the document; the one assertion of it.
fn gate<'n, 'a>(root: &'n Node<'a>) -> Result<&'n Node<'a>, Rejection> {
    if (root.ns, &*root.name) != (Ns::Samlp, "Response") {
        return Err(Rejection::NotAResponse(root.name.to_string()));
    }
    let all = root.walk();
    let count = |name: &str| all.iter().filter(|n| n.ns == Ns::Saml && n.name == name).count();
    if count("EncryptedAssertion") > 0 {
        return Err(Rejection::Encrypted);
    }
    match count("Assertion") {
        0 => return Err(Rejection::NoAssertion),
        1 => {}
        n => return Err(Rejection::SeveralAssertions(n)),
    }
    let assertion = root.first(Ns::Saml, "Assertion").ok_or(Rejection::NoAssertion)?;
    let mut ids = BTreeSet::new();
    for node in &all {
        for name in ["ID", "Id", "id"] {
            if let Some(id) = node.attribute(name)
                && !ids.insert(id)
            {
                return Err(Rejection::DuplicateId(id.to_owned()));
            }
        }
        let read_as_text = node.ns == Ns::Saml && matches!(&*node.name, "NameID" | "Issuer" | "Audience");
        if read_as_text && node.mixed {
            return Err(Rejection::Mixed(node.name.to_string()));
        }
        for signature in node.all(Ns::Ds, "Signature") {
            let on_signed = (node.ns == Ns::Samlp && node.name == "Response")
                || (node.ns == Ns::Saml && node.name == "Assertion");
            if !on_signed || signature.all(Ns::Ds, "SignedInfo").count() != 1 {
                return Err(Rejection::StraySignature(node.name.to_string()));
            }
        }
        if node.all(Ns::Ds, "Signature").count() > 1 {
            return Err(Rejection::StraySignature(node.name.to_string()));
        }
    }
    if all.iter().all(|n| n.first(Ns::Ds, "Signature").is_none()) {
        return Err(Rejection::Unsigned);
    }
    Ok(assertion)
}

/// A signature that has the form of SAML's profile (SAML core §5.4).
struct Described {
    parent: NodeId,
    /// An empty reference on the root: the whole document.
    whole: bool,
    on: Covered,
    method: String,
}

impl Described {
    fn of(document: &Document<'_>, signature: NodeId) -> Result<Described, Rejection> {
        let child = |parent, name| document.first_child_element_by_name_ns(parent, DSIG, name);
        let missing = || Rejection::WrongSignature("the signature is incomplete".into());
        let parent = document.parent(signature).ok_or_else(missing)?;
        let element = document.element(parent).ok_or_else(missing)?;
        let on = match &*element.name.local_name {
            "Assertion" => Covered::Assertion,
            "Response" => Covered::Response,
            other => return Err(Rejection::StraySignature(other.to_owned())),
        };
        let info = child(signature, "SignedInfo").ok_or_else(missing)?;
        let method = algorithm(document, child(info, "SignatureMethod"));
        if !ALGORITHMS.iter().any(|(uri, _)| *uri == method) {
            return Err(Rejection::Algorithm(method));
        }
        let references = document.child_elements_by_name_ns(info, DSIG, "Reference");
        let [reference] = references.as_slice() else {
            return Err(Rejection::Reference(format!("{} elements", references.len())));
        };
        let uri = own_attribute(document, *reference, "URI").unwrap_or_default();
        let id = own_attribute(document, parent, "ID");
        let whole =
            uri.is_empty() && on == Covered::Response && document.parent(parent) == Some(document.root());
        if !whole && (uri.strip_prefix('#') != id.as_deref() || id.is_none()) {
            return Err(Rejection::Reference(uri));
        }
        let digest = algorithm(document, child(*reference, "DigestMethod"));
        if !DIGESTS.contains(&digest.as_str()) {
            return Err(Rejection::Algorithm(digest));
        }
        let (mut enveloped, mut canonical) = (0, 0);
        if let Some(transforms) = child(*reference, "Transforms") {
            for node in document.children(transforms) {
                if document.element(node).is_none() {
                    continue;
                }
                let name = algorithm(document, Some(node));
                if name == ENVELOPED {
                    enveloped += 1;
                } else if C14nMode::from_uri(&name).is_some() {
                    canonical += 1;
                } else {
                    return Err(Rejection::Transform(name));
                }
            }
        }
        if enveloped != 1 || canonical > 1 {
            return Err(Rejection::Transform(format!(
                "{enveloped} enveloped, {canonical} canonicalisations"
            )));
        }
        Ok(Described {
            parent,
            whole,
            on,
            method,
        })
    }

    fn is_covered(&self, resolved: Option<NodeId>) -> bool {
        resolved == Some(self.parent) || (self.whole && resolved.is_none())
    }
}

/// The signed element as the digest saw it: these very nodes were canonicalised, less the signature
/// itself and every comment, so what is read here is what the signature covers.
fn covered_tree<'a>(document: &'a Document<'_>, at: NodeId, signature: NodeId) -> Node<'a> {
    let mut node = Node {
        ns: Ns::Other,
        name: Cow::Borrowed(""),
        attributes: Vec::new(),
        children: Vec::new(),
        text: Cow::Borrowed(""),
        mixed: false,
    };
    if let Some(element) = document.element(at) {
        node.ns = element
            .name
            .namespace_uri
            .as_deref()
            .map_or(Ns::Other, Ns::of_uri);
        node.name = Cow::Borrowed(&element.name.local_name);
        node.attributes = element
            .attributes
            .iter()
            .filter(|a| a.name.namespace_uri.is_none())
            .map(|a| (Cow::Borrowed(&*a.name.local_name), Cow::Borrowed(&*a.value)))
            .collect();
    }
    for child in document.children_iter(at) {
        if child == signature {
            continue;
        }
        match document.node_kind(child) {
            Some(NodeKind::Element(_)) => node.children.push(covered_tree(document, child, signature)),
            Some(NodeKind::Text(text) | NodeKind::CData(text)) if node.text.is_empty() => {
                node.text = Cow::Borrowed(text);
            }
            Some(NodeKind::Text(text) | NodeKind::CData(text)) => node.text.to_mut().push_str(text),
            Some(NodeKind::Comment(_) | NodeKind::ProcessingInstruction(_)) => node.mixed = true,
            Some(NodeKind::Document | NodeKind::Attribute(..)) | None => {}
        }
    }
    node
}

fn own_attribute(document: &Document<'_>, node: NodeId, name: &str) -> Option<String> {
    document
        .element(node)?
        .attributes
        .iter()
        .find(|a| a.name.namespace_uri.is_none() && &*a.name.local_name == name)
        .map(|a| a.value.to_string())
}

fn algorithm(document: &Document<'_>, node: Option<NodeId>) -> String {
    node.and_then(|n| own_attribute(document, n, "Algorithm"))
        .unwrap_or_default()
}
