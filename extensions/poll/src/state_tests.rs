#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use mls_trellis_hooks::{
    Authority, Component, ComponentId, Draft, Hooks, LeafIndex, LeafInfo, Origin, Plugin, Plugins,
};
use proptest::{collection, prelude::*};

use super::*;

const ALICE: Actor = Actor::Member(LeafIndex(0));
const BOB: Actor = Actor::Member(LeafIndex(1));
/// Bob's second device.
const BOBS_PHONE: Actor = Actor::Member(LeafIndex(2));

fn epoch() -> EpochState {
    let names = (0..).zip(["alice", "bob", "bob"]);
    names.fold(EpochState::new(b"room"), |epoch, (index, name)| {
        epoch.with_leaf(LeafIndex(index), LeafInfo::basic(name))
    })
}

fn lunch() -> Update {
    Update::open("Lunch?", ["soup", "rice"])
}

/// Applies updates one after the other, or gives the rule that refuses one.
fn play(updates: &[(Actor, Update)]) -> Result<Ballot, String> {
    let mut ballot = None;
    for (from, update) in updates {
        let next = Ballot::after(ballot, update, from, &epoch());
        ballot = Some(next.map_err(|reject| reject.rule().to_owned())?);
    }
    ballot.ok_or_else(String::new)
}

fn vote(option: u32) -> Update {
    Update::Vote { option }
}

fn refused(rule: &str, updates: &[(Actor, Update)]) {
    assert_eq!(play(updates), Err(rule.to_owned()));
}

#[test]
fn poll_1_a_poll_has_a_question_and_options() {
    for update in [
        Update::open("", ["soup"]),
        Update::open("Lunch?", []),
        Update::open("Lunch?", ["soup", ""]),
    ] {
        refused("POLL-1", &[(ALICE, update)]);
    }
    assert!(play(&[(ALICE, Update::open("Lunch?", ["soup"]))]).is_ok());
}

#[test]
fn poll_1_a_ballot_has_votes_for_its_options_only() {
    let mut ballot = play(&[(ALICE, lunch())]).unwrap();
    ballot.votes.insert(b"bob".into(), 1);
    assert_eq!(ballot.check(), Ok(()));
    ballot.votes.insert(b"bob".into(), 2);
    assert_eq!(ballot.check().unwrap_err().rule(), "POLL-1");
}

#[test]
fn poll_2_one_poll_at_a_time() {
    let dinner = Update::open("Dinner?", ["fish"]);
    refused("POLL-2", &[(ALICE, lunch()), (BOB, dinner.clone())]);
    refused("POLL-2", &[(ALICE, lunch()), (BOB, lunch())]);

    let ballot = play(&[(ALICE, lunch()), (ALICE, Update::Close), (BOB, dinner)]).unwrap();
    assert!(ballot.is_open());
    assert_eq!(ballot.owner, b"bob".into());
}

#[test]
fn poll_2_a_new_poll_starts_without_votes() {
    let ballot = play(&[
        (ALICE, lunch()),
        (BOB, vote(1)),
        (ALICE, Update::Close),
        (BOB, lunch()),
    ]);
    assert_eq!(ballot.unwrap().tally(), [0, 0]);
}

#[test]
fn poll_2_opening_the_open_poll_again_keeps_its_votes() {
    let ballot = play(&[(ALICE, lunch()), (BOB, vote(1)), (ALICE, lunch())]);
    assert_eq!(ballot.unwrap().tally(), [0, 1]);
}

#[test]
fn poll_3_a_vote_is_for_an_option_of_the_open_poll() {
    refused("POLL-3", &[(BOB, vote(0))]);
    refused("POLL-3", &[(ALICE, lunch()), (BOB, vote(2))]);
    refused("POLL-3", &[(ALICE, lunch()), (BOB, vote(u32::MAX))]);
    refused(
        "POLL-3",
        &[(ALICE, lunch()), (ALICE, Update::Close), (BOB, vote(0))],
    );
}

#[test]
fn poll_4_the_last_vote_of_an_identity_counts() {
    let ballot = play(&[
        (ALICE, lunch()),
        (ALICE, vote(0)),
        (BOB, vote(0)),
        (BOBS_PHONE, vote(1)),
    ]);
    assert_eq!(ballot.unwrap().tally(), [1, 1]);
}

