//! A member that changes over to another key and credential.

use std::sync::Arc;

use mls_trellis_engine::{
    Client, Error, MemoryStore, Received, Signer as _, SoftwareSigner, Store,
};
use mls_trellis_hooks::{CipherSuite, Credential, LeafIndex, Payload};

use crate::{
    sample::plugins,
    world::{Room, client, config, key_package},
};

fn signer() -> Arc<SoftwareSigner> {
    Arc::new(SoftwareSigner::generate(CipherSuite(0x0001)).unwrap())
}

fn with(
    store: &Arc<dyn Store>,
    name: &str,
    now: &Arc<SoftwareSigner>,
) -> mls_trellis_engine::ClientBuilder {
    Client::builder(plugins())
        .store(store.clone())
        .identity(Credential::basic(name), now.clone())
}

/// The room of alice, who has a new key since, and bob.
fn room() -> (Room, Arc<SoftwareSigner>) {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let (old, new) = (signer(), signer());
    let mut room = Room::of(&["founder"]);
    room.add(&with(&store, "alice", &old).build().unwrap());
    room.add(&client("bob"));
    drop(room.members.remove(1));
    let alice = with(&store, "alice", &new).formerly(old).build().unwrap();
    room.members.insert(1, alice.group(b"room").unwrap());
    room.agree();
    (room, new)
}

#[test]
fn the_old_key_signs_until_the_leaf_is_renewed() {
    let (mut room, new) = room();
    let sealed = room.members[1].commit().path().seal().unwrap();
    room.deliver(1, &sealed);
    room.agree();
    let leaf = room.hub.epoch().leaf(LeafIndex(1)).unwrap().clone();
    assert_ne!(*leaf.signature_key, *new.public_key());

    let message = room.members[1]
        .send(&Payload::plain(*b"by the old key"))
        .unwrap();
    let received = room.members[0].receive(&message.message).unwrap();
    assert!(matches!(received, Received::Message(..)), "{received:?}");
}

#[test]
fn a_renewed_leaf_has_the_new_key() {
    let (mut room, new) = room();
    let sealed = room.members[1].commit().renew_leaf().seal().unwrap();
    room.deliver(1, &sealed);
    room.agree();
    let leaf = room.hub.epoch().leaf(LeafIndex(1)).unwrap().clone();
    assert_eq!(*leaf.signature_key, *new.public_key());

    let message = room.members[1]
        .send(&Payload::plain(*b"by the new key"))
        .unwrap();
    let received = room.members[2].receive(&message.message).unwrap();
    assert!(matches!(received, Received::Message(..)), "{received:?}");
    // And on it goes: further commits, additions, removals.
    let sealed = room.members[1]
        .commit()
        .add(&key_package(&client("carol")))
        .seal()
        .unwrap();
    room.deliver(1, &sealed);
    let sealed = room.members[0]
        .commit()
        .remove(LeafIndex(1))
        .seal()
        .unwrap();
    room.deliver(0, &sealed);
}

#[test]
fn a_renewal_that_another_commits_has_the_new_key() {
    let (mut room, new) = room();
    let proposal = room.members[1].propose_renewal().unwrap().message;
    for at in [0, 2] {
        let received = room.members[at].receive(&proposal).unwrap();
        let Received::Proposal(_, proposed) = received else {
            panic!("{received:?}");
        };
        assert_eq!(proposed.refused, None);
    }
    room.hub.receive(&proposal).unwrap();
    let key = |room: &Room| {
        let leaf = room.hub.epoch().leaf(LeafIndex(1)).unwrap();
        leaf.signature_key.to_vec()
    };
    assert_ne!(key(&room), new.public_key());
    let sealed = room.members[2].commit().seal().unwrap();
    room.deliver(2, &sealed);
    room.agree();
    assert_eq!(key(&room), new.public_key());

    let message = room.members[1].send(&Payload::plain(*b"by the new key"));
    let received = room.members[0].receive(&message.unwrap().message).unwrap();
    assert!(matches!(received, Received::Message(..)), "{received:?}");
    let sealed = room.members[1].commit().path().seal().unwrap();
    room.deliver(1, &sealed);
    room.agree();
}

#[test]
fn a_renewal_that_nobody_commits_leaves_the_old_key_in_force() {
    let (mut room, _) = room();
    let proposal = room.members[1].propose_renewal().unwrap().message;
    room.hub.receive(&proposal).unwrap();
    // Others commit something else, and the proposal is gone with the epoch.
    let sealed = room.members[0].commit().path().seal().unwrap();
    room.deliver(0, &sealed);
    room.agree();
    let sealed = room.members[1].commit().path().seal().unwrap();
    room.deliver(1, &sealed);
    room.agree();
}

#[test]
fn a_discarded_renewal_leaves_the_old_key_in_force() {
    let (mut room, _) = room();
    let sealed = room.members[1].commit().renew_leaf().seal().unwrap();
    room.members[1].discard(&sealed).unwrap();
    let sealed = room.members[1].commit().path().seal().unwrap();
    room.deliver(1, &sealed);
    room.agree();
}

#[test]
fn cred_3_a_renewed_leaf_is_of_the_same_client() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let (old, new) = (signer(), signer());
    let alice = with(&store, "alice", &old).build().unwrap();
    drop(alice.create_group(config()).unwrap());
    let other = with(&store, "alicia", &new).formerly(old).build().unwrap();
    let mut group = other.group(b"room").unwrap();
    let committed = group.commit().renew_leaf().seal().map(drop);
    let proposed = group.propose_renewal().map(drop);
    for refused in [committed, proposed] {
        match refused {
            Err(Error::Rejected(reject)) => assert_eq!(reject.rule(), "CRED-3"),
            other => panic!("{other:?}"),
        }
    }
    // Nothing is left of either.
    let sealed = group.commit().path().seal().unwrap();
    assert_eq!(group.accept(&sealed).unwrap().proposals, []);
}

#[test]
fn a_key_package_of_the_old_key_still_leads_in() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let (old, new) = (signer(), signer());
    let package = key_package(&with(&store, "alice", &old).build().unwrap());
    let alice = with(&store, "alice", &new).formerly(old).build().unwrap();

    let mut room = Room::of(&["founder"]);
    let sealed = room.members[0].commit().add(&package).seal().unwrap();
    room.deliver(0, &sealed);
    room.members
        .push(alice.join(sealed.welcome.as_ref().unwrap()).unwrap());
    room.agree();
    let sealed = room.members[1].commit().renew_leaf().seal().unwrap();
    room.deliver(1, &sealed);
    room.agree();
}
