//! What a hook sees: owned snapshots of an epoch and of a transition between two.
//!
//! They hold no engine, no lock and no lifetime of the engine's, so a plugin's rules are tested by
//! building one by hand. Leaves and dictionaries are shared, so a snapshot is cheap.
//!
//! ```
//! use mls_trellis_hooks::{ComponentId, EpochState, LeafIndex, LeafInfo};
//!
//! let epoch = EpochState::new(b"room")
//!     .with_leaf(LeafIndex(0), LeafInfo::basic("alice").supporting([ComponentId(0x8042)]))
//!     .with_leaf(LeafIndex(1), LeafInfo::basic("bob"))
//!     .with_data(ComponentId(0x8042), b"state".to_vec());
//!
//! assert_eq!(epoch.leaves.len(), 2);
//! assert!(!epoch.supported_by_all(ComponentId(0x8042)));
//! ```

mod commit;
mod epoch;
mod leaf;

pub use commit::{
    AadView, Actor, AddedKeyPackage, BuildView, Change, CommitView, ContentType, DataChange,
    FoldView, PskId, PskView, Sent,
};
pub use epoch::{Dictionary, EpochState, ExternalSender, Ids, RequiredCapabilities};
pub use leaf::{Capabilities, Credential, Identity, LeafIndex, LeafInfo, Lifetime, RawExtension};
