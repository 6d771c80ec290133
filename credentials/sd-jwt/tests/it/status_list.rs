//! Token Status Lists, as somebody hands them in.

use miniz_oxide::deflate::compress_to_vec_zlib;
use mls_trellis_hooks::{Standing, StatusRef, StatusSource};
use mls_trellis_sd_jwt::{MAX_STATUS_LIST, PublicKey, StatusLists};
use serde_json::{Value, json};

use crate::forge::{jwk, key, sign};

const URI: &str = "https://example.com/statuslists/1";
/// The list of one bit a status in the draft (section 4.1), which is that of its statuses.
const ONE_BIT: [u8; 16] = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
/// The list of two bits a status (section 4.2).
const TWO_BITS: [u8; 12] = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn payload(bits: u64, lst: &str) -> Value {
    json!({
        "sub": URI,
        "iat": 1_000,
        "exp": 5_000,
        "ttl": 3_000,
        "status_list": { "bits": bits, "lst": lst },
    })
}

/// The list of these bytes, compressed.
fn packed(bits: u64, bytes: &[u8]) -> Value {
    payload(bits, &base64url(&compress_to_vec_zlib(bytes, 9)))
}

fn token(payload: &Value) -> String {
    sign(
        &key("issuer"),
        &json!({ "alg": "EdDSA", "typ": "statuslist+jwt" }),
        payload,
    )
}

fn supply(lists: &StatusLists, token: &str) -> Result<(), String> {
    let issuer = PublicKey::from_jwk(&jwk(&key("issuer"))).unwrap();
    let kept = lists.supply(token.as_bytes(), URI, &issuer);
    kept.map_err(|reject| reject.rule().to_owned())
}

fn standing(lists: &StatusLists, index: u64) -> Option<Standing> {
    let uri = URI.to_owned();
    lists
        .status(&StatusRef::Token { uri, index })
        .map(|evidence| evidence.standing)
}

/// By which rule the list is not kept; then nothing is known.
fn rule(token: &str) -> String {
    let lists = StatusLists::default();
    let refused = supply(&lists, token).unwrap_err();
    assert_eq!(standing(&lists, 0), None);
    refused
}

fn kept(payload: &Value) -> StatusLists {
    let lists = StatusLists::default();
    supply(&lists, &token(payload)).unwrap();
    lists
}

fn as_standing(status: u8) -> Standing {
    match status {
        0 => Standing::Good,
        1 => Standing::Revoked,
        2 => Standing::Suspended,
        other => Standing::Other(other),
    }
}

/// The examples of the draft, with its own compressed bytes.
#[test]
fn the_lists_of_the_draft_are_read() {
    let lists = kept(&payload(1, "eNrbuRgAAhcBXQ"));
    for (index, status) in (0..).zip(ONE_BIT) {
        assert_eq!(
            standing(&lists, index),
            Some(as_standing(status)),
            "{index}"
        );
    }
    let lists = kept(&payload(2, "eNo76fITAAPfAgc"));
    for (index, status) in (0..).zip(TWO_BITS) {
        assert_eq!(
            standing(&lists, index),
            Some(as_standing(status)),
            "{index}"
        );
    }
}

#[test]
fn rev_5_a_status_stands_where_its_index_says() {
    let lists = kept(&packed(4, &[0x21, 0xf0]));
    let found: Vec<_> = (0..5)
        .map(|index| standing(&lists, index).unwrap())
        .collect();
    let expected = [
        Standing::Revoked,
        Standing::Suspended,
        Standing::Good,
        Standing::Other(15),
        Standing::Unlisted,
    ];
    assert_eq!(found, expected);
    assert_eq!(
        standing(&kept(&packed(8, &[0xfe])), 0),
        Some(Standing::Other(0xfe))
    );
    assert_eq!(standing(&lists, u64::MAX), Some(Standing::Unlisted));
}

