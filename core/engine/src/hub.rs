//! A group followed from outside, without secrets: what a hub or Delivery Service does.
//!
//! It sees PublicMessages only, and judges them by the same functions as the members.
//!
//! A hub must link every plugin that keeps state in a group it follows: it could not compute the
//! group's next state otherwise. Plugins that only judge make it stricter.

mod info;
mod submit;

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, Change, Door, EpochState, GroupInfoParts, LeafIndex, LeafInfo, Plugins, Reject, Sent,
    WireFormatId,
};
use mls_trellis_store::{Scope, Store};
use openmls::{
    group::{GroupId, ProposalStore, PublicGroup as MlsPublicGroup, QueuedProposal, StagedCommit},
    messages::group_info::VerifiableGroupInfo,
    prelude::{
        MlsMessageBodyIn, ProcessedMessage, ProcessedMessageContent, ProtocolMessage, Sender,
    },
    treesync::RatchetTreeIn,
};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::OpenMlsProvider as _;
use tls_codec::Serialize as _;

use crate::{
    EpochChange, Error, Proposed, Result,
    client::self_test,
    describe::{describe, who, words},
    event::Alarm,
    group::is_in_doubt,
    incoming::{
        app_data_updates, check_aad_form, check_handshake_items, committer, decode_tree,
        group_info_in, message_in, path_leaf, unverified,
    },
    judge::{self, Transition, kinds},
    mls, owed, pool, roster,
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
        })
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
        let (plugins, before) = (&self.plugins, &self.epoch);
        let scope = self.scope.clone();
        let guard = Some((scope.clone(), self.version));
        let followed = in_step(plugins, self.store.as_ref(), &self.crypto, guard, |step| {
            let follower = Follower {
                step,
                before,
                scope: &scope,
                bytes,
                parts,
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

/// Takes in one message in one step.
struct Follower<'f> {
    step: &'f Step<'f>,
    before: &'f EpochState,
    scope: &'f Scope,
    /// The message.
    bytes: &'f [u8],
    /// What completes the GroupInfo of the epoch that a commit creates.
    parts: Option<&'f GroupInfoParts>,
}

/// The outcome, and the new epoch if there is one.
type Outcome = (Followed, Option<EpochState>);

impl Follower<'_> {
    fn process(&self, mls: &mut MlsPublicGroup, message: ProtocolMessage) -> Result<Outcome> {
        self.step.witness.arm();
        let processed = mls
            .process_message(self.step.provider.crypto(), message)
            .map_err(Error::mls("processing the message"))?;
        check_handshake_items(self.step.plugins, self.before, &processed)?;
        let sender = processed.sender().clone();
        if let ProcessedMessageContent::UnresolvedAppDataCommit(_) = processed.content() {
            return self.app_data_commit(mls, processed, &sender);
        }
        match processed.into_content() {
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                let signed = self.step.witness.take_commit()?;
                self.commit(mls, *staged, &signed, &sender)
            }
            ProcessedMessageContent::ProposalMessage(queued)
            | ProcessedMessageContent::ExternalJoinProposalMessage(queued) => {
                self.proposal(mls, *queued)
            }
            _ => Err(Reject::misuse("HUB-1", "the message is neither commit nor proposal").into()),
        }
    }

    fn app_data_commit(
        &self,
        mls: &mut MlsPublicGroup,
        processed: ProcessedMessage,
        sender: &Sender,
    ) -> Result<Outcome> {
        let signed = self.step.witness.take_commit()?;
        let (actor, proposals) = self.resolve(mls, &signed, sender)?;
        let changes = judge::fold(self.step.plugins, self.before, &actor, &proposals)?;
        let processed = mls
            .resolve_app_data_commit(
                self.step.provider.crypto(),
                processed,
                app_data_updates(&changes),
            )
            .map_err(Error::mls("staging the commit"))?;
        match processed.into_content() {
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                self.commit(mls, *staged, &signed, sender)
            }
            _ => Err(Reject::misuse("ENG-1", "OpenMLS staged no commit").into()),
        }
    }

    fn resolve(
        &self,
        mls: &MlsPublicGroup,
        signed: &mls::Commit,
        sender: &Sender,
    ) -> Result<(Actor, Vec<Sent<Change>>)> {
        let plugins = self.step.plugins;
        let actor = committer(sender, signed, plugins)?;
        let queued = mls.queued_proposals(self.step.provider.storage())?;
        let pool = pool::by_reference(queued.iter().map(|(_, queued)| queued), plugins)?;
        let proposals = roster::resolve(signed, &actor, &pool, plugins)?;
        Ok((actor, proposals))
    }

    fn commit(
        &self,
        mls: &mut MlsPublicGroup,
        staged: StagedCommit,
        signed: &mls::Commit,
        sender: &Sender,
    ) -> Result<Outcome> {
        let plugins = self.step.plugins;
        let (committer, proposals) = self.resolve(mls, signed, sender)?;
        roster::check_staged(signed, staged.queued_proposals())?;
        let path = path_leaf(&staged, plugins)?;
        let context = roster::group_context(staged.group_context())?;
        let leaves = roster::after(self.before, &proposals, &committer, path.as_ref()).leaves;
        let after = roster::epoch_state(&context, leaves, plugins)?;
        let transition = Transition {
            committer: &committer,
            proposals: &proposals,
            path: path.as_ref(),
            before: self.before,
            after: &after,
        };
        let mut concerns = judge::transition(plugins, &transition).map_err(unverified)?;
        let pooled = mls.queued_proposals(self.step.provider.storage())?;
        let left = pool::left(pooled.iter().map(|(_, queued)| queued), signed, plugins)?;
        concerns.extend(kinds::left_out(plugins, &transition, &left));
        let change = describe(&transition, false, &concerns);
        owed::forget(self.step, self.scope)?;
        mls.merge_commit(self.step.provider.storage(), staged)
            .map_err(Error::mls("merging the commit"))?;
        roster::check_members(mls.treesync(), &after.leaves)?;
        if let Some(parts) = self.parts {
            let signer = signer(&committer, path.as_ref(), &after);
            let message = info::complete(self.step, mls, &after, signer, parts)?;
            info::keep(self.step, self.scope, &message)?;
        }
        Ok((Followed::Epoch(change), Some(after)))
    }

    fn proposal(&self, mls: &mut MlsPublicGroup, queued: QueuedProposal) -> Result<Outcome> {
        if self.parts.is_some() {
            return Err(Reject::misuse("GI-2", "a GroupInfo goes along with commits only").into());
        }
        let plugins = self.step.plugins;
        let storage = self.step.provider.storage();
        let name = pool::reference(&queued);
        let pooled = mls.queued_proposals(storage)?;
        if pooled
            .iter()
            .any(|(_, known)| pool::reference(known) == name)
        {
            return Ok((Followed::Duplicate, None));
        }
        let sent = pool::sent(&queued, plugins)?;
        let mut cx = kinds::view(self.before, &sent, &[]);
        cx.framing = Some(WireFormatId::PUBLIC_MESSAGE);
        kinds::may_send(plugins, &cx, &sent.body)?;
        let waiting = pooled.iter().map(|(_, queued)| pool::sent(queued, plugins));
        let waiting = waiting.collect::<Result<Vec<_>>>()?;
        // A hub commits nothing; the proposal is judged as if its sender did.
        let refused = pool::check(plugins, self.before, &sent.from, &sent, &waiting).err();
        if kinds::owed(plugins, self.before, &sent).is_some() {
            owed::keep(self.step, self.scope, &name, self.bytes)?;
        }
        let proposed = Proposed {
            from: who(&sent.from, self.before),
            what: words(&sent.body, self.before),
            reference: name,
            refused: refused.as_ref().map(Alarm::from),
        };
        mls.add_proposal(storage, queued)?;
        Ok((Followed::Proposal(proposed), None))
    }
}

/// Whose leaf signed the GroupInfo that goes along with a commit: the committer's, as it is after it.
fn signer(committer: &Actor, path: Option<&Arc<LeafInfo>>, after: &EpochState) -> LeafIndex {
    let joined = || {
        let mut leaves = after.leaves.iter();
        let own = leaves.find(|(_, leaf)| path.is_some_and(|path| Arc::ptr_eq(path, leaf)));
        own.map(|(index, _)| *index)
    };
    match committer {
        Actor::Member(index) => *index,
        _ => joined().unwrap_or(LeafIndex(u32::MAX)),
    }
}

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

fn tree_of(info: &VerifiableGroupInfo, tree: Option<RatchetTreeIn>) -> Result<RatchetTreeIn> {
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

fn epoch_of(plugins: &Plugins, mls: &MlsPublicGroup) -> Result<EpochState> {
    let leaves = roster::leaves_of(mls.treesync(), plugins)?;
    let context = roster::group_context(mls.group_context())?;
    Ok(roster::epoch_state(&context, leaves, plugins)?)
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
