//! The rules of one message.

use mls_trellis_hooks::Blame;
use mls_trellis_mimi_content::{
    Content, Disposition, Expiration, ExternalPart, Key, MultiPart, NestedPart, Part, Posted, Salt,
    Semantics, StatusReport, Value, media_types,
};

use crate::{ALICE, BOB, ROOM, bytes, message, posted, rule};

/// What comes before the extensions of an otherwise empty message.
const HEAD: &str = "87 50 00000000000000000000000000000000 f6 40 f6 f6 ";
/// An empty message's body.
const NOTHING: &str = " 83 01 60 00";

/// The rule that a message with these extensions breaks.
fn with_extensions(extensions: &str) -> Option<String> {
    let message = [HEAD, extensions, NOTHING].concat();
    rule(Content::decode(&bytes(&message)))
}

/// The rule that a message with this body breaks.
fn with_body(body: &str) -> Option<String> {
    rule(Content::decode(&bytes(&[HEAD, "a0 ", body].concat())))
}

fn broken(id: &str) -> Option<String> {
    Some(id.to_owned())
}

#[test]
fn mct_1_a_message_has_one_encoding() {
    assert_eq!(with_extensions("a0"), None);
    let cases = [
        ("a length in two bytes", "b8 00"),
        ("a map without length", "bf ff"),
        ("an integer in two bytes", "a1 20 18 17"),
        ("an integer in eight bytes", "a1 20 1b 0000000000000100"),
        ("a text in pieces", "a1 20 7f 61 61 ff"),
        ("bytes in pieces", "a1 20 5f 41 61 ff"),
        ("an array without length", "a1 20 9f ff"),
        ("a tag in two bytes", "a1 20 d8 05 00"),
        ("a float that is a half", "a1 20 fa 3f800000"),
        ("a double that is a single", "a1 20 fb 3ff3333340000000"),
        ("a simple value in two bytes", "a1 20 f8 14"),
        ("no simple value", "a1 20 f8 18"),
        ("a bignum of eight bytes", "a1 20 c2 48 0100000000000000"),
        (
            "a bignum with a leading zero",
            "a1 20 c2 49 000100000000000000",
        ),
        ("a reserved head", "a1 20 1c"),
        ("a break", "a1 20 ff"),
        ("keys in descending order", "a2 03 00 01 00"),
        ("keys in the order of RFC 7049", "a2 20 00 18 64 00"),
        ("keys of a map in a map", "a1 20 a2 61 62 00 61 61 00"),
        ("an array", "80"),
        ("a sender that is no text", "a1 01 41 61"),
    ];
    for (what, extensions) in cases {
        assert_eq!(with_extensions(extensions), broken("MCT-1"), "{what}");
    }
    let good = [
        "a1 20 c2 49 010000000000000000",
        "a2 18 64 00 20 00",
        "a2 61 62 00 62 61 61 00",
        "a1 20 f9 3c00",
        "a1 20 fa 3f99999a",
        "a1 20 f7",
    ];
    for extensions in good {
        assert_eq!(with_extensions(extensions), None, "{extensions}");
    }
    let whole = bytes(&[HEAD, "a0", NOTHING].concat());
    let trailing = [whole.as_slice(), &[0]].concat();
    assert_eq!(rule(Content::decode(&trailing)), broken("MCT-1"));
    for len in 0..whole.len() {
        assert_eq!(
            rule(Content::decode(&whole[..len])),
            broken("MCT-1"),
            "{len}"
        );
    }
    let report = bytes("81 82 58 20 00");
    assert_eq!(rule(StatusReport::decode(&report)), broken("MCT-1"));
}

#[test]
fn mct_1_a_shape_that_is_none() {
    for body in [
        "82 01 60",
        "83 01 60 04",
        "84 01 60 00 00",
        "84 01 60 01 60",
        "85 01 60 01 60 60",
        "85 01 60 03 00 81 83 01 60 00",
        "83 19 0100 60 00",
        "83 01 40 00",
        "83 20 60 00",
    ] {
        assert_eq!(with_body(body), broken("MCT-1"), "{body}");
    }
}

