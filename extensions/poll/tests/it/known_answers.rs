//! Bytes written down by hand, and bytes that are none.

use mls_trellis_hooks::wire::{self, Wire};
use mls_trellis_poll::{Ballot, Phase, Reminder, Update};

fn known<T: Wire>(value: &T, bytes: &[u8]) {
    assert_eq!(wire::encode(value).unwrap(), bytes);
    assert_eq!(&wire::decode::<T>(bytes).unwrap(), value);
}

#[test]
fn updates() {
    known(&Update::open("Q", ["a", "b"]), b"\x01\x01Q\x04\x01a\x01b");
    known(&Update::Vote { option: 258 }, b"\x02\x00\x00\x01\x02");
    known(&Update::Close, b"\x03");
}

#[test]
fn a_notice() {
    known(
        &Reminder {
            text: "soon".into(),
        },
        b"\x04soon",
    );
}

#[test]
fn a_ballot() {
    let votes = [(b"bob".into(), 1), (b"al".into(), 0)];
    let ballot = Ballot {
        question: "Q".into(),
        options: vec!["a".into(), "b".into()],
        owner: b"al".into(),
        votes: votes.into_iter().collect(),
        phase: Phase::Closed,
    };
    // Voters stand in the order of their bytes, without the length prefix: "al" < "bob".
    known(
        &ballot,
        b"\x01Q\x04\x01a\x01b\x02al\x0f\x02al\x00\x00\x00\x00\x03bob\x00\x00\x00\x01\x02",
    );
}

#[test]
fn what_is_none_does_not_decode() {
    let updates: [&[u8]; 6] = [
        b"",
        b"\x00",
        b"\x04",
        b"\x03\x00",
        b"\x02\x00\x00\x00",
        b"\x01\x01\xff\x02\x01a",
    ];
    for bytes in updates {
        assert!(wire::decode::<Update>(bytes).is_err(), "{bytes:02x?}");
    }
    let two_votes = b"\x01Q\x02\x01a\x02al\x0e\x02al\x00\x00\x00\x00\x02al\x00\x00\x00\x00\x01";
    assert!(wire::decode::<Ballot>(two_votes).is_err());
    let half_open = b"\x01Q\x02\x01a\x02al\x00\x03";
    assert!(wire::decode::<Ballot>(half_open).is_err());
}
