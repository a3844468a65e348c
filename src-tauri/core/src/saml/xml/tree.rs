//! A small document, kept whole.

use super::{Ns, Token, Walk, XmlError, attributes};

/// Elements of a document; a response has a few hundred.
pub(super) const MAX_ELEMENTS: usize = 50_000;

/// An element of a small document.
#[derive(Debug, Clone)]
pub struct Node {
    /// Namespace.
    pub ns: Ns,
    /// Name without prefix.
    pub name: String,
    /// Attributes without a prefix, and `xmlns` ones left out.
    pub attributes: Vec<(String, String)>,
    /// Elements inside.
    pub children: Vec<Node>,
    /// Character data directly inside, in order, references resolved.
    pub text: String,
    /// A comment, processing instruction or element stands inside: text on both sides of it would
    /// be read differently by different parsers.
    pub mixed: bool,
}

impl Node {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// The children of that name.
    pub fn all<'a>(&'a self, ns: Ns, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |c| c.ns == ns && c.name == name)
    }

    /// The first child of that name.
    pub fn first(&self, ns: Ns, name: &str) -> Option<&Node> {
        self.children.iter().find(|c| c.ns == ns && c.name == name)
    }

    /// Itself and everything below, in document order.
    pub fn walk(&self) -> Vec<&Node> {
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
pub fn tree(text: &str) -> Result<Node, XmlError> {
    let mut walk = Walk::new(text.as_bytes());
    let mut buffer = Vec::new();
    let mut open: Vec<Node> = Vec::new();
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
                            found.name.to_owned(),
                            attributes::normalized(found.value)?.into_owned(),
                        ));
                    }
                }
                open.push(Node {
                    ns,
                    name: element.local_name().as_ref().to_owned(),
                    attributes: own,
                    children: Vec::new(),
                    text: String::new(),
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
                    node.text.push_str(&text);
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
