//! Those who do not have the plugin.

use std::sync::Arc;

use mls_trellis_engine::{Event, Framing, MemoryStore, PublicGroup};
use mls_trellis_tests_proposal::Rekey;

use crate::world::{Device, Room, client, rule, with_rekey, without};

#[test]
fn prop_2_nobody_sends_what_a_member_does_not_support() {
    let mut room = Room::with(&[client("carol", without())]);
    let proposed = room.members[0].propose::<Rekey>(&"monday".into());
    assert_eq!(rule(proposed), "PROP-2");
    let commit = room.members[0].commit().propose::<Rekey>(&"monday".into());
    assert_eq!(rule(commit.seal()), "PROP-2");
    // Who lacks it cannot even ask.
    let proposed = room.members[2].propose::<Rekey>(&"monday".into());
    assert_eq!(rule(proposed), "ENG-7");
}

#[test]
fn eng_10_who_lost_the_plugin_keeps_it_for_others_and_follows() {
    let device = Device::new("carol");
    let carol = device.start(with_rekey(), Framing::Public);
    let mut room = Room::with(std::slice::from_ref(&carol));
    drop(room.members.pop());
    let carol = device.start(without(), Framing::Public);
    room.members.push(carol.group(b"room").unwrap());

    let proposal = room.members[1]
        .propose::<Rekey>(&"a lost phone".into())
        .unwrap();
    room.tell(1, &proposal.message);
    let inbox = room.members[2].inbox().unwrap();
    let Some(Event::Proposal(proposed)) = inbox.last().map(|delivered| &delivered.event) else {
        panic!("{inbox:?}");
    };
    assert_eq!(proposed.refused.as_ref().unwrap().rule, "ENG-10");
    // Her commits leave it out, without being refused.
    let sealed = room.members[2].commit().seal().unwrap();
    room.members[2].discard(&sealed).unwrap();
    // Others commit it, and she follows.
    let sealed = room.members[0].commit().seal().unwrap();
    assert_eq!(room.deliver(0, &sealed).proposals.len(), 1);
    let sealed = room.members[2].commit().path().seal().unwrap();
    assert_eq!(room.deliver(2, &sealed).proposals.len(), 0);
}

#[test]
fn a_hub_without_the_plugin_follows() {
    let mut room = Room::with(&[]);
    let info = room.members[0].group_info().unwrap();
    let store = Arc::new(MemoryStore::default());
    room.hub = PublicGroup::follow(without(), store, &info, None).unwrap();
    let proposal = room.members[1]
        .propose::<Rekey>(&"a lost phone".into())
        .unwrap();
    room.tell(1, &proposal.message);
    let sealed = room.members[0].commit().seal().unwrap();
    assert_eq!(room.deliver(0, &sealed).proposals.len(), 1);
}

#[test]
fn who_links_it_says_so_in_the_leaf() {
    let room = Room::with(&[client("carol", without())]);
    let lists = room.hub.members().map(|(_, leaf)| {
        let proposals = &leaf.capabilities.proposals;
        proposals
            .iter()
            .any(|proposal_type| proposal_type.0 == 0xf0a1)
    });
    assert_eq!(lists.collect::<Vec<_>>(), [true, true, false]);
}
