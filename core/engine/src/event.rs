//! What a step yields: messages, epoch changes, proposals.
//!
//! Events are plain data that can be stored: an event stays in the group's inbox until the
//! application acknowledges it, so that a crash between receiving and acting loses nothing.

use mls_trellis_hooks::{
    ComponentId, Ephemeral, GroupState, Ids, LeafIndex, MediaType, Payload, ProposalKind, Reject,
    wire,
};
use serde::{Deserialize, Serialize};

use crate::octets;

/// Who did something, as of the epoch in which it was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The member's position, unless it was not a member.
    pub leaf: Option<u32>,
    /// The identity its credential speaks of; empty for external senders.
    pub identity: Vec<u8>,
}

impl Who {
    /// The identity as text, for people.
    #[must_use]
    pub fn name(&self) -> String {
        mls_trellis_hooks::Identity::from(self.identity.as_slice()).to_string()
    }
}

/// An event with its number in the group's inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The number to hand to `acknowledge`.
    pub number: u64,
    /// What happened.
    pub event: Event,
}

impl Delivered {
    /// What happened, without the number.
    #[must_use]
    pub fn into_event(self) -> Event {
        self.event
    }
}

/// What happened in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Event {
    /// An application message.
    Message(Message),
    /// A message of a wire format that is linked.
    Direct(Direct),
    /// The group is in a new epoch.
    Epoch(EpochChange),
    /// Somebody proposed something; it waits for a commit.
    Proposal(Proposed),
    /// We joined a group in which these rules were broken already.
    Joined(Vec<Alarm>),
}

/// What [`Group::receive`](crate::Group::receive) made of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Received {
    /// An application message.
    Message(Delivered, Message),
    /// A message of a wire format that is linked.
    Direct(Delivered, Direct),
    /// A commit, ours or another's, was merged.
    Epoch(Delivered, EpochChange),
    /// A proposal was put into the pool.
    Proposal(Delivered, Proposed),
    /// Our own message came back from the Delivery Service. There is nothing to do.
    OwnEcho,
    /// The message was processed before.
    Duplicate,
    /// The message belongs to an epoch that is over.
    StaleEpoch {
        /// The message's epoch.
        epoch: u64,
    },
    /// The key of the message is gone: it was processed long ago, so many messages of its sender were
    /// processed since that it came too late to be read (see `Settings::out_of_order`), or its epoch
    /// was forgotten.
    TooLate {
        /// The message's epoch.
        epoch: u64,
    },
    /// The message belongs to an epoch that this client has not reached: keep it, and hand it in
    /// again after the commits in between.
    FutureEpoch {
        /// The message's epoch.
        epoch: u64,
    },
    /// A commit removed us. The group can only be read or deleted from here on.
    Removed(Delivered, EpochChange),
    /// This client cannot follow the group any more; join it again.
    NeedsRejoin {
        /// Why.
        reason: String,
    },
    /// Something must be fetched before the message can be judged; hand it in again afterwards.
    Missing(Vec<String>),
}

/// An application message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who sent it.
    pub from: Who,
    /// The epoch it was sent in, which may be past.
    pub epoch: u64,
    /// Its media type such as `text/plain`, when the group frames its messages.
    pub media_type: Option<String>,
    /// The media type's parameters.
    pub parameters: Vec<(String, Vec<u8>)>,
    /// The content.
    pub body: Vec<u8>,
    /// The AAD items that came with it, for components that are linked.
    pub aad: Vec<(u16, Vec<u8>)>,
    /// When the hub accepted it, in milliseconds of Unix time, if the message came with
    /// [`Stamps`](crate::Stamps).
    #[serde(default)]
    pub accepted_at: Option<u64>,
    /// What components of the hub attached to it: genuine, and for components that are linked.
    #[serde(default)]
    pub stamps: Vec<(u16, Vec<u8>)>,
}

impl Message {
    /// The content with its media type, as the sender handed it in.
    #[must_use]
    pub fn payload(&self) -> Payload {
        Payload {
            media_type: self.media_type.as_ref().map(|essence| MediaType {
                essence: essence.clone(),
                parameters: self.parameters.clone(),
            }),
            body: self.body.clone(),
        }
    }
}

/// A message of a wire format that is linked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Direct {
    /// Its wire format.
    pub format: u16,
    /// Who sent it.
    pub from: Who,
    /// The epoch it was sent in, which may be past.
    pub epoch: u64,
    /// The content.
    #[serde(with = "octets")]
    pub body: Vec<u8>,
    /// What travelled along in the clear, authenticated.
    #[serde(with = "octets")]
    pub authenticated_data: Vec<u8>,
    /// Rules that the message breaks in a way that we live with.
    pub alarms: Vec<Alarm>,
}

