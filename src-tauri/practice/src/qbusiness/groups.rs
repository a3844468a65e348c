//! Groups of an index's user store. IAM federation carries none, so a company puts them here itself.

use super::{Call, application, conflict, field, not_found, page_of, text, trusted_role};
use crate::iam;
use crate::s3;
use crate::state::State;
use crate::wire::{Answer, AwsError};
use claimbridge_core::policy::evaluate::Request;
use claimbridge_core::time::parse_instant;
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant, SystemTime};

/// Members that PutGroup takes inline (Q Business: PutGroup).
const MOST_INLINE: usize = 1_000;
/// Members that PutGroup takes from a file (Q Business: PutGroup).
const MOST_IN_FILE: usize = 100_000;
/// Who reads the file.
const SERVICE: &str = "qbusiness.amazonaws.com";

/// A group and what became of it.
pub(crate) struct Group {
    pub users: Vec<String>,
    pub groups: Vec<String>,
    /// Status, when, and why it failed; the newest last.
    history: Vec<(&'static str, SystemTime, Option<String>)>,
}

impl Group {
    /// Whether its members count.
    pub fn is_in_force(&self) -> bool {
        self.history
            .last()
            .is_some_and(|(status, _, _)| *status == "SUCCEEDED")
    }

    fn updated(&self) -> Option<SystemTime> {
        self.history.last().map(|(_, at, _)| *at)
    }
}

/// Calls that are left in this moment: as many as the rate at most, growing by the rate each second.
pub(crate) struct Allowance {
    left: f64,
    at: Instant,
}

impl Allowance {
    /// Takes one call out of it, if there is one.
    fn take(held: &mut Option<Allowance>, rate: u32, now: Instant) -> bool {
        let rate = f64::from(rate);
        let allowance = held.get_or_insert(Allowance { left: rate, at: now });
        let grown = allowance.left + now.duration_since(allowance.at).as_secs_f64() * rate;
        allowance.left = grown.min(rate.max(1.0));
        allowance.at = now;
        let granted = allowance.left >= 1.0;
        if granted {
            allowance.left -= 1.0;
        }
        granted
    }
}

pub(super) fn call(state: &mut State, operation: &str, call: &Call<'_>) -> Option<Answer> {
    if matches!(operation, "PutGroup" | "DeleteGroup")
        && let Some(rate) = call.world.put_group_rate()
        && !Allowance::take(&mut state.group_calls, rate, Instant::now())
    {
        return Some(Err(AwsError::new(429, "ThrottlingException", "Rate exceeded")));
    }
    Some(match operation {
        "PutGroup" => put(state, call),
        "GetGroup" => get(state, call),
        "DeleteGroup" => delete(state, call),
        "ListGroups" => list(state, call),
        _ => return None,
    })
}

fn put(state: &mut State, call: &Call<'_>) -> Answer {
    let members = call.input.get("groupMembers").unwrap_or(&Json::Null);
    let (users, groups) = (
        names(members, "memberUsers", "userId"),
        names(members, "memberGroups", "groupName"),
    );
    if users.len() + groups.len() > MOST_INLINE {
        return Err(field(
            "groupMembers",
            &format!(
                "{} members; at most {MOST_INLINE} can be sent inline",
                users.len() + groups.len()
            ),
        ));
    }
    let outcome = match members.get("s3PathForGroupMembers") {
        None => Ok((users, groups)),
        Some(_) if !(users.is_empty() && groups.is_empty()) => {
            return Err(field("groupMembers", "either members or an S3 path, not both"));
        }
        Some(path) => from_file(state, call, text(path, "bucket"), text(path, "key"))?,
    };
    let source = call.text("dataSourceId");
    match (call.text("type"), source) {
        ("DATASOURCE", "") => {
            return Err(field(
                "dataSourceId",
                "a group of type DATASOURCE needs its data source",
            ));
        }
        ("INDEX", source) if !source.is_empty() => {
            return Err(field("dataSourceId", "a group of type INDEX has no data source"));
        }
        _ => {}
    }
    let index = call.text("indexId");
    let app = call.application(state)?;
    match app.indices.get(index) {
        None => return Err(not_found("Index", index)),
        Some(i) if i.phase.status("CREATING") != "ACTIVE" => {
            return Err(conflict("Index", "the index is not ACTIVE"));
        }
        Some(_) => {}
    }
    let store = app.stores.entry(index.to_owned()).or_default();
    if !source.is_empty() && !store.data_sources.contains_key(source) {
        return Err(not_found("DataSource", source));
    }
    let key = (call.text("groupName").to_owned(), source.to_owned());
    let group = store.groups.entry(key).or_insert(Group {
        users: Vec::new(),
        groups: Vec::new(),
        history: Vec::new(),
    });
    let now = SystemTime::now();
    group.history.push(("PROCESSING", now, None));
    match outcome {
        Ok((users, groups)) => {
            group.users = users;
            group.groups = groups;
            group.history.push(("SUCCEEDED", now, None));
        }
        // What cannot be read in the file shows later, in the group's status (inferred).
        Err(why) => group.history.push(("FAILED", now, Some(why))),
    }
    let old = group.history.len().saturating_sub(20);
    group.history.drain(..old);
    Ok(json!({}))
}

type Members = (Vec<String>, Vec<String>);

/// Members from a file: its role is judged at once, its content later.
fn from_file(
    state: &State,
    call: &Call<'_>,
    bucket: &str,
    key: &str,
) -> Result<Result<Members, String>, AwsError> {
    let role = match call.text("roleArn") {
        "" => return Err(field("roleArn", "a role is required to read the members from S3")),
        arn => trusted_role(state, "roleArn", arn, SERVICE, &call.arn())?,
    };
    let request = Request {
        action: "s3:GetObject".into(),
        resource: format!("arn:aws:s3:::{bucket}/{key}"),
        ..Request::default()
    };
    if !iam::allows(state, role, &request) {
        return Err(field(
            "roleArn",
            &format!("the role is not allowed s3:GetObject on {bucket}/{key}"),
        ));
    }
    if s3::region_of(bucket) != Some(call.caller.region.as_str()) {
        return Err(field(
            "groupMembers.s3PathForGroupMembers.bucket",
            &format!("the bucket does not exist in {}", call.caller.region),
        ));
    }
    Ok(match state.objects.get(&(bucket.to_owned(), key.to_owned())) {
        None => Err(format!("The object {bucket}/{key} does not exist.")),
        Some(bytes) => in_file(bytes),
    })
}

/// The form is not documented for Amazon Q Business. Taken are one JSON object like `groupMembers`, and a
/// JSON object a line with `type` and `id`, as Amazon Kendra has it.
fn in_file(bytes: &[u8]) -> Result<Members, String> {
    let whole: Option<Json> = serde_json::from_slice(bytes).ok();
    let (mut users, mut groups) = (Vec::new(), Vec::new());
    match whole {
        Some(object) if object.get("memberUsers").is_some() || object.get("memberGroups").is_some() => {
            users = names(&object, "memberUsers", "userId");
            groups = names(&object, "memberGroups", "groupName");
        }
        _ => {
            let text = std::str::from_utf8(bytes).map_err(|_| "The file is not UTF-8.".to_owned())?;
            for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
                let entry: Json = serde_json::from_str(line)
                    .map_err(|e| format!("Line {} is no JSON object: {e}.", number + 1))?;
                let id = text_of(&entry, "id");
                match (
                    text_of(&entry, "type").to_ascii_uppercase().as_str(),
                    id.is_empty(),
                ) {
                    ("USER", false) => users.push(id),
                    ("GROUP", false) => groups.push(id),
                    _ => {
                        return Err(format!(
                            "Line {} has no type USER or GROUP with an id.",
                            number + 1
                        ));
                    }
                }
            }
        }
    }
    if users.is_empty() && groups.is_empty() {
        return Err("The file names no members.".into());
    }
    if users.len() + groups.len() > MOST_IN_FILE {
        return Err(format!("The file names more than {MOST_IN_FILE} members."));
    }
    Ok((users, groups))
}

