//! Types of proposals that a draft adds (RFC 9420, section 17.4).
//!
//! Most drafts need none: state and notices of a component travel in AppDataUpdate and AppEphemeral
//! proposals. A draft that defines a proposal of its own gets a [`ProposalKind`]. The engine lists its
//! type in our capabilities, takes such proposals into the pool and into commits, and hands them to
//! judges as [`Change::Other`].
//!
//! What a proposal does to the ratchet tree is the engine's: of the types here it knows SelfRemove only.
//! On OpenMLS 0.9.2 the body of any other type must be one `opaque<V>` (see `docs/LIMITS.md`).
//!
//! ```
//! use mls_trellis_hooks::{Actor, Draft, ProposalKind, ProposalType, ProposalView, Reject, wire::Text};
//!
//! /// Asks the others to be quiet for a while, and says why.
//! struct Recess;
//!
//! impl ProposalKind for Recess {
//!     const NAME: &'static str = "recess";
//!     const TYPE: ProposalType = ProposalType(0xf0a1);
//!     const DRAFT: Draft = Draft::private("recess", "1");
//!     const NEEDS_PATH: bool = false;
//!     type Body = Text;
//!
//!     fn may_send(&self, cx: &ProposalView<'_>, _: &Text) -> Result<(), Reject> {
//!         match cx.from {
//!             Actor::Member(_) => Ok(()),
//!             _ => Err(Reject::peer("RECESS-1", format!("{} is not a member", cx.from))),
//!         }
//!     }
//! }
//! ```

use crate::{
    Actor, Change, CommitView, Draft, EpochState, ProposalType, Reject, Sent, WireFormatId,
    wire::{self, Opaque, Wire, WireError},
};

/// A type of proposal.
pub trait ProposalKind: Send + Sync + 'static {
    /// A short name in lower case.
    const NAME: &'static str;
    /// Its number.
    const TYPE: ProposalType;
    /// Where it is specified.
    const DRAFT: Draft;
    /// Whether a commit of it must have a path: the column "Path Required" of the registry. Our own
    /// commits get one then, and others' are refused without (PROP-3).
    const NEEDS_PATH: bool;
    /// All that follows the type on the wire.
    type Body: Wire;

    /// Whether such a proposal may be sent so: by whom, by reference or by value, in which framing.
    ///
    /// Asked when the proposal comes by itself, and again for each commit that holds it.
    ///
    /// # Errors
    /// A rejection refuses the message, or the commit.
    fn may_send(&self, cx: &ProposalView<'_>, body: &Self::Body) -> Result<(), Reject>;

    /// What we would not send ourselves but must live with when others did. Asked of proposals by
    /// themselves: a concern refuses our own, marks another's, and keeps it out of our commits.
    fn concerns(&self, _cx: &ProposalView<'_>, _body: &Self::Body) -> Vec<Reject> {
        Vec::new()
    }
}

/// Kinds of proposals that whoever commits next must not leave out, members and joiners alike.
///
/// Our own commits take them along even if the rest of the pool is left alone, and so do our external
/// commits when they are handed in. Nobody knows what another had in its pool, so leaving one out
/// refuses nothing.
pub trait Owed: ProposalKind {
    /// What to say of a commit that leaves this proposal to the pool; `None` if it may.
    fn owed(&self, cx: &ProposalView<'_>, body: &Self::Body) -> Option<Reject>;
}

/// A proposal by itself.
#[derive(Clone, Debug)]
pub struct ProposalView<'a> {
    /// The epoch it is for.
    pub epoch: &'a EpochState,
    /// Whose it is.
    pub from: &'a Actor,
    /// Whether commits name it by reference. A proposal by value is its committer's.
    pub by_reference: bool,
    /// How its own message is framed. Unknown, once it stands in a pool or a commit.
    pub framing: Option<WireFormatId>,
    /// What came before it in this epoch and waits for a commit. Another's pool may be different, so
    /// only concerns may depend on it.
    pub waiting: &'a [Sent<Change>],
}

