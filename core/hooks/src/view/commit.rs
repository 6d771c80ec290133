//! A transition between two epochs, and the moments inside it.

use std::{fmt, sync::Arc};

use crate::{
    Claims, ComponentId, Dictionary, EpochState, ExtensionKind, Identity, Ids, LeafIndex, LeafInfo,
    ProposalType, RawExtension, Reject, extension, wire::Opaque,
};

/// Who stands behind a message or a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Actor {
    /// A member, by its position in the epoch of the message.
    Member(LeafIndex),
    /// Whoever joins by this external commit, with the leaf it brings along.
    Joiner(Arc<LeafInfo>),
    /// An external sender, by its position in the group's list.
    External(u32),
    /// Somebody who asks to be added and is not a member, with the leaf it asks for.
    Candidate(Arc<LeafInfo>),
}

impl Actor {
    /// Who it is. External senders have no leaf; ask the epoch's list of external senders.
    #[must_use]
    pub fn identity<'a>(&'a self, epoch: &'a EpochState) -> Option<&'a Identity> {
        match self {
            Self::Member(index) => epoch.leaf(*index).map(|leaf| &leaf.identity),
            Self::Joiner(leaf) | Self::Candidate(leaf) => Some(&leaf.identity),
            Self::External(_) => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(index) => write!(f, "{index}"),
            Self::Joiner(leaf) => write!(f, "joiner {}", leaf.identity),
            Self::External(index) => write!(f, "external sender {index}"),
            Self::Candidate(leaf) => write!(f, "candidate {}", leaf.identity),
        }
    }
}

/// Something in a commit, with whoever stands behind it: the sender of the proposal, who need not be
/// the committer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent<T> {
    /// Whose proposal it is.
    pub from: Actor,
    /// Whether the commit names the proposal by reference, as sent earlier.
    pub by_reference: bool,
    /// The proposal's position in the commit, from zero.
    pub position: usize,
    /// What was sent.
    pub body: T,
}

impl<T> Sent<T> {
    /// The same sender and position with another body.
    pub fn map<U>(&self, body: U) -> Sent<U> {
        Sent {
            from: self.from.clone(),
            by_reference: self.by_reference,
            position: self.position,
            body,
        }
    }
}

/// What an AppDataUpdate does to a component's entry (draft-ietf-mls-extensions-10, section 4.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataChange {
    /// Hands the component a delta.
    Update(Opaque),
    /// Drops the entry.
    Remove,
}

/// A KeyPackage named by an Add, as far as rules may depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedKeyPackage {
    /// The leaf it brings along.
    pub leaf: Arc<LeafInfo>,
    /// The KeyPackage's own dictionary, which does not enter the tree.
    pub dictionary: Option<Dictionary>,
    /// The KeyPackage's other extensions.
    pub extensions: Vec<RawExtension>,
}

impl AddedKeyPackage {
    /// What the extension of kind `E` says in the KeyPackage, or `None` when it is not there.
    ///
    /// # Errors
    /// A rejection by [`ExtensionKind::MALFORMED`] when it is not a value of `E::Content`.
    pub fn extension_of<E: ExtensionKind>(&self, ids: &Ids) -> Result<Option<E::Content>, Reject> {
        let extension_type = ids.extension::<E>();
        let mut extensions = self.extensions.iter();
        extensions
            .find(|extension| extension.extension_type == extension_type)
            .map(|extension| extension::content::<E>(extension.data.as_slice()))
            .transpose()
    }
}

/// The name of a pre-shared key (RFC 9420, section 8.4; draft-ietf-mls-extensions-10, section 4.5).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PskId {
    /// Agreed outside of MLS.
    External {
        /// Its name.
        psk_id: Opaque,
    },
    /// From another group or epoch.
    Resumption {
        /// The group.
        group_id: Opaque,
        /// The epoch.
        epoch: u64,
    },
    /// Owned by a component.
    Application {
        /// The component.
        component: ComponentId,
        /// Its name within the component.
        psk_id: Opaque,
    },
}

