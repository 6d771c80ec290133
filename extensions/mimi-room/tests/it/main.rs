//! Rooms as the engine meets them: over bytes, through the table of plugins.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod known_answers;
mod metadata;
