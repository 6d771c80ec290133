//! The guide shows the files of its crate as they are.

use crate::document::{assert_document, files, read};

const GUIDE: &str = "docs/guides/write-an-extension.md";
const CRATE: &str = "docs/guides/write-an-extension/";

/// The guide with each captioned block of code taken from the file that the caption names. A caption
/// is a line such as ``**`src/lib.rs`**``, right before the block.
fn with_files(guide: &str) -> (String, Vec<String>) {
    let mut shown = Vec::new();
    let mut out = String::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        out += line;
        out.push('\n');
        let caption = line
            .strip_prefix("**`")
            .and_then(|rest| rest.strip_suffix("`**"));
        let Some(path) = caption else {
            continue;
        };
        let mut block = lines.by_ref().skip_while(|line| line.is_empty());
        let fence = block.next().unwrap_or_default();
        assert!(fence.starts_with("```"), "no code after {line}");
        block
            .find(|line| *line == "```")
            .expect("the end of the code");
        let code = read(&format!("{CRATE}{path}"));
        out += &format!("\n{fence}\n{code}```\n");
        shown.push(path.to_owned());
    }
    (out, shown)
}

#[test]
fn the_guide_shows_its_crate_as_it_is() {
    let guide = read(GUIDE);
    assert_document(GUIDE, &with_files(&guide).0);
}

#[test]
fn the_guide_shows_every_file_of_its_crate() {
    let (_, shown) = with_files(&read(GUIDE));
    for file in files(CRATE, ".rs") {
        let path = file.strip_prefix(CRATE).unwrap();
        assert!(shown.iter().any(|shown| shown == path), "{path}");
    }
    assert!(shown.iter().any(|shown| shown == "Cargo.toml"));
}
