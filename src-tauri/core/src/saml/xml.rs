//! XML, hardened: no document type, no entities but the five of XML and character references, a
//! limit on depth and nodes, every element closed, one root.
//!
//! [`Walk`] streams; [`Tree`] keeps a small document. Both say where they stopped.

use quick_xml::Reader;
use quick_xml::errors::SyntaxError;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;
use std::fmt;
use std::io::BufRead;

mod namespaces;
use namespaces::Namespaces;

/// Elements inside one another; SAML needs fewer than twenty.
pub const MAX_DEPTH: usize = 64;

/// Elements of a [`Tree`].
const MAX_ELEMENTS: usize = 50_000;

/// The namespaces that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ns {
    /// XML digital signature.
    Ds,
    /// SAML 2.0 metadata.
    Md,
    /// Any other.
    Other,
    /// SAML 2.0 assertions.
    Saml,
    /// SAML 2.0 protocol.
    Samlp,
    /// XML encryption.
    Xenc,
}

impl Ns {
    /// By its URI.
    pub(crate) fn of_uri(uri: &str) -> Ns {
        match uri {
            "urn:oasis:names:tc:SAML:2.0:metadata" => Ns::Md,
            "urn:oasis:names:tc:SAML:2.0:assertion" => Ns::Saml,
            "urn:oasis:names:tc:SAML:2.0:protocol" => Ns::Samlp,
            "http://www.w3.org/2000/09/xmldsig#" => Ns::Ds,
            "http://www.w3.org/2001/04/xmlenc#" => Ns::Xenc,
            _ => Ns::Other,
        }
    }
}

/// Why a document was not read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum XmlError {
    /// Elements nested beyond [`MAX_DEPTH`].
    Deep,
    /// A document type declaration; entities could follow.
    Dtd,
    /// A reference to an entity that XML itself does not define.
    Entity(String),
    /// Nothing but white space.
    Empty,
    /// More elements than a response has.
    Large,
    /// Not well-formed.
    Malformed {
        /// Byte offset.
        at: u64,
        /// What the reader stumbled over.
        why: String,
    },
    /// It ends inside an element.
    Truncated {
        /// Byte offset of the end.
        at: u64,
    },
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            XmlError::Deep => write!(f, "elements are nested more than {MAX_DEPTH} deep"),
            XmlError::Dtd => {
                f.write_str("it has a document type declaration (DOCTYPE), which SAML documents never have")
            }
            XmlError::Entity(name) => write!(f, "it refers to the entity “&{name};”, which is not defined"),
            XmlError::Empty => f.write_str("it is empty"),
            XmlError::Large => write!(f, "it has more than {MAX_ELEMENTS} elements"),
            XmlError::Malformed { at, why } => write!(f, "it is not well-formed XML at byte {at}: {why}"),
            XmlError::Truncated { at } => write!(f, "it breaks off at byte {at}: the end is missing"),
        }
    }
}

impl std::error::Error for XmlError {}

/// What a walk meets.
pub enum Token<'a> {
    /// An element starts.
    Open {
        /// Its namespace.
        ns: Ns,
        /// Its name and attributes.
        element: BytesStart<'a>,
    },
    /// The innermost open element ends.
    Close,
    /// Character data, references resolved.
    Text(Cow<'a, str>),
    /// A comment or processing instruction, whose text is no content.
    Aside,
    /// The document is complete.
    End,
}

/// A streaming walk over a document.
pub struct Walk<R> {
    reader: Reader<R>,
    namespaces: Namespaces,
    depth: usize,
    roots: usize,
}

