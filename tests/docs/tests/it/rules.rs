//! Rule ids: what the code refuses by is explained in `docs/ARCHITECTURE.md`.

use std::collections::BTreeSet;

use crate::document::{files, first_cells, read};

/// Every string in the code that is a rule id, except in tests and examples.
fn in_code() -> BTreeSet<String> {
    let folders = ["core/engine/src", "core/hooks/src"];
    let files = folders.iter().flat_map(|folder| files(folder, ".rs"));
    let mut found = BTreeSet::new();
    for file in files.filter(|file| !file.contains("tests")) {
        let code = read(&file);
        let without_tests = code.split("mod tests {").next().unwrap_or_default();
        let comment = |line: &&str| line.trim_start().starts_with("//");
        for line in without_tests.lines().filter(|line| !comment(line)) {
            let strings = line.split('"').skip(1).step_by(2);
            found.extend(strings.filter(|text| is_rule(text)).map(str::to_owned));
        }
    }
    found
}

/// Whether a text is capitals, a hyphen and a number.
fn is_rule(text: &str) -> bool {
    let Some((prefix, number)) = text.split_once('-') else {
        return false;
    };
    prefix.len() >= 2
        && prefix.chars().all(|c| c.is_ascii_uppercase())
        && !number.is_empty()
        && number.chars().all(|c| c.is_ascii_digit())
}

fn in_document() -> BTreeSet<String> {
    let cells = first_cells(&read("docs/ARCHITECTURE.md"));
    cells.into_iter().filter(|cell| is_rule(cell)).collect()
}

#[test]
fn every_rule_of_the_engine_is_explained() {
    let code = in_code();
    assert!(code.contains("ENG-1") && code.contains("ADU-3"), "{code:?}");
    let missing: Vec<_> = code.difference(&in_document()).cloned().collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_rule_that_is_explained_is_one_of_the_engine() {
    let stale: Vec<_> = in_document().difference(&in_code()).cloned().collect();
    assert_eq!(stale, [""; 0]);
}

#[test]
fn a_rule_id_is_told_from_other_texts() {
    assert!(is_rule("ENG-12"));
    for text in ["ENG", "ENG-", "eng-1", "RFC 9420-1", "E-1", "MLS 1.0 X-1"] {
        assert!(!is_rule(text), "{text}");
    }
}
