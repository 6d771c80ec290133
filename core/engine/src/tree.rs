//! Where the ratchet tree of a group that is joined comes from.

use mls_trellis_hooks::{Plugins, Reject, TreeAt, TreeSource, TreeSourceEntry, TreeView};
use openmls::{messages::group_info::VerifiableGroupInfo, treesync::RatchetTreeIn};
use tls_codec::Serialize as _;

use crate::{
    Error, Result,
    incoming::decode_tree,
    roster::{self, Leaves},
};

/// Where to look for the ratchet tree.
pub(crate) enum TreeFrom<'a> {
    /// Inside the GroupInfo.
    Inside,
    /// In these bytes, if it is not inside.
    Bytes(&'a [u8]),
    /// Where this source says, by what came beside.
    Beside(&'a TreeSourceEntry, &'a [u8]),
}

impl<'a> TreeFrom<'a> {
    /// As source `S` says of `hint`.
    ///
    /// # Errors
    /// ENG-7 when the source is not linked.
    pub(crate) fn beside<S: TreeSource>(
        plugins: &'a Plugins,
        hint: &'a [u8],
    ) -> Result<Self, Reject> {
        match plugins.tree_source::<S>() {
            Some(entry) => Ok(Self::Beside(entry, hint)),
            None => Err(Reject::misuse(
                "ENG-7",
                format!("tree source {} is not linked into this client", S::NAME),
            )),
        }
    }

    /// The tree for a GroupInfo, or `None` when it is inside.
    ///
    /// # Errors
    /// [`Error::Missing`] when it must be fetched first; ENG-19 when nobody says where it is; what the
    /// source rejects.
    pub(crate) fn tree(
        &self,
        plugins: &Plugins,
        info: &VerifiableGroupInfo,
    ) -> Result<Option<RatchetTreeIn>> {
        let inside = info.extensions().ratchet_tree();
        let given = match self {
            Self::Inside => None,
            Self::Bytes(tree) => Some(decode_tree(tree)?),
            Self::Beside(entry, hint) => {
                let inside = inside.map(|e| e.ratchet_tree().tls_serialize_detached());
                let inside = inside.transpose();
                let inside = inside.map_err(Error::mls("reading the ratchet tree"))?;
                let context = roster::group_context(info.group_context())?;
                let epoch = roster::epoch_state(&context, Leaves::default(), plugins)?;
                let cx = TreeView {
                    epoch: &epoch,
                    inside: inside.as_deref(),
                };
                match entry.source.locate(&cx, hint)? {
                    TreeAt::Here(tree) => Some(decode_tree(&tree)?),
                    TreeAt::Location(location) => return Err(Error::Missing(vec![location])),
                    _ => None,
                }
            }
        };
        match (inside, given) {
            (Some(_), _) => Ok(None),
            (None, Some(tree)) => Ok(Some(tree)),
            (None, None) => Err(Reject::misuse(
                "ENG-19",
                "the GroupInfo has no ratchet tree inside; hand it in",
            )
            .into()),
        }
    }
}
