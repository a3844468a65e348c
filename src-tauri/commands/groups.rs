//! Groups of the index: a file, its difference to AWS, and the run.

use super::{Answer, Shared, decoded};
use crate::view::{Failure, GroupsOutcomeView, GroupsProgressView, GroupsView};
use claimbridge_core::groups::{Bulk, KnownUsers, Rules};
use claimbridge_runtime::groups;
use serde::Deserialize;
use specta::Type;
use tauri::ipc::Channel;

/// What a file of groups is held against. Texts are empty where nothing was given.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct GroupsDraft {
    /// base64 of the file, CSV or JSON.
    pub content: String,
    /// base64 of a list of those who can sign in.
    pub users: String,
    /// `s3://BUCKET/KEY` with the members of a very large group.
    pub s3_path: String,
    /// ARN of the role that reads it.
    pub s3_role: String,
    /// Groups of the file that somebody else put are put as well.
    pub take_over: bool,
}

fn rules(draft: &GroupsDraft) -> Answer<Rules> {
    Ok(Rules {
        known: (!draft.users.is_empty())
            .then(|| Ok::<_, Failure>(KnownUsers::read(&decoded(&draft.users)?)?))
            .transpose()?,
        bulk: (!draft.s3_path.trim().is_empty())
            .then(|| Bulk::parse(draft.s3_path.trim(), draft.s3_role.trim()))
            .transpose()?,
    })
}

/// Reads and checks the file and compares it with AWS; nothing is written.
#[tauri::command]
#[specta::specta]
pub async fn compare_groups(
    app: Shared<'_>,
    id: String,
    draft: GroupsDraft,
    read: Channel<u32>,
) -> Answer<GroupsView> {
    let files = app.store.files(&id);
    let connection = app.connect_to(&files.load()?).await?;
    let mut told = |names: usize| {
        // The screen may be gone; what is read is compared all the same.
        let _ = read.send(u32::try_from(names).unwrap_or(u32::MAX));
    };
    let file = decoded(&draft.content)?;
    let compared = groups::compare(
        &files,
        &connection,
        &file,
        &rules(&draft)?,
        draft.take_over,
        &mut told,
    )
    .await?;
    let view = GroupsView::of(&compared);
    if let Some(difference) = compared.difference {
        app.keep_difference(&id, difference);
    }
    Ok(view)
}

/// Carries out the difference that was shown; `digest` is what the person approved.
#[tauri::command]
#[specta::specta]
pub async fn apply_groups(
    app: Shared<'_>,
    id: String,
    digest: String,
    progress: Channel<GroupsProgressView>,
) -> Answer<GroupsOutcomeView> {
    let app = app.inner().clone();
    // A task of its own: it goes on when the screen that asked for it is gone.
    let run = tokio::spawn(async move {
        let run = app.begin_run(&id)?;
        let files = app.store.files(&id);
        let connection = app.connect_to(&files.load()?).await?;
        let difference = app.take_difference(&id).ok_or_else(|| Failure {
            message: "Look at the difference first.".into(),
        })?;
        let mut tell = |p: claimbridge_core::groups::Progress| {
            let _ = progress.send(p.into());
        };
        let outcome = groups::apply(&files, &connection, difference, &digest, &run.stop, &mut tell).await?;
        Ok::<_, Failure>(outcome)
    });
    Ok(run.await??.into())
}
