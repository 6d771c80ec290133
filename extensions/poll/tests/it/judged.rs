//! Folds and verdicts on commits.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, AddedKeyPackage, Change, CommitView, EpochState, FoldView, Identity, LeafIndex,
    LeafInfo, Place, Reject, Sent, wire,
};
use mls_trellis_poll::{Ballot, Phase, Reminder, Update};

use crate::{ALICE, BOB, ID, asking, ballot, poll, room, rule};

/// Folds updates into the room's poll.
fn fold(before: &EpochState, updates: &[(Actor, Update)]) -> Result<Ballot, Reject> {
    let positions = 3..;
    let updates: Vec<_> = positions
        .zip(updates)
        .map(|(position, (from, update))| Sent {
            from: from.clone(),
            by_reference: false,
            position,
            body: wire::encode(update).unwrap().into(),
        })
        .collect();
    let cx = FoldView {
        id: ID,
        before,
        committer: &BOB,
    };
    let state = poll().group_state.unwrap();
    let folded = state.fold(&cx, before.data(ID), &updates)?;
    Ok(wire::decode(&folded).unwrap())
}

/// What the poll says of a commit from one epoch to another.
fn judge(
    before: &EpochState,
    after: &EpochState,
    proposals: &[Sent<Change>],
) -> Result<(), Reject> {
    poll().judge.unwrap().judge(&view(before, after, proposals))
}

fn view<'a>(
    before: &'a EpochState,
    after: &'a EpochState,
    proposals: &'a [Sent<Change>],
) -> CommitView<'a> {
    CommitView {
        id: ID,
        committer: &BOB,
        proposals,
        path: None,
        before,
        after,
    }
}

fn and_carol(epoch: EpochState) -> EpochState {
    epoch.with_leaf(LeafIndex(2), LeafInfo::basic("carol"))
}

#[test]
fn it_is_found_with_all_its_facets() {
    assert_eq!(poll().places(), [Place::GroupContext, Place::Ephemeral]);
    assert!(poll().invariant.is_some() && poll().judge.is_some());
}

#[test]
fn a_poll_in_one_commit() {
    let folded = fold(
        &room(),
        &[
            (ALICE, Update::open("Lunch?", ["soup", "rice"])),
            (BOB, Update::Vote { option: 1 }),
            (BOB, Update::Vote { option: 1 }),
            (ALICE, Update::Close),
            (BOB, Update::open("Dinner?", ["fish"])),
            (BOB, Update::Close),
        ],
    );
    let folded = folded.unwrap();
    assert_eq!(folded.question, "Dinner?".into());
    assert!(!folded.is_open());
}

#[test]
fn adu_9_the_order_of_updates_counts() {
    let votes = |first, last| {
        let votes = [first, last].map(|option| (BOB, Update::Vote { option }));
        fold(&asking(Phase::Open), &votes).unwrap().tally()
    };
    assert_eq!(votes(0, 1), [0, 1]);
    assert_eq!(votes(1, 0), [1, 0]);
}

#[test]
fn adu_6_the_update_at_fault_is_named() {
    let reject = fold(
        &asking(Phase::Open),
        &[(BOB, Update::Vote { option: 0 }), (BOB, Update::Close)],
    );
    let reject = reject.unwrap_err();
    assert_eq!(reject.rule(), "POLL-5");
    assert_eq!(reject.plugin(), "poll");
    assert_eq!(reject.culprit(), Some(4));
}

#[test]
fn poll_1_an_ill_formed_ballot_is_no_epoch() {
    let invariant = poll().invariant.unwrap();
    assert_eq!(invariant.holds(&room()), Ok(()));
    assert_eq!(invariant.holds(&asking(Phase::Closed)), Ok(()));

    let mut ballot = ballot(Phase::Open);
    ballot.votes.insert(b"bob".into(), 2);
    let epoch = room().with_data(ID, wire::encode(&ballot).unwrap());
    assert_eq!(rule(invariant.holds(&epoch)).as_deref(), Some("POLL-1"));
}

#[test]
fn poll_5_only_the_owner_drops_the_poll() {
    let drop = |from: &Actor, before: &EpochState| {
        let cx = FoldView {
            id: ID,
            before,
            committer: &ALICE,
        };
        let state = poll().group_state.unwrap();
        rule(state.may_remove(&cx, from, before.data(ID).unwrap()))
    };
    let before = asking(Phase::Open);
    assert_eq!(drop(&ALICE, &before), None);
    assert_eq!(drop(&BOB, &before).as_deref(), Some("POLL-5"));
    assert_eq!(
        drop(&Actor::External(0), &before).as_deref(),
        Some("POLL-6")
    );
}

#[test]
fn poll_7_nobody_is_added_while_a_poll_is_open() {
    let before = asking(Phase::Open);
    let add = Sent {
        from: ALICE,
        by_reference: true,
        position: 5,
        body: Change::Add(AddedKeyPackage {
            leaf: Arc::new(LeafInfo::basic("carol")),
            dictionary: None,
            extensions: Vec::new(),
        }),
    };
    let reject = judge(&before, &and_carol(before.clone()), &[add]).unwrap_err();
    assert_eq!(reject.rule(), "POLL-7");
    assert_eq!(reject.culprit(), Some(5));
}

#[test]
fn poll_7_nobody_joins_by_an_external_commit_either() {
    let before = asking(Phase::Open);
    let reject = judge(&before, &and_carol(before.clone()), &[]).unwrap_err();
    assert_eq!(reject.rule(), "POLL-7");
    assert_eq!(reject.culprit(), None);
}

#[test]
fn poll_7_the_electorate_is_free_before_and_after() {
    for (before, after) in [
        (room(), room()),
        (room(), asking(Phase::Open)),
        (asking(Phase::Closed), asking(Phase::Open)),
        (asking(Phase::Open), asking(Phase::Closed)),
        (asking(Phase::Open), room()),
    ] {
        assert_eq!(judge(&before, &and_carol(after), &[]), Ok(()));
    }
}

#[test]
fn poll_7_members_may_leave() {
    let before = asking(Phase::Open);
    assert_eq!(judge(&and_carol(before.clone()), &before, &[]), Ok(()));
}

#[test]
fn poll_8_reminders_are_of_an_open_poll() {
    let remind = |from: &Actor, after: &EpochState| {
        let before = room();
        let notice = wire::encode(&Reminder {
            text: "soon".into(),
        })
        .unwrap();
        let ephemeral = poll().ephemeral.unwrap();
        rule(ephemeral.check_notice(&view(&before, after, &[]), from, &notice))
    };
    assert_eq!(remind(&BOB, &asking(Phase::Open)), None);
    assert_eq!(
        remind(&BOB, &asking(Phase::Closed)).as_deref(),
        Some("POLL-8")
    );
    assert_eq!(remind(&BOB, &room()).as_deref(), Some("POLL-8"));
    assert_eq!(
        remind(&Actor::External(0), &asking(Phase::Open)).as_deref(),
        Some("POLL-6")
    );
}

#[test]
fn poll_state_is_keyed_by_identity() {
    let identity = Identity::from("bob");
    let ballot = fold(&asking(Phase::Open), &[(BOB, Update::Vote { option: 0 })]).unwrap();
    assert_eq!(ballot.votes.get(&identity.as_bytes().into()), Some(&0));
}
