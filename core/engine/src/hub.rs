//! A group followed from outside, without secrets: what a hub or Delivery Service does.
//!
//! It sees PublicMessages only, and judges them by the same functions as the members.
//!
//! A hub must link every plugin that keeps state in a group it follows: it could not compute the
//! group's next state otherwise. Plugins that only judge make it stricter.

mod epoch;
mod follow;
mod info;
mod submit;

use std::sync::Arc;

pub(crate) use epoch::epoch_in;
use epoch::{epoch_of, tree_of};
use follow::Follower;
use mls_trellis_hooks::{Door, EpochState, GroupInfoParts, LeafIndex, LeafInfo, Plugins, Reject};
use mls_trellis_store::{Scope, Store};
use openmls::{
    group::{GroupId, ProposalStore, PublicGroup as MlsPublicGroup},
    prelude::MlsMessageBodyIn,
};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::OpenMlsProvider as _;

use crate::{
    EpochChange, Error, Proposed, Result, Reviewed, assess,
    client::{Clock, self_test},
    group::is_in_doubt,
    incoming::{check_aad_form, decode_tree, group_info_in, message_in, unverified},
    judge, mls, owed,
    signer::{SignatureScheme, Signer, SignerError},
    step::{Ground, Step, step},
    storage::Realm,
};

/// A group that is followed without secrets.
///
/// ```
/// use std::sync::Arc;
/// use mls_trellis_engine::{Client, GroupConfig, MemoryStore, PublicGroup, SoftwareSigner};
/// use mls_trellis_hooks::{CipherSuite, Credential};
/// use mls_trellis_registry::Registry;
///
/// let plugins = Registry::empty().with(mls_trellis_basic::Basic).build()?;
/// let signer = SoftwareSigner::generate(CipherSuite(0x0001))?;
/// let alice = Client::builder(plugins.clone())
///     .identity(Credential::basic("alice"), Arc::new(signer))
///     .build()?;
/// let mut room = alice.create_group(GroupConfig::new(b"room"))?;
///
/// let store = Arc::new(MemoryStore::default());
/// let mut hub = PublicGroup::follow(plugins, store, &room.group_info()?, None)?;
/// let sealed = room.commit().path().seal()?;
/// hub.receive(&sealed.commit)?;
/// assert_eq!(hub.epoch().epoch, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PublicGroup {
    plugins: Plugins,
    store: Arc<dyn Store>,
    crypto: RustCrypto,
    scope: Scope,
    version: u64,
    mls: Option<MlsPublicGroup>,
    epoch: EpochState,
    clock: Option<Clock>,
}

/// What a hub made of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Followed {
    /// A commit was merged: fan it out.
    Epoch(EpochChange),
    /// A proposal was put into the pool: fan it out.
    Proposal(Proposed),
    /// The proposal is in the pool already.
    Duplicate,
    /// The message belongs to an epoch that is over.
    StaleEpoch {
        /// The message's epoch.
        epoch: u64,
    },
    /// The message belongs to an epoch that the hub has not reached.
    FutureEpoch {
        /// The message's epoch.
        epoch: u64,
    },
    /// Something must be fetched before the message can be judged.
    Missing(Vec<String>),
}

