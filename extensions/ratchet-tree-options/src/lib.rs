//! Where ratchet trees and GroupInfos are (draft-ietf-mls-ratchet-tree-options-01): beside a Welcome
//! instead of inside, and a GroupInfo of which a hub completes what it can compute.
//!
//! A Welcome with the tree inside grows with the group, and so does the work of making one. With
//! `Settings::tree_inside` off, Welcomes and GroupInfos come without; a [`RatchetTreeOption`] beside
//! them says where the tree is.
//!
//! | rule | says | and if not |
//! |---|---|---|
//! | RTO-1 | Representation and presence are known values. | refused |
//! | RTO-2 | A URL is `https`; where the group names source domains, its host is one of them. | nothing is fetched |
//! | RTO-3 | Hosts are domains, compared exactly and without regard to case; no user, no port. Each redirect is judged anew ([`may_fetch`]). | nothing is fetched |
//! | RTO-4, RTO-5 | Whoever brings a tree, it is whole, valid, and of the group's tree hash. | refused by OpenMLS |
//! | RTO-6 | The ratchet tree is not among the extensions of a partial GroupInfo. | refused |
//! | RTO-7 | The committer knows whether the last GroupInfo had the tree inside. | refused |
//! | RTO-8 | The signature of the whole GroupInfo holds. | the hub refuses the commit with it (GI-1) |
//! | RTO-9 | A list of source domains has a domain. | the epoch is refused |
//! | RTO-10 | A hub completes the GroupInfo of a public commit only. | refused (HUB-1) |
//! | RTO-11 | What is fetched is limited in size and time. | the application's part |
//! | RTO-12 | A tree beside a GroupInfo is the one inside, if there are both. | refused |
//! | RTO-S1 | The distribution service has the tree only where every handshake is public. | a misuse |
//!
//! The draft assigns no type to `ratchet_tree_source_domains`; 0xF4C0 is a private one that others use
//! too. It leaves open where the ratchet tree stands among the extensions of a GroupInfo: a hub tries
//! it last and first, and the signature decides.
//!
//! ```
//! use mls_trellis_hooks::{EpochState, ExtensionType, wire};
//! use mls_trellis_ratchet_tree_options::{DomainList, RatchetTreeOption, may_fetch};
//!
//! let list = wire::encode(&DomainList::new(["trees.example"])?)?;
//! let room = EpochState::new(b"room").with_extension(ExtensionType(0xf4c0), list);
//! let option = RatchetTreeOption::https(&room, "https://trees.example/room/7")?;
//! assert_eq!(wire::encode(&option)?[..2], [2, 28]);
//! assert!(may_fetch(&room, "https://elsewhere.example/room/7").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod hooks;
mod state;
mod wire;

pub use hooks::{RATCHET_TREE_OPTIONS, RatchetTreeOptions, SourceDomains};
pub use state::{TreeUrl, may_fetch};
pub use wire::{Domain, DomainList, PartialGroupInfo, Presence, RatchetTreeOption};