impl Change {
    /// The type of a proposal that a [`ProposalKind`] may stand for, and all that follows the type on
    /// the wire; `None` for those of RFC 9420 and of components.
    #[must_use]
    pub fn of_kind(&self) -> Option<(ProposalType, Opaque)> {
        match self {
            Self::SelfRemove => Some((ProposalType::SELF_REMOVE, Opaque::default())),
            // The body is one vector; here it is with its length again.
            Self::Other {
                proposal_type,
                body,
            } => Some((*proposal_type, wire::encode(body).ok()?.into())),
            _ => None,
        }
    }

    /// A proposal of kind `K`.
    ///
    /// # Errors
    /// When the body cannot be encoded, or is not one `opaque<V>`, which is all that can be sent.
    pub fn kind<K: ProposalKind>(body: &K::Body) -> Result<Self, WireError> {
        let body = wire::encode(body)?;
        if K::TYPE == ProposalType::SELF_REMOVE && body.is_empty() {
            return Ok(Self::SelfRemove);
        }
        Ok(Self::Other {
            proposal_type: K::TYPE,
            body: wire::decode(&body)?,
        })
    }

    /// The body of a proposal of kind `K`; `None` if it is something else or does not decode.
    #[must_use]
    pub fn body<K: ProposalKind>(&self) -> Option<K::Body> {
        let (proposal_type, body) = self.of_kind()?;
        match proposal_type == K::TYPE {
            true => wire::decode(body.as_slice()).ok(),
            false => None,
        }
    }
}

impl CommitView<'_> {
    /// The proposals of kind `K` in the commit, in its order.
    pub fn proposals_of<K: ProposalKind>(&self) -> impl Iterator<Item = Sent<K::Body>> {
        let sent = self.proposals.iter();
        sent.filter_map(|sent| Some(sent.map(sent.body.body::<K>()?)))
    }
}

/// [`ProposalKind`] over bytes.
pub trait ErasedProposal: Send + Sync {
    /// Whether a proposal may be sent so.
    ///
    /// # Errors
    /// PROP-1 when the body does not decode, or what the kind rejects.
    fn may_send(&self, cx: &ProposalView<'_>, body: &[u8]) -> Result<(), Reject>;

    /// What we would not send ourselves. Nothing, when the body does not decode.
    fn concerns(&self, cx: &ProposalView<'_>, body: &[u8]) -> Vec<Reject>;

    /// The body in words, for people.
    fn show_body(&self, body: &[u8]) -> Option<String>;
}

impl<K: ProposalKind> ErasedProposal for K {
    fn may_send(&self, cx: &ProposalView<'_>, body: &[u8]) -> Result<(), Reject> {
        let body = wire::decode(body).map_err(|e| Reject::peer("PROP-1", e.to_string()));
        body.and_then(|body| ProposalKind::may_send(self, cx, &body))
            .map_err(|reject| reject.in_plugin(K::NAME))
    }

    fn concerns(&self, cx: &ProposalView<'_>, body: &[u8]) -> Vec<Reject> {
        let Ok(body) = wire::decode(body) else {
            return Vec::new();
        };
        let concerns = ProposalKind::concerns(self, cx, &body).into_iter();
        concerns.map(|reject| reject.in_plugin(K::NAME)).collect()
    }

    fn show_body(&self, body: &[u8]) -> Option<String> {
        let body = wire::decode::<K::Body>(body).ok()?;
        Some(format!("{body:?}"))
    }
}

/// [`Owed`] over bytes.
pub trait ErasedOwed: Send + Sync {
    /// What to say of a commit that leaves the proposal out, if anything.
    fn owed(&self, cx: &ProposalView<'_>, body: &[u8]) -> Option<Reject>;
}

impl<K: Owed> ErasedOwed for K {
    fn owed(&self, cx: &ProposalView<'_>, body: &[u8]) -> Option<Reject> {
        let owed = Owed::owed(self, cx, &wire::decode(body).ok()?);
        owed.map(|reject| reject.in_plugin(K::NAME))
    }
}
