//! What is linked stands in `docs/DRAFTS.md`, with its number and draft.

use crate::document::read;

#[test]
fn every_plugin_has_its_line() {
    let document = read("docs/DRAFTS.md");
    for line in crate::document::plugins().report() {
        let (Some(id), Some(draft)) = (line.id, line.draft) else {
            continue;
        };
        let id = format!("`{id:#06x}`");
        let specified = match draft.revision {
            "" => draft.name.to_owned(),
            revision => format!("{}-{revision}", draft.name),
        };
        let about = [id.as_str(), specified.as_str(), line.origin.crate_name];
        let mut rows = document.lines().filter(|row| row.starts_with("| "));
        assert!(
            rows.any(|row| about.iter().all(|text| row.contains(text))),
            "docs/DRAFTS.md has no row with {about:?}"
        );
    }
}
