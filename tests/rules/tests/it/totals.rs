//! Totals: how much of each specification is tested.

use mls_trellis_rules::{DIGESTS, Kept};

/// How many rules of a digest are tested, at least. Raise a number when more are; a rule that loses its
/// test is noticed here.
const TESTED: &[(&str, usize)] = &[
    ("app-ack", 14),
    ("app-components-negotiation", 16),
    ("app-data-dictionary", 12),
    ("app-data-update", 19),
    ("app-ephemeral", 7),
    ("application-psk", 6),
    ("basic", 1),
    ("component-ids", 8),
    ("content-advertisement", 20),
    ("doors", 14),
    ("engine", 26),
    ("grease", 10),
    ("group-info", 2),
    ("kp-context", 11),
    ("last-resort", 6),
    ("mimi-content", 9),
    ("mimi-protocol", 11),
    ("mimi-room-policy", 34),
    ("multi-credentials", 16),
    ("poll", 8),
    ("proposal-kinds", 5),
    ("ratchet-tree-options", 13),
    ("raw-extensions", 1),
    ("safe-aad", 11),
    ("safe-export", 2),
    ("safe-hpke-sign", 6),
    ("sd-jwt", 11),
    ("self-remove", 21),
    ("targeted-messages", 17),
    ("trust-anchors", 7),
    ("wire-formats", 15),
    ("x509", 23),
];

/// How many rules of a digest are tested.
fn tested(name: &str) -> usize {
    let digests = DIGESTS.iter().filter(|digest| digest.name == name);
    let rules = digests.flat_map(|digest| digest.rules);
    let tested = rules.filter(|rule| matches!(rule.kept, Kept::Tested { .. }));
    tested.count()
}

#[test]
fn no_rule_loses_its_test_unnoticed() {
    let fewer: Vec<_> = TESTED
        .iter()
        .filter(|(name, least)| tested(name) < *least)
        .map(|(name, least)| format!("{name}: {} of {least}", tested(name)))
        .collect();
    assert_eq!(fewer, [""; 0]);
}
