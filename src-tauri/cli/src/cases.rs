//! `cases`: failed sign-ins that are kept without their people, and judged again after every change.

use crate::End;
use crate::arguments::{
    AddCaseArgs, CaseCommand, CheckCasesArgs, ImportCaseArgs, ListCasesArgs, NamedCaseArgs,
};
use crate::check::moment;
use crate::output::{self, out};
use crate::setups::{connect, input};
use claimbridge_core::diagnose::kept::{KeptFinding, Rechecked};
use claimbridge_core::diagnose::{Evidence, Finding, Message, TokenEvidence, is_blocked, words};
use claimbridge_core::oidc::IdToken;
use claimbridge_core::saml::response::Response;
use claimbridge_core::saml::signature::{Pinned, verify};
use claimbridge_core::time::Clock;
use claimbridge_runtime::SystemClock;
use claimbridge_runtime::cases::{self, CaseProblem};
use claimbridge_runtime::store::SetupFiles;
use serde_json::{Value as Json, json};

fn ended(problem: CaseProblem) -> End {
    match problem {
        CaseProblem::Store(_) => End::Failed(problem.to_string()),
        CaseProblem::Full
        | CaseProblem::NoFile(_)
        | CaseProblem::NoKey(_)
        | CaseProblem::NoSuch(_)
        | CaseProblem::Unusable(..) => input(problem),
    }
}

pub(crate) async fn cases(command: &CaseCommand) -> Result<End, End> {
    match command {
        CaseCommand::List(a) => list(a),
        CaseCommand::Add(a) => add(a).await,
        CaseCommand::Check(a) => check(a).await,
        CaseCommand::Remove(a) => remove(a),
        CaseCommand::Export(a) => {
            cases::export(&SetupFiles::at(&a.case.setup), &a.case.name, &a.out).map_err(ended)?;
            said(a.case.json, "exported", &a.out.display().to_string());
            Ok(End::Fine)
        }
        CaseCommand::Import(a) => import(a),
    }
}

fn said(as_json: bool, act: &str, what: &str) {
    if as_json {
        output::json(&json!({act: what}));
    } else {
        out!("{act:<9}{what}");
    }
}

fn remove(a: &NamedCaseArgs) -> Result<End, End> {
    cases::remove(&SetupFiles::at(&a.setup), &a.name).map_err(ended)?;
    said(a.json, "removed", &a.name);
    Ok(End::Fine)
}

fn import(a: &ImportCaseArgs) -> Result<End, End> {
    let name = cases::import(&SetupFiles::at(&a.setup), &a.file).map_err(ended)?;
    said(a.json, "kept", &name);
    Ok(End::Fine)
}

/// Causes that a list has beside a name.
fn causes(findings: &[KeptFinding]) -> String {
    let ids: Vec<&str> = findings.iter().map(|f| f.id.as_str()).collect();
    match ids.is_empty() {
        true => "nothing found".to_owned(),
        false => ids.join(", "),
    }
}

/// Beside a case that was not kept here.
const SHARED: &str =
    "not kept with this set-up’s key: its signature and its causes are as whoever shared it says";

fn list(a: &ListCasesArgs) -> Result<End, End> {
    let listed = cases::list(&SetupFiles::at(&a.setup)).map_err(ended)?;
    if a.json {
        let all: Vec<Json> = listed
            .iter()
            .map(|one| match &one.case {
                Ok(case) => json!({
                    "name": one.name,
                    "at": case.at,
                    "idp": case.idp,
                    "kept_here": one.is_ours,
                    "findings": case.findings,
                }),
                Err(error) => json!({"name": one.name, "error": error.to_string()}),
            })
            .collect();
        output::json(&json!({"cases": all}));
        return Ok(End::Fine);
    }
    if listed.is_empty() {
        out!("No case is kept. Keep one with: claimbridge-cli cases add --setup FILE RESPONSE");
    }
    for one in &listed {
        let name = &one.name;
        match &one.case {
            Ok(case) if one.is_ours => out!("{name}  {}  {}", case.at, causes(&case.findings)),
            Ok(case) => out!("{name}  {}  {}  {SHARED}", case.at, causes(&case.findings)),
            Err(error) => out!("{name}  {error}"),
        }
    }
    Ok(End::Fine)
}

