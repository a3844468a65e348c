//! A small document, kept whole.

use super::{Ns, Token, Walk, XmlError, attributes};
use std::borrow::Cow;

/// Elements of a document; a response has a few hundred.
pub(super) const MAX_ELEMENTS: usize = 50_000;

/// An element of a small document; its texts are its own, or another reading's of the same document.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    /// Namespace.
    pub ns: Ns,
    /// Name without prefix.
    pub name: Cow<'a, str>,
    /// Attributes without a prefix, and `xmlns` ones left out.
    pub attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Elements inside.
    pub children: Vec<Node<'a>>,
    /// Character data directly inside, in order, references resolved.
    pub text: Cow<'a, str>,
    /// A comment, processing instruction or element stands inside: text on both sides of it would
    /// be read differently by different parsers.
    pub mixed: bool,
}

impl<'a> Node<'a> {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_ref())
    }

    /// The children of that name.
    pub fn all<'n>(&'n self, ns: Ns, name: &'n str) -> impl Iterator<Item = &'n Node<'a>> {
        self.children.iter().filter(move |c| c.ns == ns && c.name == name)
    }

    /// The first child of that name.
    pub fn first(&self, ns: Ns, name: &str) -> Option<&Node<'a>> {
        self.children.iter().find(|c| c.ns == ns && c.name == name)
    }

    /// Itself and everything below, in document order.
    pub fn walk(&self) -> Vec<&Node<'a>> {
        let mut all = Vec::new();
        let mut left = vec![self];
        while let Some(node) = left.pop() {
            all.push(node);
            left.extend(node.children.iter().rev());
        }
        all
    }
}

/// Reads a small document whole.
///
/// # Errors
/// [`XmlError`].
pub fn tree(text: &str) -> Result<Node<'static>, XmlError> {
    let mut walk = Walk::new(text.as_bytes());
    let mut buffer = Vec::new();
    let mut open: Vec<Node<'static>> = Vec::new();
    let mut root = None;
    let mut elements = 0;
    loop {
        match walk.next(&mut buffer)? {
            Token::Open { ns, element } => {
                elements += 1;
                if elements > MAX_ELEMENTS {
                    return Err(XmlError::Large);
                }
                if let Some(parent) = open.last_mut() {
                    parent.mixed = true;
                }
                let mut own = Vec::new();
                let list = element.attributes_raw();
                let mut at = 0;
                while let Some(found) = attributes::next(list, &mut at).map_err(attributes::malformed)? {
                    if found.name != "xmlns" && !found.name.contains(':') {
                        own.push((
                            Cow::Owned(found.name.to_owned()),
                            Cow::Owned(attributes::normalized(found.value)?.into_owned()),
                        ));
                    }
                }
                open.push(Node {
                    ns,
                    name: Cow::Owned(element.local_name().as_ref().to_owned()),
                    attributes: own,
                    children: Vec::new(),
                    text: Cow::Borrowed(""),
                    mixed: false,
                });
            }
            Token::Close => {
                if let Some(done) = open.pop() {
                    match open.last_mut() {
                        Some(parent) => parent.children.push(done),
                        None => root = Some(done),
                    }
                }
            }
            Token::Text(text) => {
                if let Some(node) = open.last_mut() {
                    node.text.to_mut().push_str(&text);
                }
            }
            Token::Aside => {
                if let Some(node) = open.last_mut() {
                    node.mixed = true;
                }
            }
            Token::End => return root.ok_or(XmlError::Empty),
        }
    }
}
