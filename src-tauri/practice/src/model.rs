//! Validation from the service models: what AWS's own clients would refuse, the practice world
//! refuses too. The table is derived from botocore by `tests/interop/service_model.py`.

use percent_encoding::percent_decode_str;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex, PoisonError};

/// One service.
#[derive(Debug, Deserialize)]
pub struct Service {
    /// API version, which tells query services apart.
    pub version: String,
    /// What stands before the operation in `X-Amz-Target`, for services that speak JSON; empty for others.
    pub target: String,
    /// By name.
    pub operations: BTreeMap<String, Operation>,
    shapes: BTreeMap<String, Shape>,
}

/// One operation.
#[derive(Debug, Deserialize)]
pub struct Operation {
    method: String,
    uri: String,
    input: Option<String>,
    /// AWS takes it without a signature.
    #[serde(default)]
    pub unsigned: bool,
}

#[derive(Debug, Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: String,
    min: Option<u64>,
    max: Option<u64>,
    #[serde(default)]
    r#enum: Vec<String>,
    pattern: Option<String>,
    #[serde(default)]
    members: BTreeMap<String, Member>,
    #[serde(default)]
    required: Vec<String>,
    member: Option<String>,
    #[serde(default)]
    union: bool,
    key: Option<String>,
    value: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Member {
    shape: String,
    location: Option<String>,
    name: Option<String>,
}

static SERVICES: LazyLock<BTreeMap<String, Service>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../content/service.json")).expect("the table is read by a test")
});

static PATTERNS: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);

/// All services.
pub fn services() -> impl Iterator<Item = &'static Service> {
    SERVICES.values()
}

/// A service by its endpoint prefix.
pub fn service(name: &str) -> Option<&'static Service> {
    SERVICES.get(name)
}

/// A member that the model forbids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Path of the member: `tags[0].key`.
    pub member: String,
    /// What is wrong with it, in the words of AWS's validators.
    pub why: String,
}

impl Service {
    /// The operation of a REST request, with its path labels.
    pub fn route(&self, method: &str, path: &str) -> Option<(&str, &Operation, Map<String, Json>)> {
        self.operations.iter().find_map(|(name, operation)| {
            (operation.method == method)
                .then(|| labels(&operation.uri, path))
                .flatten()
                .map(|labels| (name.as_str(), operation, labels))
        })
    }

