//! What a document says, read by neither of the judges: the reasons for a difference are computed from this.

use claimbridge_core::time::parse_instant;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};
use std::time::{Duration, SystemTime};

pub const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// One element.
#[derive(Default)]
pub struct Element {
    pub ns: String,
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// Its own text, without what comments cut out of it.
    pub text: String,
    pub parent: Option<usize>,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn is(&self, ns: &str, name: &str) -> bool {
        self.ns == ns && self.name == name
    }
}

/// The elements of a document in their order, as far as it can be read.
#[derive(Default)]
pub struct Facts {
    pub elements: Vec<Element>,
    pub comments: usize,
    /// Elements whose prefix nobody declared: such a document is not well-formed.
    pub undeclared: usize,
}

impl Facts {
    pub fn of(document: &[u8]) -> Facts {
        let mut facts = Facts::default();
        let text = String::from_utf8_lossy(document);
        let mut reader = NsReader::from_str(&text);
        reader.config_mut().expand_empty_elements = true;
        let mut open = Vec::new();
        while let Ok((ns, event)) = reader.read_resolved_event() {
            let ns = match ns {
                ResolveResult::Bound(ns) => ns.into_inner().to_owned(),
                ResolveResult::Unbound => String::new(),
                ResolveResult::Unknown(_) => {
                    facts.undeclared += usize::from(matches!(event, Event::Start(_)));
                    String::new()
                }
            };
            let innermost = open.last().copied();
            match event {
                Event::Start(start) => {
                    open.push(facts.elements.len());
                    facts.elements.push(element(ns, &start, innermost));
                }
                Event::End(_) => drop(open.pop()),
                Event::Text(text) => facts.append(innermost, &text.into_inner()),
                Event::CData(text) => facts.append(innermost, &text.into_inner()),
                Event::Comment(_) => facts.comments += 1,
                Event::Eof => break,
                _ => {}
            }
        }
        facts
    }

    fn append(&mut self, at: Option<usize>, text: &str) {
        if let Some(element) = at.and_then(|at| self.elements.get_mut(at)) {
            element.text.push_str(text);
        }
    }

    pub fn all(&self, ns: &str, name: &str) -> impl Iterator<Item = &Element> {
        self.elements.iter().filter(move |e| e.is(ns, name))
    }

    pub fn count(&self, ns: &str, name: &str) -> usize {
        self.all(ns, name).count()
    }

    pub fn root(&self) -> &str {
        self.elements.first().map_or("", |e| &e.name)
    }

    pub fn parent(&self, element: &Element) -> Option<&Element> {
        element.parent.and_then(|at| self.elements.get(at))
    }

    /// The element of this name that stands in one of that name.
    pub fn within(&self, parent: (&str, &str), child: (&str, &str)) -> Option<&Element> {
        self.all(child.0, child.1)
            .find(|e| self.parent(e).is_some_and(|p| p.is(parent.0, parent.1)))
    }

    /// An attribute of the first element of this name.
    pub fn first(&self, ns: &str, name: &str, attribute: &str) -> Option<&str> {
        self.all(ns, name).next()?.attribute(attribute)
    }

    /// Ids of what can be signed.
    pub fn signable(&self) -> Vec<String> {
        let named = self
            .elements
            .iter()
            .filter(|e| e.is(SAML, "Assertion") || e.is(SAMLP, "Response"));
        named
            .filter_map(|e| e.attribute("ID"))
            .map(str::to_owned)
            .collect()
    }

    /// The names of algorithms: of signatures, digests, transforms and canonicalisations.
    pub fn algorithms(&self) -> impl Iterator<Item = &str> {
        self.elements
            .iter()
            .filter(|e| e.ns == DSIG)
            .filter_map(|e| e.attribute("Algorithm"))
    }

    /// Bounds of time of the first assertion: what has begun by then, and what ends.
    pub fn bounds(&self) -> (Option<SystemTime>, Option<SystemTime>) {
        let of = |name: &str| {
            self.elements
                .iter()
                .filter(|e| e.is(SAML, "Conditions") || e.is(SAML, "SubjectConfirmationData"))
                .filter_map(|e| time(e.attribute(name)?))
                .collect::<Vec<_>>()
        };
        (
            of("NotBefore").into_iter().max(),
            of("NotOnOrAfter").into_iter().min(),
        )
    }

    /// A moment at which it holds, if there is one.
    pub fn moment(&self) -> SystemTime {
        let issued = self.first(SAML, "Assertion", "IssueInstant").and_then(time);
        let issued = issued.or_else(|| self.first(SAMLP, "Response", "IssueInstant").and_then(time));
        match self.bounds() {
            (Some(begin), _) => begin,
            (None, Some(end)) => issued
                .filter(|at| *at < end)
                .unwrap_or(end - Duration::from_secs(1)),
            (None, None) => issued.unwrap_or(SystemTime::UNIX_EPOCH),
        }
    }
}

fn element(ns: String, start: &BytesStart<'_>, parent: Option<usize>) -> Element {
    let attributes = start.attributes().flatten().map(|a| {
        let value = a.normalized_value(XmlVersion::Explicit1_0);
        (
            a.key.into_inner().to_owned(),
            value.map(Into::into).unwrap_or_default(),
        )
    });
    Element {
        ns,
        name: start.local_name().into_inner().to_owned(),
        attributes: attributes.collect(),
        text: String::new(),
        parent,
    }
}

fn time(text: &str) -> Option<SystemTime> {
    parse_instant(text).map(Into::into)
}
