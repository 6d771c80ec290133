//! MLS groups with typed extension hooks, over stock OpenMLS.
//!
//! - [`Client`]: an identity with its store and its plugins.
//! - [`Group`]: a group it is a member of. Every operation is one atomic step.
//! - [`PublicGroup`]: a group followed without secrets, as a hub does.
//!
//! The engine knows no plugin; what an application links is handed to [`Client::builder`] as
//! [`Plugins`](mls_trellis_hooks::Plugins). OpenMLS is nowhere in the public interface.
//!
//! There are guides to [embedding it in a messenger][embed], to [checking a group from a hub][hub], and to
//! [moving a group to a new draft revision][revision].
//!
//! [embed]: https://github.com/trellis-mls/trellis/blob/main/docs/guides/embed.md
//! [hub]: https://github.com/trellis-mls/trellis/blob/main/docs/guides/hub.md
//! [revision]: https://github.com/trellis-mls/trellis/blob/main/docs/guides/new-revision.md

mod assess;
mod check;
mod client;
mod crypto;
mod describe;
mod epoch_keys;
mod error;
mod event;
mod group;
mod hub;
mod incoming;
mod judge;
mod message_cx;
mod mls;
mod observe;
mod octets;
mod outside;
mod owed;
mod own_leaf;
mod parallel;
mod pool;
mod roster;
mod safe;
mod settings;
mod signer;
mod stamp;
mod step;
mod storage;
mod traffic;
mod tree;
mod verifier;
mod why_not;
mod witness;

pub use assess::Reviewed;
pub use check::check_key_package;
pub use client::{Client, ClientBuilder, ExternalJoin, KeyPackageOptions, OwnKeyPackage};
pub use epoch_keys::EpochKeys;
pub use error::{Error, Numbered, Result};
pub use event::{
    Alarm, Committed, DataChanged, Delivered, Direct, EpochChange, Event, Message, Notice,
    Proposed, Received, Who,
};
pub use group::{Commit, Group, Handle, Outgoing, Packet, Sealed};
pub use hub::{Followed, PublicGroup};
pub use mls_trellis_store::{MemoryStore, Store, StoreError};
pub use outside::Outsider;
pub use settings::{Framing, GroupConfig, Requirements, Settings};
pub use signer::{SignatureScheme, Signer, SignerError, SoftwareSigner};
pub use stamp::{Admission, Stamps, Submission};
pub use why_not::{Obstacle, Weight};
