//! Messages, counted: what a component remembers of an epoch's application messages.
//!
//! Private messages of one sender are numbered in each epoch: their *generation* (RFC 9420, section
//! 6.3.2). A component that wants to know which messages came, and which did not, keeps a log of each
//! epoch. The engine hands it each message that was sent or received, and writes the log in the same
//! batch as the message, so that a restart loses nothing.
//!
//! ```
//! use mls_trellis_hooks::{Component, ComponentId, Draft, Traffic, TrafficView};
//!
//! /// Counts the messages of others.
//! struct Count;
//!
//! impl Component for Count {
//!     const NAME: &'static str = "count";
//!     const DEFAULT_ID: ComponentId = ComponentId(0x8102);
//!     const DRAFT: Draft = Draft::private("count", "1");
//! }
//! impl Traffic for Count {
//!     type Log = u64;
//!     fn observe(&self, cx: &TrafficView, log: u64) -> u64 {
//!         log + u64::from(cx.from != cx.own)
//!     }
//! }
//! ```

use crate::{
    BuildView, Component, ComponentId, Contribution, EpochState, LeafIndex,
    wire::{self, Opaque, Wire},
};

/// Remembers the application messages of each epoch, for groups in which the component is required or
/// has an entry. Asked of members only; a hub reads no messages.
pub trait Traffic: Component {
    /// What is remembered of one epoch. It is kept as long as messages of the epoch can be read, and of
    /// the epoch that ended last in any case.
    type Log: Wire + Default;

    /// What is remembered after one more message was sent or received.
    fn observe(&self, cx: &TrafficView, log: Self::Log) -> Self::Log;

    /// What is remembered after the commit that ends the epoch. Messages of the epoch may still come
    /// late.
    fn conclude(&self, _cx: &EndView<'_>, log: Self::Log) -> Self::Log {
        log
    }

    /// Adds to a commit that we build, by what is remembered of the epoch. Not asked when the
    /// application already drafted something of the component itself.
    fn tell(&self, _cx: &BuildView<'_>, _log: &Self::Log, _out: &mut Contribution) {}
}

/// One application message that was sent or received.
#[derive(Clone, Debug)]
pub struct TrafficView {
    /// The component's id in force.
    pub id: ComponentId,
    /// The message's epoch, which may be past.
    pub epoch: u64,
    /// Our own position in it.
    pub own: LeafIndex,
    /// Whose message it is. We sent it, if it is ours.
    pub from: LeafIndex,
    /// Its number among the application messages of its sender in the epoch, from zero.
    pub generation: u32,
}

/// The end of an epoch, after the commit was judged and in the step that merges it.
#[derive(Clone, Debug)]
pub struct EndView<'a> {
    /// The component's id in force.
    pub id: ComponentId,
    /// The epoch that ends.
    pub epoch: &'a EpochState,
    /// Our own position in it.
    pub own: LeafIndex,
    /// The AppEphemerals of the component in the commit, each with its sender if that is a member, in
    /// the order of the commit.
    pub told: &'a [(Option<LeafIndex>, Opaque)],
}

/// [`Traffic`] over bytes. A log that does not decode, which can only be one of another version, is begun
/// anew; one that does not encode stays as it was.
pub trait ErasedTraffic: Send + Sync {
    /// The log after one more message.
    fn observe(&self, cx: &TrafficView, log: Option<&[u8]>) -> Option<Vec<u8>>;

    /// The log after the epoch's end.
    fn conclude(&self, cx: &EndView<'_>, log: Option<&[u8]>) -> Option<Vec<u8>>;

    /// Adds to a commit that we build.
    fn tell(&self, cx: &BuildView<'_>, log: Option<&[u8]>, out: &mut Contribution);
}

impl<C: Traffic> ErasedTraffic for C {
    fn observe(&self, cx: &TrafficView, log: Option<&[u8]>) -> Option<Vec<u8>> {
        wire::encode(&Traffic::observe(self, cx, open(log))).ok()
    }

    fn conclude(&self, cx: &EndView<'_>, log: Option<&[u8]>) -> Option<Vec<u8>> {
        wire::encode(&Traffic::conclude(self, cx, open(log))).ok()
    }

    fn tell(&self, cx: &BuildView<'_>, log: Option<&[u8]>, out: &mut Contribution) {
        Traffic::tell(self, cx, &open(log), out);
    }
}

fn open<L: Wire + Default>(log: Option<&[u8]>) -> L {
    let log = log.and_then(|log| wire::decode(log).ok());
    log.unwrap_or_default()
}
