//! A group from founding to removal.

use mls_trellis_engine::Received;
use mls_trellis_hooks::{ComponentHandle, LeafIndex, Payload};

use crate::{
    sample::{TALLY, Tally, leaf_says, plugins},
    world::{Room, client, key_package},
};

#[test]
fn members_and_hub_agree_over_a_whole_life() {
    let mut room = Room::of(&["alice", "bob", "carol"]);
    assert_eq!(
        leaf_says(room.members[1].epoch().leaf(LeafIndex(2)).unwrap()),
        Some(7)
    );

    // By reference and inline, in one commit.
    let proposal = room.members[1].propose_update::<Tally>(&5).unwrap();
    room.hub.receive(&proposal.message).unwrap();
    for index in [0, 2] {
        let received = room.members[index].receive(&proposal.message).unwrap();
        assert!(matches!(received, Received::Proposal(..)), "{received:?}");
    }
    let sealed = room.members[0]
        .commit()
        .update::<Tally>(&6)
        .ephemeral::<Tally>(&1)
        .seal();
    room.deliver(0, &sealed.unwrap());
    room.agree();
    let (tally, last) = room.members[2].state::<Tally>().unwrap().unwrap();
    assert_eq!((tally, last.as_slice()), (5 * 31 + 6, &b"alice"[..]));

    // Application messages, framed.
    let packet = room.members[2].send(&Payload::plain("hello")).unwrap();
    let Received::Message(_, message) = room.members[0].receive(&packet.message).unwrap() else {
        panic!("no message");
    };
    assert_eq!(message.from.name(), "carol");
    assert_eq!(message.body, b"hello");
    assert_eq!(message.media_type.as_deref(), Some("text/tally"));
    assert_eq!(
        room.members[0].receive(&packet.message).unwrap(),
        Received::Duplicate
    );
    assert_eq!(
        room.members[2].receive(&packet.message).unwrap(),
        Received::OwnEcho
    );

    // Safe export agreement, once.
    let first = room.members[0]
        .component::<Tally>()
        .export_secret()
        .unwrap();
    for member in &mut room.members[1..] {
        assert_eq!(member.component::<Tally>().export_secret().unwrap(), first);
    }
    assert!(
        room.members[0]
            .component::<Tally>()
            .export_secret()
            .is_err()
    );

    // Join from outside.
    let dave = client("dave");
    let info = room.members[0].group_info().unwrap();
    let (joined, sealed) = dave
        .join_external(&info)
        .update::<Tally>(&9)
        .seal()
        .unwrap();
    room.hub.receive(&sealed.commit).unwrap();
    for member in &mut room.members {
        member.receive(&sealed.commit).unwrap();
    }
    room.members.push(joined);
    room.agree();

    // A pre-shared key that the plugin supplies.
    let sealed = room.members[3]
        .commit()
        .psk::<Tally>(b"well known")
        .seal()
        .unwrap();
    room.deliver(3, &sealed);
    room.agree();

    // Removal; the tally contributes.
    let sealed = room.members[0]
        .commit()
        .remove(LeafIndex(2))
        .seal()
        .unwrap();
    let before = room.members[0].state::<Tally>().unwrap().unwrap().0;
    room.deliver(0, &sealed);
    let mut carol = room.members.remove(2);
    assert!(!carol.is_active().unwrap());
    room.agree();
    let after = room.members[0].state::<Tally>().unwrap().unwrap().0;
    assert_eq!(after, before * 31 + 1000);
    assert!(
        room.members[0]
            .epoch()
            .required_components()
            .unwrap()
            .unwrap()
            .contains(&TALLY)
    );
}

#[test]
fn adu_s4_a_commit_that_breaks_a_rule_is_refused_by_its_own_sender() {
    let mut room = Room::of(&["alice", "bob"]);
    let refused = room.members[0]
        .commit()
        .update::<Tally>(&13)
        .seal()
        .unwrap_err();
    assert_eq!(refused.as_reject().unwrap().rule(), "TALLY-1");
    let refused = room.members[0]
        .commit()
        .ephemeral::<Tally>(&13)
        .seal()
        .unwrap_err();
    assert_eq!(refused.as_reject().unwrap().rule(), "TALLY-3");
    let refused = room.members[0]
        .commit()
        .update::<Tally>(&77)
        .seal()
        .unwrap_err();
    assert_eq!(refused.as_reject().unwrap().rule(), "TALLY-5");
    room.agree();

    let sealed = room.members[1]
        .commit()
        .update::<Tally>(&99)
        .seal()
        .unwrap();
    room.deliver(1, &sealed);
    let carol = client("carol");
    let refused = room.members[0]
        .commit()
        .add(&key_package(&carol))
        .seal()
        .unwrap_err();
    assert_eq!(refused.as_reject().unwrap().rule(), "TALLY-6");
    assert_eq!(refused.as_reject().unwrap().plugin(), "tally");
    assert!(plugins().component(TALLY).is_some());
}
