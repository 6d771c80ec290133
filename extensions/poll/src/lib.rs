//! Polls in an MLS group: the worked example of the guide to writing an extension.
//!
//! A member opens a poll, members vote, its owner closes it. The poll stands in the GroupContext, so
//! all members and every hub agree on it in each epoch. No draft specifies polls: component 0x8042
//! (private use) called `poll`, version 1, over draft-ietf-mls-extensions-10.
//!
//! | rule | says |
//! |---|---|
//! | POLL-1 | A poll has a question and options, none of them empty, and votes for nothing else. |
//! | POLL-2 | A poll opens when no other is open. |
//! | POLL-3 | A vote is for an option of the open poll. |
//! | POLL-4 | Each identity has one vote: its last. |
//! | POLL-5 | Whoever opened a poll closes it or drops it; anybody does once they have left. A room policy that has an opinion on `poll`, `close` is asked instead. |
//! | POLL-6 | Only members open, vote, close and remind. |
//! | POLL-7 | While a poll stays open, nobody joins who was not a member: the electorate is fixed. |
//! | POLL-8 | Reminders are of an open poll. |
//!
//! An update that comes twice in a row does what it does once.
//!
//! ```
//! use mls_trellis_hooks::{Actor, EpochState, LeafIndex, LeafInfo};
//! use mls_trellis_poll::{Ballot, Update};
//!
//! let epoch = EpochState::new(b"room").with_leaf(LeafIndex(0), LeafInfo::basic("alice"));
//! let alice = Actor::Member(LeafIndex(0));
//!
//! let opened = Ballot::after(None, &Update::open("Lunch?", ["soup", "rice"]), &alice, &epoch)?;
//! let voted = Ballot::after(Some(opened), &Update::Vote { option: 1 }, &alice, &epoch)?;
//! assert_eq!(voted.tally(), [0, 1]);
//! # Ok::<(), mls_trellis_hooks::Reject>(())
//! ```

mod hooks;
mod state;
mod wire;

pub use hooks::{POLL, Poll};
pub use wire::{Ballot, Phase, Reminder, Update};
