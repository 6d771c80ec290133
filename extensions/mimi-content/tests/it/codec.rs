//! What holds for all messages, and for all bytes.

use mls_trellis_hooks::format::ErasedFormat as _;
use mls_trellis_mimi_content::{
    Content, Disposition, Expiration, ExternalPart, Key, MessageId, MimiContent, MultiPart,
    NestedPart, Part, Salt, Semantics, SinglePart, Status, StatusReport, Value,
};
use proptest::{collection::vec, option, prelude::*};

fn id() -> impl Strategy<Value = MessageId> {
    any::<[u8; 4]>().prop_map(|salt| {
        let bytes = crate::message(salt[0], "").encode().unwrap();
        MessageId::of(&bytes, &hex::encode(salt), "").unwrap()
    })
}

fn key() -> impl Strategy<Value = Key> {
    let limit = 1i64 << 53;
    prop_oneof![
        (1 - limit..limit).prop_filter_map("reserved", |n| Key::int(n).ok().filter(|key| ![
            Key::SENDER_URI,
            Key::ROOM_URI
        ]
        .contains(key))),
        (-30i64..0).prop_map(|n| Key::int(n).unwrap()),
        ".{1,60}".prop_filter_map("too long", |text| Key::text(&text).ok()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let bytes = [
        "00",
        "19ffff",
        "3903e7",
        "f97e00",
        "f4",
        "f6",
        "f7",
        "420102",
        "820163616263",
        "a2016162036163",
        "c11a514b67b0",
        "fb3ff199999999999a",
        "818180",
        "c249010000000000000000",
    ];
    prop_oneof![
        ".{0,20}".prop_map(|text| Value::text(&text)),
        prop::sample::select(bytes.to_vec())
            .prop_map(|hex| Value::from_cbor(&hex::decode(hex).unwrap()).unwrap()),
    ]
}

fn leaf() -> impl Strategy<Value = Part> {
    let single = (".{0,12}", any::<Vec<u8>>()).prop_map(|(content_type, content)| {
        Part::Single(SinglePart {
            content_type,
            content,
        })
    });
    let external = (
        ".{0,12}",
        any::<(u32, u64, u16, u8)>(),
        vec(any::<Vec<u8>>(), 4),
    )
        .prop_map(|(text, (expires, size, enc_alg, hash_alg), fields)| {
            let field = |index: usize| match enc_alg {
                0 => Vec::new(),
                _ => fields[index].clone(),
            };
            Part::External(Box::new(ExternalPart {
                content_type: text.clone(),
                url: text.clone(),
                expires,
                size,
                enc_alg,
                key: field(0),
                nonce: field(1),
                aad: field(2),
                hash_alg,
                content_hash: fields[3].clone(),
                description: text.clone(),
                filename: text,
            }))
        });
    prop_oneof![Just(Part::Null), single, external]
}

fn nested_part() -> impl Strategy<Value = NestedPart> {
    let nest = |part| {
        (any::<u8>(), "[a-z,]{0,6}", part).prop_map(|(disposition, language, part)| NestedPart {
            disposition: Disposition(disposition),
            language,
            part,
        })
    };
    let semantics = prop::sample::select(vec![
        Semantics::ChooseOne,
        Semantics::SingleUnit,
        Semantics::ProcessAll,
    ]);
    nest(leaf().boxed()).prop_recursive(3, 12, 3, move |inner| {
        let multi = (semantics.clone(), vec(inner, 2..4))
            .prop_map(|(semantics, parts)| Part::Multi(MultiPart { semantics, parts }));
        nest(multi.boxed())
    })
}

fn content() -> impl Strategy<Value = Content> {
    let expires = option::of(prop_oneof![
        any::<u32>().prop_map(Expiration::At),
        any::<u32>().prop_map(Expiration::AfterReading),
    ]);
    (
        any::<[u8; 16]>(),
        option::of(id()),
        any::<Vec<u8>>(),
        expires,
        option::of(id()),
        vec((key(), value()), 0..5),
        nested_part(),
    )
        .prop_map(
            |(salt, replaces, topic_id, expires, in_reply_to, fields, body)| {
                let mut content = Content::new(Salt::from(salt), body);
                content.extensions.extend(fields);
                Content {
                    replaces,
                    topic_id,
                    expires,
                    in_reply_to,
                    ..content
                }
            },
        )
}

/// Damages bytes in one of the usual ways.
fn damage(bytes: &[u8], kind: u8, at: usize, with: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.is_empty() {
        return vec![with];
    }
    let at = at % bytes.len();
    match kind % 5 {
        0 => bytes[at] ^= 1 << (with % 8),
        1 => bytes.truncate(at),
        2 => bytes.insert(at, with),
        3 => bytes[at] = with,
        _ => drop(bytes.remove(at)),
    }
    bytes
}

/// What is read again is the same; what is refused says by which rule.
fn holds(bytes: &[u8]) {
    match Content::decode(bytes) {
        Ok(content) => {
            assert_eq!(content.encode().unwrap(), bytes, "{content:?}");
            assert!(MimiContent.show(bytes).is_some());
            content.body.chosen(&|_| true);
        }
        Err(reject) => {
            assert!(reject.rule().starts_with("MCT-"));
            assert!(MimiContent.show(bytes).is_none());
        }
    }
    if let Ok(report) = StatusReport::decode(bytes) {
        assert_eq!(report.encode(), bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn mct_1_what_is_written_is_read(content in content()) {
        let bytes = content.encode().unwrap();
        prop_assert_eq!(Content::decode(&bytes).unwrap(), content);
    }

    /// Eighty mutants of each message: twelve thousand.
    #[test]
    fn mct_1_damaged_messages_are_refused_or_are_messages(
        content in content(),
        mutants in vec(any::<(u8, usize, u8)>(), 40),
    ) {
        let bytes = content.encode().unwrap();
        for (kind, at, with) in mutants {
            let once = damage(&bytes, kind, at, with);
            holds(&once);
            holds(&damage(&once, with, at / 2, kind));
        }
    }

    #[test]
    fn no_bytes_are_too_odd(bytes in any::<Vec<u8>>()) {
        holds(&bytes);
    }

    #[test]
    fn status_reports_are_read_as_written(entries in vec((id(), any::<u8>()), 0..5)) {
        let report: StatusReport =
            entries.into_iter().map(|(id, status)| (id, Status(status))).collect();
        prop_assert_eq!(StatusReport::decode(&report.encode()).unwrap(), report);
    }
}