#[test]
fn mct_2_keys_texts_and_nans() {
    let cases = [
        ("a key twice", "a2 01 61 61 01 61 61"),
        ("a key twice in a map in a map", "a1 20 a2 00 00 00 00"),
        ("a key of 2^53", "a1 1b 0020000000000000 00"),
        ("a key of -2^53", "a1 3b 001fffffffffffff 00"),
        ("2^53 in a map in a map", "a1 20 a1 1b 0020000000000000 00"),
        ("-2^53 in a map in a map", "a1 20 a1 3b 001fffffffffffff 00"),
        ("an empty key", "a1 60 00"),
        ("a key of bytes", "a1 41 61 00"),
        ("a key that is true", "a1 f5 00"),
        ("a key that is an array", "a1 20 a1 80 00"),
        ("a quiet NaN with more in it", "a1 20 f9 7e01"),
        ("a negative NaN", "a1 20 f9 fe00"),
        ("a text that is none", "a1 20 61 ff"),
        ("a text that is a surrogate", "a1 20 63 eda080"),
    ];
    for (what, extensions) in cases {
        assert_eq!(with_extensions(extensions), broken("MCT-2"), "{what}");
    }
    // Some processors make it a quiet one when it is read.
    assert!(with_extensions("a1 20 f9 7c01").is_some());
    let long_key = format!("a1 79 0100 {} 00", "61".repeat(256));
    assert_eq!(with_extensions(&long_key), broken("MCT-2"));
    assert_eq!(with_body("83 01 61 ff 00"), broken("MCT-2"));
    assert_eq!(with_body("85 01 60 01 61 ff 40"), broken("MCT-2"));
    for good in [
        "a1 1b 001fffffffffffff 00",
        "a1 3b 001ffffffffffffe 00",
        "a1 20 a1 41 61 00",
        "a1 20 f9 7e00",
        "a1 20 d8 54 42 7e01",
    ] {
        assert_eq!(with_extensions(good), None, "{good}");
    }
}

#[test]
fn mct_2_a_key_that_may_not_be_is_not_made() {
    assert_eq!(rule(Key::text("")), broken("MCT-2"));
    assert_eq!(rule(Key::text(&"a".repeat(256))), broken("MCT-2"));
    assert_eq!(rule(Key::int(1 << 53)), broken("MCT-2"));
    assert_eq!(rule(Key::int(-(1 << 53))), broken("MCT-2"));
    assert!(Key::text(&"a".repeat(255)).is_ok() && Key::int(-(1 << 53) + 1).is_ok());
    assert_eq!(rule(Value::from_cbor(&[0xf9, 0x7e, 0x01])), broken("MCT-2"));
    assert_eq!(rule(Value::from_cbor(&[0, 0])), broken("MCT-1"));
}

#[test]
fn mct_3_nothing_is_nested_too_deeply() {
    // The draft's own example of four levels.
    assert_eq!(
        with_extensions("a1 19 0100 82 82 42 1234 d8 20 61 61 82 42 3456 19 168b"),
        None
    );
    for deep in [
        "81 81 81 00",
        "81 81 81 80",
        "a1 00 a1 00 a1 00 80",
        "c1 c1 c1 c1 00",
        "81 81 81 c2 49 010000000000000000",
    ] {
        let levels = if deep == "81 81 81 00" {
            None
        } else {
            broken("MCT-3")
        };
        assert_eq!(with_extensions(&format!("a1 20 {deep}")), levels, "{deep}");
    }
    let single = "83 01 60 00";
    let around = |inner: &str| format!("85 01 60 03 00 82 {inner} {single}");
    let four = around(&around(&around(single)));
    assert_eq!(with_body(&four), None);
    assert_eq!(with_body(&around(&four)), broken("MCT-3"));
}

