//! Leaving a group (draft-ietf-mls-extensions-10, section 6.3): the proposal `self_remove`, type 0x000a.
//!
//! A member that wants to leave cannot commit that itself. It proposes to be removed, and whoever
//! commits next does it: a member, or somebody who joins from outside. An ordinary Remove would be lost
//! with every external commit.
//!
//! Send it with `Group::propose::<SelfRemove>(&Leave)`. It is a PublicMessage even where handshakes are
//! encrypted: the Delivery Service sees who leaves. Send nothing more, take in what comes, and when the
//! epoch changes without you having been removed, propose it again.
//!
//! | rule | says | and if not |
//! |---|---|---|
//! | SR-1 | It travels in a PublicMessage. | the message is refused |
//! | SR-2 | Its sender is a member. | the message or commit is refused |
//! | SR-6 | A member sends one in an epoch. | ours is refused; another's second one is marked, and left out of our commits |
//! | SR-7 | Commits name it by reference. | the commit is refused |
//! | SR-9 | No Remove in the commit is for the same leaf. | the commit is refused |
//! | SR-10 | No Update and no second SelfRemove in the commit is for the same leaf. | an alarm; no commit of ours does it |
//! | SR-11 | The committer does not commit its own. | an alarm; no commit of ours does it |
//! | SR-S6, SR-S7 | Whoever commits next, joiners included, takes along all that wait. | an alarm; every commit of ours does it |
//!
//! That every member supports the type (PROP-2), that the commit has a path (PROP-3), and what a leaf that
//! leaves does to the tree, is the engine's. A hub that has this plugin keeps the messages for those who
//! join: hand out what `PublicGroup::owed` gives with each GroupInfo; joiners hand it to
//! `ExternalJoin::bring`.
//!
//! ```
//! use mls_trellis_hooks::{
//!     Actor, EpochState, LeafIndex, LeafInfo, ProposalKind, ProposalView, WireFormatId,
//! };
//! use mls_trellis_self_remove::{Leave, SelfRemove};
//!
//! let epoch = EpochState::new(b"room").with_leaf(LeafIndex(0), LeafInfo::basic("alice"));
//! let sent_in = |framing| ProposalView {
//!     epoch: &epoch,
//!     from: &Actor::Member(LeafIndex(0)),
//!     by_reference: true,
//!     framing: Some(framing),
//!     waiting: &[],
//! };
//! assert!(SelfRemove.may_send(&sent_in(WireFormatId::PUBLIC_MESSAGE), &Leave).is_ok());
//! let refused = SelfRemove.may_send(&sent_in(WireFormatId::PRIVATE_MESSAGE), &Leave).unwrap_err();
//! assert_eq!(refused.rule(), "SR-1");
//! ```

mod hooks;
mod state;
mod wire;

pub use hooks::{SELF_REMOVE, SelfRemove};
pub use wire::Leave;
