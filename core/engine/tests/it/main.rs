//! The engine as an application meets it: clients and a hub that exchange bytes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod doors;
mod durability;
mod faults;
mod features;
mod forge;
mod lifecycle;
mod mutants;
mod renewal;
mod rules;
mod sample;
mod secrets;
mod sharing;
mod stock;
mod traps;
mod verdict;
mod why_not;
mod wire_format;
mod world;