#[test]
fn a_list_is_good_until_the_first_of_its_ends() {
    let evidence = |payload: &Value| {
        let uri = URI.to_owned();
        let evidence = kept(payload)
            .status(&StatusRef::Token { uri, index: 0 })
            .unwrap();
        (evidence.as_of, evidence.until)
    };
    let mut payload = packed(1, &[0]);
    assert_eq!(evidence(&payload), (1_000, Some(4_000)));
    payload["ttl"] = 9_000.into();
    assert_eq!(evidence(&payload), (1_000, Some(5_000)));
    for end in ["ttl", "exp"] {
        payload.as_object_mut().unwrap().remove(end);
    }
    assert_eq!(evidence(&payload), (1_000, None));
}

#[test]
fn rev_1_a_list_is_its_issuers_and_of_its_uri() {
    let header = json!({ "alg": "EdDSA", "typ": "statuslist+jwt" });
    let payload = packed(1, &[0]);
    assert_eq!(rule(&sign(&key("somebody"), &header, &payload)), "REV-1");
    let none = json!({ "alg": "none", "typ": "statuslist+jwt" });
    assert_eq!(rule(&sign(&key("issuer"), &none, &payload)), "REV-1");
    for sub in [json!("https://example.com/statuslists/2"), Value::Null] {
        let mut other = payload.clone();
        other["sub"] = sub;
        assert_eq!(rule(&token(&other)), "REV-1");
    }
}

#[test]
fn rev_2_what_is_no_list_is_not_kept() {
    let jwt = json!({ "alg": "EdDSA", "typ": "jwt" });
    assert_eq!(rule(&sign(&key("issuer"), &jwt, &packed(1, &[0]))), "REV-2");
    for (at, value) in [
        ("iat", Value::Null),
        ("iat", json!(-1)),
        ("exp", json!("soon")),
        ("ttl", json!(0.5)),
        ("status_list", json!([])),
        (
            "status_list",
            json!({ "bits": 3, "lst": "eNo76fITAAPfAgc" }),
        ),
        ("status_list", json!({ "bits": 1 })),
        ("status_list", json!({ "bits": 1, "lst": "AAAA" })),
        ("status_list", json!({ "bits": 1, "lst": "" })),
    ] {
        let mut payload = packed(1, &[0]);
        payload[at] = value;
        assert_eq!(rule(&token(&payload)), "REV-2", "{payload}");
    }
}

/// A small token that would fill the memory.
#[test]
fn rev_3_a_bomb_does_not_go_off() {
    let most = packed(1, &vec![0; MAX_STATUS_LIST]);
    assert!(token(&most).len() < 4_096);
    kept(&most);
    let bomb = token(&packed(1, &vec![0; MAX_STATUS_LIST + 1]));
    assert_eq!(rule(&bomb), "REV-3");
    assert_eq!(
        rule(&"a".repeat(mls_trellis_sd_jwt::MAX_STATUS_TOKEN + 1)),
        "REV-3"
    );
}

#[test]
fn rev_4_an_earlier_list_does_not_come_back() {
    let lists = kept(&packed(1, &[1]));
    let mut earlier = packed(1, &[0]);
    earlier["iat"] = 999.into();
    assert_eq!(supply(&lists, &token(&earlier)), Err("REV-4".to_owned()));
    assert_eq!(standing(&lists, 0), Some(Standing::Revoked));
    let mut later = packed(1, &[0]);
    later["iat"] = 1_001.into();
    supply(&lists, &token(&later)).unwrap();
    assert_eq!(standing(&lists, 0), Some(Standing::Good));
}

#[test]
fn no_mutant_of_a_list_is_kept() {
    let list = token(&packed(2, &[0x1b, 0xe4, 0x1b]));
    let mut tried = 0;
    for at in 0..list.len() {
        for byte in (b'!'..=b'~').step_by(3) {
            let mut mutant = list.clone().into_bytes();
            if mutant[at] == byte {
                continue;
            }
            mutant[at] = byte;
            let mutant = String::from_utf8(mutant).unwrap();
            assert!(
                supply(&StatusLists::default(), &mutant).is_err(),
                "{mutant}"
            );
            tried += 1;
        }
        assert!(supply(&StatusLists::default(), &list[..at]).is_err());
    }
    assert!(tried > 5_000);
}
