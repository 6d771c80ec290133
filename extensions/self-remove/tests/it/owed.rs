//! Whoever commits next takes along those who leave, joiners included.

use std::sync::Arc;

use mls_trellis_engine::{Framing, MemoryStore, PublicGroup};
use mls_trellis_hooks::LeafIndex;
use mls_trellis_self_remove::SelfRemove;

use crate::world::{
    Room, alarms, client, client_on, client_with, forgetful, plugins, rule, without,
};

#[test]
fn sr_s6_a_member_takes_it_along_whatever_else_it_leaves() {
    let mut room = Room::of(&["alice", "bob", "carol"]);
    room.leave(1);
    let remove = room.members[1]
        .propose_remove(LeafIndex(2))
        .unwrap()
        .message;
    room.tell(1, &remove);
    let sealed = room.members[0].commit().without_pool().seal().unwrap();
    room.deliver(0, &sealed);
    assert_eq!(room.names(), ["alice", "carol"]);
}

#[test]
fn sr_s6_a_commit_that_leaves_it_out_is_an_alarm() {
    let alice = client_with("alice", forgetful(), Framing::Public);
    let mut room = Room::with(&[alice, client("bob"), client("carol")]);
    room.leave(1);
    let sealed = room.members[0].commit().without_pool().seal().unwrap();
    let change = room.deliver(0, &sealed);
    assert_eq!(alarms(&change), ["SR-S6"]);
    assert_eq!(change.alarms[0].plugin, "self_remove");
    assert_eq!(room.names(), ["alice", "bob", "carol"]);

    // Who is removed anyway is owed nothing.
    room.leave(1);
    let commit = room.members[0].commit().without_pool().remove(LeafIndex(1));
    let sealed = commit.seal().unwrap();
    assert_eq!(alarms(&room.deliver(0, &sealed)), [""; 0]);
}

#[test]
fn sr_s7_a_joiner_brings_along_what_the_hub_hands_out() {
    let mut room = Room::of(&["alice", "bob", "carol", "dave"]);
    let leaving = [room.leave(3), room.leave(1)];
    let mut owed = room.hub.owed().unwrap();
    owed.sort();
    let mut expected = leaving.to_vec();
    expected.sort();
    assert_eq!(owed, expected);
    // A member has them as well, its own among them.
    assert_eq!(room.members[1].owed().unwrap(), room.hub.owed().unwrap());

    let info = room.members[0].group_info().unwrap();
    let erin = client("erin");
    // One that comes twice counts once.
    let handed_out = owed.iter().chain(&owed);
    let join = handed_out.fold(erin.join_external(&info), |join, message| {
        join.bring(message)
    });
    let (joined, sealed) = join.seal().unwrap();
    let change = room.admit(joined, &sealed, Some(1));
    assert_eq!(alarms(&change), [""; 0]);
    room.members.remove(3);
    room.agree();
    assert_eq!(room.names(), ["alice", "erin", "carol"]);
    assert!(room.hub.owed().unwrap().is_empty());
    assert!(room.members[0].owed().unwrap().is_empty());
}

#[test]
fn sr_s7_a_joiner_that_brings_nothing_is_an_alarm() {
    let mut room = Room::of(&["alice", "bob"]);
    room.leave(1);
    let info = room.members[0].group_info().unwrap();
    let (joined, sealed) = client("carol").join_external(&info).seal().unwrap();
    let change = room.admit(joined, &sealed, None);
    assert_eq!(alarms(&change), ["SR-S6"]);
    room.agree();
    assert_eq!(room.names(), ["alice", "bob", "carol"]);
}

#[test]
fn sr_13_prop_5_a_joiner_brings_nothing_but_members_that_leave() {
    let mut room = Room::of(&["alice", "bob", "carol"]);
    let stale = room.leave(1);
    let sealed = room.members[1].commit().path().seal().unwrap();
    room.deliver(1, &sealed);
    let remove = room.members[0]
        .propose_remove(LeafIndex(1))
        .unwrap()
        .message;
    room.tell(0, &remove);
    let info = room.members[0].group_info().unwrap();
    let dave = client("dave");
    let package = dave.key_package(&Default::default()).unwrap().message;
    for other in [&stale, &remove, &sealed.commit, &package, &b"?".to_vec()] {
        let join = dave.join_external(&info).bring(other);
        assert_eq!(rule(join.seal()), "PROP-5");
    }
    assert!(dave.groups().unwrap().is_empty());
}

#[test]
fn sr_4_a_joiner_checks_all_but_the_membership_tag() {
    let mut room = Room::of(&["alice", "bob"]);
    let leave = room.leave(1);
    let info = room.members[0].group_info().unwrap();
    let carol = client("carol");
    // The tag is the last 32 bytes and the length before them.
    for position in 0..leave.len() - 33 {
        let mut damaged = leave.clone();
        damaged[position] ^= 1;
        let joined = carol.join_external(&info).bring(&damaged).seal();
        assert!(joined.is_err(), "byte {position}");
    }
    let mut untagged = leave;
    *untagged.last_mut().unwrap() ^= 1;
    assert!(carol.join_external(&info).bring(&untagged).seal().is_ok());
}

#[test]
fn sr_18_a_joiner_takes_the_leftmost_leaf_that_is_free_then() {
    let mut room = Room::of(&["alice", "bob", "carol"]);
    let leave = room.leave(1);
    let info = room.members[0].group_info().unwrap();
    let (joined, sealed) = client("dave")
        .join_external(&info)
        .bring(&leave)
        .seal()
        .unwrap();
    room.admit(joined, &sealed, Some(1));
    room.agree();
    let dave = room.hub.epoch().leaf(LeafIndex(1)).unwrap();
    assert_eq!(dave.identity.to_string(), "dave");
}

#[test]
fn a_joiner_without_the_plugin_brings_nothing() {
    let mut room = Room::of(&["alice", "bob"]);
    let leave = room.leave(1);
    let info = room.members[0].group_info().unwrap();
    let carol = client_with("carol", without(), Framing::Public);
    let join = carol.join_external(&info).bring(&leave);
    assert_eq!(rule(join.seal()), "ENG-10");
}

#[test]
fn what_is_owed_survives_restarts_and_goes_with_its_epoch() {
    let store = Arc::new(MemoryStore::default());
    let alice = client_on("alice", plugins(), Framing::Public, store);
    let mut room = Room::with(&[alice.clone(), client("bob"), client("carol")]);
    let leave = room.leave(1);
    let hub_store = room.hub_store.clone();
    room.hub = PublicGroup::load(plugins(), hub_store, b"room").unwrap();
    drop(room.members.remove(0));
    room.members.insert(0, alice.group(b"room").unwrap());
    let expected = [leave];
    assert_eq!(room.hub.owed().unwrap(), expected);
    assert_eq!(room.members[0].owed().unwrap(), expected);
    let sealed = room.members[0].commit().seal().unwrap();
    let change = room.deliver(0, &sealed);
    assert!(change.proposals_of::<SelfRemove>().count() == 1);
    for owed in [
        room.hub.owed(),
        room.members[0].owed(),
        room.members[2].owed(),
    ] {
        assert!(owed.unwrap().is_empty());
    }
}