fn external(part: ExternalPart) -> Content {
    let body = NestedPart {
        disposition: Disposition::ATTACHMENT,
        language: String::new(),
        part: Part::External(Box::new(part)),
    };
    Content::new(Salt::from([1; 16]), body)
}

#[test]
fn mct_6_without_an_algorithm_there_is_no_key() {
    let none = ExternalPart::default();
    assert!(external(none.clone()).encode().is_ok());
    let field = || vec![1];
    for bad in [
        ExternalPart {
            key: field(),
            ..none.clone()
        },
        ExternalPart {
            nonce: field(),
            ..none.clone()
        },
        ExternalPart {
            aad: field(),
            ..none.clone()
        },
    ] {
        let reject = external(bad.clone()).encode().unwrap_err();
        assert_eq!((reject.rule(), reject.blame()), ("MCT-6", Blame::Misuse));
        assert!(
            external(ExternalPart { enc_alg: 1, ..bad })
                .encode()
                .is_ok()
        );
    }
    let received = "8f 06 60 02 60 60 00 00 00 41 01 40 40 00 40 60 60";
    assert_eq!(with_body(received), broken("MCT-6"));
}

#[test]
fn mct_6_what_every_client_receives() {
    let names = media_types().map(|media_type| media_type.essence);
    assert_eq!(
        names,
        ["application/mimi-content", "text/plain", "text/markdown"]
    );
}

fn several(semantics: Semantics, types: &[&str]) -> NestedPart {
    NestedPart {
        disposition: Disposition::RENDER,
        language: String::new(),
        part: Part::Multi(MultiPart {
            semantics,
            parts: types
                .iter()
                .map(|name| NestedPart::render(name, ""))
                .collect(),
        }),
    }
}

#[test]
fn mct_7_of_a_unit_all_parts_or_none() {
    let chosen = |part: &NestedPart, known: &[&str]| -> Option<Vec<usize>> {
        let parts = part.chosen(&|name| known.contains(&name))?;
        Some(parts.into_iter().map(|(index, _)| index).collect())
    };
    let unit = several(Semantics::SingleUnit, &["a", "b"]);
    assert_eq!(chosen(&unit, &["a", "b"]), Some(vec![1, 2]));
    assert_eq!(chosen(&unit, &["a"]), None);

    let all = several(Semantics::ProcessAll, &["a", "b"]);
    assert_eq!(chosen(&all, &["b"]), Some(vec![2]));
    assert_eq!(chosen(&all, &[]), None);
    let one = several(Semantics::ChooseOne, &["a", "b"]);
    assert_eq!(chosen(&one, &["a", "b"]), Some(vec![1]));
    assert_eq!(chosen(&one, &["b"]), Some(vec![2]));

    // Indices count parts that are passed over, and those inside of them.
    let part = Part::Multi(MultiPart {
        semantics: Semantics::ChooseOne,
        parts: vec![unit, all],
    });
    let nested = NestedPart { part, ..one };
    assert_eq!(chosen(&nested, &["a"]), Some(vec![5]));
    assert_eq!(chosen(&nested, &["a", "b"]), Some(vec![2, 3]));
}

