//! MIMI content over bytes, as peers write it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod codec;
mod examples;
mod groups;
mod rules;
mod timeline;

use mls_trellis_hooks::Reject;
use mls_trellis_mimi_content::{Content, NestedPart, Posted, Salt};

const ALICE: &str = "mimi://a.example/u/alice";
const BOB: &str = "mimi://b.example/u/bob";
const ROOM: &str = "mimi://a.example/r/garden";

/// Bytes written down in hexadecimal, with spaces.
fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex.replace([' ', '\n'], "")).unwrap()
}

/// A message with this salt that says this.
fn message(salt: u8, text: &str) -> Content {
    Content::new(Salt::from([salt; 16]), NestedPart::text(text))
}

/// The message as `sender` posts it.
fn posted(content: &Content, sender: &str, accepted_at: u64) -> Posted {
    Posted::new(&content.encode().unwrap(), sender, ROOM, accepted_at).unwrap()
}

fn rule<T>(result: Result<T, Reject>) -> Option<String> {
    result.err().map(|reject| reject.rule().to_owned())
}