impl PublicGroup {
    /// Begins to follow a group, from a GroupInfo message of a member and the ratchet tree, if that
    /// is not inside.
    ///
    /// Begin while the group is young: OpenMLS refuses a tree with a leaf whose lifetime is over.
    ///
    /// # Errors
    /// [`Error::Rejected`] when an invariant does not hold or a plugin is missing.
    pub fn follow(
        plugins: Plugins,
        store: Arc<dyn Store>,
        group_info: &[u8],
        ratchet_tree: Option<&[u8]>,
    ) -> Result<Self> {
        self_test()?;
        let info = group_info_in(group_info)?;
        let tree = ratchet_tree.map(decode_tree).transpose()?;
        let tree = tree_of(&info, tree)?;
        let scope = Scope::public_group(info.group_id().as_slice());
        let version = store.version(&scope)?;
        let crypto = RustCrypto::default();
        let followed = in_step(
            &plugins,
            store.as_ref(),
            &crypto,
            Some((scope.clone(), version)),
            |step| {
                let (mls, _) = MlsPublicGroup::from_external(
                    step.provider.crypto(),
                    step.provider.storage(),
                    tree,
                    info,
                    ProposalStore::new(),
                )
                .map_err(Error::mls("importing the group"))?;
                let epoch = epoch_of(&plugins, &mls)?;
                judge::can_follow(&plugins, &epoch)?;
                judge::verify_all(&plugins, Door::Import, &epoch, None).map_err(unverified)?;
                judge::epoch(&plugins, &epoch)?;
                let message = mls::GroupInfoMessage::decode(group_info)?;
                info::keep(step, &scope, &message)?;
                Ok((mls, epoch))
            },
        );
        let (mls, epoch) = followed?;
        Ok(Self {
            plugins,
            store,
            crypto,
            scope,
            version: version + 1,
            mls: Some(mls),
            epoch,
            clock: None,
        })
    }

    /// A group that is followed already, from the store.
    ///
    /// # Errors
    /// [`Error::NoSuchGroup`].
    pub fn load(plugins: Plugins, store: Arc<dyn Store>, group_id: &[u8]) -> Result<Self> {
        self_test()?;
        let scope = Scope::public_group(group_id);
        let crypto = RustCrypto::default();
        let version = store.version(&scope)?;
        let (mls, epoch) = load(&plugins, store.as_ref(), &crypto, group_id)?;
        Ok(Self {
            plugins,
            store,
            crypto,
            scope,
            version,
            mls: Some(mls),
            epoch,
            clock: None,
        })
    }

