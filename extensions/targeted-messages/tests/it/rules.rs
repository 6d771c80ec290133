//! The rules of the draft, one by one, over keys in the hand.

use mls_trellis_hooks::{Blame, LeafIndex, Letter, Recipient, WireFormat, wire};
use mls_trellis_targeted_messages::{MlsMessage, Revision, TargetedMessages};

use super::{
    ALICE, BOB, CAROL, SUITE, Trio,
    forge::{Forged, forged},
    letter, rejected, rule, sealed,
};

const FORMAT: fn() -> TargetedMessages = TargetedMessages::default;

fn changed(message: &[u8], change: impl FnOnce(&mut MlsMessage)) -> Vec<u8> {
    let mut decoded = wire::decode(message).unwrap();
    change(&mut decoded);
    wire::encode(&decoded).unwrap()
}

#[test]
fn a_message_is_opened_by_whom_it_is_for() {
    for suite in [1, 2, 3].map(mls_trellis_hooks::CipherSuite) {
        for revision in [Revision::V01, Revision::V02] {
            let trio = Trio::of(suite, |epoch| epoch);
            let format = TargetedMessages::revision(revision).padding(64);
            let message = sealed(&trio.alice, &format);
            let opened = trio.bob.open(&format, &message).unwrap();
            assert_eq!((opened.from, &opened.body[..]), (ALICE, &b"hello"[..]));
            assert_eq!(opened.authenticated_data, b"in the clear");
            assert!(opened.alarms.is_empty() && opened.once.is_none());
        }
    }
}

#[test]
fn what_another_text_of_the_draft_makes_is_opened() {
    let trio = Trio::new();
    let message = forged(&trio.alice, BOB, &Forged::default());
    let opened = trio.bob.open(&FORMAT(), &message).unwrap();
    assert_eq!((opened.from, &opened.body[..]), (ALICE, &b"hello"[..]));
}

#[test]
fn peek_tells_where_a_message_belongs() {
    let envelope =
        WireFormat::peek(&FORMAT(), TargetedMessages::FORMAT, &Trio::new().message()).unwrap();
    assert_eq!((&envelope.group_id[..], envelope.epoch), (&b"room"[..], 7));
}

#[test]
fn tm_1_another_group() {
    let trio = Trio::new();
    let message = changed(&trio.message(), |m| m.message.group_id = b"moor".into());
    assert_eq!(rule(trio.bob.open(&FORMAT(), &message)), "TM-1");
}

#[test]
fn tm_2_another_epoch() {
    let trio = Trio::new();
    for epoch in [6, 8] {
        let message = changed(&trio.message(), |m| m.message.epoch = epoch);
        assert_eq!(rule(trio.bob.open(&FORMAT(), &message)), "TM-2");
    }
}

#[test]
fn tm_3_another_recipient() {
    let trio = Trio::new();
    assert_eq!(rule(trio.carol.open(&FORMAT(), &trio.message())), "TM-3");
    // Nor is it bob's when it is said to be: what is bound to carol does not open.
    let for_carol = trio.alice.seal(&FORMAT(), &letter(CAROL)).unwrap();
    let message = changed(&for_carol, |m| m.message.recipient_leaf_index = BOB.0);
    assert_eq!(rule(trio.bob.open(&FORMAT(), &message)), "TM-4");
}

#[test]
fn refusals_say_what_is_wrong() {
    let trio = Trio::new();
    let refused = |message: &[u8]| rejected(trio.bob.open(&FORMAT(), message)).to_string();
    let other = changed(&trio.message(), |m| m.message.recipient_leaf_index = 3);
    insta::assert_snapshot!(refused(&other), @"TM-3: the message is for leaf 3 (a peer misbehaved)");
    let other = changed(&trio.message(), |m| m.message.authenticated_data.0.clear());
    insta::assert_snapshot!(refused(&other), @"TM-6: the signature is not the sender's (a peer misbehaved)");
    let other = changed(&trio.message(), |m| m.wire_format.0 = 7);
    insta::assert_snapshot!(refused(&other), @"TM-11: version 0x0001, wire format 0x0007 (a peer misbehaved)");
}

