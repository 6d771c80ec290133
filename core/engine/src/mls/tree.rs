//! The ratchet tree as it is published (RFC 9420, section 12.4.3.3).

use mls_trellis_hooks::{LeafIndex, wire::Opaque};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

use super::LeafNode;

/// The nodes from left to right, leaves and parents in turn; blank ones are `None`.
pub(crate) type RatchetTree = Vec<Option<Node>>;

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub(crate) enum Node {
    #[tls_codec(discriminant = 1)]
    Leaf(Box<LeafNode>),
    #[tls_codec(discriminant = 2)]
    Parent(ParentNode),
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct ParentNode {
    encryption_key: Opaque,
    parent_hash: Opaque,
    unmerged_leaves: Vec<u32>,
}

/// The leaves that are not blank.
pub(crate) fn leaves(tree: &RatchetTree) -> impl Iterator<Item = (LeafIndex, &LeafNode)> {
    let positions = tree.iter().step_by(2).zip(0u32..);
    positions.filter_map(|(node, index)| match node {
        Some(Node::Leaf(leaf)) => Some((LeafIndex(index), leaf.as_ref())),
        _ => None,
    })
}
