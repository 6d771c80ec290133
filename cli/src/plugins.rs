//! `trellis plugins`: what is linked.
//!
//! ```
//! let plugins = mls_trellis_bundle::plugins()?;
//! let mut out = Vec::new();
//! mls_trellis_cli::plugins::run(&plugins, false, &mut out)?;
//! assert!(String::from_utf8(out)?.starts_with("KIND"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io::{self, Write};

use mls_trellis_hooks::{Origin, Place, Plugins, ReportLine};
use serde_json::json;

use crate::table;

const HEADINGS: [&str; 6] = ["KIND", "ID", "NAME", "PLACES", "DRAFT", "CRATE"];

/// Writes a table of the plugins, or one JSON document a line, in the order of
/// [`Plugins::report`].
///
/// PLACES are where a plugin's data may stand, by the abbreviations of the drafts' registries
/// ([`Place::code`]).
///
/// # Errors
/// When writing fails.
pub fn run(plugins: &Plugins, json: bool, out: &mut dyn Write) -> io::Result<()> {
    let report = plugins.report();
    if json {
        return report
            .iter()
            .try_for_each(|line| writeln!(out, "{}", as_json(line)));
    }
    let rows = report.iter().map(as_row);
    write!(out, "{}", table::text(HEADINGS, rows))
}

fn as_row(line: &ReportLine) -> [String; HEADINGS.len()] {
    let id = line.id.map(|id| format!("{id:#06x}"));
    let places: Vec<_> = line.places.iter().map(|place| place.code()).collect();
    let draft = line.draft.map(|draft| draft.to_string());
    let or_dash = |text: Option<String>| text.filter(|t| !t.is_empty()).unwrap_or("-".to_owned());
    [
        line.kind.to_owned(),
        or_dash(id),
        line.name.to_owned(),
        or_dash(Some(places.join(","))),
        or_dash(draft),
        crate_of(&line.origin),
    ]
}

fn as_json(line: &ReportLine) -> serde_json::Value {
    let places: Vec<_> = line.places.iter().copied().map(Place::code).collect();
    json!({
        "kind": line.kind,
        "id": line.id,
        "name": line.name,
        "places": places,
        "draft": line.draft.map(|draft| json!({
            "name": draft.name,
            "revision": draft.revision,
            "section": draft.section,
        })),
        "crate": line.origin.crate_name,
        "version": line.origin.crate_version,
    })
}

fn crate_of(origin: &Origin) -> String {
    match origin.crate_version {
        "" => origin.crate_name.to_owned(),
        version => format!("{}@{version}", origin.crate_name),
    }
}
