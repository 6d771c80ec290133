//! That the table of rules is true to the tree.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod code;
mod ids;
mod patches;
mod tests;
mod totals;
mod tree;
