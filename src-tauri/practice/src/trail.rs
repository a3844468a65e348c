//! CloudTrail: the history of STS's sign-ins by federation, at once or late, as AWS's own is.

use crate::World;
use crate::state::ACCOUNT;
use crate::wire::{Answer, AwsError, Caller};
use claimbridge_core::claims;
use claimbridge_core::oidc::{IdToken, TokenTags};
use claimbridge_core::saml::response::{Assertion, Response};
use claimbridge_core::time::format_instant;
use serde_json::{Map, Value as Json, json};
use std::collections::VecDeque;
use std::time::Instant;
use time::OffsetDateTime;

/// Older events than these are forgotten.
const KEPT: usize = 1_000;

/// As many as LookupEvents gives at once (CloudTrail: LookupEvents).
const PAGE: usize = 50;

/// What was recorded, the oldest first.
#[derive(Default)]
pub(crate) struct Trail(VecDeque<Event>);

struct Event {
    region: String,
    /// Nobody can look it up before.
    visible_from: Instant,
    at: OffsetDateTime,
    name: String,
    id: String,
    user: String,
    json: Json,
}

/// Records a call that is a sign-in; no other is. Of a token that STS could not verify nothing is recorded
/// (IAM: troubleshoot OIDC federation).
pub(crate) fn record(world: &World, action: &str, input: &Json, region: &str, error: Option<&AwsError>) {
    let text = |name: &str| input.get(name).and_then(Json::as_str);
    let said = match action {
        "AssumeRoleWithSAML" => of_response(text("SAMLAssertion").unwrap_or_default()),
        "AssumeRoleWithWebIdentity" => {
            let unverified = ["InvalidIdentityToken", "IDPCommunicationError"];
            if error.is_some_and(|e| unverified.contains(&e.code)) {
                return;
            }
            of_token(text("WebIdentityToken").unwrap_or_default())
        }
        _ => return,
    };
    let mut parameters = said.parameters;
    let mut put = |name: &str, value: Option<&Json>| {
        if let Some(value) = value.filter(|v| !v.is_null()) {
            parameters.insert(name.to_owned(), value.clone());
        }
    };
    put("roleArn", input.get("RoleArn"));
    put("principalArn", input.get("PrincipalArn"));
    put("durationSeconds", input.get("DurationSeconds"));
    // Of a token the caller names the session, of a response the assertion.
    put("roleSessionName", input.get("RoleSessionName"));
    let lag = world.trail_lag();
    let mut state = world.state();
    let at = OffsetDateTime::now_utc();
    let id = format!("00000000-0000-4000-d000-{:012x}", state.next());
    let mut json = json!({
        "eventVersion": "1.08",
        "userIdentity": {
            "type": said.kind,
            "userName": said.user,
            "identityProvider": said.provider,
        },
        "eventTime": format_instant(at),
        "eventSource": "sts.amazonaws.com",
        "eventName": action,
        "awsRegion": region,
        "sourceIPAddress": "127.0.0.1",
        "requestParameters": parameters,
        "responseElements": Json::Null,
        "eventID": id,
        "readOnly": true,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    });
    if let (Some(error), Json::Object(map)) = (error, &mut json) {
        map.insert("errorCode".into(), json!(error.code));
        map.insert("errorMessage".into(), json!(error.message));
    }
    let event = Event {
        region: region.to_owned(),
        visible_from: Instant::now() + lag,
        at,
        name: action.to_owned(),
        id,
        user: said.user,
        json,
    };
    state.trail.0.push_back(event);
    while state.trail.0.len() > KEPT {
        state.trail.0.pop_front();
    }
}

/// What a response or token says of itself.
struct Said {
    kind: &'static str,
    user: String,
    provider: String,
    parameters: Map<String, Json>,
}

fn of_response(text: &str) -> Said {
    let response = Response::decode(text.as_bytes()).ok();
    let assertion: Option<&Assertion> = response.as_ref().and_then(|r| r.view().assertions.first());
    let mut parameters = Map::new();
    if let Some(assertion) = assertion {
        parameters.insert("sAMLAssertionID".into(), json!(assertion.id));
        if let Some([name]) = assertion.values(claims::SESSION_NAME) {
            parameters.insert("roleSessionName".into(), json!(name));
        }
        let tags = claims::session_tags(assertion);
        insert_tags(&mut parameters, tags.into_iter().map(|t| (t.key, t.values)));
    }
    let name_id = assertion.and_then(|a| a.name_id.as_ref());
    Said {
        kind: "SAMLUser",
        user: name_id.map(|n| n.value.clone()).unwrap_or_default(),
        provider: assertion.and_then(|a| a.issuer.clone()).unwrap_or_default(),
        parameters,
    }
}