fn text_of(entry: &Json, name: &str) -> String {
    text(entry, name).to_owned()
}

fn names(members: &Json, list: &str, name: &str) -> Vec<String> {
    members
        .get(list)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .map(|m| text_of(m, name))
        .collect()
}

fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let group = find(state, call)?;
    let show = |(status, at, why): &(&str, SystemTime, Option<String>)| {
        let mut out = json!({"status": status, "lastUpdatedAt": seconds(*at)});
        if let (Json::Object(map), Some(why)) = (&mut out, why) {
            map.insert(
                "errorDetail".into(),
                json!({"errorCode": "InvalidRequest", "errorMessage": why}),
            );
        }
        out
    };
    let history: Vec<Json> = group.history.iter().rev().map(show).collect();
    Ok(json!({"status": history.first(), "statusHistory": history}))
}

fn delete(state: &mut State, call: &Call<'_>) -> Answer {
    find(state, call)?;
    let key = (
        call.text("groupName").to_owned(),
        call.text("dataSourceId").to_owned(),
    );
    let index = call.text("indexId");
    let app = call.application(state)?;
    if let Some(store) = app.stores.get_mut(index) {
        store.groups.remove(&key);
    }
    Ok(json!({}))
}

/// Names alone: nobody can read members back (Q Business: ListGroups).
fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let index = call.text("indexId");
    let source = call.text("dataSourceId");
    let until = call.text("updatedEarlierThan");
    let until: SystemTime = parse_instant(until)
        .map(SystemTime::from)
        .ok_or_else(|| field("updatedEarlierThan", "is not a time"))?;
    let app = application(state, call.text("applicationId"), call.caller)?;
    if !app.indices.contains_key(index) {
        return Err(not_found("Index", index));
    }
    let groups = app
        .stores
        .get(index)
        .into_iter()
        .flat_map(|s| &s.groups)
        .filter(|((_, of), g)| of == source && g.updated().is_some_and(|at| at < until));
    page_of(
        call.input,
        "items",
        10,
        groups,
        |((name, _), _)| json!({"groupName": name}),
    )
}

