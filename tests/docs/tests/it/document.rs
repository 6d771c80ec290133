//! Documents of the project, and parts of them that are generated.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use mls_trellis_hooks::Plugins;
use mls_trellis_registry::Registry;

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("../..").canonicalize().unwrap()
}

/// Every plugin of the bundle. Nothing is discovered here: the guide's poll is in this program too.
pub(crate) fn plugins() -> Plugins {
    Registry::empty()
        .with_all(mls_trellis_bundle::ALL)
        .build()
        .unwrap()
}

/// A file, by its path from the root.
pub(crate) fn read(path: &str) -> String {
    let text = fs::read_to_string(root().join(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Asserts that a document is `expected`; with `TRELLIS_BLESS=1`, makes it so.
pub(crate) fn assert_document(path: &str, expected: &str) {
    if env::var_os("TRELLIS_BLESS").is_some_and(|value| value == "1") {
        fs::write(root().join(path), expected).unwrap();
        return;
    }
    assert!(
        read(path) == expected,
        "{path} is out of date; set TRELLIS_BLESS=1 and run this test again"
    );
}

/// The document with another text between `<!-- begin name -->` and `<!-- end name -->`.
pub(crate) fn with_section(document: &str, name: &str, text: &str) -> String {
    let (begin, end) = (
        format!("<!-- begin {name} -->\n"),
        format!("<!-- end {name} -->"),
    );
    let (head, rest) = document
        .split_once(&begin)
        .expect("the beginning of the section");
    let (_, tail) = rest.split_once(&end).expect("the end of the section");
    format!("{head}{begin}{text}{end}{tail}")
}

/// Every file under a folder with this ending, as paths from the root, in order.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if name.ends_with(ending) {
                let path = path.strip_prefix(root()).unwrap();
                found.push(path.to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

/// The first cell of each row of the document's tables, without backticks.
pub(crate) fn first_cells(document: &str) -> Vec<String> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    cells.map(|cell| cell.trim().replace('`', "")).collect()
}

#[test]
fn a_section_is_replaced_and_nothing_else() {
    let before = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n";
    let after = "a\n<!-- begin x -->\nnew\n<!-- end x -->\nb\n";
    assert_eq!(with_section(before, "x", "new\n"), after);
}