#[test]
fn mct_7_every_reaction_is_a_part() {
    let body = NestedPart::reactions(&["❤", "🥳"]);
    assert_eq!(body.chosen(&|_| true).unwrap().len(), 2);
    assert_eq!(
        NestedPart::reactions(&["❤"])
            .chosen(&|_| true)
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn mct_8_what_only_the_malicious_write() {
    let mut unknown_hash = HEAD.replacen("f6", &format!("58 20 02 {}", "00".repeat(31)), 1);
    unknown_hash += &["a0", NOTHING].concat();
    assert_eq!(
        rule(Content::decode(&bytes(&unknown_hash))),
        broken("MCT-8")
    );
    assert_eq!(
        with_body("85 01 60 03 03 82 83 01 60 00 83 01 60 00"),
        broken("MCT-8")
    );

    let mut talk = message(1, "");
    talk.topic_id = vec![0; 4096];
    assert!(talk.encode().is_ok());
    talk.topic_id.push(0);
    assert_eq!(rule(talk.encode()), broken("MCT-8"));

    let many = |parts| {
        Content::new(
            Salt::from([1; 16]),
            several(Semantics::ProcessAll, &vec![""; parts]),
        )
    };
    assert!(many(1023).encode().is_ok());
    assert_eq!(rule(many(1024).encode()), broken("MCT-8"));
}

#[test]
fn mct_8_another_sender_or_room_than_it_says() {
    let said = message(1, "hi").from_to(ALICE, ROOM).encode().unwrap();
    assert!(Posted::new(&said, ALICE, ROOM, 0).is_ok());
    assert_eq!(rule(Posted::new(&said, BOB, ROOM, 0)), broken("MCT-8"));
    assert_eq!(
        rule(Posted::new(&said, ALICE, "mimi://a.example/r/other", 0)),
        broken("MCT-8")
    );
    let unsaid = message(1, "hi").encode().unwrap();
    assert!(Posted::new(&unsaid, BOB, ROOM, 0).is_ok());
}

#[test]
fn mct_8_times_that_cannot_be() {
    const NOW: u64 = 1_700_000_000_000;
    let at = |accepted_at| posted(&message(1, "hi"), ALICE, accepted_at);
    assert_eq!(at(NOW).plausible(NOW, NOW), Ok(()));
    assert_eq!(at(NOW + 60_000).plausible(NOW, 0), Ok(()));
    assert_eq!(rule(at(NOW + 3_600_000).plausible(NOW, 0)), broken("MCT-8"));
    assert_eq!(rule(at(NOW - 1).plausible(NOW, NOW)), broken("MCT-8"));

    let expiring = |expires| {
        let content = Content {
            expires: Some(expires),
            ..message(1, "hi")
        };
        posted(&content, ALICE, NOW).plausible(NOW, 0)
    };
    let (now, day) = (1_700_000_000, 24 * 60 * 60);
    assert_eq!(expiring(Expiration::At(now + 365 * day)), Ok(()));
    assert_eq!(expiring(Expiration::AfterReading(365 * day)), Ok(()));
    for bad in [
        Expiration::At(now + 367 * day),
        Expiration::At(now - 367 * day),
        Expiration::AfterReading(367 * day),
    ] {
        assert_eq!(rule(expiring(bad)), broken("MCT-8"), "{bad:?}");
    }
}

#[test]
fn mct_9_an_unknown_disposition_is_rendered() {
    let odd = bytes(&[HEAD, "a0 83 18 ff 60 00"].concat());
    let content = Content::decode(&odd).unwrap();
    assert_eq!(content.body.disposition, Disposition(255));
    assert_eq!(content.body.disposition.known(), Disposition::RENDER);
    assert_eq!(Disposition::PREVIEW.known(), Disposition::PREVIEW);
    assert_eq!(content.encode().unwrap(), odd);
}

#[test]
fn a_salt_is_not_shown() {
    let shown = format!("{:?}", message(0xab, "hi"));
    assert!(shown.contains("Salt") && !shown.contains("171") && !shown.contains("ab, ab"));
}

#[test]
fn a_status_report_keeps_its_order_and_unknown_numbers() {
    let id = format!("01{}", "22".repeat(31));
    let report = bytes(&format!("82 82 58 20 {id} 02 82 58 20 {id} 18 63"));
    let read = StatusReport::decode(&report).unwrap();
    assert_eq!(
        read.0
            .iter()
            .map(|(_, status)| status.0)
            .collect::<Vec<_>>(),
        [2, 99]
    );
    assert_eq!(read.encode(), report);
    for bad in [
        format!("81 82 58 20 02{} 02", "22".repeat(31)),
        format!("81 82 58 20 {id} 19 0100"),
        format!("81 83 58 20 {id} 02 02"),
        format!("82 82 58 20 {id} 02"),
        format!("81 82 58 20 {id} 02 00"),
    ] {
        assert!(StatusReport::decode(&bytes(&bad)).is_err(), "{bad}");
    }
}
