//! Messages of epochs that are over, and what is kept for them.

use std::{sync::Arc, time::Duration};

use mls_trellis_engine::{GroupConfig, MemoryStore, Received, Store};
use mls_trellis_targeted_messages::TargetedMessages;

use super::{
    add, client, client_with, deliver, direct, group_of, message_for_bob, next_epoch, plugins,
    refused_by, trio,
};

/// The epochs of which something is kept.
fn kept(store: &MemoryStore) -> Vec<u64> {
    let mut epochs = Vec::new();
    for scope in store.scopes().unwrap() {
        for (key, _) in store.list(&scope, "retained").unwrap() {
            epochs.extend(key.first_chunk().copied().map(u64::from_be_bytes));
        }
    }
    epochs
}

#[test]
fn tm_2_messages_of_a_retained_epoch_are_opened_as_of_that_epoch() {
    for window in 0..4u64 {
        let mut groups = trio(TargetedMessages::default().past_epochs(window));
        let message = message_for_bob(&mut groups);
        let epoch = groups[1].epoch().epoch;
        for passed in 1..5u64 {
            // By turns another's commit and bob's own, which renews his leaf key.
            next_epoch(&mut groups, usize::from(passed % 2 == 1));
            let received = groups[1].receive(&message);
            if passed > window {
                assert_eq!(received.unwrap(), Received::StaleEpoch { epoch });
            } else {
                let direct = direct(received);
                assert_eq!((direct.epoch, direct.from.name()), (epoch, "alice".into()));
                assert_eq!(direct.body, b"hello");
            }
        }
    }
}

#[test]
fn tm_2_the_sender_is_who_it_was_in_that_epoch() {
    let mut groups = trio(TargetedMessages::default());
    let message = groups[2].seal_as::<TargetedMessages>(super::BOB, b"last words", b"");
    let message = message.unwrap().message;
    // Carol leaves, and dave takes her place in the tree.
    let dave = client("dave", TargetedMessages::default());
    let package = dave.key_package(&Default::default()).unwrap();
    let commit = groups[0].commit().remove(mls_trellis_hooks::LeafIndex(2));
    let sealed = commit.add(&package.message).seal().unwrap();
    groups.pop();
    deliver(&mut groups, 0, &sealed);
    assert_eq!(
        groups[1]
            .epoch()
            .leaf(mls_trellis_hooks::LeafIndex(2))
            .unwrap()
            .identity,
        "dave".into()
    );
    let direct = direct(groups[1].receive(&message));
    assert_eq!(
        (direct.from.leaf, direct.from.name()),
        (Some(2), "carol".into())
    );
}

#[test]
fn what_is_kept_is_durable_and_bounded() {
    let store = Arc::new(MemoryStore::default());
    let format = TargetedMessages::default().past_epochs(2);
    let bob = client_with("bob", plugins(format), store.clone());
    let mut groups = group_of(
        &[client("alice", format), bob.clone()],
        GroupConfig::new(b"room"),
    );
    for round in 0..5usize {
        let message = message_for_bob(&mut groups);
        next_epoch(&mut groups, round % 2);
        let epoch = groups[1].epoch().epoch;
        let first = epoch.saturating_sub(2).max(1);
        assert_eq!(kept(&store), (first..epoch).collect::<Vec<_>>());
        groups.pop();
        groups.push(bob.group(b"room").unwrap());
        assert_eq!(direct(groups[1].receive(&message)).epoch, epoch - 1);
    }
}

#[test]
fn nothing_is_kept_where_nobody_can_send() {
    let store = Arc::new(MemoryStore::default());
    let bob = client_with("bob", plugins(TargetedMessages::default()), store.clone());
    let mut groups = vec![bob.create_group(GroupConfig::new(b"room")).unwrap()];
    next_epoch(&mut groups, 0);
    assert_eq!(kept(&store), [0; 0]);
    add(&mut groups, &client("alice", TargetedMessages::default()));
    next_epoch(&mut groups, 0);
    assert_eq!(kept(&store), [2]);
}

#[test]
fn a_shorter_window_takes_effect_with_the_next_epoch() {
    let store = Arc::new(MemoryStore::default());
    let signer = Arc::new(mls_trellis_engine::SoftwareSigner::generate(super::SUITE).unwrap());
    let bob = |past_epochs| {
        let format = TargetedMessages::default().past_epochs(past_epochs);
        mls_trellis_engine::Client::builder(plugins(format))
            .store(store.clone())
            .identity(mls_trellis_hooks::Credential::basic("bob"), signer.clone())
            .build()
            .unwrap()
    };
    let clients = [client("alice", TargetedMessages::default()), bob(5)];
    let mut groups = group_of(&clients, GroupConfig::new(b"room"));
    (0..4).for_each(|_| next_epoch(&mut groups, 0));
    assert_eq!(kept(&store), [1, 2, 3, 4]);
    groups.pop();
    groups.push(bob(1).group(b"room").unwrap());
    next_epoch(&mut groups, 0);
    assert_eq!(kept(&store), [5]);
}

#[test]
fn the_application_can_forget_past_epochs_at_once() {
    let mut groups = trio(TargetedMessages::default());
    let message = message_for_bob(&mut groups);
    let epoch = groups[1].epoch().epoch;
    next_epoch(&mut groups, 0);
    groups[1]
        .forget_past_epochs(Duration::from_secs(3600))
        .unwrap();
    direct(groups[1].receive(&message));
    groups[1].forget_past_epochs(Duration::ZERO).unwrap();
    assert_eq!(
        groups[1].receive(&message).unwrap(),
        Received::StaleEpoch { epoch }
    );
}

#[test]
fn tm_13_whoever_was_removed_opens_nothing_and_keeps_nothing() {
    let store = Arc::new(MemoryStore::default());
    let bob = client_with("bob", plugins(TargetedMessages::default()), store.clone());
    let mut groups = group_of(
        &[client("alice", TargetedMessages::default()), bob],
        GroupConfig::new(b"room"),
    );
    next_epoch(&mut groups, 0);
    let message = message_for_bob(&mut groups);
    assert_eq!(kept(&store), [1]);
    let sealed = groups[0].commit().remove(super::BOB).seal().unwrap();
    deliver(&mut groups, 0, &sealed);
    assert_eq!(refused_by(groups[1].receive(&message)), "ENG-12");
    assert_eq!(kept(&store), [0; 0]);
}
