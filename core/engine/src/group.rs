//! A group that the client is a member of.
//!
//! Every operation is one step: it reads, computes, and writes one batch. If it fails, the group is
//! what it was, in memory and in the store. The handle keeps the group loaded, so a message costs no
//! reload; after a step that failed half-way the group is loaded anew by the next one.

mod accept;
mod build;
mod choose;
mod commit;
mod config;
mod contribute;
mod direct;
mod draft;
mod found;
mod handle;
mod inbox;
mod join;
mod live;
mod message;
mod numbers;
mod propose;
mod receive;
mod retain;

use std::{any::TypeId, time::Duration};

pub use commit::{Commit, Sealed};
use config::{join_config, sender_ratchet, wire_format_policy};
pub(crate) use draft::PskName;
pub use handle::Handle;
pub use inbox::Outgoing;
pub(crate) use live::is_in_doubt;
use live::{Failed, Live, Pending, check_membership, epoch_of, me};
pub(crate) use message::ClearText;
pub use message::Packet;
use mls_trellis_hooks::{
    Change, Component, ComponentId, EpochState, GroupState, LeafIndex, LeafInfo, ProposalKind,
    Reject, Secret, Traffic, wire,
};
use mls_trellis_store::Scope;
use numbers::write_numbers;
use openmls::group::PastEpochDeletion;
use openmls_traits::OpenMlsProvider as _;
use tls_codec::Serialize as _;

use crate::{Client, Error, Result, Reviewed, assess, client::Lease, owed, traffic};

/// A group that the client is a member of. There is one handle to a group at a time.
pub struct Group {
    client: Client,
    scope: Scope,
    group_id: Vec<u8>,
    version: u64,
    live: Option<Live>,
    // The snapshot that accessors lend out while the group itself is being reloaded.
    epoch: EpochState,
    _lease: Lease,
}

impl Group {
    /// The group's id.
    #[must_use]
    pub fn id(&self) -> &[u8] {
        &self.group_id
    }

    /// The current epoch, with its members and the state of its components.
    #[must_use]
    pub fn epoch(&self) -> &EpochState {
        &self.epoch
    }

    /// The members, in ascending order of their positions.
    pub fn members(&self) -> impl Iterator<Item = (LeafIndex, &LeafInfo)> {
        let leaves = self.epoch.leaves.iter();
        leaves.map(|(index, leaf)| (*index, leaf.as_ref()))
    }

    /// The state of component `C`, or `None` when the group has none.
    ///
    /// # Errors
    /// A rejection when the entry is not a value of `C::State`.
    pub fn state<C: GroupState>(&self) -> Result<Option<C::State>> {
        Ok(self.epoch.state::<C>()?)
    }

    /// The client whose handle this is.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Our own position, unless we were removed.
    ///
    /// # Errors
    /// [`Error::Store`] when the group had to be loaded and could not be.
    pub fn own_leaf(&mut self) -> Result<LeafIndex> {
        let live = self.live()?;
        Ok(LeafIndex(live.mls.own_leaf_index().u32()))
    }

    /// Judges all members and external senders anew, as of now by the client's clock: what is to be
    /// said of somebody whose credential is over, for instance. Empty when nothing is. To be asked from
    /// time to time, for nobody commits anything when a credential ends.
    #[must_use]
    pub fn review(&self) -> Vec<Reviewed> {
        assess::review(self.client.plugins(), &self.epoch, self.client.now())
    }

    /// Whether we are still a member.
    ///
    /// # Errors
    /// [`Error::Store`] when the group had to be loaded and could not be.
    pub fn is_active(&mut self) -> Result<bool> {
        Ok(self.live()?.mls.is_active())
    }

    /// A value that all members of the epoch share and nobody else can compute, to compare by
    /// another way (RFC 9420, section 8.7).
    ///
    /// # Errors
    /// [`Error::Store`] when the group had to be loaded and could not be.
    pub fn epoch_authenticator(&mut self) -> Result<Vec<u8>> {
        Ok(self.live()?.mls.epoch_authenticator().as_slice().to_vec())
    }

    /// A secret of the epoch for use outside of MLS (RFC 9420, section 8.5). It is not forward
    /// secret within the epoch; components use [`Handle`] instead.
    ///
    /// # Errors
    /// When we are not a member any more.
    pub fn export_secret(&mut self, label: &str, context: &[u8], length: usize) -> Result<Secret> {
        self.read(|live, step| {
            let crypto = step.provider.crypto();
            let secret = live.mls.export_secret(crypto, label, context, length);
            secret
                .map(Secret::from)
                .map_err(Error::mls("exporting a secret"))
        })
    }

