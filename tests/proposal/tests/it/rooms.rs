//! What works.

use mls_trellis_engine::{EpochChange, Framing, Received};
use mls_trellis_hooks::LeafIndex;
use mls_trellis_tests_proposal::{Reason, Rekey};

use crate::world::{Device, Room, with_rekey};

/// Who asked, and why.
fn asked(change: &EpochChange) -> Vec<(String, String)> {
    let asked = change.proposals_of::<Rekey>();
    asked
        .map(|(who, reason)| (who.name(), reason.why.0))
        .collect()
}

fn key_of_alice(room: &Room) -> Vec<u8> {
    let leaf = room.hub.epoch().leaf(LeafIndex(0)).unwrap();
    leaf.encryption_key.to_vec()
}

#[test]
fn by_reference_it_is_committed_with_a_path() {
    let mut room = Room::with(&[]);
    let proposal = room.members[1]
        .propose::<Rekey>(&"a lost phone".into())
        .unwrap();
    room.tell(1, &proposal.message);
    let old = key_of_alice(&room);
    let sealed = room.members[0].commit().seal().unwrap();
    let change = room.deliver(0, &sealed);
    assert_eq!(asked(&change), [("bob".into(), "a lost phone".into())]);
    assert!(change.proposals[0].by_reference);
    assert_ne!(key_of_alice(&room), old);
    // It is not owed to anybody: a commit may leave it out.
    room.members[1].propose::<Rekey>(&"again".into()).unwrap();
    assert!(room.members[1].owed().unwrap().is_empty());
}

#[test]
fn by_value_it_is_committed_with_a_path() {
    let mut room = Room::with(&[]);
    let old = key_of_alice(&room);
    let commit = room.members[0]
        .commit()
        .propose::<Rekey>(&"it is monday".into());
    let sealed = commit.seal().unwrap();
    let change = room.deliver(0, &sealed);
    assert_eq!(asked(&change), [("alice".into(), "it is monday".into())]);
    assert!(!change.proposals[0].by_reference);
    assert_ne!(key_of_alice(&room), old);
}

#[test]
fn several_are_told_apart_by_their_senders() {
    let mut room = Room::with(&[]);
    let reason = Reason::from("monday");
    let proposal = room.members[1].propose::<Rekey>(&reason).unwrap();
    room.tell(1, &proposal.message);
    let sealed = room.members[0]
        .commit()
        .propose::<Rekey>(&reason)
        .seal()
        .unwrap();
    let change = room.deliver(0, &sealed);
    let who: Vec<_> = asked(&change).into_iter().map(|(who, _)| who).collect();
    assert_eq!(who, ["bob", "alice"]);
}

#[test]
fn what_waits_survives_a_restart() {
    let device = Device::new("carol");
    let carol = device.start(with_rekey(), Framing::Public);
    let mut room = Room::with(std::slice::from_ref(&carol));
    let proposal = room.members[1]
        .propose::<Rekey>(&"a lost phone".into())
        .unwrap();
    room.tell(1, &proposal.message);
    drop(room.members.pop());
    room.members.push(carol.group(b"room").unwrap());
    let sealed = room.members[2].commit().seal().unwrap();
    assert_eq!(asked(&room.deliver(2, &sealed)).len(), 1);
}

#[test]
fn a_proposal_comes_once() {
    let mut room = Room::with(&[]);
    let proposal = room.members[1]
        .propose::<Rekey>(&"a lost phone".into())
        .unwrap();
    room.tell(1, &proposal.message);
    let again = room.members[0].receive(&proposal.message).unwrap();
    assert_eq!(again, Received::Duplicate);
    let echo = room.members[1].receive(&proposal.message).unwrap();
    assert_eq!(echo, Received::OwnEcho);
}