#[test]
fn poll_5_only_the_owner_closes() {
    refused("POLL-5", &[(BOB, Update::Close)]);
    refused("POLL-5", &[(ALICE, lunch()), (BOB, Update::Close)]);

    let closed = play(&[(BOB, lunch()), (BOBS_PHONE, Update::Close)]).unwrap();
    assert!(!closed.is_open());
}

#[test]
fn poll_5_everybody_closes_when_the_owner_has_left() {
    let ballot = play(&[(ALICE, lunch())]).unwrap();
    let without_alice = EpochState::new(b"room").with_leaf(LeafIndex(1), LeafInfo::basic("bob"));
    let closed = Ballot::after(Some(ballot), &Update::Close, &BOB, &without_alice).unwrap();
    assert!(!closed.is_open());
}

/// A room in which bob, and nobody else, ends polls.
struct BobEnds;

impl Component for BobEnds {
    const NAME: &'static str = "bob-ends";
    const DEFAULT_ID: ComponentId = ComponentId(0x8200);
    const DRAFT: Draft = Draft::private("bob-ends", "1");
}

impl Authority for BobEnds {
    fn may(&self, _: &EpochState, from: &Actor, what: &Action<'_>) -> Option<Result<(), Reject>> {
        let closes = *what == Action::new("poll", "close");
        closes.then(|| match *from == BOB {
            true => Ok(()),
            false => refuse("BOB-1", "only bob ends polls"),
        })
    }
}

impl Plugin for BobEnds {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self).authority();
    }
}

#[test]
fn poll_5_a_policy_of_the_room_decides_who_ends_polls() {
    let plugins = Plugins::builder().add(Arc::new(BobEnds), Origin::here());
    let room = epoch().with_plugins(&plugins.build().unwrap());
    let ballot = Ballot::after(None, &lunch(), &ALICE, &room).unwrap();
    let close =
        |from, room: &EpochState| Ballot::after(Some(ballot.clone()), &Update::Close, &from, room);

    // It is linked, but the group does not have it.
    assert!(close(ALICE, &room).is_ok() && close(BOB, &room).is_err());
    let room = room.with_data(ComponentId(0x8200), Vec::new());
    assert!(close(BOB, &room).is_ok());
    let reject = close(ALICE, &room).unwrap_err();
    assert_eq!((reject.rule(), reject.plugin()), ("BOB-1", "bob-ends"));
}

#[test]
fn poll_6_only_members_act() {
    let stranger = Arc::new(LeafInfo::basic("alice"));
    for from in [
        Actor::External(0),
        Actor::Candidate(stranger.clone()),
        Actor::Joiner(stranger),
        Actor::Member(LeafIndex(9)),
    ] {
        for update in [lunch(), vote(0), Update::Close] {
            refused("POLL-6", &[(ALICE, lunch()), (from.clone(), update)]);
        }
    }
}

#[test]
fn poll_7_a_new_device_is_nobody_new() {
    let phone = epoch().with_leaf(LeafIndex(3), LeafInfo::basic("alice"));
    assert_eq!(newcomer(&epoch(), &phone), None);
    let carol = epoch().with_leaf(LeafIndex(3), LeafInfo::basic("carol"));
    assert_eq!(newcomer(&epoch(), &carol), Some(&"carol".into()));
    assert_eq!(newcomer(&carol, &epoch()), None);
}

fn update() -> impl Strategy<Value = (Actor, Update)> {
    let from = prop::sample::select(vec![ALICE, BOB, BOBS_PHONE]);
    let update = prop_oneof![
        prop::sample::select(vec!["Lunch?", "Dinner?"]).prop_map(|q| Update::open(q, ["a", "b"])),
        (0u32..3).prop_map(vote),
        Just(Update::Close),
    ];
    (from, update)
}

proptest! {
    /// Whatever members send: the ballot keeps its rules, and an update that comes twice in a row
    /// does what it does once.
    #[test]
    fn an_update_sent_twice_acts_once(updates in collection::vec(update(), 0..40)) {
        let mut ballot = None;
        for (from, update) in updates {
            let Ok(once) = Ballot::after(ballot.clone(), &update, &from, &epoch()) else {
                continue;
            };
            prop_assert_eq!(once.check(), Ok(()));
            let twice = Ballot::after(Some(once.clone()), &update, &from, &epoch());
            prop_assert_eq!(twice.as_ref(), Ok(&once));
            ballot = Some(once);
        }
    }
}
