//! The rules, on values made by hand. No engine is needed.

use mls_trellis_hooks::{Actor, LeafIndex, LeafInfo, wire};
use my_extension::{Note, Write};

const ALICE: Actor = Actor::Member(LeafIndex(0));

fn write(text: &str) -> Write {
    Write { text: text.into() }
}

#[test]
fn myext_1_a_note_says_something_and_not_too_much() {
    assert!(Note::after(&write("a"), &ALICE).is_ok());
    assert!(Note::after(&write(&"a".repeat(1000)), &ALICE).is_ok());
    for text in ["", &"a".repeat(1001)] {
        let reject = Note::after(&write(text), &ALICE).unwrap_err();
        assert_eq!(reject.rule(), "MYEXT-1");
    }
}

#[test]
fn myext_2_only_members_write() {
    let joiner = Actor::Joiner(LeafInfo::basic("mallory").into());
    for outsider in [joiner, Actor::External(0)] {
        let reject = Note::after(&write("a"), &outsider).unwrap_err();
        assert_eq!(reject.rule(), "MYEXT-2");
    }
}

#[test]
fn the_encoding_is_what_it_was() {
    let bytes = wire::encode(&Note::new("abc").unwrap()).unwrap();
    assert_eq!(bytes, *b"\x03abc");
    for bad in [
        &b""[..],
        b"\x03ab",
        b"\x03abcd",
        b"\x40\x03abc",
        b"\x01\xff",
    ] {
        assert!(wire::decode::<Note>(bad).is_err(), "{bad:?}");
    }
}
