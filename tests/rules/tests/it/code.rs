//! Ids in the code: whatever a refusal may name is in the table.

use std::collections::BTreeSet;

use mls_trellis_rules::Rule;

use crate::tree::{read, sources};

/// Texts that look like ids and are none.
const NOT_RULES: &[&str] = &["UTF-8", "SHA-256", "SHA-384", "SHA-512", "AES-128"];

/// The ids among the strings of a piece of code, without those of its tests and comments.
fn ids(code: &str) -> impl Iterator<Item = &str> {
    let code = code.split("mod tests {").next().unwrap_or_default();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let strings = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
    strings.filter(|text| is_id(text) && !NOT_RULES.contains(text))
}

fn is_id(text: &str) -> bool {
    let Some((prefix, number)) = text.split_once('-') else {
        return false;
    };
    let number = number.strip_prefix('S').unwrap_or(number);
    prefix.len() >= 2
        && prefix.starts_with(|c: char| c.is_ascii_uppercase())
        && prefix
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && !number.is_empty()
        && number.chars().all(|c| c.is_ascii_digit())
}

fn in_code() -> BTreeSet<String> {
    let folders = ["core", "extensions", "credentials", "cli/src"];
    let files = folders.iter().flat_map(|folder| sources(folder));
    let shipped = files.filter(|file| file.contains("/src/") && !file.contains("tests"));
    shipped
        .flat_map(|file| {
            let code = read(&file).unwrap();
            ids(&code).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_id_in_the_code_is_in_the_table() {
    let found = in_code();
    assert!(
        found.contains("ADU-3") && found.contains("ENG-1"),
        "{found:?}"
    );
    let unknown: Vec<_> = found.iter().filter(|id| Rule::find(id).is_none()).collect();
    assert_eq!(unknown, [""; 0]);
}

#[test]
fn ids_are_found_where_they_count() {
    let code = "
        // \"AAA-1\"
        Reject::peer(\"BBB-2\", \"CCC-3 is\"); (\"X5-4\", \"UTF-8\", \"lower-1\", \"DDD-S5\")
        mod tests { \"EEE-6\" }";
    assert_eq!(ids(code).collect::<Vec<_>>(), ["BBB-2", "X5-4", "DDD-S5"]);
}
