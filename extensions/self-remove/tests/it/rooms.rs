//! Members that leave, in real groups.

use std::sync::Arc;

use mls_trellis_engine::{Framing, MemoryStore, Received};
use mls_trellis_hooks::{LeafIndex, Payload, ProposalType};
use mls_trellis_self_remove::{Leave, SelfRemove};

use crate::world::{Room, alarms, client, client_on, client_with, plugins, rule, without};

#[test]
fn sr_s1_nobody_leaves_where_a_member_lacks_the_type() {
    let mut room = Room::of(&["alice", "bob"]);
    room.add(&client_with("carol", without(), Framing::Public));
    assert_eq!(rule(room.members[1].propose_leave()), "PROP-2");
    // Nor does who lacks it itself.
    assert_eq!(rule(room.members[2].propose_leave()), "ENG-10");
    assert_eq!(rule(room.members[2].propose::<SelfRemove>(&Leave)), "ENG-7");

    let sealed = room.members[0]
        .commit()
        .remove(LeafIndex(2))
        .seal()
        .unwrap();
    room.deliver(0, &sealed);
    room.members.pop();
    room.leave(1);
}

#[test]
fn sr_s2_it_is_public_where_handshakes_are_private() {
    let bob = client_with("bob", plugins(), Framing::Private);
    let mut room = Room::with(&[client("alice"), bob]);
    // A hub takes in nothing else.
    room.leave(1);
    let sealed = room.members[0].commit().seal().unwrap();
    room.deliver(0, &sealed);
    assert_eq!(room.names(), ["alice"]);
}

#[test]
fn sr_s3_a_member_asks_once_in_an_epoch() {
    let store = Arc::new(MemoryStore::default());
    let bob = client_on("bob", plugins(), Framing::Public, store);
    let mut room = Room::with(&[client("alice"), bob.clone()]);
    room.members[1].propose::<SelfRemove>(&Leave).unwrap();
    assert_eq!(rule(room.members[1].propose_leave()), "SR-6");
    // Nor after a restart.
    drop(room.members.pop());
    room.members.push(bob.group(b"room").unwrap());
    assert_eq!(rule(room.members[1].propose_leave()), "SR-6");

    // Alice never heard of it. In the next epoch bob asks again.
    let sealed = room.members[0].commit().seal().unwrap();
    room.hub.receive(&sealed.commit).unwrap();
    room.members[0].accept(&sealed).unwrap();
    let Received::Epoch(_, change) = room.members[1].receive(&sealed.commit).unwrap() else {
        panic!("not merged");
    };
    assert_eq!(alarms(&change), ["SR-S6"]);
    room.leave(1);
}

#[test]
fn sr_s4_nobody_commits_it_by_value_or_for_themselves() {
    let mut room = Room::of(&["alice", "bob"]);
    let by_value = room.members[1].commit().propose::<SelfRemove>(&Leave);
    assert_eq!(rule(by_value.seal()), "SR-7");
    room.leave(1);
    // What bob commits leaves his own proposal to the others.
    let sealed = room.members[1].commit().path().seal().unwrap();
    let change = room.deliver(1, &sealed);
    assert_eq!(room.names(), ["alice", "bob"]);
    assert_eq!(alarms(&change), [""; 0]);
    room.agree();
}

#[test]
fn sr_s5_who_leaves_sends_no_more() {
    let mut room = Room::of(&["alice", "bob"]);
    room.leave(1);
    for member in &mut room.members {
        assert_eq!(rule(member.send(&Payload::plain(*b"bye"))), "ENG-16");
    }
}

#[test]
fn sr_12_sr_s8_the_commit_renews_keys() {
    let mut room = Room::of(&["alice", "bob"]);
    room.leave(1);
    let key = |room: &Room| {
        room.members[0]
            .epoch()
            .leaf(LeafIndex(0))
            .unwrap()
            .encryption_key
            .clone()
    };
    let old = key(&room);
    let sealed = room.members[0].commit().seal().unwrap();
    room.deliver(0, &sealed);
    assert_ne!(key(&room), old);
}

