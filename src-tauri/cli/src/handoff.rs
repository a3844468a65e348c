//! `sheet` and `answer`: what the administrator of the identity provider needs, and what comes back.

use crate::End;
use crate::arguments::{AnswerArgs, SheetArgs};
use crate::output::{self, err, out};
use crate::setups::input;
use claimbridge_core::handoff::{Answer, Sheet};
use claimbridge_core::time::Clock;
use claimbridge_runtime::SystemClock;
use claimbridge_runtime::store::{SetupFiles, write_whole};
use serde_json::json;

pub(crate) fn sheet(a: &SheetArgs) -> Result<End, End> {
    let files = SetupFiles::at(&a.setup);
    let setup = files.load().map_err(input)?;
    let bindings = files.bindings().map_err(input)?;
    let kind = a.out.extension().and_then(|e| e.to_str()).unwrap_or_default();
    if kind != "html" {
        return Err(input(format!("--out ends in “.{kind}”; expected .html.")));
    }
    let sheet = Sheet::of(&setup, &bindings, SystemClock.now());
    let text = sheet.html().map_err(|e| End::Failed(e.to_string()))?;
    files.keep_clear_of(&a.out).map_err(input)?;
    write_whole(&a.out, text.as_bytes()).map_err(input)?;
    if sheet.later {
        err!(
            "The addresses of AWS are not known yet{}",
            if sheet.one_visit {
                ": apply the set-up first, then make the sheet again; one visit to the portal will do then."
            } else {
                "; the sheet says so. Make it again once AWS is set up."
            }
        );
    }
    if a.json {
        output::json(
            &json!({"sheet": a.out, "one_visit": sheet.one_visit, "complete": !sheet.later, "answer": sheet.hand_back.file}),
        );
    } else {
        out!(
            "{} written. The file that comes back: {}. Next: claimbridge-cli answer FILE --setup {}",
            a.out.display(),
            sheet.hand_back.file,
            a.setup.display()
        );
    }
    Ok(End::Fine)
}

pub(crate) fn answer(a: &AnswerArgs) -> Result<End, End> {
    let files = SetupFiles::at(&a.setup);
    let mut setup = files.load().map_err(input)?;
    let told = |e: &dyn std::fmt::Display| input(format!("{}: {e}", a.file.display()));
    let mut answer = Answer::parse(&output::read(&a.file)?).map_err(|e| told(&e))?;
    if a.of_another_setup {
        answer = answer.for_any_setup();
    }
    let difference = answer.difference(&setup).map_err(|e| told(&e))?;
    for remark in answer.remarks() {
        err!("{remark}");
    }
    let merged = a.yes && !difference.is_empty();
    if merged {
        answer.merge(&mut setup).map_err(|e| told(&e))?;
        files.save(&setup).map_err(input)?;
    }
    if a.json {
        output::json(
            &json!({"difference": difference, "merged": merged, "note": answer.note(), "temporary": setup.is_temporary()}),
        );
    } else {
        if !answer.note().is_empty() {
            out!("Note of the other administrator:");
            for line in answer.note().lines() {
                out!("  {line}");
            }
        }
        for change in &difference {
            out!("{change}");
        }
        let path = a.setup.display();
        if difference.is_empty() {
            out!("{path} has all of it already. Nothing was changed.");
        } else if merged {
            out!("Merged into {path}. Next: claimbridge-cli plan --setup {path}");
        } else {
            out!("Nothing was changed. Add --yes to merge it.");
        }
    }
    Ok(if merged || difference.is_empty() {
        End::Fine
    } else {
        End::Blocked
    })
}
