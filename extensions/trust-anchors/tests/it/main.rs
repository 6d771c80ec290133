//! Trust anchors in real groups, with X.509 credentials.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod codec;
mod groups;
mod room;
