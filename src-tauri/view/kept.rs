//! Cases that were kept.

use super::KeptSignature;
use claimbridge_core::diagnose::kept::Rechecked;
use claimbridge_core::diagnose::{Finding, Severity, words};
use claimbridge_core::idp::guide;
use claimbridge_runtime::cases::{Judged, Listed};
use serde::Serialize;
use specta::Type;

/// One kept case.
#[derive(Debug, Serialize, Type)]
pub struct KeptView {
    pub name: String,
    /// What stopped it, or why it cannot be read.
    pub title: String,
    pub about: String,
    pub at: String,
    pub readable: bool,
    /// What was known of its signature that day; None where it cannot be read, or has no claims.
    pub signature: Option<KeptSignature>,
    /// It was not kept here: what is said of its signature is as whoever shared it says.
    pub shared: bool,
    /// What became of it, where it was judged again.
    pub now: Option<KeptNow>,
}

/// What a kept case would come to now.
#[derive(Debug, Serialize, Type)]
pub struct KeptNow {
    pub passes: bool,
    /// Certificates have changed: whether its signature holds, only a new sign-in can tell.
    pub signature_open: bool,
    /// It was kept with another key: what stands for tenants, clients and certificates cannot be compared.
    pub other_key: bool,
    /// What would stop it.
    pub stops: Vec<String>,
}

impl KeptView {
    /// As it lies on the disk.
    pub fn of(listed: &Listed) -> KeptView {
        let case = &listed.case;
        let (title, about, at) = match case {
            Err(why) => (why.to_string(), String::new(), String::new()),
            Ok(case) => {
                let first = case.findings.iter().find(|f| f.severity == Severity::Blocking);
                let title = first.or(case.findings.first()).map(|f| words(f.id).title.clone());
                (
                    title.unwrap_or_else(|| "Nothing was found.".into()),
                    guide(case.idp).name.clone(),
                    case.at.replace('T', " ").replace('Z', " UTC"),
                )
            }
        };
        KeptView {
            name: listed.name.clone(),
            title,
            about,
            at,
            readable: case.is_ok(),
            signature: case.as_ref().ok().and_then(KeptSignature::of),
            shared: case.is_ok() && !listed.is_ours,
            now: None,
        }
    }

    /// With what became of each.
    pub fn judged(mut list: Vec<KeptView>, judged: &[Judged]) -> Vec<KeptView> {
        for one in &mut list {
            let found = judged.iter().find(|judged| judged.name == one.name);
            one.now = found.and_then(|judged| judged.now.as_ref().ok()).map(KeptNow::of);
        }
        list
    }
}

impl KeptNow {
    fn of(rechecked: &Rechecked) -> KeptNow {
        let stops = |f: &&Finding| f.severity == Severity::Blocking && f.caused_by.is_none();
        KeptNow {
            passes: rechecked.passes,
            signature_open: rechecked.signature_open,
            other_key: rechecked.other_key,
            stops: rechecked
                .after
                .iter()
                .filter(stops)
                .map(|f| f.title.clone())
                .collect(),
        }
    }
}
