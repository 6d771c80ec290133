//! How plugins are linked, and which crate may name which.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod architecture;
mod configured;
mod discovery;
mod errors;
mod fixtures;
mod hygiene;
mod matrix;
