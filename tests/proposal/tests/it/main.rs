//! The sample in real groups: at its sender, at receivers, at a hub, and at those who do not have it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod peers;
mod refused;
mod rooms;
mod world;
