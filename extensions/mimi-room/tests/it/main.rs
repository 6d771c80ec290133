//! Rooms as the engine meets them: over bytes, through the table of plugins.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod abuse;
mod authority;
mod franking;
mod franking_groups;
mod groups;
mod invariants;
mod known_answers;
mod list;
mod matrix;
mod metadata;
mod policies;
mod rights;
mod room;
