//! Leaving: its rules over plain values, and in real groups with a hub.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod owed;
mod rooms;
mod rules;
mod world;
