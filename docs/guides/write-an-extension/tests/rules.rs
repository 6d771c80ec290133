//! The rules, on epochs made by hand. No engine is needed.

use mls_trellis_hooks::{
    Actor, CommitView, ComponentId, EpochState, FoldView, GroupState, Judge, LeafIndex, LeafInfo,
    Reject, Sent, wire,
};
use my_poll::{Ballot, Poll, Update};

const ID: ComponentId = ComponentId(0x8042);
const ALICE: Actor = Actor::Member(LeafIndex(0));
const BOB: Actor = Actor::Member(LeafIndex(1));

fn room() -> EpochState {
    EpochState::new(b"room")
        .with_leaf(LeafIndex(0), LeafInfo::basic("alice"))
        .with_leaf(LeafIndex(1), LeafInfo::basic("bob"))
}

fn lunch() -> Update {
    Update::Open {
        question: "Lunch?".into(),
        options: vec!["soup".into(), "rice".into()],
    }
}

/// Folds updates as one commit of bob's. The sender of an update need not be the committer.
fn fold(before: &EpochState, updates: &[(Actor, Update)]) -> Result<Ballot, Reject> {
    let updates: Vec<_> = updates
        .iter()
        .enumerate()
        .map(|(position, (from, body))| Sent {
            from: from.clone(),
            by_reference: *from != BOB,
            position,
            body: body.clone(),
        })
        .collect();
    let cx = FoldView {
        id: ID,
        before,
        committer: &BOB,
    };
    Poll.fold(&cx, before.state::<Poll>()?, &updates)
}

#[test]
fn poll_3_the_last_vote_of_an_identity_counts() {
    let vote = |from, option| (from, Update::Vote { option });
    let ballot = fold(&room(), &[(ALICE, lunch()), vote(BOB, 0), vote(BOB, 1)]).unwrap();
    assert_eq!(ballot.votes.get(&b"bob".into()), Some(&1));
    assert_eq!(ballot.votes.len(), 1);
}

#[test]
fn poll_3_the_vote_at_fault_is_named() {
    let reject = fold(
        &room(),
        &[(ALICE, lunch()), (BOB, Update::Vote { option: 2 })],
    )
    .unwrap_err();
    assert_eq!((reject.rule(), reject.culprit()), ("POLL-3", Some(1)));
}

#[test]
fn poll_5_only_the_owner_ends_it() {
    let ballot = fold(&room(), &[(ALICE, lunch())]).unwrap();
    assert_eq!(ballot.may_end(&"alice".into(), &room()), Ok(()));
    let reject = ballot.may_end(&"bob".into(), &room()).unwrap_err();
    assert_eq!(reject.rule(), "POLL-5");
}

#[test]
fn poll_6_nobody_new_joins_while_it_is_open() {
    let ballot = fold(&room(), &[(ALICE, lunch())]).unwrap();
    let before = room().with_data(ID, wire::encode(&ballot).unwrap());
    let judge_joining = |name| {
        let after = before
            .clone()
            .with_leaf(LeafIndex(2), LeafInfo::basic(name));
        let cx = CommitView {
            id: ID,
            committer: &BOB,
            proposals: &[],
            path: None,
            before: &before,
            after: &after,
        };
        Poll.judge(&cx)
    };
    assert_eq!(judge_joining("carol").unwrap_err().rule(), "POLL-6");
    // A new device of a member is nobody new.
    assert_eq!(judge_joining("alice"), Ok(()));
}