#[test]
fn tm_4_sender_data_that_does_not_open() {
    let trio = Trio::new();
    let message = changed(&trio.message(), |m| {
        m.message.encrypted_sender_auth_data.0[0] ^= 1;
    });
    assert_eq!(rule(trio.bob.open(&FORMAT(), &message)), "TM-4");
    // The ciphertext is its key.
    let message = changed(&trio.message(), |m| m.message.ciphertext.0[0] ^= 1);
    assert_eq!(rule(trio.bob.open(&FORMAT(), &message)), "TM-4");
    let message = changed(&trio.message(), |m| m.message.ciphertext.0.clear());
    assert_eq!(rule(trio.bob.open(&FORMAT(), &message)), "TM-4");
}

#[test]
fn tm_4_sender_data_with_something_behind_it() {
    let trio = Trio::new();
    let forgery = Forged {
        trailing: vec![0],
        ..Forged::default()
    };
    let message = forged(&trio.alice, BOB, &forgery);
    assert_eq!(rule(trio.bob.open(&FORMAT(), &message)), "TM-4");
}

#[test]
fn tm_5_a_sender_that_is_not_there() {
    let trio = Trio::new();
    // A blank leaf, and leaves beyond the tree.
    for claims in [2, 4, 1 << 20, u32::MAX] {
        let forgery = Forged {
            claims: Some(claims),
            ..Forged::default()
        };
        let message = forged(&trio.alice, BOB, &forgery);
        let reject = rejected(trio.bob.open(&FORMAT(), &message));
        assert_eq!(
            (reject.rule(), reject.blame()),
            ("TM-5", Blame::PeerMisbehaved)
        );
    }
}

#[test]
fn tm_6_a_signature_of_somebody_else() {
    let trio = Trio::new();
    let forgery = Forged {
        claims: Some(ALICE.0),
        ..Forged::default()
    };
    let message = forged(&trio.carol, BOB, &forgery);
    assert_eq!(rule(trio.bob.open(&FORMAT(), &message)), "TM-6");
}

#[test]
fn tm_6_the_signature_covers_authenticated_data_and_the_whole_ciphertext() {
    let trio = Trio::new();
    let message = changed(&trio.message(), |m| m.message.authenticated_data.0[0] ^= 1);
    assert_eq!(rule(trio.bob.open(&FORMAT(), &message)), "TM-6");
    // Behind the sample from which the key of the sender data comes.
    let long = Letter {
        body: &[7; 100],
        ..letter(BOB)
    };
    let long = trio.alice.seal(&FORMAT(), &long).unwrap();
    let message = changed(&long, |m| m.message.ciphertext.0[50] ^= 1);
    assert_eq!(rule(trio.bob.open(&FORMAT(), &message)), "TM-6");
}

#[test]
fn tm_7_the_signature_comes_before_the_content() {
    let trio = Trio::new();
    // Neither holds. Which one is named tells which was looked at.
    let forgery = Forged {
        kem_output: Some(vec![9; 32]),
        bad_signature: true,
        ..Forged::default()
    };
    let message = forged(&trio.alice, BOB, &forgery);
    assert_eq!(rule(trio.bob.open(&FORMAT(), &message)), "TM-6");
}

#[test]
fn tm_8_an_encapsulated_key_of_another_message() {
    let trio = Trio::new();
    for kem_output in [vec![9; 32], vec![0; 32], vec![9; 31], vec![9; 33], vec![]] {
        let forgery = Forged {
            kem_output: Some(kem_output),
            ..Forged::default()
        };
        let message = forged(&trio.alice, BOB, &forgery);
        assert_eq!(rule(trio.bob.open(&FORMAT(), &message)), "TM-8");
    }
}

#[test]
fn tm_8_a_message_of_the_other_revision() {
    let trio = Trio::new();
    let (old, new) = (
        TargetedMessages::revision(Revision::V01),
        TargetedMessages::revision(Revision::V02),
    );
    // All but the content is the same.
    assert_eq!(
        rule(trio.bob.open(&new, &sealed(&trio.alice, &old))),
        "TM-8"
    );
    assert_eq!(
        rule(trio.bob.open(&old, &sealed(&trio.alice, &new))),
        "TM-8"
    );
}

