//! The engine's own rules, those of them that are shown nowhere else.

use std::sync::Arc;

use mls_trellis_engine::{
    Error, GroupConfig, KeyPackageOptions, MemoryStore, PublicGroup, Settings,
};
use mls_trellis_hooks::{CipherSuite, LeafIndex, Payload, wire::Opaque};

use crate::{
    sample::{Tally, basic_only, plugins},
    stock::{Leaf, Stock},
    verdict::rule_of,
    world::{Room, client, client_with, config, private},
};

#[test]
fn eng_7_a_component_that_is_not_linked() {
    let store = Arc::new(MemoryStore::default());
    let alice = client_with("alice", basic_only(), Settings::default(), store);
    let mut group = alice.create_group(GroupConfig::new(b"room")).unwrap();
    assert_eq!(rule_of(group.commit().update::<Tally>(&5).seal()), "ENG-7");
    assert_eq!(rule_of(group.propose_update::<Tally>(&5)), "ENG-7");
}

#[test]
fn eng_9_a_leaf_that_is_nobodys() {
    let mut room = Room::of(&["alice", "bob"]);
    let nobody = room.members[0].propose_remove(LeafIndex(9));
    assert_eq!(rule_of(nobody), "ENG-9");
    room.goes_on();
}

#[test]
fn eng_12_whoever_was_removed_does_nothing_any_more() {
    let mut room = Room::of(&["alice", "bob"]);
    let sealed = room.members[0].commit().remove(LeafIndex(1)).seal();
    room.deliver(0, &sealed.unwrap());
    let bob = &mut room.members[1];
    assert_eq!(rule_of(bob.commit().path().seal()), "ENG-12");
    assert_eq!(rule_of(bob.send(&Payload::plain("hello"))), "ENG-12");
}

#[test]
fn eng_13_a_key_package_of_another_suite() {
    let mut room = Room::of(&["alice", "bob"]);
    let options = KeyPackageOptions::default().cipher_suite(CipherSuite(0x0003));
    let other = client("dave").key_package(&options).unwrap();
    let refused = room.members[0].commit().add(&other.message).seal();
    assert_eq!(rule_of(refused), "ENG-13");
    room.goes_on();
}

#[test]
fn eng_16_messages_wait_for_the_pool() {
    let mut room = Room::of(&["alice", "bob"]);
    let alice = &mut room.members[0];
    alice.propose_update::<Tally>(&5).unwrap();
    assert_eq!(rule_of(alice.send(&Payload::plain("hello"))), "ENG-16");
}

#[test]
fn eng_17_a_message_for_another_group() {
    let mut room = Room::of(&["alice", "bob"]);
    let other = GroupConfig::new(b"another room").with::<Tally>(&(0, Opaque::default()));
    let mut elsewhere = client("carol").create_group(other).unwrap();
    let commit = elsewhere.commit().path().seal().unwrap().commit;
    room.refuses(&commit, "ENG-17");
}

#[test]
fn eng_19_a_group_info_without_a_tree() {
    let founder = Stock::named("stan").found(&Leaf::default(), Vec::new());
    let follow = |tree: bool| {
        let store = Arc::new(MemoryStore::default());
        let info = founder.group_info_with(tree);
        PublicGroup::follow(basic_only(), store, &info, None).map(|_| ())
    };
    follow(true).unwrap();
    assert_eq!(rule_of(follow(false)), "ENG-19");
}

#[test]
fn hub_1_a_private_handshake_is_closed_to_a_hub() {
    let store = Arc::new(MemoryStore::default());
    let alice = client_with("alice", plugins(), private(), store);
    let mut group = alice.create_group(config()).unwrap();
    let info = group.group_info().unwrap();
    let store = Arc::new(MemoryStore::default());
    let mut hub = PublicGroup::follow(plugins(), store, &info, None).unwrap();
    let commit = group.commit().path().seal().unwrap().commit;
    match hub.receive(&commit) {
        Err(Error::Rejected(reject)) => assert_eq!(reject.rule(), "HUB-1"),
        other => panic!("{other:?}"),
    }
}
