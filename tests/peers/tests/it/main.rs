//! One group, several implementations, nothing but bytes between them. And what the dishonest might do in
//! one: [`doors`].
//!
//! What works and what does not stands in `docs/INTEROP.md`, which a test compares with the scenarios
//! here; `TRELLIS_BLESS=1` writes it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod doors;
mod drafts;
mod mls_rs_peer;
mod opaque;
mod openmls_peer;
mod peer;
mod report;
mod rfc9420;
mod sample;
mod ts_mls_peer;
