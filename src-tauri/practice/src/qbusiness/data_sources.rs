//! Data sources of an index, and their synchronisation.

use super::{Call, conflict, field, new_child, new_id, not_found, page_of, summary, usable_role};
use crate::config::Takes;
use crate::state::{Application, Child, Phase, State, unix_now};
use crate::wire::{Answer, AwsError};
use serde_json::{Value as Json, json};

/// Q Business: quotas, data sources per application.
const MOST: usize = 50;

/// A data source with its synchronisations, the newest last.
pub(crate) struct DataSource {
    pub child: Child,
    jobs: Vec<SyncJob>,
}

struct SyncJob {
    id: String,
    started: u64,
    phase: Phase,
}

impl DataSource {
    /// Whether a synchronisation of this id is known.
    pub fn knows(&self, execution: &str) -> bool {
        self.jobs.iter().any(|j| j.id == execution)
    }
}

pub(super) fn call(state: &mut State, operation: &str, call: &Call<'_>) -> Option<Answer> {
    Some(match operation {
        "CreateDataSource" => create(state, call),
        "GetDataSource" => get(state, call),
        "ListDataSources" => list(state, call),
        "DeleteDataSource" => {
            let takes = call.world.latency(Takes::Deletion);
            find(state, call).map(|d| {
                d.child.phase.delete(takes);
                json!({})
            })
        }
        "StartDataSourceSyncJob" => start(state, call),
        "ListDataSourceSyncJobs" => jobs(state, call),
        _ => return None,
    })
}

fn create(state: &mut State, call: &Call<'_>) -> Answer {
    let (app_arn, index) = (call.arn(), call.text("indexId"));
    let answer = |id: &str| json!({"dataSourceId": id, "dataSourceArn": format!("{app_arn}/index/{index}/data-source/{id}")});
    let token = (
        format!("CreateDataSource/{index}"),
        call.text("clientToken").to_owned(),
    );
    let known = state.tokens.get(&token).cloned();
    let role = call.text("roleArn");
    if !role.is_empty() {
        usable_role(state, "roleArn", role)?;
    }
    let id = new_id(state);
    let app = active_index(state, call)?;
    if let Some(known) = known
        && app
            .stores
            .get(index)
            .is_some_and(|s| s.data_sources.contains_key(&known))
    {
        return Ok(answer(&known));
    }
    let all: usize = app.stores.values().map(|s| s.data_sources.len()).sum();
    if all >= MOST {
        return Err(AwsError::new(
            402,
            "ServiceQuotaExceededException",
            format!("The quota of {MOST} data sources is used up"),
        ));
    }
    let child = new_child(call.world.latency(Takes::Retriever), call.input, String::new());
    let source = DataSource {
        child,
        jobs: Vec::new(),
    };
    let store = app.stores.entry(index.to_owned()).or_default();
    store.data_sources.insert(id.clone(), source);
    if !token.1.is_empty() {
        state.tokens.insert(token, id.clone());
    }
    Ok(answer(&id))
}

/// The application with an index that is ACTIVE.
pub(super) fn active_index<'a>(
    state: &'a mut State,
    call: &Call<'_>,
) -> Result<&'a mut Application, AwsError> {
    let index = call.text("indexId");
    let app = call.application(state)?;
    match app.indices.get(index) {
        None => Err(not_found("Index", index)),
        Some(i) if i.phase.status("CREATING") != "ACTIVE" => {
            Err(conflict("Index", "the index is not ACTIVE"))
        }
        Some(_) => Ok(app),
    }
}

fn kind(source: &DataSource) -> String {
    source
        .child
        .set
        .get("configuration")
        .and_then(|c| c.get("type"))
        .and_then(Json::as_str)
        .unwrap_or("CUSTOM")
        .to_ascii_uppercase()
}