fn of_token(text: &str) -> Said {
    let token = IdToken::decode(text).ok();
    let claims = token.as_ref().map(|t| &t.view().claims);
    let mut parameters = Map::new();
    let tags = claims.map(|c| TokenTags::of(c).tags).unwrap_or_default();
    insert_tags(&mut parameters, tags.into_iter().map(|t| (t.key, t.values)));
    let own = |value: Option<&str>| value.unwrap_or_default().to_owned();
    Said {
        kind: "WebIdentityUser",
        user: own(claims.and_then(|c| c.subject())),
        provider: own(claims.and_then(|c| c.issuer())),
        parameters,
    }
}

fn insert_tags(parameters: &mut Map<String, Json>, tags: impl Iterator<Item = (String, Vec<String>)>) {
    let tags: Map<String, Json> = tags.map(|(key, values)| (key, json!(values.first()))).collect();
    if !tags.is_empty() {
        parameters.insert("principalTags".into(), Json::Object(tags));
    }
}

pub(crate) fn call(world: &World, action: &str, input: &Json, caller: &Caller) -> Answer {
    if action != "LookupEvents" {
        return Err(AwsError::new(
            400,
            "UnknownOperationException",
            format!("{action} is not practised"),
        ));
    }
    let wanted = match input
        .get("LookupAttributes")
        .and_then(Json::as_array)
        .map(Vec::as_slice)
    {
        None | Some([]) => None,
        Some([one]) => Some((
            one.get("AttributeKey").and_then(Json::as_str).unwrap_or_default(),
            one.get("AttributeValue")
                .and_then(Json::as_str)
                .unwrap_or_default(),
        )),
        Some(_) => {
            return Err(AwsError::new(
                400,
                "InvalidLookupAttributesException",
                "Exactly one attribute may be given",
            ));
        }
    };
    let time = |name: &str| {
        let seconds = input.get(name).and_then(Json::as_f64);
        #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970, below 2^53")]
        seconds.and_then(|s| OffsetDateTime::from_unix_timestamp(s.floor() as i64).ok())
    };
    let (from, until) = (time("StartTime"), time("EndTime"));
    if let (Some(from), Some(until)) = (from, until)
        && from > until
    {
        return Err(AwsError::new(
            400,
            "InvalidTimeRangeException",
            "The start time is after the end time",
        ));
    }
    let bad_token = || {
        AwsError::new(
            400,
            "InvalidNextTokenException",
            "The token is not one of this list's",
        )
    };
    let skip: usize = match input.get("NextToken").and_then(Json::as_str) {
        None => 0,
        Some(token) => token.parse().map_err(|_| bad_token())?,
    };
    let most = input.get("MaxResults").and_then(Json::as_u64);
    let most = most.and_then(|n| usize::try_from(n).ok()).unwrap_or(PAGE);
    let now = Instant::now();
    let state = world.state();
    let mut rest = state
        .trail
        .0
        .iter()
        .rev()
        .filter(|e| e.region == caller.region && e.visible_from <= now)
        .filter(|e| from.is_none_or(|t| e.at >= t) && until.is_none_or(|t| e.at <= t))
        .filter(|e| wanted.is_none_or(|(key, value)| e.has(key, value)))
        .skip(skip);
    let events: Vec<Json> = rest.by_ref().take(most).map(Event::show).collect();
    let mut answer = json!({ "Events": events });
    if let (Some(_), Json::Object(map)) = (rest.next(), &mut answer) {
        map.insert("NextToken".into(), json!((skip + most).to_string()));
    }
    Ok(answer)
}

impl Event {
    fn has(&self, key: &str, value: &str) -> bool {
        match key {
            "EventName" => self.name == value,
            "EventSource" => value == "sts.amazonaws.com",
            "EventId" => self.id == value,
            "Username" => self.user == value,
            "ReadOnly" => value == "true",
            _ => false,
        }
    }

    fn show(&self) -> Json {
        json!({
            "EventId": self.id,
            "EventName": self.name,
            "ReadOnly": "true",
            "EventTime": self.at.unix_timestamp(),
            "EventSource": "sts.amazonaws.com",
            "Username": self.user,
            "Resources": [],
            "CloudTrailEvent": self.json.to_string(),
        })
    }
}