fn find<'a>(state: &'a mut State, call: &Call<'_>) -> Result<&'a Group, AwsError> {
    let (index, name) = (call.text("indexId"), call.text("groupName"));
    let key = (name.to_owned(), call.text("dataSourceId").to_owned());
    let app = call.application(state)?;
    if !app.indices.contains_key(index) {
        return Err(not_found("Index", index));
    }
    app.stores
        .get(index)
        .and_then(|s| s.groups.get(&key))
        .ok_or_else(|| not_found("Group", name))
}

/// Unix seconds, with thousandths.
fn seconds(at: SystemTime) -> f64 {
    let since = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    (since.as_secs_f64() * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_members() {
        let check = |file: &str, expected: Option<(&[&str], &[&str])>| {
            let found = in_file(file.as_bytes());
            let expected = expected.map(|(u, g)| {
                let own = |l: &[&str]| l.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
                (own(u), own(g))
            });
            assert_eq!(found.ok(), expected, "{file}");
        };
        check(
            r#"{"memberUsers":[{"userId":"a@b.example"}],"memberGroups":[{"groupName":"g"}]}"#,
            Some((&["a@b.example"], &["g"])),
        );
        check(
            "{\"type\":\"USER\",\"id\":\"a@b.example\"}\n\n{\"type\":\"group\",\"id\":\"g\"}\n",
            Some((&["a@b.example"], &["g"])),
        );
        check(
            r#"{"type":"USER","id":"a@b.example"}"#,
            Some((&["a@b.example"], &[])),
        );
        check(r#"{"type":"USER"}"#, None);
        check(r#"{"memberUsers":[]}"#, None);
        check("a@b.example", None);
        check("", None);
    }

    #[test]
    fn the_rate_is_kept() {
        let start = Instant::now();
        let mut held = None;
        let mut granted = 0;
        // 200 calls a second for ten seconds, at a rate of 50.
        for call in 0..2_000_u32 {
            let now = start + Duration::from_millis(u64::from(call) * 5);
            granted += u32::from(Allowance::take(&mut held, 50, now));
        }
        assert!((545..=550).contains(&granted), "{granted}");
    }
}