async fn add(a: &AddCaseArgs) -> Result<End, End> {
    let now = moment(a.at.as_ref())?;
    let files = SetupFiles::at(&a.setup);
    let setup = files.load().map_err(input)?;
    let bindings = files.bindings().map_err(input)?;
    let mut evidence = cases::today(&setup, &bindings, None, now).await;
    let bytes = output::read(&a.file)?;
    // A token has two dots and no angle bracket; whatever else it is, the reader of responses says best.
    let token = std::str::from_utf8(&bytes)
        .ok()
        .and_then(|t| IdToken::decode(t).ok());
    match token {
        Some(token) => {
            let known = evidence.token.take().unwrap_or_default();
            evidence.token = Some(TokenEvidence {
                view: Some(token.view().clone()),
                ..known
            });
        }
        None => {
            let response =
                Response::decode(&bytes).map_err(|e| input(format!("{}: {e}", a.file.display())))?;
            evidence.view = Some(response.view().clone());
            if let Some(Ok(metadata)) = &evidence.metadata {
                let pinned = Pinned::new(&metadata.signing_certificates);
                evidence.verdict = Some(pinned.and_then(|p| verify(&response, &p)));
            }
        }
    }
    evidence.messages = a
        .messages
        .iter()
        .map(|text| Message {
            text: text.clone(),
            at: None,
        })
        .collect();
    let (name, case) = cases::keep(&files, &evidence).map_err(ended)?;
    if a.json {
        output::json(&json!({"kept": name, "findings": case.findings}));
    } else {
        out!("kept     {name}");
        for f in &case.findings {
            out!("         {}  {}", f.id, words(f.id).title);
        }
    }
    Ok(End::Fine)
}

async fn check(a: &CheckCasesArgs) -> Result<End, End> {
    let files = SetupFiles::at(&a.aws.setup);
    let setup = files.load().map_err(input)?;
    let bindings = files.bindings().map_err(input)?;
    let now = SystemClock.now();
    let today: Evidence = if a.live {
        let (_, connection) = connect(&a.aws).await?;
        cases::today(&setup, &bindings, Some(&connection), now).await
    } else {
        cases::today(&setup, &bindings, None, now).await
    };
    let judged = cases::recheck(&files, &today).map_err(ended)?;
    // What cannot be compared is not known to be stopped.
    let is_stopped = |r: &Rechecked| is_blocked(&r.after);
    let stopped = judged.iter().any(|one| one.now.as_ref().map_or(true, is_stopped));
    if a.aws.access.json {
        let all: Vec<Json> = judged
            .iter()
            .map(|one| match &one.now {
                Ok(r) => json!({
                    "name": one.name,
                    "kept_here": one.is_ours,
                    "passes": r.passes,
                    "signature_open": r.signature_open,
                    "other_key": r.other_key,
                    "before": r.before,
                    "after": r.after,
                }),
                Err(error) => json!({"name": one.name, "error": error.to_string()}),
            })
            .collect();
        output::json(&json!({"cases": all}));
    } else {
        for one in &judged {
            let name = &one.name;
            match &one.now {
                Ok(r) => {
                    let word = match (r.passes, is_stopped(r)) {
                        (true, _) => "passes",
                        (false, true) => "✕ stopped",
                        (false, false) => "not known",
                    };
                    let after: Vec<KeptFinding> = r.after.iter().map(|f: &Finding| f.into()).collect();
                    out!(
                        "{name}  {word}  before: {}  now: {}",
                        causes(&r.before),
                        causes(&after)
                    );
                    if !one.is_ours {
                        out!("    It was {SHARED}.");
                    }
                    if r.other_key {
                        out!(
                            "    It cannot be compared any more: the key of this set-up’s cases is another. Tenants, clients and certificates are left out; keep a new sign-in."
                        );
                    } else if r.signature_open {
                        out!(
                            "    Certificates or keys have changed since, or are not at hand: whether its signature holds now, a new sign-in tells."
                        );
                    }
                }
                Err(error) => out!("{name}  {error}"),
            }
        }
        if judged.is_empty() {
            out!("No case is kept.");
        }
    }
    Ok(if stopped { End::Blocked } else { End::Fine })
}
