//! The kit passes what is sound and catches what is not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod broken;
mod guests;
mod plugins;
mod sample;
mod sound;
