//! Acknowledgements as the engine meets them, and in real groups.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod codec;
mod faults;
mod judged;
mod rooms;
