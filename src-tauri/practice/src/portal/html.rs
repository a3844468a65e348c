//! The pieces that every page of every portal is made of.

use crate::wire::escape;

/// The frame of every page: the portal's name, its menu as label and address, and `body` as HTML.
pub(super) fn frame(portal: &str, menu: &[(&str, &str)], title: &str, body: &str) -> String {
    let menu: String = menu
        .iter()
        .map(|(label, to)| format!("<a href=\"{to}\">{}</a>", escape(label)))
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>\
:root{{color-scheme:light dark;font:14px/20px system-ui,sans-serif}}body{{margin:0 auto;max-width:64rem;padding:1.5rem}}\
header{{display:flex;gap:1rem;align-items:baseline;border-bottom:1px solid;padding-bottom:.5rem;margin-bottom:1rem}}\
nav a{{margin-right:.75rem}}label{{display:block;margin:.5rem 0}}label>span{{display:block}}\
input,select{{font:inherit;padding:.3rem .4rem;width:100%;max-width:44rem;box-sizing:border-box}}\
button{{font:inherit;padding:.35rem .9rem;margin:.25rem .25rem .25rem 0}}table{{border-collapse:collapse;width:100%}}\
td,th{{text-align:left;padding:.3rem .5rem;border-bottom:1px solid #8886;overflow-wrap:anywhere;vertical-align:top}}\
fieldset{{border:1px solid #8886;margin:1rem 0}}code{{overflow-wrap:anywhere}}[role=alert]{{border-left:4px solid #b3261e;padding:.5rem}}\
</style></head><body><header><strong>{portal}</strong><nav aria-label=\"Portal\">{menu}</nav></header>\
<main><h1>{title}</h1>{body}</main></body></html>"
    )
}

/// A box to type into.
pub(super) fn field(label: &str, name: &str, value: &str) -> String {
    format!(
        "<label><span>{}</span><input name=\"{name}\" value=\"{}\" autocomplete=\"off\" spellcheck=\"false\"></label>",
        escape(label),
        escape(value)
    )
}

/// A list to choose from: values with their texts.
pub(super) fn choice<'a>(
    label: &str,
    name: &str,
    options: impl Iterator<Item = (&'a str, &'a str)>,
    chosen: &str,
) -> String {
    let options: String = options
        .map(|(value, text)| {
            let selected = if value == chosen { " selected" } else { "" };
            format!(
                "<option value=\"{}\"{selected}>{}</option>",
                escape(value),
                escape(text)
            )
        })
        .collect();
    format!(
        "<label><span>{}</span><select name=\"{name}\">{options}</select></label>",
        escape(label)
    )
}

/// The form that delivers a response by itself, with the state of whoever asked for it.
pub(super) fn hidden_form(action: &str, value: &str, relay_state: Option<&str>) -> String {
    let relay = relay_state
        .map(|state| {
            format!(
                "<input type=\"hidden\" name=\"RelayState\" value=\"{}\">",
                escape(state)
            )
        })
        .unwrap_or_default();
    format!(
        "<form method=\"post\" action=\"{}\" name=\"hiddenform\"><input type=\"hidden\" name=\"SAMLResponse\" value=\"{value}\">{relay}<noscript><p>Script is disabled. Click Submit to continue.</p></noscript><button>Submit</button></form><script>window.setTimeout(function(){{document.forms[0].submit()}},0)</script>",
        escape(action)
    )
}

/// A box to tick.
pub(super) fn tick(label: &str, name: &str, ticked: bool) -> String {
    let checked = if ticked { " checked" } else { "" };
    format!(
        "<label><span>{}</span><input type=\"checkbox\" name=\"{name}\" style=\"width:auto\"{checked}></label>",
        escape(label)
    )
}

/// A value to copy.
pub(super) fn shown(label: &str, value: &str) -> String {
    format!(
        "<p><span>{}</span> <code>{}</code></p>",
        escape(label),
        escape(value)
    )
}

/// The one sentence of a page that refuses; `words` is HTML.
pub(super) fn alert(words: &str) -> String {
    format!("<p role=\"alert\">{words}</p>")
}
