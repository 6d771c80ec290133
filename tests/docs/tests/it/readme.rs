//! The README.

use mls_trellis_hooks::{Place, ReportLine};

use crate::document::{assert_document, read, with_section};

fn table() -> String {
    let plugins = crate::document::plugins();
    let mut table =
        String::from("| plugin | kind | code point | data in | specified in | crate |\n");
    table += "|---|---|---|---|---|---|\n";
    for line in plugins.report() {
        table += &row(&line);
    }
    table
}

fn row(line: &ReportLine) -> String {
    let id = line.id.map(|id| format!("`{id:#06x}`")).unwrap_or_default();
    let places: Vec<_> = line.places.iter().copied().map(Place::code).collect();
    let draft = line
        .draft
        .map(|draft| draft.to_string())
        .unwrap_or_default();
    format!(
        "| {} | {} | {id} | {} | {draft} | `{}` |\n",
        line.name,
        line.kind,
        places.join(" "),
        line.origin.crate_name,
    )
}

#[test]
fn the_table_of_plugins_is_what_is_linked() {
    let readme = read("README.md");
    assert_document("README.md", &with_section(&readme, "plugins", &table()));
}

#[test]
fn the_two_commands_are_those_of_the_checks() {
    let readme = read("README.md");
    for command in ["cargo run --release -- demo", "cargo test --workspace"] {
        assert!(readme.lines().any(|line| line == command), "{command}");
    }
    let checks = read(".ci/run");
    assert!(
        checks
            .lines()
            .any(|line| line.ends_with("cargo test --workspace"))
    );
}
