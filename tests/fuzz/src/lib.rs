//! What a fuzzer feeds Trellis with, and what must hold then.
//!
//! A [`Target`] is a function of bytes that panics when something is wrong: whatever the bytes, a
//! refusal leaves everything as it was, what is accepted is what was made, and nothing else panics.
//! [`TARGETS`] lists them; `libfuzzer/` hands each of them to cargo-fuzz, and an ordinary test runs
//! each over its seeds.
//!
//! Most bytes that come from a peer are signed or encrypted, so a fuzzer that starts from nothing gets
//! no further than the first check. The targets that hold a room therefore read their bytes as
//! [`edits`] of an honest message.
//!
//! ```
//! let inspect = mls_trellis_fuzz::target("inspect").unwrap();
//! (inspect.run)(b"\x00 whatever a fuzzer thinks of");
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod edits;
mod targets;
mod vectors;

/// Something to fuzz.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is that of its program in `libfuzzer/`, too.
    pub name: &'static str,
    /// Takes what the fuzzer made up.
    ///
    /// # Panics
    /// When something is wrong.
    pub run: fn(&[u8]),
    /// What to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Everything that is fuzzed.
pub const TARGETS: &[Target] = &[
    targets::objects::INSPECT,
    targets::plugins::PLUGINS,
    targets::policies::POLICY_DOCUMENT,
    targets::credentials::MULTI,
    targets::credentials::SD_JWT,
    targets::credentials::X509,
    targets::rooms::RECEIVE,
    targets::rooms::HUB,
    targets::rooms::JOIN,
    targets::rooms::GROUP_INFO,
    targets::rooms::KEY_PACKAGE,
];

/// The target of that name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Feeds the target of that name.
///
/// # Panics
/// When something is wrong, or there is no such target.
pub fn fuzz(name: &str, data: &[u8]) {
    (target(name).unwrap().run)(data);
}
