//! Bytes written down by hand, and bytes that are none.

use mls_trellis_hooks::wire;
use mls_trellis_mimi_room::{Metadata, RichDescription};

const GARDEN: &[u8] = b"\x0dmimi://a/r/b!\x02\xc3\xa4\
    \x10\x00\x00\x02hi\x03a/b\x02en\x03\x00\xff\x01\
    \x09https://c\x01s\x00";

#[test]
fn metadata() {
    let mut garden = Metadata::new("mimi://a/r/b!", "ä");
    garden.room_descriptions = vec![
        RichDescription::text("hi"),
        RichDescription {
            media_type: b"a/b".into(),
            language_tag: b"en".into(),
            description_content: b"\x00\xff\x01".into(),
        },
    ];
    garden.room_avatar = "https://c".into();
    garden.room_subject = "s".into();
    assert_eq!(wire::encode(&garden).unwrap(), GARDEN);
    assert_eq!(wire::decode::<Metadata>(GARDEN).unwrap(), garden);
}

#[test]
fn an_empty_room() {
    assert_eq!(wire::encode(&Metadata::new("", "")).unwrap(), [0; 6]);
}

#[test]
fn what_is_none_does_not_decode() {
    for len in 0..GARDEN.len() {
        assert!(wire::decode::<Metadata>(&GARDEN[..len]).is_err(), "{len}");
    }
    assert!(wire::decode::<Metadata>(&[GARDEN, b"\0"].concat()).is_err());
    let not_utf8 = b"\x00\x01\xff\x00\x00\x00\x00";
    assert!(wire::decode::<Metadata>(not_utf8).is_err());
}
