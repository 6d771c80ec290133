//! Every third-party dependency has its reason in `docs/DEPENDENCIES.md`.

use std::collections::BTreeSet;

use crate::document::{first_cells, read};

/// The names under `[workspace.dependencies]` that are not of the workspace.
fn third_party(manifest: &str) -> BTreeSet<String> {
    let lines = manifest
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]");
    let lines = lines.skip(1).take_while(|line| !line.starts_with('['));
    lines
        .filter(|line| !line.starts_with('#') && !line.contains("path = "))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn every_dependency_has_a_reason() {
    let named = third_party(&read("Cargo.toml"));
    assert!(
        named.contains("openmls") && named.contains("tls_codec"),
        "{named:?}"
    );
    let cells: BTreeSet<_> = first_cells(&read("docs/DEPENDENCIES.md"))
        .into_iter()
        .collect();
    let missing: Vec<_> = named.difference(&cells).cloned().collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_reason_is_of_a_dependency() {
    let named = third_party(&read("Cargo.toml"));
    let document = read("docs/DEPENDENCIES.md");
    let cells = first_cells(&document).into_iter();
    let stale: Vec<_> = cells
        .filter(|c| c != "dependency" && !named.contains(c))
        .collect();
    assert_eq!(stale, [""; 0]);
}
