//! The guard against replay.

use std::sync::Arc;

use mls_trellis_engine::{GroupConfig, MemoryStore, Received, Store};
use mls_trellis_hooks::wire;
use mls_trellis_targeted_messages::{MlsMessage, TargetedMessages};

use super::{
    BOB, Trio, client, client_with, direct, group_of, message_for_bob, next_epoch, plugins,
    refused_by, rule, sealed, trio,
};

fn guarded() -> TargetedMessages {
    TargetedMessages::default().guarded()
}

/// The `once` rows of a store's groups.
fn remembered(store: &MemoryStore) -> usize {
    let scopes = store.scopes().unwrap().into_iter();
    scopes
        .map(|scope| store.list(&scope, "once").unwrap().len())
        .sum()
}

#[test]
fn tm_s6_without_a_guard_a_message_can_be_replayed() {
    let mut groups = trio(TargetedMessages::default());
    let message = message_for_bob(&mut groups);
    for _ in 0..2 {
        assert_eq!(direct(groups[1].receive(&message)).body, b"hello");
    }
    assert_eq!(
        groups[1]
            .inbox()
            .unwrap()
            .iter()
            .filter(|d| matches!(d.event, mls_trellis_engine::Event::Direct(_)))
            .count(),
        2
    );
}

#[test]
fn tm_s6_with_a_guard_each_message_is_delivered_once() {
    let mut groups = trio(guarded());
    let messages = [(); 2].map(|()| message_for_bob(&mut groups));
    for message in &messages {
        let direct = direct(groups[1].receive(message));
        assert_eq!(direct.authenticated_data, b"in the clear");
        for _ in 0..2 {
            assert_eq!(groups[1].receive(message).unwrap(), Received::Duplicate);
        }
    }
    // Two members may happen to draw the same nonce; here bob sends what is like alice's message.
    let packet = groups[1]
        .seal_as::<TargetedMessages>(super::ALICE, b"hello", b"")
        .unwrap();
    direct(groups[0].receive(&packet.message));
}

#[test]
fn tm_s6_what_was_delivered_is_remembered_over_restarts_and_epochs_and_no_longer() {
    let store = Arc::new(MemoryStore::default());
    let bob = client_with("bob", plugins(guarded()), store.clone());
    let mut groups = group_of(
        &[client("alice", guarded()), bob.clone()],
        GroupConfig::new(b"room"),
    );
    let message = message_for_bob(&mut groups);
    direct(groups[1].receive(&message));
    assert_eq!(remembered(&store), 1);

    // After a restart.
    groups.pop();
    groups.push(bob.group(b"room").unwrap());
    assert_eq!(groups[1].receive(&message).unwrap(), Received::Duplicate);

    // The epoch is over, and its messages can still be opened.
    next_epoch(&mut groups, 0);
    assert_eq!(groups[1].receive(&message).unwrap(), Received::Duplicate);
    assert_eq!(remembered(&store), 1);

    // They cannot be opened any more.
    next_epoch(&mut groups, 1);
    assert_eq!(
        groups[1].receive(&message).unwrap(),
        Received::StaleEpoch { epoch: 1 }
    );
    assert_eq!(remembered(&store), 0);
}

#[test]
fn tm_s6_a_message_without_a_nonce_is_not_opened() {
    let mut groups = group_of(
        &[
            client("alice", TargetedMessages::default()),
            client("bob", guarded()),
        ],
        GroupConfig::new(b"room"),
    );
    let message = message_for_bob(&mut groups);
    assert_eq!(refused_by(groups[1].receive(&message)), "TM-S6");
}

#[test]
fn tm_s6_nonces_have_a_length() {
    let trio = Trio::new();
    for (nonce, taken) in [(0, false), (1, true), (63, true), (64, true), (65, false)] {
        let aad = wire::encode(&(
            wire::Opaque(vec![7; nonce]),
            wire::Opaque::from(b"in the clear"),
        ));
        let aad = aad.unwrap();
        let letter = mls_trellis_hooks::Letter {
            authenticated_data: &aad,
            ..super::letter(BOB)
        };
        let message = trio
            .alice
            .seal(&TargetedMessages::default(), &letter)
            .unwrap();
        let opened = trio.bob.open(&guarded(), &message);
        match taken {
            true => assert_eq!(opened.unwrap().once, Some(vec![7; nonce])),
            false => assert_eq!(rule(opened), "TM-S6"),
        }
    }
}

#[test]
fn tm_s6_nonces_differ() {
    let trio = Trio::new();
    let [one, other] = [(); 2].map(|()| {
        let message = sealed(&trio.alice, &guarded());
        let message: MlsMessage = wire::decode(&message).unwrap();
        message.message.authenticated_data
    });
    assert_ne!(one, other);
}
