//! What is wrong with a document is said where it stands.

use mls_trellis_hooks::wire;
use mls_trellis_policy::{Compiled, Document, Rules, SCHEMA};
use serde_json::Value;

use crate::POLICY;

fn errors(document: &str) -> String {
    Document::parse(document).map(drop).unwrap_err().to_string()
}

/// The document with one thing replaced, which must be there.
fn with(from: &str, to: &str) -> String {
    assert!(POLICY.contains(from), "{from}");
    POLICY.replacen(from, to, 1)
}

#[test]
fn a_document_becomes_rules_and_stays_the_same_on_the_wire() {
    let document = Document::parse(POLICY).unwrap();
    assert_eq!(document.kinds(), ["badge", "basic"]);
    let bytes = wire::encode(document.rules()).unwrap();
    let rules: Rules = wire::decode(&bytes).unwrap();
    assert_eq!(&rules, document.rules());
    assert!(Compiled::new(rules).is_ok());
}

#[test]
fn pol_1_what_is_not_known_is_an_error() {
    insta::assert_snapshot!(errors("language = 1\nversion = \"x\""), @r#"2:11: POL-1: invalid type: string "x", expected u32"#);
    insta::assert_snapshot!(errors(&with("issuers", "issuer")), @"8:1: POL-1: unknown field `issuer`, expected one of `credentials`, `anchors`, `issuers`, `require`, `max_validity_days`, `clients_per_user`, `succession`");
    insta::assert_snapshot!(errors(&with("language = 1", "language = 2")), @"2:12: POL-1: only language 1 is known here");
    insta::assert_snapshot!(errors(&with("any_of", "one_of")), @"9:37: POL-1: unknown field `one_of`, expected `claim` or `any_of`");
    insta::assert_snapshot!(errors("language"), @"1:9: POL-1: key with no value, expected `=`");
    insta::assert_snapshot!(errors(""), @"1:1: POL-1: missing field `language`");
}

#[test]
fn pol_2_what_nobody_could_satisfy_is_an_error() {
    insta::assert_snapshot!(errors(&with("credentials = [\"badge\"]", "credentials = []")), @r#"
    6:10: POL-2: a.example: "credentials" is empty, so that nobody could be of this domain
    9:22: POL-2: a.example: "badge.level" is a claim of a kind that the domain does not allow
    12:38: POL-2: a.example: "badge" may follow, and is a kind that the domain does not allow
    "#);
    insta::assert_snapshot!(errors(&with("\"b.example\"", "\"B.example\"")), @r#"14:10: POL-2: B.example: "B.example" is no host in small letters"#);
    insta::assert_snapshot!(errors(&with("badge.level", "x509.level")), @r#"9:22: POL-2: a.example: "x509.level" is a claim of a kind that the domain does not allow"#);
    insta::assert_snapshot!(errors(&with("badge.level", "level")), @r#"9:22: POL-2: a.example: "level" is no claim: kind, dot, name"#);
    insta::assert_snapshot!(errors(&with("[\"staff\", \"board\"]", "[]")), @r#"9:22: POL-2: a.example: "badge.level" is to be one of no values"#);
    insta::assert_snapshot!(errors(&with("= 90", "= 0")), @r#"6:10: POL-2: a.example: "max_validity" is zero, which no credential has"#);
    insta::assert_snapshot!(errors(&with("= 2", "= 0")), @r#"6:10: POL-2: a.example: "clients_per_user" is zero, so that nobody could be of this domain"#);
    insta::assert_snapshot!(errors(&with("to = \"badge\"", "to = \"x509\"")), @r#"12:38: POL-2: a.example: "x509" may follow, and is a kind that the domain does not allow"#);
    insta::assert_snapshot!(errors(&with("a.example/u/admin", "c.example/u/admin")), @r#"4:19: POL-2: "mimi://c.example/u/admin" is an administrator of no domain that has an entry"#);
    let long = format!("{POLICY}\n[local]\nmin_remaining_days = 91");
    insta::assert_snapshot!(errors(&long), @"6:10: POL-2: a.example: no credential lives for the 91 days that it must have left (min_remaining_days)");
}

#[test]
fn the_example_makes_sense() {
    let document = Document::parse(include_str!("../../examples/two-companies.toml")).unwrap();
    assert_eq!(document.kinds(), ["basic", "sd_jwt", "x509"]);
    assert!(Compiled::new(document.rules().clone()).is_ok());
}

#[test]
fn anchors_are_pem_base64_or_json() {
    let with_anchors = |anchors: &str| with("issuers", &format!("anchors = {anchors}\nissuers"));
    let document = with_anchors(
        r#"{ badge = ["AQID", "{\"iss\": 1}", "-----BEGIN X-----\nAQ\nID\n-----END X-----"] }"#,
    );
    let document = Document::parse(&document).unwrap();
    let data: Vec<_> = document
        .anchors()
        .iter()
        .map(|anchor| anchor.data.as_slice())
        .collect();
    assert_eq!(data, [&[1, 2, 3][..], b"{\"iss\": 1}", &[1, 2, 3]]);
    assert_eq!(document.anchors()[0].domain, "a.example");
    assert_eq!(document.anchors()[0].kind, "badge");
    for bad in ["", "!", "AQI"] {
        let error = errors(&with_anchors(&format!("{{ badge = [\"{bad}\"] }}")));
        assert_eq!(
            error,
            "8:22: POL-2: an anchor is PEM, base64 or a JSON object"
        );
    }
}

#[test]
fn everything_that_makes_no_sense_is_told_at_once() {
    let document = with("\"b.example\"", "\"b.example:1\"").replace("= 90", "= 0");
    insta::assert_snapshot!(errors(&document), @r#"
    6:10: POL-2: a.example: "max_validity" is zero, which no credential has
    14:10: POL-2: b.example:1: "b.example:1" is no host in small letters
    "#);
}

/// Every key that a document may have is in the published schema, and no other.
#[test]
fn the_schema_has_the_keys_of_documents() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let closed = |value: &Value| value["additionalProperties"] == Value::Bool(false);
    let keys = |value: &Value| -> Vec<String> {
        let mut keys: Vec<_> = value["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        keys.sort();
        keys
    };
    let definitions = &schema["$defs"];
    for (name, table) in [("document", &schema)].into_iter().chain(
        [
            "domain",
            "requirement",
            "succession",
            "attributes",
            "local",
            "revocation",
        ]
        .map(|name| (name, &definitions[name])),
    ) {
        assert!(closed(table), "{name}");
        // The error for a key that is not known lists those that are.
        let unknown = match name {
            "document" => with("language = 1", "language = 1\nzzz = 1"),
            "domain" => with("issuers", "zzz = 1\nissuers"),
            "requirement" => with("any_of", "zzz = 1, any_of"),
            "succession" => with("from = \"basic\"", "zzz = 1, from = \"basic\""),
            "attributes" => format!("{POLICY}\n[attributes]\nzzz = 1"),
            "local" => format!("{POLICY}\n[local]\nzzz = 1"),
            _ => format!("{POLICY}\n[local.revocation]\nzzz = 1"),
        };
        let error = errors(&unknown);
        let listed = error.split_once("expected ").unwrap().1;
        let mut listed: Vec<_> = listed
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        listed.sort();
        assert_eq!(keys(table), listed, "{name}");
    }
}
