//! The facets a component can have. An author implements those it needs; all are typed, all are
//! pure, and the engine meets them only through [`Plugins`](crate::Plugins).
//!
//! Facets that judge commits are asked by the sender, by every receiver and by a hub without
//! secrets, and all must come to the same verdict: no clock, no randomness, no I/O, no order of hash
//! maps.
//!
//! ```
//! use mls_trellis_hooks::{
//!     Component, ComponentId, Draft, FoldView, GroupState, Reject, Sent, wire::Text,
//! };
//!
//! /// A topic that the last update wins.
//! struct Topic;
//!
//! impl Component for Topic {
//!     const NAME: &'static str = "topic";
//!     const DEFAULT_ID: ComponentId = ComponentId(0x8100);
//!     const DRAFT: Draft = Draft::private("topic", "1");
//! }
//!
//! impl GroupState for Topic {
//!     type State = Text;
//!     type Update = Text;
//!
//!     fn fold(
//!         &self,
//!         _: &FoldView<'_>,
//!         state: Option<Text>,
//!         updates: &[Sent<Text>],
//!     ) -> Result<Text, Reject> {
//!         let last = updates.last().map(|update| update.body.clone());
//!         last.or(state).ok_or_else(|| Reject::misuse("TOPIC-1", "no topic given"))
//!     }
//! }
//! ```

use crate::{
    AadView, Actor, AddedKeyPackage, BuildView, CommitView, Component, EpochState, FoldView,
    LeafInfo, PskView, Reject, Secret, Sent,
    wire::{self, Opaque, Wire, WireError},
};

/// State in the GroupContext, changed by AppDataUpdate proposals
/// (draft-ietf-mls-extensions-10, sections 4.6 and 4.7).
pub trait GroupState: Component {
    /// The entry in the dictionary.
    type State: Wire;
    /// The delta that an AppDataUpdate carries.
    type Update: Wire;

    /// Applies all updates of one commit, in the order of the commit, to the state before it.
    ///
    /// Decide rights here when they depend on the state *between* two updates of the same commit
    /// (the first makes somebody an owner, the second is theirs); decide those that depend on other
    /// proposals in a [`Judge`].
    ///
    /// # Errors
    /// A rejection refuses the whole commit (ADU-6). Name the update at fault with
    /// [`Reject::culprit_at`] and its [`Sent::position`].
    fn fold(
        &self,
        cx: &FoldView<'_>,
        state: Option<Self::State>,
        updates: &[Sent<Self::Update>],
    ) -> Result<Self::State, Reject>;

    /// Whether `from` may drop the entry. The default lets everyone.
    ///
    /// # Errors
    /// A rejection refuses the whole commit.
    fn may_remove(
        &self,
        _cx: &FoldView<'_>,
        _from: &Actor,
        _state: &Self::State,
    ) -> Result<(), Reject> {
        Ok(())
    }
}

/// Data that a commit hands to the component and that leaves no trace in the GroupContext
/// (draft-ietf-mls-extensions-10, section 4.8).
pub trait Ephemeral: Component {
    /// What an AppEphemeral proposal carries.
    type Notice: Wire;

    /// Whether the notice is valid. It takes effect only after the commit is merged; the application
    /// finds it in the epoch change.
    ///
    /// # Errors
    /// A rejection refuses the whole commit (AE-2).
    fn check_notice(
        &self,
        cx: &CommitView<'_>,
        from: &Actor,
        notice: &Self::Notice,
    ) -> Result<(), Reject>;
}

/// Data in every member's leaf (draft-ietf-mls-extensions-10, section 4.6).
pub trait LeafData: Component {
    /// The entry in the leaf's dictionary.
    type Leaf: Wire;

    /// What our own leaves say, if anything.
    fn publish(&self) -> Option<Self::Leaf>;

    /// Whether a leaf with this entry is valid by itself. Agreement with the group is an
    /// [`Invariant`].
    ///
    /// # Errors
    /// A rejection refuses the leaf, and with it the commit, the join or the KeyPackage.
    fn check_leaf(&self, _leaf: &LeafInfo, _data: &Self::Leaf) -> Result<(), Reject> {
        Ok(())
    }
}

/// Data in a KeyPackage that does not enter the tree (draft-ietf-mls-extensions-10, section 4.6).
pub trait KeyPackageData: Component {
    /// The entry in the KeyPackage's dictionary.
    type Mark: Wire;

    /// Whether the KeyPackage's private keys are kept after it was used to join. The default is no.
    fn keep_after_join(&self, _mark: &Self::Mark) -> bool {
        false
    }

    /// Whether a KeyPackage with this entry is valid.
    ///
    /// # Errors
    /// A rejection keeps us from adding it, and is an alarm when another does.
    fn check_mark(&self, _key_package: &AddedKeyPackage, _mark: &Self::Mark) -> Result<(), Reject> {
        Ok(())
    }
}

/// An item in the SafeAAD of messages (draft-ietf-mls-extensions-10, section 4.9). It is
/// authenticated, and visible to whoever carries the message.
pub trait AadItem: Component {
    /// The item's data.
    type Item: Wire;

