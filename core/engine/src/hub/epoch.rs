//! The epoch of a group that is seen from outside.

use std::sync::Arc;

use mls_trellis_hooks::{EpochState, Plugins, Reject};
use openmls::{
    group::PublicGroup as MlsPublicGroup, messages::group_info::VerifiableGroupInfo,
    treesync::RatchetTreeIn,
};
use tls_codec::Serialize as _;

use crate::{Error, Result, mls, roster};

/// The epoch that a GroupInfo and its tree describe, as they say: OpenMLS verifies both when the group
/// is built of them. It would refuse to look at a tree with a leaf whose lifetime is over.
pub(crate) fn epoch_in(
    plugins: &Plugins,
    info: &VerifiableGroupInfo,
    tree: Option<RatchetTreeIn>,
) -> Result<EpochState> {
    let tree = tree_of(info, tree)?.tls_serialize_detached();
    let tree = tree.map_err(Error::mls("reading the ratchet tree"))?;
    let tree: mls::RatchetTree =
        mls::decode(&tree).map_err(Error::malformed("the ratchet tree"))?;
    let leaves = mls::leaves(&tree).map(|(index, leaf)| {
        let leaf = roster::leaf_info(leaf, plugins)?;
        Ok((index, Arc::new(leaf)))
    });
    let leaves = Arc::new(leaves.collect::<Result<_, Reject>>()?);
    let context = roster::group_context(info.group_context())?;
    Ok(roster::epoch_state(&context, leaves, plugins)?)
}

pub(super) fn tree_of(
    info: &VerifiableGroupInfo,
    tree: Option<RatchetTreeIn>,
) -> Result<RatchetTreeIn> {
    let inside = info.extensions().ratchet_tree();
    let inside = inside.map(|extension| extension.ratchet_tree().clone());
    inside.or(tree).ok_or_else(|| {
        Reject::misuse(
            "ENG-19",
            "the GroupInfo has no ratchet tree inside; hand it in",
        )
        .into()
    })
}

pub(super) fn epoch_of(plugins: &Plugins, mls: &MlsPublicGroup) -> Result<EpochState> {
    let leaves = roster::leaves_of(mls.treesync(), plugins)?;
    let context = roster::group_context(mls.group_context())?;
    Ok(roster::epoch_state(&context, leaves, plugins)?)
}