    /// Puts a REST request together: labels, query string, JSON body.
    ///
    /// # Errors
    /// The first member that the model forbids.
    pub fn rest_input(
        &self,
        operation: &Operation,
        labels: Map<String, Json>,
        query: &str,
        body: &[u8],
    ) -> Result<Json, Refused> {
        let mut input = match body {
            [] => Map::new(),
            body => match serde_json::from_slice(body) {
                Ok(Json::Object(map)) => map,
                _ => {
                    return Err(Refused {
                        member: String::new(),
                        why: "the body is not a JSON object".into(),
                    });
                }
            },
        };
        input.extend(labels);
        let shape = operation.input.as_deref().and_then(|s| self.shapes.get(s));
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let member = shape.and_then(|s| {
                s.members.iter().find(|(_, m)| {
                    m.location.as_deref() == Some("querystring") && m.name.as_deref() == Some(&*key)
                })
            });
            if let Some((name, member)) = member {
                let list = self.shapes.get(&member.shape).is_some_and(|s| s.kind == "list");
                if list {
                    let entry = input.entry(name.clone()).or_insert_with(|| json!([]));
                    if let Json::Array(all) = entry {
                        all.push(json!(value));
                    }
                } else {
                    let number = self
                        .shapes
                        .get(&member.shape)
                        .is_some_and(|s| s.kind == "integer");
                    let parsed = number.then(|| value.parse::<i64>().ok()).flatten();
                    input.insert(name.clone(), parsed.map_or_else(|| json!(value), |n| json!(n)));
                }
            }
        }
        self.check(operation, Json::Object(input))
    }

    /// Reads the body of a JSON request.
    ///
    /// # Errors
    /// The first member that the model forbids.
    pub fn json_input(&self, operation: &Operation, body: &[u8]) -> Result<Json, Refused> {
        self.rest_input(operation, Map::new(), "", body)
    }

    /// Puts a query request together: `Tags.member.1.Key=…`.
    ///
    /// # Errors
    /// The first member that the model forbids.
    pub fn query_input(
        &self,
        operation: &Operation,
        form: &BTreeMap<String, String>,
    ) -> Result<Json, Refused> {
        let mut input = Map::new();
        if let Some(shape) = operation.input.as_deref().and_then(|s| self.shapes.get(s)) {
            for (name, member) in &shape.members {
                if let Some(value) = self.in_form(&member.shape, name, form) {
                    input.insert(name.clone(), value);
                }
            }
            for key in form.keys() {
                let first = key.split('.').next().unwrap_or_default();
                if !["Action", "Version"].contains(&first) && !shape.members.contains_key(first) {
                    return Err(Refused {
                        member: first.to_owned(),
                        why: "is not a member of this operation".into(),
                    });
                }
            }
        }
        self.check(operation, Json::Object(input))
    }

    fn in_form(&self, shape: &str, prefix: &str, form: &BTreeMap<String, String>) -> Option<Json> {
        let shape = self.shapes.get(shape)?;
        match shape.kind.as_str() {
            "list" => {
                if form.get(prefix).is_some_and(String::is_empty) {
                    return Some(json!([]));
                }
                let member = shape.member.as_deref()?;
                let items: Vec<Json> = (1..=1000)
                    .map_while(|i| self.in_form(member, &format!("{prefix}.member.{i}"), form))
                    .collect();
                (!items.is_empty()).then_some(Json::Array(items))
            }
            "structure" => {
                let members: Map<String, Json> = shape
                    .members
                    .iter()
                    .filter_map(|(name, m)| {
                        let value = self.in_form(&m.shape, &format!("{prefix}.{name}"), form)?;
                        Some((name.clone(), value))
                    })
                    .collect();
                (!members.is_empty()).then_some(Json::Object(members))
            }
            "integer" => form
                .get(prefix)
                .map(|v| v.parse::<i64>().map_or_else(|_| json!(v), |n| json!(n))),
            "boolean" => form.get(prefix).map(|v| json!(v == "true")),
            _ => form.get(prefix).map(|v| json!(v)),
        }
    }

    fn check(&self, operation: &Operation, input: Json) -> Result<Json, Refused> {
        if let Some(shape) = &operation.input {
            self.check_shape(shape, &input, "")?;
        }
        Ok(input)
    }

    fn check_shape(&self, name: &str, value: &Json, path: &str) -> Result<(), Refused> {
        let Some(shape) = self.shapes.get(name) else {
            return Ok(());
        };
        let refuse = |why: String| {
            Err(Refused {
                member: path.to_owned(),
                why,
            })
        };
        match (shape.kind.as_str(), value) {
            ("structure", Json::Object(members)) => {
                for required in &shape.required {
                    if members.get(required).is_none_or(Json::is_null) {
                        return Err(Refused {
                            member: join(path, required),
                            why: "Member must not be null".into(),
                        });
                    }
                }
                if shape.union && members.len() != 1 {
                    return refuse("exactly one member of the union must be set".into());
                }
                for (member, value) in members {
                    let Some(known) = shape.members.get(member) else {
                        return Err(Refused {
                            member: join(path, member),
                            why: "is not a member of this structure".into(),
                        });
                    };
                    if !value.is_null() {
                        self.check_shape(&known.shape, value, &join(path, member))?;
                    }
                }
                Ok(())
            }
            ("list", Json::Array(items)) => {
                within(shape, items.len() as u64, "length").or_else(refuse)?;
                let member = shape.member.as_deref().unwrap_or_default();
                items
                    .iter()
                    .enumerate()
                    .try_for_each(|(i, item)| self.check_shape(member, item, &format!("{path}[{i}]")))
            }
            ("map", Json::Object(entries)) => entries.iter().try_for_each(|(k, v)| {
                self.check_shape(shape.key.as_deref().unwrap_or_default(), &json!(k), path)?;
                self.check_shape(shape.value.as_deref().unwrap_or_default(), v, path)
            }),
            ("string", Json::String(text)) => {
                within(shape, text.chars().count() as u64, "length").or_else(&refuse)?;
                if !shape.r#enum.is_empty() && !shape.r#enum.contains(text) {
                    return refuse(format!(
                        "Member must satisfy enum value set: [{}]",
                        shape.r#enum.join(", ")
                    ));
                }
                match &shape.pattern {
                    Some(pattern) if !matches(pattern, &without_port(text)) => refuse(format!(
                        "Member must satisfy regular expression pattern: {pattern}"
                    )),
                    _ => Ok(()),
                }
            }
            ("integer" | "long", Json::Number(number)) => match number.as_u64() {
                Some(n) => within(shape, n, "value").or_else(refuse),
                None => refuse("Member must be a whole number".into()),
            },
            ("boolean", Json::Bool(_)) | ("timestamp" | "blob" | "double" | "float" | "document", _) => {
                Ok(())
            }
            (kind, _) => refuse(format!("is not a {kind}")),
        }
    }
}