/// A proposal that waits for a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// Who proposed it.
    pub from: Who,
    /// What it is, in words.
    pub what: String,
    /// Its reference, as commits name it.
    pub reference: Vec<u8>,
    /// Why a commit of it alone would be refused now, if so. It is kept all the same, for others may
    /// commit it; our own commits leave it out for as long as it would.
    pub refused: Option<Alarm>,
}

/// A rule that was broken in a way that we must live with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// The rule's id.
    pub rule: String,
    /// The plugin, or empty for the engine.
    pub plugin: String,
    /// What was found.
    pub detail: String,
}

impl From<&Reject> for Alarm {
    fn from(reject: &Reject) -> Self {
        Self {
            rule: reject.rule().to_owned(),
            plugin: reject.plugin().to_owned(),
            detail: reject.detail().to_owned(),
        }
    }
}

/// A change of epoch, with everything the commit did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochChange {
    /// The new epoch.
    pub epoch: u64,
    /// Who committed.
    pub committer: Who,
    /// Whether it was our own commit.
    pub own: bool,
    /// Whether a commit of ours for the same epoch lost against it. Draft it again.
    pub lost_race: bool,
    /// Who is new.
    pub added: Vec<Who>,
    /// Who is gone, as of the old epoch.
    pub removed: Vec<Who>,
    /// Whose leaf changed.
    pub updated: Vec<Who>,
    /// Which components' states changed, and by whose proposal.
    pub data: Vec<DataChanged>,
    /// What components were told, in the order of the commit.
    pub notices: Vec<Notice>,
    /// Proposals of types that drafts add, in the order of the commit.
    pub proposals: Vec<Committed>,
    /// Rules that were broken in a way that we must live with.
    pub alarms: Vec<Alarm>,
}

/// One proposal of a type that a draft adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// Its type.
    pub proposal_type: u16,
    /// Whose proposal it was.
    pub from: Who,
    /// Whether it was committed by reference.
    pub by_reference: bool,
    /// All that follows the type on the wire.
    pub body: Vec<u8>,
}

/// One AppDataUpdate of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataChanged {
    /// The component.
    pub component: u16,
    /// Whose proposal it was.
    pub from: Who,
    /// Whether it was committed by reference.
    pub by_reference: bool,
    /// The update, or `None` when the entry was dropped.
    pub update: Option<Vec<u8>>,
}

/// One AppEphemeral of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The component.
    pub component: u16,
    /// Whose proposal it was.
    pub from: Who,
    /// What it carries.
    pub data: Vec<u8>,
}

impl EpochChange {
    /// The notices of component `C`, in the order of the commit.
    pub fn notices_of<C: Ephemeral>(&self, ids: &Ids) -> impl Iterator<Item = (&Who, C::Notice)> {
        let id = ids.of::<C>().0;
        let own = self.notices.iter().filter(move |n| n.component == id);
        own.filter_map(|notice| Some((&notice.from, wire::decode(&notice.data).ok()?)))
    }

    /// The updates of component `C`, in the order of the commit.
    pub fn updates_of<C: GroupState>(&self, ids: &Ids) -> impl Iterator<Item = (&Who, C::Update)> {
        let id = ids.of::<C>().0;
        let own = self.data.iter().filter(move |d| d.component == id);
        own.filter_map(|data| {
            let update = data.update.as_deref()?;
            Some((&data.from, wire::decode(update).ok()?))
        })
    }

    /// The proposals of kind `K`, in the order of the commit.
    pub fn proposals_of<K: ProposalKind>(&self) -> impl Iterator<Item = (&Who, K::Body)> {
        let own = self.proposals.iter();
        own.filter(|committed| committed.proposal_type == K::TYPE.0)
            .filter_map(|committed| Some((&committed.from, wire::decode(&committed.body).ok()?)))
    }

    /// Whether the commit changed the state of the component.
    #[must_use]
    pub fn touches(&self, id: ComponentId) -> bool {
        self.data.iter().any(|data| data.component == id.0)
    }
}

impl Who {
    pub(crate) fn member(leaf: LeafIndex, identity: &mls_trellis_hooks::Identity) -> Self {
        Self {
            leaf: Some(leaf.0),
            identity: identity.as_bytes().to_vec(),
        }
    }
}