#[test]
fn sr_s9_nothing_else_is_committed_for_a_leaf_that_leaves() {
    let mut room = Room::of(&["alice", "bob", "carol"]);
    room.leave(1);
    let renew = room.members[1].propose_renewal().unwrap().message;
    room.tell(1, &renew);
    let remove = room.members[2]
        .propose_remove(LeafIndex(1))
        .unwrap()
        .message;
    room.tell(2, &remove);
    let sealed = room.members[0].commit().seal().unwrap();
    let change = room.deliver(0, &sealed);
    assert_eq!(alarms(&change), [""; 0]);
    let leaving: Vec<_> = change.proposals_of::<SelfRemove>().collect();
    assert!(matches!(&leaving[..], [(who, Leave)] if who.name() == "bob"));
    assert_eq!(room.names(), ["alice", "carol"]);
}

#[test]
fn sr_8_each_leaf_that_leaves_is_its_senders() {
    let mut room = Room::of(&["alice", "bob", "carol", "dave"]);
    room.leave(3);
    room.leave(1);
    let sealed = room.members[2].commit().seal().unwrap();
    let change = room.deliver(2, &sealed);
    let gone: Vec<_> = change.removed.iter().map(|who| who.name()).collect();
    assert_eq!(gone, ["bob", "dave"]);
    assert_eq!(room.names(), ["alice", "carol"]);
}

#[test]
fn sr_3_of_another_epoch_or_damaged_is_refused() {
    let mut room = Room::of(&["alice", "bob"]);
    let stale = room.members[1].propose_leave().unwrap().message;
    let sealed = room.members[1].commit().path().seal().unwrap();
    room.deliver(1, &sealed);
    let received = room.members[0].receive(&stale).unwrap();
    assert!(matches!(received, Received::StaleEpoch { epoch: 1 }));

    let fresh = room.members[1].propose_leave().unwrap().message;
    for position in 0..fresh.len() {
        let mut damaged = fresh.clone();
        damaged[position] ^= 1;
        let accepted = room.members[0].receive(&damaged);
        assert!(
            !matches!(accepted, Ok(Received::Proposal(..))),
            "byte {position}"
        );
    }
    room.tell(1, &fresh);
}

#[test]
fn sr_4_members_check_the_membership_tag_and_a_hub_cannot() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut forged = room.members[1].propose_leave().unwrap().message;
    *forged.last_mut().unwrap() ^= 1;
    assert!(room.members[0].receive(&forged).is_err());
    assert!(room.hub.receive(&forged).is_ok());
}

#[test]
fn sr_14_a_commit_of_one_that_is_not_here_yet_can_be_taken_in_later() {
    let mut room = Room::of(&["alice", "bob", "carol"]);
    let leave = room.members[1].propose_leave().unwrap().message;
    room.members[2].receive(&leave).unwrap();
    let sealed = room.members[2].commit().seal().unwrap();
    let before = room.members[0].epoch_authenticator().unwrap();
    assert!(room.members[0].receive(&sealed.commit).is_err());
    assert_eq!(room.members[0].epoch_authenticator().unwrap(), before);

    room.members[0].receive(&leave).unwrap();
    room.hub.receive(&leave).unwrap();
    room.deliver(2, &sealed);
    assert_eq!(room.names(), ["alice", "carol"]);
}

#[test]
fn sr_15_who_links_it_says_so_in_the_leaf() {
    let room = Room::of(&["alice", "bob"]);
    for (_, leaf) in room.hub.members() {
        assert!(leaf.capabilities.proposals.contains(&ProposalType(0x000a)));
    }
    let mut room = Room::of(&["alice"]);
    room.add(&client_with("carol", without(), Framing::Public));
    let carol = room.hub.epoch().leaf(LeafIndex(1)).unwrap();
    assert!(!carol.capabilities.proposals.contains(&ProposalType(0x000a)));
}

#[test]
fn sr_16_who_left_reads_and_deletes() {
    let bob = client("bob");
    let mut room = Room::with(&[client("alice"), bob.clone()]);
    room.leave(1);
    let sealed = room.members[0].commit().seal().unwrap();
    let mut gone = room.members.pop().unwrap();
    room.deliver(0, &sealed);
    let received = gone.receive(&sealed.commit).unwrap();
    assert!(matches!(received, Received::Removed(..)), "{received:?}");
    assert!(!gone.is_active().unwrap());
    assert_eq!(rule(gone.send(&Payload::plain(*b"?"))), "ENG-12");
    drop(gone);
    bob.delete_group(b"room").unwrap();
    assert!(bob.groups().unwrap().is_empty());
}
