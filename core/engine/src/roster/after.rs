//! Membership after a commit.

use std::{collections::BTreeMap, sync::Arc};

use mls_trellis_hooks::{Actor, Change, EpochState, LeafIndex, LeafInfo, Sent};

use super::Leaves;

/// The members after a commit.
pub(crate) struct After {
    pub(crate) leaves: Leaves,
}

/// The members after a commit (RFC 9420, sections 7.8, 12.3 and 12.4.3.2): a pure function of the
/// epoch before and of what was signed.
///
/// Updates come first, then removes, then adds, each into the lowest free leaf, in the order of the
/// commit; at last the leaf of the committer's path. Who joins by external commit takes the lowest
/// free leaf. How wide the tree is does not matter: beyond its end every leaf is free.
pub(crate) fn after(
    before: &EpochState,
    proposals: &[Sent<Change>],
    committer: &Actor,
    path: Option<&Arc<LeafInfo>>,
) -> After {
    // Shared with the epoch before until something changes.
    let mut leaves = before.leaves.clone();
    for sent in proposals {
        if let (Change::Update(leaf), Actor::Member(index)) = (&sent.body, &sent.from) {
            Arc::make_mut(&mut leaves).insert(*index, leaf.clone());
        }
    }
    for sent in proposals {
        if let (Change::Remove(index), _) | (Change::SelfRemove, Actor::Member(index)) =
            (&sent.body, &sent.from)
        {
            Arc::make_mut(&mut leaves).remove(index);
        }
    }
    let mut free = LeafIndex(0);
    for sent in proposals {
        if let Change::Add(added) = &sent.body {
            free = lowest_free(&leaves, free);
            Arc::make_mut(&mut leaves).insert(free, added.leaf.clone());
        }
    }
    if let Some(path) = path {
        let index = match committer {
            Actor::Member(index) => *index,
            _ => lowest_free(&leaves, LeafIndex(0)),
        };
        Arc::make_mut(&mut leaves).insert(index, path.clone());
    }
    After { leaves }
}

/// The lowest free leaf that is not below `from`.
fn lowest_free(leaves: &BTreeMap<LeafIndex, Arc<LeafInfo>>, from: LeafIndex) -> LeafIndex {
    let mut free = from.0;
    for index in leaves.range(from..).map(|(index, _)| index.0) {
        if index != free {
            break;
        }
        free = free.saturating_add(1);
    }
    LeafIndex(free)
}
