//! What answers are taken from: the application's own index or one of Amazon Kendra, and the retriever
//! that reads it.

use super::taking::{Taking, There, choose};
use super::{Options, roles};
use crate::connection::Problem;
use claimbridge_core::resource::{Address, HeldIndex, HeldRetriever, IndexKind, Output, PhysicalId, Purpose};
use claimbridge_core::setup::Index;

pub(super) async fn take(taking: &mut Taking<'_>, there: &There, options: &Options) -> Result<(), Problem> {
    let words = ("index", "indices", "--index");
    let indices = taking.aws.held_indices(&there.id).await?;
    let index = choose(indices, options.index.as_deref(), words, |i: &HeldIndex| &i.id)?;
    taking.setup.application.index = None;
    if let Some(index) = &index {
        taking.judge(Address::Index, &index.status);
        taking.setup.names.index = index.name.clone();
        taking.named(Address::Index, &index.name);
        taking.setup.application.index = Some(Index {
            kind: if index.kind == IndexKind::Starter.as_str() {
                IndexKind::Starter
            } else {
                IndexKind::Enterprise
            },
            units: index.units,
        });
        let id = PhysicalId::child(&there.id, &index.id);
        taking
            .bind(Address::Index, id, [(Output::Id, index.id.clone())])
            .await;
    }
    let retrievers = taking.aws.held_retrievers(&there.id).await?;
    let reads = |r: &&HeldRetriever| index.as_ref().is_some_and(|i| !r.kendra && r.index == i.id);
    let Some(retriever) = retrievers.iter().find(reads).or(retrievers.first()) else {
        return Ok(());
    };
    taking.judge(Address::Retriever, &retriever.status);
    taking.setup.names.retriever = retriever.name.clone();
    taking.named(Address::Retriever, &retriever.name);
    let id = PhysicalId::child(&there.id, &retriever.id);
    taking
        .bind(Address::Retriever, id, [(Output::Id, retriever.id.clone())])
        .await;
    if retriever.kendra && index.is_none() {
        taking.setup.application.kendra_index = Some(retriever.index.clone());
        if let Some(role) = &retriever.role {
            roles::take_service_role(taking, Purpose::Retriever, role).await?;
        }
    }
    Ok(())
}
