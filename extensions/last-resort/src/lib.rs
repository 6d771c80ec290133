//! Last-resort KeyPackages (draft-ietf-mls-extensions-10, section 6.4): the marker
//! `last_resort_key_package`, component 0x0004, of KeyPackages that may be used more than once.
//!
//! A client publishes one beside its ordinary KeyPackages, for the time when those run out. The
//! marker has no data. It tells the delivery service what the KeyPackage is for, members who see it
//! in an Add, and our own client that the private keys are still needed after a join.
//!
//! | rule | says | and if not |
//! |---|---|---|
//! | LR-1 | The marker's data is empty. | the KeyPackage is refused, as malformed (ADD-9) |
//! | LR-2 | The marker stands in KeyPackages only. | an alarm; no commit of ours does it |
//! | LR-3 | A leaf of a KeyPackage with a dictionary lists it as supported (RFC 9420, section 7.2). | the KeyPackage is refused |
//! | LR-4 | Whoever sees an Add can tell by [`is_last_resort`]; whoever adds leaves it for last with [`choose`]. | |
//! | LR-5 | A KeyPackage without a marker is used once. Whoever adds knows which it has used; nobody else can tell. | |
//! | LR-6 | The same KeyPackage does not join one group twice: no two members have the same keys (RFC 9420, section 7.3). | the commit is refused |
//! | LR-7 | The private keys are kept after a join. | |
//! | LR-8 | Extension 0x000a, the marker of revisions 04 and 05, means the same in [`is_last_resort`]. It is never sent. | |
//! | LR-9 | Either marker is enough. | |
//!
//! Keys that are kept open every Welcome that was made for them, past and future, and the same leaf
//! key stands in several groups until it is updated. So let the KeyPackage expire soon, replace it
//! after use, and update the leaf in each group that was joined with it.
//!
//! ```
//! use mls_trellis_hooks::KeyPackageData;
//! use mls_trellis_last_resort::{LastResort, Marker};
//!
//! assert!(LastResort.keep_after_join(&Marker));
//! ```

mod hooks;
mod state;
mod wire;

pub use hooks::{LAST_RESORT, LastResort};
pub use state::{choose, is_last_resort};
pub use wire::Marker;
