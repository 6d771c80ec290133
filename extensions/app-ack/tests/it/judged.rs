//! What is said of acknowledgements in commits.

use std::sync::Arc;

use mls_trellis_app_ack::{APP_ACK, Acknowledgement, MessageRange};
use mls_trellis_hooks::{
    Actor, Change, CommitView, ComponentEntry, ComponentId, EpochState, LeafIndex, LeafInfo,
    Origin, Place, Plugins, Reject, Sent, wire,
};

const ID: ComponentId = ComponentId(0x0005);
const ALICE: Actor = Actor::Member(LeafIndex(0));

fn entry() -> ComponentEntry {
    let plugins = Plugins::builder().add(APP_ACK.make(), Origin::here());
    plugins.build().unwrap().component(ID).unwrap().clone()
}

/// What is said of a commit of alice with this acknowledgement of `from`.
fn judged(from: &Actor, data: &[u8]) -> (Option<String>, Vec<Reject>) {
    let before = EpochState::new(b"room")
        .with_leaf(LeafIndex(0), LeafInfo::basic("alice"))
        .with_leaf(LeafIndex(2), LeafInfo::basic("bob"));
    let proposals = [Sent {
        from: from.clone(),
        by_reference: true,
        position: 0,
        body: Change::AppEphemeral {
            component: ID,
            data: data.into(),
        },
    }];
    let cx = CommitView {
        id: ID,
        committer: &ALICE,
        proposals: &proposals,
        path: None,
        before: &before,
        after: &before,
    };
    let entry = entry();
    let refused = entry.ephemeral.unwrap().check_notice(&cx, from, data);
    let judge = entry.judge.unwrap();
    assert_eq!(judge.judge(&cx), Ok(()));
    (
        refused.err().map(|r| r.rule().to_owned()),
        judge.concerns(&cx),
    )
}

fn ranges(ranges: &[(u32, u32, u32)]) -> Vec<u8> {
    let ranges = ranges.iter().map(|(sender, first, last)| MessageRange {
        sender: *sender,
        first_generation: *first,
        last_generation: *last,
    });
    wire::encode(&Acknowledgement {
        received_ranges: ranges.collect(),
    })
    .unwrap()
}

fn rules(concerns: &[Reject]) -> Vec<&str> {
    concerns.iter().map(Reject::rule).collect()
}

#[test]
fn it_stands_in_app_ephemerals() {
    assert_eq!(entry().places(), [Place::Ephemeral]);
}

#[test]
fn ack_1_what_does_not_decode_is_refused() {
    for bad in [&b""[..], &[13], &[1, 0], &[0, 0]] {
        assert_eq!(judged(&ALICE, bad).0, Some("AE-2".into()), "{bad:?}");
    }
    assert_eq!(judged(&ALICE, &ranges(&[(2, 0, 41)])), (None, vec![]));
}

#[test]
fn ack_2_a_range_that_ends_before_it_begins_is_an_alarm() {
    let (refused, concerns) = judged(&ALICE, &ranges(&[(2, 0, 0), (2, 4, 3)]));
    assert_eq!(refused, None);
    assert_eq!(rules(&concerns), ["ACK-2"]);
    assert_eq!(
        concerns[0].detail(),
        "leaf 0 acknowledges messages 4 to 3 of leaf 2"
    );
    assert_eq!(concerns[0].culprit(), Some(0));
}

#[test]
fn ack_3_a_sender_that_is_no_member_is_an_alarm() {
    for nobody in [1, 3, u32::MAX] {
        let (refused, concerns) = judged(&ALICE, &ranges(&[(2, 0, 0), (nobody, 0, 0)]));
        assert_eq!((refused, rules(&concerns)), (None, vec!["ACK-3"]));
    }
}

#[test]
fn ack_4_order_and_overlap_are_nobodys_concern() {
    let (refused, concerns) = judged(&ALICE, &ranges(&[(2, 3, 9), (0, 0, 0), (2, 0, 4)]));
    assert_eq!((refused, rules(&concerns)), (None, vec![]));
}

#[test]
fn ack_5_who_is_no_member_acknowledges_nothing() {
    let leaf = Arc::new(LeafInfo::basic("carol"));
    for from in [Actor::External(0), Actor::Joiner(leaf)] {
        let (refused, concerns) = judged(&from, &ranges(&[]));
        assert_eq!((refused, rules(&concerns)), (None, vec!["ACK-5"]), "{from}");
    }
}

#[test]
fn ack_9_an_empty_one_is_fine() {
    assert_eq!(judged(&ALICE, &ranges(&[])), (None, vec![]));
}
