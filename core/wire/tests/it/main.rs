//! Whole objects, through the public interface.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod build;
mod mutants;
mod objects;
mod render;
mod rules;
mod vectors;