fn within(shape: &Shape, found: u64, what: &str) -> Result<(), String> {
    if shape.min.is_some_and(|min| found < min) {
        return Err(format!(
            "Member must have {what} greater than or equal to {}",
            shape.min.unwrap_or_default()
        ));
    }
    if shape.max.is_some_and(|max| found > max) {
        return Err(format!(
            "Member must have {what} less than or equal to {}",
            shape.max.unwrap_or_default()
        ));
    }
    Ok(())
}

fn join(path: &str, member: &str) -> String {
    if path.is_empty() {
        member.to_owned()
    } else {
        format!("{path}.{member}")
    }
}

fn labels(uri: &str, path: &str) -> Option<Map<String, Json>> {
    let mut found = Map::new();
    let mut parts = path.trim_matches('/').split('/');
    for want in uri.trim_matches('/').split('/') {
        let part = parts.next()?;
        match want.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
            Some(label) => {
                let text = percent_decode_str(part).decode_utf8().ok()?;
                found.insert(label.to_owned(), json!(text));
            }
            None if want == part => {}
            None => return None,
        }
    }
    parts.next().is_none().then_some(found)
}

/// A provider of this machine has a port, which no issuer that AWS takes has: practice's one exception.
fn without_port(text: &str) -> Cow<'_, str> {
    const HERE: &str = ":oidc-provider/127.0.0.1:";
    match text.split_once(HERE) {
        None => Cow::Borrowed(text),
        Some((before, after)) => {
            let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
            Cow::Owned(format!("{before}{}{rest}", HERE.trim_end_matches(':')))
        }
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let mut cache = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = cache.get(pattern) {
        return regex.is_match(text);
    }
    let regex = compile(pattern).expect("every pattern of the table compiles: a test looks");
    let fits = regex.is_match(text);
    cache.insert(pattern.to_owned(), regex);
    fits
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    Regex::new(&format!("^(?s:{pattern})$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for service in services() {
            for shape in service.shapes.values() {
                if let Some(pattern) = &shape.pattern {
                    compile(pattern).expect(pattern);
                }
            }
        }
    }

    #[test]
    fn what_the_model_forbids_is_refused() {
        let q = service("qbusiness").expect("a service");
        let (name, operation, labels) = q.route("POST", "/applications").expect("a route");
        assert_eq!(name, "CreateApplication");
        let check = |body: &str| {
            q.rest_input(operation, labels.clone(), "", body.as_bytes())
                .map_err(|r| r.member)
        };
        assert!(check(r#"{"displayName":"a"}"#).is_ok());
        assert_eq!(check(r#"{}"#), Err("displayName".into()));
        assert_eq!(check(r#"{"displayName":"a b"}"#), Err("displayName".into()));
        assert_eq!(
            check(r#"{"displayName":"a","colour":"red"}"#),
            Err("colour".into())
        );
        assert_eq!(
            check(r#"{"displayName":"a","identityType":"SAML"}"#),
            Err("identityType".into())
        );
        assert_eq!(
            check(r#"{"displayName":"a","tags":[{"key":"k"}]}"#),
            Err("tags[0].value".into())
        );
    }
}
