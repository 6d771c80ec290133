//! What switches rules off: each patch fits its file, and none the place of another, unless it is the
//! same.

use std::{collections::BTreeMap, ops::Range};

use mls_trellis_rules::{Kept, Patch, Rule};

use crate::tree::read;

/// Where a patch applies in a file.
fn place(code: &str, patch: &Patch) -> Result<Range<usize>, String> {
    let mut found = code.match_indices(patch.find);
    match (found.next(), found.next()) {
        (Some((start, text)), None) => Ok(start..start + text.len()),
        (None, _) => Err("is not there".to_owned()),
        (Some(_), Some(_)) => Err("is there more than once".to_owned()),
    }
}

/// What is wrong with the patches of a file, each with the id of its rule.
fn faults(code: &str, patches: &[(&str, &Patch)]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut taken = Vec::<(Range<usize>, &str, &Patch)>::new();
    for (id, patch) in patches {
        let here = match place(code, patch) {
            Ok(here) => here,
            Err(fault) => {
                faults.push(format!("{id}: {:?} {fault} in {}", patch.find, patch.file));
                continue;
            }
        };
        let clash = taken.iter().find(|(range, _, other)| {
            range.start < here.end && here.start < range.end && other != patch
        });
        faults.extend(clash.map(|(_, other, _)| format!("{id} and {other} patch one place")));
        taken.push((here, id, patch));
    }
    faults
}

#[test]
fn every_patch_fits() {
    let mut by_file = BTreeMap::<_, Vec<_>>::new();
    for rule in Rule::all() {
        if let Kept::Tested { off, .. } = &rule.kept {
            for patch in *off {
                by_file
                    .entry(patch.file)
                    .or_default()
                    .push((rule.id, patch));
            }
        }
    }
    let faults: Vec<_> = by_file
        .iter()
        .flat_map(|(file, patches)| match read(file) {
            Ok(code) => faults(&code, patches),
            Err(error) => vec![error],
        })
        .collect();
    assert_eq!(faults, [""; 0]);
}

#[test]
fn what_does_not_fit_is_noticed() {
    let patch = |find| Patch {
        file: "x.rs",
        find,
        replace: "on!()",
    };
    let (wrong, right, all) = (
        patch("if wrong"),
        patch("if right"),
        patch("f wrong { if r"),
    );
    let code = "if wrong { if right {} } if right";
    assert_eq!(
        faults(code, &[("A-1", &wrong), ("A-1", &all)]),
        ["A-1 and A-1 patch one place"]
    );
    assert!(faults(code, &[("A-2", &right)])[0].contains("more than once"));
    assert!(faults("", &[("A-3", &wrong)])[0].contains("is not there"));
    assert_eq!(faults(code, &[("A-1", &wrong), ("A-2", &wrong)]), [""; 0]);
}