/// One proposal of a commit, as signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Adds a client.
    Add(AddedKeyPackage),
    /// Replaces the sender's own leaf.
    Update(Arc<LeafInfo>),
    /// Removes a member.
    Remove(LeafIndex),
    /// The sender leaves (draft-ietf-mls-extensions-10, section 6.3).
    SelfRemove,
    /// Mixes a pre-shared key into the next epoch.
    Psk(PskId),
    /// Asks to continue in another group.
    ReInit,
    /// Carries the key of an external commit.
    ExternalInit,
    /// Replaces the extensions of the GroupContext.
    GroupContextExtensions(Vec<RawExtension>),
    /// Changes a component's entry in the GroupContext.
    AppData {
        /// The component.
        component: ComponentId,
        /// What happens to its entry.
        change: DataChange,
    },
    /// Hands a component data that leaves no trace in the GroupContext.
    AppEphemeral {
        /// The component.
        component: ComponentId,
        /// The data.
        data: Opaque,
    },
    /// A proposal of another type, whose body is one `opaque<V>`.
    Other {
        /// Its type.
        proposal_type: ProposalType,
        /// Its body.
        body: Opaque,
    },
}

/// What a component sees while its updates are folded, before the commit is staged.
#[derive(Clone, Debug)]
pub struct FoldView<'a> {
    /// The component's id in force.
    pub id: ComponentId,
    /// The epoch the commit starts from.
    pub before: &'a EpochState,
    /// Who commits. Rights belong to the sender of each update, not to the committer.
    pub committer: &'a Actor,
}

/// A whole commit, after it was staged and before it is merged.
#[derive(Clone, Debug)]
pub struct CommitView<'a> {
    /// The id in force of the component that is asked; the reserved id for free-standing rules.
    pub id: ComponentId,
    /// Who commits.
    pub committer: &'a Actor,
    /// Every proposal in the order and multiplicity in which it was signed.
    pub proposals: &'a [Sent<Change>],
    /// The leaf that the commit's path installs for the committer, if it has a path.
    pub path: Option<&'a Arc<LeafInfo>>,
    /// The epoch the commit starts from.
    pub before: &'a EpochState,
    /// The epoch it would create.
    pub after: &'a EpochState,
}

/// What a plugin sees when the client is about to build a commit.
#[derive(Clone, Debug)]
pub struct BuildView<'a> {
    /// The component's id in force.
    pub id: ComponentId,
    /// The epoch the commit starts from.
    pub before: &'a EpochState,
    /// Our own position.
    pub own: LeafIndex,
    /// What will be committed so far: pooled proposals, then the application's, then those of
    /// plugins with smaller ids.
    pub proposals: &'a [Sent<Change>],
}

/// What a message carries (RFC 9420, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// Application data.
    Application,
    /// A proposal on its own.
    Proposal,
    /// A commit.
    Commit,
}

/// What a component sees when a message's SafeAAD is made or checked
/// (draft-ietf-mls-extensions-10, section 4.9).
#[derive(Clone, Debug)]
pub struct AadView<'a> {
    /// The component's id in force.
    pub id: ComponentId,
    /// What the message carries.
    pub content_type: ContentType,
    /// The epoch of the message. An item of a commit cannot depend on the epoch it creates.
    pub epoch: &'a EpochState,
    /// The bytes that are encrypted, or were decrypted, of an application message.
    pub application_data: Option<&'a [u8]>,
    /// What they say of themselves, when a linked plugin can read them.
    pub claims: Option<&'a Claims>,
}

/// What a component sees when one of its pre-shared keys is needed.
#[derive(Clone, Debug)]
pub struct PskView<'a> {
    /// The component's id in force.
    pub id: ComponentId,
    /// The group, when one is there already; a joiner has none yet.
    pub group_id: Option<&'a [u8]>,
}
