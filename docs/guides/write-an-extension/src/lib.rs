//! Polls in an MLS group. No draft specifies them: component 0x8042 (private use), version 1, over
//! draft-ietf-mls-extensions-10.
//!
//! | rule | says |
//! |---|---|
//! | POLL-1 | A poll has a question and options, and votes for those only. |
//! | POLL-2 | One poll at a time. |
//! | POLL-3 | A vote is for an option of the open poll; an identity's last vote counts. |
//! | POLL-4 | Only members open, vote, end and remind. |
//! | POLL-5 | Whoever opened a poll ends it, by removing its state; anybody does once they have left. |
//! | POLL-6 | While a poll stays open, nobody joins who was not a member. |
//! | POLL-7 | Reminders are of an open poll. |

mod hooks;
mod state;
mod wire;

pub use hooks::{POLL, Poll};
pub use wire::{Ballot, Reminder, Update};
