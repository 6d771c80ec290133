//! A sample: a type of proposal that a draft of our own adds (`rekey`, version 1; proposal 0xF0A1, private
//! use). It has the same rooms as the plugins in `extensions`.
//!
//! A member asks for new keys, and says why; whoever commits it renews theirs on the way.
//!
//! | rule | says |
//! |---|---|
//! | REKEY-1 | The reason is a text of 1 to 100 bytes. |
//! | REKEY-2 | Members ask. |
//! | REKEY-3 | By itself, it travels in a PublicMessage, so that a hub sees it. |
//! | REKEY-4 | A member asks once in a commit. |
//!
//! On OpenMLS 0.9.2 all that follows the type must be one `opaque<V>`: here, the text. A body of any other
//! layout cannot be sent (PROP-4). See `docs/LIMITS.md`.
//!
//! ```
//! use mls_trellis_hooks::{Origin, Plugins, ProposalType};
//! use mls_trellis_tests_proposal::Rekey;
//!
//! let plugins = Plugins::builder()
//!     .add(std::sync::Arc::new(Rekey), Origin::here())
//!     .build()?;
//! assert_eq!(plugins.proposal(ProposalType(0xf0a1)).map(|entry| entry.name), Some("rekey"));
//! # Ok::<(), mls_trellis_hooks::PluginErrors>(())
//! ```

mod hooks;
mod state;
mod wire;

pub use hooks::Rekey;
pub use wire::Reason;
