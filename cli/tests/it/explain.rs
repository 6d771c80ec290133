//! Rules, explained.

use super::{json_lines, text, trellis};

/// What is said of a rule.
fn explained(id: &str) -> String {
    let output = trellis(&["explain", id], b"");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

#[test]
fn a_rule_has_words_a_source_and_a_test() {
    insta::assert_snapshot!(explained("adu-3"), @r"
    ADU-3: Only an entry that is there is removed.
      source   draft-ietf-mls-extensions-10, 4.7 (the draft says it)
      test     core/engine/tests/it/traps/proposals.rs::trap_2_adu_3_adu_s3_remove_of_an_absent_component
    ");
}

#[test]
fn or_a_reason_why_nothing_can_test_it() {
    insta::assert_snapshot!(explained("ADU-8"), @r"
    ADU-8: Every member that processes a commit with AppDataUpdates lists the proposal type.
      source   RFC 9420, 12.2 (RFC 9420 says it)
      untested Kept by OpenMLS when it builds and stages a commit; where the group requires the type, LEAF-2 lets nobody in who lacks it.
      see also core/engine/tests/it/rules/updates.rs::adu_8_adu_s1_ae_7_ae_s1_a_member_lacks_the_proposal_types
    ");
}

#[test]
fn the_list_has_a_line_for_each() {
    let lines = json_lines(&trellis(&["explain", "--list", "--json"], b"").stdout);
    let output = trellis(&["explain", "--list"], b"");
    let rows: Vec<_> = text(&output.stdout).lines().collect();
    assert_eq!(lines.len(), rows.len());
    assert!(rows.len() > 100);
    for (line, row) in lines.iter().zip(rows) {
        assert!(row.starts_with(line["rule"].as_str().unwrap()), "{row}");
        let tested = line["tested"].as_bool().unwrap();
        let (word, why) = match tested {
            true => ("  tested    ", &line["test"]),
            false => ("  untested  ", &line["reason"]),
        };
        assert!(row.contains(word), "{row}");
        assert!(row.ends_with(why.as_str().unwrap()), "{row}");
    }
}

#[test]
fn an_unknown_rule_is_2_and_names_those_like_it() {
    let refused = |id: &str| {
        let output = trellis(&["explain", id], b"");
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        text(&output.stderr).to_owned()
    };
    let of_series = refused("ADU-99");
    assert!(
        of_series.contains("\"ADU-99\"; there are ADU-1, ADU-2"),
        "{of_series}"
    );
    assert!(refused("AUD-3").contains("ADU-3"));
    assert!(refused("nonsense").contains("trellis explain --list"));
}

/// Whoever watches the demo can look up what it says.
#[test]
fn whatever_the_demo_refuses_by_can_be_explained() {
    let events = json_lines(&trellis(&["demo", "--json"], b"").stdout);
    let refusals = events.iter().filter(|event| event["event"] == "refuses");
    let ids: Vec<_> = refusals
        .map(|event| event["rule"].as_str().unwrap())
        .collect();
    assert!(ids.len() >= 5, "{ids:?}");
    for id in ids {
        explained(id);
    }
}
