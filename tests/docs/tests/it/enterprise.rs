//! The guide for enterprises shows one document twice: to be read, and in its program.

use mls_trellis_bundle::policy::Document;

use crate::document::read;

#[test]
fn the_guide_shows_the_document_that_its_program_runs() {
    let guide = read("docs/guides/enterprise-policy.md");
    let between = |from: &str, to: &str| {
        let (_, rest) = guide.split_once(from).unwrap();
        let document = Document::parse(rest.split_once(to).unwrap().0).unwrap();
        (document.rules().clone(), format!("{:?}", document.local()))
    };
    let (shown, run) = (between("```toml\n", "```"), between("r#\"\n", "\"#;"));
    assert_eq!(shown, run);
}