    /// A GroupInfo message with which others can join from outside, with the ratchet tree inside.
    ///
    /// # Errors
    /// When we are not a member any more.
    pub fn group_info(&mut self) -> Result<Vec<u8>> {
        self.export_group_info(true)
    }

    /// As [`group_info`](Self::group_info), without the ratchet tree: it is to be had by another way,
    /// as from [`ratchet_tree`](Self::ratchet_tree).
    ///
    /// # Errors
    /// When we are not a member any more.
    pub fn group_info_without_tree(&mut self) -> Result<Vec<u8>> {
        self.export_group_info(false)
    }

    fn export_group_info(&mut self, tree_inside: bool) -> Result<Vec<u8>> {
        self.read(|live, step| {
            let info = live
                .mls
                .export_group_info(step.provider.crypto(), &step.signer, tree_inside)
                .map_err(Error::mls("exporting the GroupInfo"))?;
            info.tls_serialize_detached()
                .map_err(Error::mls("encoding the GroupInfo"))
        })
    }

    /// The messages of proposals that whoever commits next must not leave out. Hand them out with a
    /// GroupInfo: who joins from outside brings them along
    /// ([`ExternalJoin::bring`](crate::ExternalJoin::bring)).
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn owed(&self) -> Result<Vec<Vec<u8>>> {
        owed::messages(self.client.inner.store.as_ref(), &self.scope)
    }

    /// The ratchet tree, for those who get it by another way than inside a GroupInfo.
    ///
    /// # Errors
    /// [`Error::Store`] when the group had to be loaded and could not be.
    pub fn ratchet_tree(&mut self) -> Result<Vec<u8>> {
        let tree = self.live()?.mls.export_ratchet_tree();
        tree.tls_serialize_detached()
            .map_err(Error::mls("encoding the ratchet tree"))
    }

    /// What component `C` remembers of the messages of an epoch; `None` when there were none, the
    /// component was not active, or the epoch is too long over.
    ///
    /// # Errors
    /// ENG-7 when the component is not linked.
    pub fn log<C: Traffic>(&self, epoch: u64) -> Result<Option<C::Log>> {
        let id = linked::<C>(&self.client)?;
        let row = traffic::row(&self.scope, id, epoch);
        let log = self.client.inner.store.get(&row)?;
        Ok(log.map(|log| wire::decode(&log)).transpose()?)
    }

    /// Forgets the keys of epochs that ended longer than `age` ago; with [`Duration::ZERO`], of all
    /// that ended. Messages of those epochs that come later cannot be read. How many epochs are kept
    /// at most is in the client's settings.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn forget_past_epochs(&mut self, age: Duration) -> Result<()> {
        let which = match age {
            Duration::ZERO => PastEpochDeletion::delete_all(),
            age => PastEpochDeletion::older_than_duration(age),
        };
        let now = self.client.now();
        let scope = self.scope.clone();
        self.work(|live, step| {
            let before = now.saturating_sub(age.as_secs());
            retain::forget(step.buffer, &scope, before)?;
            live.mls
                .delete_past_epoch_secrets(&step.provider, which)
                .map_err(Error::mls("forgetting past epochs"))?;
            Ok(())
        })
    }

    /// Starts a commit.
    pub fn commit(&mut self) -> Commit<'_> {
        Commit::new(self)
    }

    /// Component `C`'s access to the group's keys and to its own store.
    pub fn component<C: Component>(&mut self) -> Handle<'_, C> {
        Handle::new(self)
    }
}

/// A component's id when it is linked, or a misuse.
fn linked<C: Component>(client: &Client) -> Result<ComponentId> {
    let ids = client.plugins().ids();
    match ids.contains::<C>() {
        true => Ok(ids.of::<C>()),
        false => Err(Reject::misuse(
            "ENG-7",
            format!("component {} is not linked into this client", C::NAME),
        )
        .into()),
    }
}

/// A proposal of kind `K`, when the kind is linked.
fn kind<K: ProposalKind>(client: &Client, body: &K::Body) -> Result<Change> {
    let entry = client.plugins().proposal(K::TYPE);
    if entry.is_none_or(|entry| entry.type_id != TypeId::of::<K>()) {
        return Err(Reject::misuse(
            "ENG-7",
            format!("proposal {} is not linked into this client", K::NAME),
        )
        .into());
    }
    Change::kind::<K>(body).map_err(|e| {
        let why = format!("the body is not one opaque<V>, all that OpenMLS can send: {e}");
        Reject::misuse("PROP-4", why).in_plugin(K::NAME).into()
    })
}