    /// The item for a message we are about to send, if any.
    ///
    /// # Errors
    /// A rejection keeps the message from being sent.
    fn item(&self, cx: &AadView<'_>) -> Result<Option<Self::Item>, Reject>;

    /// Whether an item that came with a message is valid.
    ///
    /// # Errors
    /// A rejection refuses the message.
    fn check_item(&self, cx: &AadView<'_>, from: &Actor, item: &Self::Item) -> Result<(), Reject>;
}

/// A statement that holds in every epoch.
///
/// It is asked after each commit, when a group is founded, when a Welcome or an external commit is
/// about to be used, and when a hub begins to follow a group.
pub trait Invariant: Send + Sync + 'static {
    /// Whether it holds.
    ///
    /// # Errors
    /// A rejection refuses the epoch, and so the commit or join that leads to it.
    fn holds(&self, _epoch: &EpochState) -> Result<(), Reject> {
        Ok(())
    }

    /// What we would not cause ourselves but must live with when others did: each concern refuses
    /// our own commit and is an alarm on another's. A rule that the draft only implies belongs here,
    /// or we would cut ourselves off from peers that do not know it.
    fn concerns(&self, _epoch: &EpochState) -> Vec<Reject> {
        Vec::new()
    }
}

/// A rule on transitions: it sees all proposals with their senders, and both epochs.
pub trait Judge: Send + Sync + 'static {
    /// Whether the commit may happen.
    ///
    /// # Errors
    /// A rejection refuses the commit.
    fn judge(&self, _cx: &CommitView<'_>) -> Result<(), Reject> {
        Ok(())
    }

    /// As [`Invariant::concerns`], for a transition.
    fn concerns(&self, _cx: &CommitView<'_>) -> Vec<Reject> {
        Vec::new()
    }
}

/// Adds to commits that we build, for its own component only.
pub trait Contributor: Component {
    /// Called once for each commit that we build, in the order of the component ids. It is not
    /// asked when the application already drafted an update of the component itself.
    fn contribute(&self, cx: &BuildView<'_>, out: &mut Contribution);
}

/// What a [`Contributor`] adds to a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contribution {
    pub(crate) updates: Vec<Opaque>,
    pub(crate) notices: Vec<Opaque>,
    pub(crate) force_path: bool,
}

impl Contribution {
    /// Adds an AppDataUpdate of the contributor's component.
    ///
    /// # Errors
    /// When the update cannot be encoded.
    pub fn update<C: GroupState>(&mut self, update: &C::Update) -> Result<(), WireError> {
        self.updates.push(wire::encode(update)?.into());
        Ok(())
    }

    /// Adds an AppEphemeral of the contributor's component.
    ///
    /// # Errors
    /// When the notice cannot be encoded.
    pub fn ephemeral<C: Ephemeral>(&mut self, notice: &C::Notice) -> Result<(), WireError> {
        self.notices.push(wire::encode(notice)?.into());
        Ok(())
    }

    /// Makes the commit carry an UpdatePath.
    pub fn force_path(&mut self) {
        self.force_path = true;
    }

    /// The encoded updates, in order.
    #[must_use]
    pub fn updates(&self) -> &[Opaque] {
        &self.updates
    }

    /// The encoded notices, in order.
    #[must_use]
    pub fn notices(&self) -> &[Opaque] {
        &self.notices
    }

    /// Whether the commit must carry an UpdatePath.
    #[must_use]
    pub fn forces_path(&self) -> bool {
        self.force_path
    }
}

/// Frames application data, in groups whose GroupContext has an entry of the component.
pub trait PayloadFraming: Component {
    /// The bytes to encrypt for a payload.
    ///
    /// # Errors
    /// A rejection keeps the message from being sent.
    fn wrap(&self, epoch: &EpochState, payload: &Payload) -> Result<Vec<u8>, Reject>;

    /// The payload in decrypted bytes. `epoch` is the epoch of the message, which may be past.
    ///
    /// # Errors
    /// A rejection means that the message is authentic and its content unusable.
    fn unwrap(&self, epoch: &EpochState, bytes: &[u8]) -> Result<Payload, Reject>;
}

/// Application data, with what it is if the group's framing says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The media type, or `None` when the group does not frame its messages.
    pub media_type: Option<MediaType>,
    /// The content itself.
    pub body: Vec<u8>,
}

impl Payload {
    /// Content of the kind the group takes for granted.
    #[must_use]
    pub fn plain(body: impl Into<Vec<u8>>) -> Self {
        Self {
            media_type: None,
            body: body.into(),
        }
    }

    /// Content of a named media type.
    #[must_use]
    pub fn typed(media_type: MediaType, body: impl Into<Vec<u8>>) -> Self {
        Self {
            media_type: Some(media_type),
            body: body.into(),
        }
    }
}

/// A media type with its parameters, such as `text/plain;charset=UTF-8`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaType {
    /// Top-level type and subtype, such as `text/plain`, as sent.
    pub essence: String,
    /// Parameter names and values, without quotes, in the order sent.
    pub parameters: Vec<(String, Vec<u8>)>,
}

impl MediaType {
    /// A media type without parameters.
    #[must_use]
    pub fn new(essence: impl Into<String>) -> Self {
        Self {
            essence: essence.into(),
            parameters: Vec::new(),
        }
    }

    /// The same media type with one more parameter.
    #[must_use]
    pub fn with_parameter(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.parameters.push((name.to_owned(), value.into()));
        self
    }
}

/// Supplies pre-shared keys of the component (draft-ietf-mls-extensions-10, section 4.5) when a
/// commit or a Welcome names one that the application did not put into the client before.
pub trait PskSource: Component {
    /// The key named `psk_id`, if it is known.
    fn psk(&self, cx: &PskView<'_>, psk_id: &[u8]) -> Option<Secret>;
}

/// Told of what happened, after it is durable. It cannot object and must not block.
pub trait Observer: Send + Sync + 'static {
    /// A commit was merged.
    fn epoch_changed(&self, _before: &EpochState, _after: &EpochState) {}

    /// We are no longer a member of the group.
    fn removed(&self, _group_id: &[u8], _epoch: u64) {}

    /// Our own commit for the epoch lost against another's.
    fn lost_race(&self, _group_id: &[u8], _epoch: u64) {}
}