#[test]
fn tm_8_the_leaf_key_of_the_recipient_has_changed() {
    let trio = Trio::new();
    let stale = trio.message();
    let (other_key, _) = mls_trellis_engine::EpochKeys::leaf_key_pair(SUITE, &[9; 32]).unwrap();
    let bob = trio.bob.leaf_key(other_key);
    assert_eq!(rule(bob.open(&FORMAT(), &stale)), "TM-8");
}

#[test]
fn tm_9_content_that_does_not_decode_or_has_other_padding_than_zeros() {
    let trio = Trio::new();
    for content in [&b""[..], b"\x06hello", b"\x05hello\0\x01", b"\x40\x05hello"] {
        let forgery = Forged {
            content: Some(content.to_vec()),
            ..Forged::default()
        };
        let message = forged(&trio.alice, BOB, &forgery);
        assert_eq!(
            rule(trio.bob.open(&FORMAT(), &message)),
            "TM-9",
            "{content:?}"
        );
    }
}

#[test]
fn tm_11_another_version_or_wire_format() {
    let message = Trio::new().message();
    for (at, value) in [(1, 2), (0, 1), (3, 7), (2, 1)] {
        let mut other = message.clone();
        other[at] = value;
        let reject = WireFormat::peek(&FORMAT(), TargetedMessages::FORMAT, &other).unwrap_err();
        assert_eq!(reject.rule(), "TM-11");
    }
}

#[test]
fn tm_11_bytes_that_are_not_exactly_one_message() {
    let message = Trio::new().message();
    for cut in 0..message.len() {
        let reject =
            WireFormat::peek(&FORMAT(), TargetedMessages::FORMAT, &message[..cut]).unwrap_err();
        assert_eq!(reject.rule(), "TM-11", "cut at {cut}");
    }
    let trailing = [&message[..], &[0]].concat();
    let reject = WireFormat::peek(&FORMAT(), TargetedMessages::FORMAT, &trailing).unwrap_err();
    assert_eq!(reject.rule(), "TM-11");
    // The group's id with a length longer than needed.
    let long = [&message[..4], &[0x40], &message[4..]].concat();
    let reject = WireFormat::peek(&FORMAT(), TargetedMessages::FORMAT, &long).unwrap_err();
    assert_eq!(reject.rule(), "TM-11");
}

#[test]
fn tm_12_a_message_to_oneself_is_not_sent_and_is_an_alarm() {
    let trio = Trio::new();
    let reject = rejected(trio.bob.seal(&FORMAT(), &letter(BOB)));
    assert_eq!((reject.rule(), reject.blame()), ("TM-12", Blame::Misuse));
    let message = forged(&trio.bob, BOB, &Forged::default());
    let opened = trio.bob.open(&FORMAT(), &message).unwrap();
    let alarms: Vec<_> = opened.alarms.iter().map(|alarm| alarm.rule()).collect();
    assert_eq!(alarms, ["TM-12"]);
}

#[test]
fn tm_s1_a_message_is_for_one_member() {
    let trio = Trio::new();
    for blank in [2, 4, u32::MAX] {
        let reject = rejected(trio.alice.seal(&FORMAT(), &letter(LeafIndex(blank))));
        assert_eq!((reject.rule(), reject.blame()), ("TM-S1", Blame::Misuse));
    }
    let everybody = Letter {
        to: Recipient::Group,
        ..letter(BOB)
    };
    assert_eq!(rule(trio.alice.seal(&FORMAT(), &everybody)), "TM-S1");
}

#[test]
fn tm_s2_padding_is_zero_and_hides_the_length() {
    let trio = Trio::new();
    let format = FORMAT().padding(64);
    let length = |body: &[u8]| {
        let letter = Letter {
            body,
            ..letter(BOB)
        };
        let message = trio.alice.seal(&format, &letter).unwrap();
        assert_eq!(trio.bob.open(&FORMAT(), &message).unwrap().body, body);
        message.len()
    };
    assert_eq!(length(b""), length(&[7; 62]));
}
