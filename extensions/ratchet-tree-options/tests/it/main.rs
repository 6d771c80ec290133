//! Tree options as the engine meets them, and in groups.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod bytes;
mod hub;
mod joins;
mod world;

use mls_trellis_hooks::ExtensionType;

const TYPE: ExtensionType = ExtensionType(0xf4c0);
