//! Where the ratchet tree of a group is that a Welcome or GroupInfo came without, and a GroupInfo in
//! parts (RFC 9420, sections 12.4.3.1 and 12.4.3.3).
//!
//! Nothing is fetched inside a step. A [`TreeSource`] says where the tree is; the application fetches
//! it and hands it in. Whoever brings it, it is checked against the tree hash of the GroupContext.
//!
//! ```
//! use mls_trellis_hooks::{Draft, Reject, TreeAt, TreeSource, TreeView, wire::Text};
//!
//! /// A shelf number that comes beside the Welcome.
//! struct Shelf;
//!
//! impl TreeSource for Shelf {
//!     const NAME: &'static str = "shelf";
//!     const DRAFT: Draft = Draft::private("shelf", "1");
//!     const MALFORMED: &'static str = "SHELF-1";
//!     type Hint = Text;
//!
//!     fn locate(&self, cx: &TreeView<'_>, shelf: &Text) -> Result<TreeAt, Reject> {
//!         Ok(match cx.inside {
//!             Some(_) => TreeAt::Inside,
//!             None => TreeAt::Location(format!("shelf {}, epoch {}", shelf.0, cx.epoch.epoch)),
//!         })
//!     }
//! }
//! ```

use crate::{
    Draft, EpochState, RawExtension, Reject,
    wire::{self, Opaque, Wire},
};

/// Says where the ratchet tree of a group is.
pub trait TreeSource: Send + Sync + 'static {
    /// A short name in lower case.
    const NAME: &'static str;
    /// Where it is specified.
    const DRAFT: Draft;
    /// The rule that is broken by bytes which are not the one encoding of a [`Hint`](Self::Hint).
    const MALFORMED: &'static str;

    /// What comes beside the Welcome or GroupInfo and tells.
    type Hint: Wire;

    /// Where the tree is.
    ///
    /// # Errors
    /// A rejection refuses the join; nothing is lost.
    fn locate(&self, cx: &TreeView<'_>, hint: &Self::Hint) -> Result<TreeAt, Reject>;
}

/// What is known of a group before its tree is.
#[derive(Clone, Debug)]
pub struct TreeView<'a> {
    /// The epoch that its GroupContext describes, without members. Nothing of it is verified yet.
    pub epoch: &'a EpochState,
    /// The tree inside the GroupInfo, encoded, if there is one.
    pub inside: Option<&'a [u8]>,
}

/// Where a ratchet tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TreeAt {
    /// Inside the GroupInfo, or nowhere that this source knows.
    Inside,
    /// Here: an `optional<Node> ratchet_tree<V>`, encoded.
    Here(Vec<u8>),
    /// There: the application is told to fetch it.
    Location(String),
}

/// What a hub needs besides a commit to know the next epoch's GroupInfo: the rest follows from the
/// commit. Who signed it is the committer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInfoParts {
    /// The GroupInfo's extensions without the ratchet tree, in the order signed.
    pub extensions: Vec<RawExtension>,
    /// Whether the ratchet tree is among what was signed.
    pub tree_inside: bool,
    /// The signature.
    pub signature: Opaque,
}

/// [`TreeSource`] over bytes.
pub trait ErasedTreeSource: Send + Sync {
    /// As [`TreeSource::locate`].
    ///
    /// # Errors
    /// When the bytes are no hint, or what the source rejects.
    fn locate(&self, cx: &TreeView<'_>, hint: &[u8]) -> Result<TreeAt, Reject>;
}

impl<S: TreeSource> ErasedTreeSource for S {
    fn locate(&self, cx: &TreeView<'_>, hint: &[u8]) -> Result<TreeAt, Reject> {
        wire::decode(hint)
            .map_err(|e| Reject::peer(S::MALFORMED, e.to_string()))
            .and_then(|hint| TreeSource::locate(self, cx, &hint))
            .map_err(|reject| reject.in_plugin(S::NAME))
    }
}