fn get(state: &mut State, call: &Call<'_>) -> Answer {
    let arn = format!(
        "{}/index/{}/data-source/{}",
        call.arn(),
        call.text("indexId"),
        call.text("dataSourceId")
    );
    let source = find(state, call)?;
    let mut out = source.child.set.clone();
    out.insert("applicationId".into(), json!(call.text("applicationId")));
    out.insert("indexId".into(), json!(call.text("indexId")));
    out.insert("dataSourceId".into(), json!(call.text("dataSourceId")));
    out.insert("dataSourceArn".into(), json!(arn));
    out.insert("type".into(), json!(kind(source)));
    out.insert("status".into(), json!(source.child.phase.status("CREATING")));
    out.insert("createdAt".into(), json!(source.child.created));
    out.insert("updatedAt".into(), json!(source.child.created));
    Ok(Json::Object(out))
}

fn list(state: &mut State, call: &Call<'_>) -> Answer {
    let index = call.text("indexId");
    let app = call.application(state)?;
    if !app.indices.contains_key(index) {
        return Err(not_found("Index", index));
    }
    let sources = app.stores.get(index).into_iter().flat_map(|s| &s.data_sources);
    page_of(call.input, "dataSources", 10, sources, |(id, source)| {
        let mut entry = summary(&source.child.set, &["displayName"]);
        entry.insert("dataSourceId".into(), json!(id));
        entry.insert("type".into(), json!(kind(source)));
        entry.insert("status".into(), json!(source.child.phase.status("CREATING")));
        entry.insert("createdAt".into(), json!(source.child.created));
        entry.insert("updatedAt".into(), json!(source.child.created));
        Json::Object(entry)
    })
}

fn start(state: &mut State, call: &Call<'_>) -> Answer {
    let id = new_id(state);
    let takes = call.world.latency(Takes::Synchronisation);
    let source = find(state, call)?;
    if source.child.phase.status("CREATING") != "ACTIVE" {
        return Err(conflict("DataSource", "the data source is not ACTIVE"));
    }
    if source.jobs.iter().any(|j| !j.phase.is_ready()) {
        return Err(conflict("DataSource", "a synchronisation is under way"));
    }
    source.jobs.push(SyncJob {
        id: id.clone(),
        started: unix_now(),
        phase: Phase::starting(takes),
    });
    Ok(json!({ "executionId": id }))
}

fn jobs(state: &mut State, call: &Call<'_>) -> Answer {
    let wanted = call.text("statusFilter");
    let source = find(state, call)?;
    let status = |j: &SyncJob| {
        if j.phase.is_ready() {
            "SUCCEEDED"
        } else {
            "SYNCING"
        }
    };
    let shown = source
        .jobs
        .iter()
        .rev()
        .filter(|j| wanted.is_empty() || status(j) == wanted);
    page_of(call.input, "history", 10, shown, |job| {
        let mut entry = json!({
            "executionId": job.id,
            "startTime": job.started,
            "status": status(job),
            "metrics": {
                "documentsAdded": "0", "documentsModified": "0", "documentsDeleted": "0",
                "documentsFailed": "0", "documentsScanned": "0",
            },
        });
        if let Json::Object(map) = &mut entry
            && job.phase.is_ready()
        {
            let took = job.phase.ready_at.elapsed();
            map.insert("endTime".into(), json!(unix_now().saturating_sub(took.as_secs())));
        }
        entry
    })
}

fn find<'a>(state: &'a mut State, call: &Call<'_>) -> Result<&'a mut DataSource, AwsError> {
    let (index, id) = (call.text("indexId"), call.text("dataSourceId"));
    let app = call.application(state)?;
    if !app.indices.contains_key(index) {
        return Err(not_found("Index", index));
    }
    app.stores
        .get_mut(index)
        .and_then(|s| s.data_sources.get_mut(id))
        .ok_or_else(|| not_found("DataSource", id))
}

/// The data source that a synchronisation belongs to.
pub(super) fn of_execution(app: &Application, index: &str, execution: &str) -> Result<String, AwsError> {
    app.stores
        .get(index)
        .into_iter()
        .flat_map(|s| &s.data_sources)
        .find(|(_, d)| d.knows(execution))
        .map(|(id, _)| id.clone())
        .ok_or_else(|| field("dataSourceSyncId", "no synchronisation has this ID"))
}