    /// Judges by a clock, too: whom an assessor would avoid does not get past this hub, nor does who
    /// cannot be judged before something is fetched ([`Followed::Missing`]). A hub may be so strict, for
    /// it judges before the members do, and what it does not fan out has not happened.
    #[must_use]
    pub fn with_clock(mut self, now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(now));
        self
    }

    /// Judges all members and external senders anew, as of `now` in seconds of Unix time: what is to
    /// be said of somebody whose credential is over, for instance. Empty when nothing is.
    #[must_use]
    pub fn review(&self, now: u64) -> Vec<Reviewed> {
        assess::review(&self.plugins, &self.epoch, now)
    }

    /// Ceases to follow the group, and forgets it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn forget(self) -> Result<()> {
        let scope = self.scope.clone();
        let guard = Some((scope.clone(), self.version));
        in_step(
            &self.plugins,
            self.store.as_ref(),
            &self.crypto,
            guard,
            |step| {
                step.buffer.wipe(scope);
                Ok(())
            },
        )
    }

    /// The current epoch, with its members and the state of its components.
    #[must_use]
    pub fn epoch(&self) -> &EpochState {
        &self.epoch
    }

    /// The time, if the hub judges by a clock.
    pub(crate) fn now(&self) -> Option<u64> {
        self.clock.as_ref().map(|now| now())
    }

    pub(crate) fn plugins(&self) -> &Plugins {
        &self.plugins
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
    pub fn state<C: mls_trellis_hooks::GroupState>(&self) -> Result<Option<C::State>> {
        Ok(self.epoch.state::<C>()?)
    }

    /// The messages of proposals that whoever commits next must not leave out. Hand them out with
    /// each GroupInfo: who joins from outside brings them along
    /// ([`ExternalJoin::bring`](crate::ExternalJoin::bring)).
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn owed(&self) -> Result<Vec<Vec<u8>>> {
        owed::messages(self.store.as_ref(), &self.scope)
    }

    /// Takes in a handshake message in the clear. A message that is refused here is refused by every
    /// member that has the same plugins; do not fan it out.
    ///
    /// # Errors
    /// As [`Group::receive`](crate::Group::receive).
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Followed> {
        self.take_in(bytes, None)
    }

    fn take_in(&mut self, bytes: &[u8], parts: Option<&GroupInfoParts>) -> Result<Followed> {
        let header = mls_trellis_wire::peek(bytes).map_err(Error::malformed("the message"))?;
        let Some(framing) = header.framing else {
            return Err(Reject::misuse("WF-9", "the message is not for a group").into());
        };
        if framing.group_id != &self.epoch.group_id[..] {
            return Err(Reject::misuse("ENG-17", "the message is for another group").into());
        }
        self.reload()?;
        let (current, epoch) = (self.epoch.epoch, framing.epoch);
        if epoch > current {
            return Ok(Followed::FutureEpoch { epoch });
        }
        if epoch < current {
            return Ok(Followed::StaleEpoch { epoch });
        }
        let MlsMessageBodyIn::PublicMessage(message) = message_in(bytes, "the message")? else {
            return Err(Reject::misuse("HUB-1", "a hub can follow PublicMessages only").into());
        };
        check_aad_form(&self.epoch, &framing)?;
        let mut mls = self.mls.take().ok_or(Error::NoSuchGroup)?;
        let (plugins, before, clock) = (&self.plugins, &self.epoch, &self.clock);
        let scope = self.scope.clone();
        let guard = Some((scope.clone(), self.version));
        let followed = in_step(plugins, self.store.as_ref(), &self.crypto, guard, |step| {
            let follower = Follower {
                step,
                before,
                scope: &scope,
                bytes,
                parts,
                now: clock.as_ref().map(|now| now()),
            };
            follower.process(&mut mls, message.into())
        });
        let (followed, epoch) = match followed {
            Err(Error::Missing(needs)) => return Ok(Followed::Missing(needs)),
            Err(error) if is_in_doubt(&error) => {
                // If the store cannot be asked now, the next message does.
                let _ = self.reload();
                return Err(error);
            }
            other => other?,
        };
        self.version += 1;
        self.mls = Some(mls);
        self.epoch = epoch.unwrap_or_else(|| self.epoch.clone());
        Ok(followed)
    }

    /// A step that failed dropped the group; it is as it was in the store.
    fn reload(&mut self) -> Result<()> {
        if self.mls.is_none() {
            self.version = self.store.version(&self.scope)?;
            let group_id = self.epoch.group_id.clone();
            let loaded = load(&self.plugins, self.store.as_ref(), &self.crypto, &group_id)?;
            self.mls = Some(loaded.0);
            self.epoch = loaded.1;
        }
        Ok(())
    }
}

fn load(
    plugins: &Plugins,
    store: &dyn Store,
    crypto: &RustCrypto,
    group_id: &[u8],
) -> Result<(MlsPublicGroup, EpochState)> {
    in_step(plugins, store, crypto, None, |step| {
        let id = GroupId::from_slice(group_id);
        let mls = MlsPublicGroup::load(step.provider.storage(), &id)?.ok_or(Error::NoSuchGroup)?;
        let epoch = epoch_of(plugins, &mls)?;
        Ok((mls, epoch))
    })
}

fn in_step<R>(
    plugins: &Plugins,
    store: &dyn Store,
    crypto: &RustCrypto,
    guard: Option<(Scope, u64)>,
    work: impl FnOnce(&Step<'_>) -> Result<R>,
) -> Result<R> {
    let ground = Ground {
        plugins,
        store,
        crypto,
        signer: &NoSigner,
    };
    step(&ground, Realm::Hub, guard, work)
}

/// A hub signs nothing.
struct NoSigner;

impl Signer for NoSigner {
    fn public_key(&self) -> &[u8] {
        &[]
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme(0)
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
        Err(SignerError::keystore("a hub signs nothing"))
    }
}
