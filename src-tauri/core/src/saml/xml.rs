//! XML, hardened: no document type, no entities but the five of XML and character references, a
//! limit on depth and nodes, every element closed, one root.
//!
//! [`Walk`] streams; [`tree`] keeps a small document. Both say where they stopped.

use quick_xml::Reader;
use quick_xml::errors::SyntaxError;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;
use std::fmt;
use std::io::BufRead;

mod attributes;
mod namespaces;
mod tree;
pub use attributes::attribute;
use namespaces::Namespaces;
use tree::MAX_ELEMENTS;
pub use tree::{Node, tree};

/// Elements inside one another; SAML needs fewer than twenty.
pub const MAX_DEPTH: usize = 64;

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
    Entity,
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
            XmlError::Entity => f.write_str("it refers to an entity that is not defined"),
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
                    why: without_content(&error).into(),
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
                    .and_then(|()| self.namespaces.resolve(prefix(element.name().into_inner())))
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
                    Ok(None) => predefined(&name).ok_or(XmlError::Entity)?.to_owned(),
                    Err(_) => {
                        return Err(XmlError::Malformed {
                            at,
                            why: "a character reference names no character".into(),
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

/// What the reader stumbled over, without what it read: a response is not to be found in a log.
fn without_content(error: &quick_xml::Error) -> &'static str {
    use quick_xml::errors::IllFormedError;
    match error {
        quick_xml::Error::Syntax(e) if unclosed(e) => "something was opened and not closed",
        quick_xml::Error::Syntax(_) => "it has markup that XML does not know",
        quick_xml::Error::IllFormed(IllFormedError::MismatchedEndTag { .. }) => {
            "an end tag does not match its start tag"
        }
        quick_xml::Error::IllFormed(IllFormedError::UnmatchedEndTag(_)) => "an end tag has no start tag",
        quick_xml::Error::IllFormed(_) => "its markup is not well-formed",
        quick_xml::Error::Io(_) => "it cannot be read",
        _ => "it has text or attributes that are not well-formed",
    }
}

/// The part of a qualified name before its colon; empty where there is none.
fn prefix(name: &str) -> &str {
    match name.as_bytes().iter().position(|b| *b == b':') {
        Some(at) => name.get(..at).unwrap_or_default(),
        None => "",
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
