//! Tests in the table: each is there, and bears the id of its rule.

use mls_trellis_rules::{Rule, Test};

use crate::tree::read;

/// What is wrong with the test of a rule.
fn fault(id: &str, test: &Test) -> Option<String> {
    let fault = if !bears(test.function, id) {
        "does not bear the id in its name"
    } else {
        match read(test.file) {
            Err(_) => "is in no file",
            Ok(code) if !is_test(&code, test.function) => "is no test of its file",
            Ok(_) => return None,
        }
    };
    Some(format!("{id}: {test} {fault}"))
}

/// Whether the words of a name have those of the id among them: `adu_3` for `ADU-3`.
fn bears(name: &str, id: &str) -> bool {
    let id = id.to_lowercase().replace('-', "_");
    format!("_{name}_").contains(&format!("_{id}_"))
}

/// Whether a piece of code has a test of this name. Those of `proptest!` are marked as any other.
fn is_test(code: &str, name: &str) -> bool {
    let lines: Vec<_> = code.lines().map(str::trim).collect();
    let head = format!("fn {name}(");
    lines.iter().enumerate().any(|(at, line)| {
        let above = lines[..at].iter().rev();
        let mut attributes =
            above.take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        line.contains(&head) && attributes.any(|line| *line == "#[test]")
    })
}

#[test]
fn every_test_exists_and_bears_its_id() {
    let faults: Vec<_> = Rule::all()
        .filter_map(|rule| rule.test().and_then(|test| fault(rule.id, test)))
        .collect();
    assert_eq!(faults, [""; 0]);
}

#[test]
fn what_is_no_test_of_the_rule_is_noticed() {
    let test = |file, function| fault("ADU-3", &Test { file, function }).unwrap();
    let here = "tests/rules/tests/it/tests.rs";
    assert!(test(here, "adu_31_something").contains("does not bear"));
    assert!(test(here, "adu_3_is_not_here").contains("is no test"));
    assert!(test("tests/nowhere.rs", "adu_3_something").contains("is in no file"));

    let code = "
        #[test]
        // Why.
        #[should_panic]
        fn adu_3_something() {}
        #[test]
        fn another() {}
        fn adu_3_helper() {}";
    assert!(is_test(code, "adu_3_something") && is_test(code, "another"));
    assert!(!is_test(code, "adu_3_helper") && !is_test(code, "adu_3_some"));
    assert!(bears("safe_1_cid_6_a_signature", "CID-6") && !bears("cid_61_x", "CID-6"));
    assert!(bears("adu_s3_never", "ADU-S3") && !bears("adu_3_never", "ADU-S3"));
}