impl<R: BufRead> Walk<R> {
    /// Starts.
    pub fn new(reader: R) -> Self {
        let mut reader = Reader::from_reader(reader);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        Walk {
            reader,
            namespaces: Namespaces::default(),
            depth: 0,
            roots: 0,
        }
    }

    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The next token; `buffer` is cleared first and lends its memory to the token.
    ///
    /// # Errors
    /// [`XmlError`]; the walk is then over.
    pub fn next<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<Token<'b>, XmlError> {
        buffer.clear();
        let at = self.reader.buffer_position();
        let event = match self.reader.read_event_into(buffer) {
            Ok(event) => event,
            Err(quick_xml::Error::Syntax(error)) if self.depth > 0 && unclosed(&error) => {
                return Err(XmlError::Truncated { at });
            }
            Err(error) => {
                return Err(XmlError::Malformed {
                    at,
                    why: error.to_string(),
                });
            }
        };
        match event {
            Event::Start(element) => {
                if self.depth == 0 {
                    self.roots += 1;
                    if self.roots > 1 {
                        return Err(XmlError::Malformed {
                            at,
                            why: "a second root element".into(),
                        });
                    }
                }
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(XmlError::Deep);
                }
                let ns = self
                    .namespaces
                    .open(self.depth, element.attributes_raw())
                    .and_then(|()| {
                        self.namespaces
                            .resolve(element.name().prefix().map(|p| p.into_inner()))
                    })
                    .map_err(|why| XmlError::Malformed { at, why })?;
                Ok(Token::Open { ns, element })
            }
            Event::End(_) => {
                self.namespaces.close(self.depth);
                self.depth = self.depth.saturating_sub(1);
                Ok(Token::Close)
            }
            Event::Text(text) => {
                let text = text.into_inner();
                if self.depth == 0 && !text.trim_matches(is_xml_space).is_empty() {
                    return Err(XmlError::Malformed {
                        at,
                        why: "text outside the root element".into(),
                    });
                }
                Ok(Token::Text(text))
            }
            Event::CData(text) => Ok(Token::Text(text.into_inner())),
            Event::GeneralRef(reference) => {
                let name = reference.clone().into_inner();
                let resolved = match reference.resolve_char_ref() {
                    Ok(Some(c)) => c.to_string(),
                    Ok(None) => predefined(&name)
                        .ok_or_else(|| XmlError::Entity(name.to_string()))?
                        .to_owned(),
                    Err(error) => {
                        return Err(XmlError::Malformed {
                            at,
                            why: error.to_string(),
                        });
                    }
                };
                Ok(Token::Text(Cow::Owned(resolved)))
            }
            Event::DocType(_) => Err(XmlError::Dtd),
            Event::Decl(_) if at > 0 => Err(XmlError::Malformed {
                at,
                why: "something stands before the XML declaration".into(),
            }),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => Ok(Token::Aside),
            Event::Eof if self.depth > 0 => Err(XmlError::Truncated { at }),
            Event::Eof if self.roots == 0 => Err(XmlError::Empty),
            Event::Eof => Ok(Token::End),
            Event::Empty(_) => Err(XmlError::Malformed {
                at,
                why: "an empty element was not expanded".into(),
            }),
        }
    }
}

fn unclosed(error: &SyntaxError) -> bool {
    matches!(
        error,
        SyntaxError::UnclosedPI
            | SyntaxError::UnclosedComment
            | SyntaxError::UnclosedCData
            | SyntaxError::UnclosedTag
            | SyntaxError::UnclosedSingleQuotedAttributeValue
            | SyntaxError::UnclosedDoubleQuotedAttributeValue
    )
}

fn is_xml_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "apos" => "'",
        "gt" => ">",
        "lt" => "<",
        "quot" => "\"",
        _ => return None,
    })
}

/// An attribute's value without its namespace, references resolved.
///
/// # Errors
/// A malformed attribute list, or an entity that XML does not define.
pub fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, XmlError> {
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|e| XmlError::Malformed {
            at: 0,
            why: e.to_string(),
        })?;
        if attribute.key.as_ref() == name {
            return attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map(|v| Some(v.into_owned()))
                .map_err(|e| XmlError::Malformed {
                    at: 0,
                    why: e.to_string(),
                });
        }
    }
    Ok(None)
}

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
                let mut attributes = Vec::new();
                for a in element.attributes() {
                    let a = a.map_err(|e| XmlError::Malformed {
                        at: 0,
                        why: e.to_string(),
                    })?;
                    let key = a.key.as_ref();
                    if key == "xmlns" || key.contains(':') {
                        continue;
                    }
                    let value = a
                        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                        .map_err(|e| XmlError::Malformed {
                            at: 0,
                            why: e.to_string(),
                        })?;
                    attributes.push((key.to_owned(), value.into_owned()));
                }
                open.push(Node {
                    ns,
                    name: element.local_name().as_ref().to_owned(),
                    attributes,
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
