//! MLS structures as they stand in signed bytes (RFC 9420; draft-ietf-mls-extensions-10), read-only.
//!
//! OpenMLS hides most of them; what it has verified is read again here, into owned values. Nothing is
//! interpreted and nothing is lost: a value encodes to the bytes it was decoded from.

mod group_info;
mod leaf;
mod message;
mod proposal;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use group_info::{GroupInfo, GroupInfoMessage, GroupInfoTbs};
pub(crate) use leaf::{Credential, Extension, KeyPackage, LeafNode, LeafNodeSource, dictionary};
pub(crate) use message::{
    Body, Commit, GroupContext, ProposalOrRef, Sender, Signed, public_content,
};
/// Decodes exactly one value, in its one encoding, from all of the bytes.
pub(crate) use mls_trellis_hooks::wire::decode;
pub(crate) use proposal::{AppDataOperation, Proposal, Psk};
pub(crate) use tree::{RatchetTree, leaves};
