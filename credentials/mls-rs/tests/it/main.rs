//! Real groups of mls-rs, judged by the plugins of Trellis.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod groups;
mod peer;
