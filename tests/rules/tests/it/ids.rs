//! Ids: each once, and a series without gaps.

use std::collections::{BTreeMap, BTreeSet};

use mls_trellis_rules::{DIGESTS, Rule};

use crate::tree::{read, root};

/// An id's series and number.
fn halves(id: &str) -> (&str, u32) {
    let start = id.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    (&id[..start], id[start..].parse().unwrap())
}

/// What is wrong with the ids of a table.
fn faults<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut series = BTreeMap::<&str, Vec<u32>>::new();
    for id in ids {
        let (prefix, number) = halves(id);
        series.entry(prefix).or_default().push(number);
    }
    let mut faults = Vec::new();
    for (prefix, numbers) in series {
        let distinct: BTreeSet<_> = numbers.iter().copied().collect();
        if distinct.len() < numbers.len() {
            faults.push(format!("{prefix}: a number stands there twice"));
        }
        // The first is 1, or 0.
        let first = distinct.first().copied().unwrap_or_default().min(1);
        let missing = (first..=*distinct.last().unwrap()).find(|n| !distinct.contains(n));
        faults.extend(missing.map(|number| format!("{prefix}{number} is missing")));
    }
    faults
}

#[test]
fn every_id_is_there_once_and_no_number_is_left_out() {
    assert_eq!(faults(Rule::all().map(|rule| rule.id)), [""; 0]);
}

#[test]
fn gaps_and_doubles_are_noticed() {
    let faults = |ids: &[&str]| faults(ids.iter().copied());
    assert_eq!(faults(&["A-2", "A-1", "A-S1", "B-0", "B-1"]), [""; 0]);
    assert_eq!(faults(&["A-1", "A-3"]), ["A-2 is missing"]);
    assert_eq!(faults(&["A-2"]), ["A-1 is missing"]);
    assert_eq!(faults(&["A-1", "A-1"]), ["A-: a number stands there twice"]);
}

#[test]
fn a_file_is_named_after_its_digest() {
    let folder = std::fs::read_dir(root().join("tests/rules/rules")).unwrap();
    assert_eq!(folder.count(), DIGESTS.len());
    for digest in DIGESTS {
        let file = read(&format!("tests/rules/rules/{}.toml", digest.name));
        assert!(file.unwrap().contains(digest.source));
    }
}
