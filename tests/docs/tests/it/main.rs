//! That the documents tell the truth.
//!
//! With `TRELLIS_BLESS=1`, the generated parts of the documents are written anew instead.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

// The guide's crate, as it stands in the guide. It is built here for every run of the tests; by
// itself, with its own manifest, it is built by `.ci/slow`.
extern crate self as my_poll;
#[path = "../../../../docs/guides/write-an-extension/src/lib.rs"]
#[allow(unreachable_pub)]
mod poll;
pub use poll::*;
#[path = "../../../../docs/guides/write-an-extension/tests/conformance.rs"]
mod poll_conformance;
#[path = "../../../../docs/guides/write-an-extension/tests/group.rs"]
mod poll_group;
#[path = "../../../../docs/guides/write-an-extension/tests/rules.rs"]
mod poll_rules;

mod dependencies;
mod document;
mod drafts;
mod enterprise;
mod guide;
mod links;
mod readme;
mod rules;
