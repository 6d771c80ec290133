//! Polls as the engine meets them: over bytes, through the table of plugins.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod judged;
mod known_answers;
mod mutants;

use mls_trellis_hooks::{
    Actor, ComponentEntry, ComponentId, EpochState, LeafIndex, LeafInfo, Origin, Plugins, Reject,
    wire,
};
use mls_trellis_poll::{Ballot, POLL, Phase, Update};

const ID: ComponentId = ComponentId(0x8042);
const ALICE: Actor = Actor::Member(LeafIndex(0));
const BOB: Actor = Actor::Member(LeafIndex(1));

/// The poll as it is installed.
fn poll() -> ComponentEntry {
    let plugins = Plugins::builder()
        .add(POLL.make(), Origin::here())
        .build()
        .unwrap();
    plugins.component(ID).unwrap().clone()
}

fn room() -> EpochState {
    EpochState::new(b"room")
        .with_leaf(LeafIndex(0), LeafInfo::basic("alice"))
        .with_leaf(LeafIndex(1), LeafInfo::basic("bob"))
}

/// Alice's poll.
fn ballot(phase: Phase) -> Ballot {
    let update = Update::open("Lunch?", ["soup", "rice"]);
    let ballot = Ballot::after(None, &update, &ALICE, &room()).unwrap();
    Ballot { phase, ..ballot }
}

/// The room with alice's poll.
fn asking(phase: Phase) -> EpochState {
    room().with_data(ID, wire::encode(&ballot(phase)).unwrap())
}

fn rule<T>(result: Result<T, Reject>) -> Option<String> {
    result.err().map(|reject| reject.rule().to_owned())
}
