//! A client: one identity, one store, one set of plugins.

mod builder;
mod join;
mod key_package;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

pub use builder::ClientBuilder;
pub(crate) use builder::self_test;
pub use join::ExternalJoin;
pub use key_package::{KeyPackageOptions, OwnKeyPackage};
use mls_trellis_hooks::{Component, Credential, Kinds, LeafInfo, Plugins, Secret, TreeSource};
use mls_trellis_store::{Row, Scope, Store};
use openmls::{
    credentials::{Credential as MlsCredential, CredentialWithKey},
    prelude::Ciphersuite,
};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::OpenMlsProvider as _;

use crate::{
    Error, Group, GroupConfig, Result, Settings, Signer,
    own_leaf::{OwnLeaf, credential_type},
    step::{Ground, Step, step},
    storage::{self, Realm},
    tree::TreeFrom,
};

/// One identity with its store and its plugins. Cloning is cheap, and clones are the same client.
///
/// ```
/// use std::sync::Arc;
/// use mls_trellis_engine::{Client, GroupConfig, MemoryStore, SoftwareSigner};
/// use mls_trellis_hooks::{CipherSuite, Credential, CredentialType};
/// use mls_trellis_registry::Registry;
///
/// let plugins = Registry::empty().with(mls_trellis_basic::Basic).build()?;
/// let signer = SoftwareSigner::generate(CipherSuite(0x0001))?;
/// let alice = Client::builder(plugins)
///     .store(Arc::new(MemoryStore::default()))
///     .identity(Credential::basic("alice"), Arc::new(signer))
///     .build()?;
/// let room = alice.create_group(GroupConfig::new(b"room"))?;
/// assert_eq!(room.epoch().epoch, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) plugins: Plugins,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) signer: Arc<dyn Signer>,
    /// Keys of before, for groups in which our leaf still has one of them.
    pub(crate) former: Vec<Arc<dyn Signer>>,
    pub(crate) credential: Credential,
    pub(crate) settings: Settings,
    pub(crate) crypto: RustCrypto,
    pub(crate) now: Clock,
    leases: Mutex<BTreeSet<Scope>>,
}

/// Tells the time, in seconds of Unix time.
pub(crate) type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

impl Client {
    /// Starts a client with these plugins.
    #[must_use]
    pub fn builder(plugins: Plugins) -> ClientBuilder {
        ClientBuilder::new(plugins)
    }

    /// The plugins in force.
    #[must_use]
    pub fn plugins(&self) -> &Plugins {
        &self.inner.plugins
    }

    /// How the client's groups behave.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Founds a group with ourselves as its only member.
    ///
    /// # Errors
    /// [`Error::Rejected`] when the group would break an invariant from the start.
    pub fn create_group(&self, config: GroupConfig) -> Result<Group> {
        Group::found(self, &config)
    }

    /// Joins the group of a Welcome message, with the ratchet tree inside it.
    ///
    /// # Errors
    /// [`Error::Rejected`] when we could not follow the group or an invariant does not hold in it.
    /// The key package is still there then, and the Welcome can be used again.
    pub fn join(&self, welcome: &[u8]) -> Result<Group> {
        Group::welcome(self, welcome, &TreeFrom::Inside)
    }

    /// As [`join`](Self::join), with a ratchet tree that came by another way.
    ///
    /// # Errors
    /// As [`join`](Self::join).
    pub fn join_with_tree(&self, welcome: &[u8], ratchet_tree: &[u8]) -> Result<Group> {
        Group::welcome(self, welcome, &TreeFrom::Bytes(ratchet_tree))
    }

    /// As [`join`](Self::join), with the ratchet tree where source `S` says, by what came beside the
    /// Welcome.
    ///
    /// # Errors
    /// As [`join`](Self::join); [`Error::Missing`] with the tree's location when it must be fetched:
    /// fetch it, then [`join_with_tree`](Self::join_with_tree). ENG-7 when the source is not linked.
    pub fn join_beside<S: TreeSource>(&self, welcome: &[u8], hint: &[u8]) -> Result<Group> {
        let tree = TreeFrom::beside::<S>(self.plugins(), hint)?;
        Group::welcome(self, welcome, &tree)
    }

    /// Starts to join a group from outside, with a GroupInfo message that its members published.
    pub fn join_external<'a>(&'a self, group_info: &'a [u8]) -> ExternalJoin<'a> {
        ExternalJoin::new(self, group_info)
    }

    /// A group that the client is a member of, from the store.
    ///
    /// # Errors
    /// [`Error::NoSuchGroup`]; [`Error::InUse`] while another handle to it is alive;
    /// [`Error::Renumbered`] when its components go by other ids now.
    pub fn group(&self, group_id: &[u8]) -> Result<Group> {
        Group::load(self, group_id)
    }

    /// The ids of all groups in the store, in ascending order.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn groups(&self) -> Result<Vec<Vec<u8>>> {
        let mut groups = Vec::new();
        for scope in self.inner.store.scopes()? {
            if let Some(id) = scope.as_group()
                && self
                    .inner
                    .store
                    .get(&Row::new(scope.clone(), NUMBERS, b""))?
                    .is_some()
            {
                groups.push(id.to_vec());
            }
        }
        Ok(groups)
    }

    /// Deletes a group with all its keys. Nobody is told; to leave, have yourself removed first.
    ///
    /// # Errors
    /// [`Error::InUse`] while a handle to it is alive.
    pub fn delete_group(&self, group_id: &[u8]) -> Result<()> {
        let scope = Scope::group(group_id);
        let _lease = self.lease(&scope)?;
        let guard = Some((scope.clone(), self.inner.store.version(&scope)?));
        self.step(guard, |step| {
            step.provider.storage().forget_own_leaves(&scope)?;
            step.buffer.wipe(scope);
            Ok(())
        })
    }

    /// Destroys what was deleted, as far as the store's medium allows. For quiet moments.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn scrub(&self) -> Result<()> {
        Ok(self.inner.store.scrub()?)
    }

    /// Keeps a pre-shared key of component `C` for commits and Welcomes that name it
    /// (draft-ietf-mls-extensions-10, section 4.5).
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn put_psk<C: Component>(&self, psk_id: &[u8], psk: &Secret) -> Result<()> {
        let component = self.inner.plugins.ids().of::<C>();
        self.step(None, |step| {
            storage::put_psk(step.buffer, component, psk_id, psk)?;
            Ok(())
        })
    }

    /// Forgets a pre-shared key of component `C`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn delete_psk<C: Component>(&self, psk_id: &[u8]) -> Result<()> {
        let component = self.inner.plugins.ids().of::<C>();
        self.step(None, |step| {
            storage::delete_psk(step.buffer, component, psk_id)?;
            Ok(())
        })
    }

    /// Keeps an external pre-shared key (RFC 9420, section 8.4), which belongs to no component, for
    /// commits and Welcomes that name it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn put_external_psk(&self, psk_id: &[u8], psk: &Secret) -> Result<()> {
        self.step(None, |step| {
            storage::put_external_psk(step.buffer, psk_id, psk)?;
            Ok(())
        })
    }

    /// Forgets an external pre-shared key.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn delete_external_psk(&self, psk_id: &[u8]) -> Result<()> {
        self.step(None, |step| {
            storage::delete_external_psk(step.buffer, psk_id)?;
            Ok(())
        })
    }

    pub(crate) fn now(&self) -> u64 {
        (self.inner.now)()
    }

    pub(crate) fn step<R>(
        &self,
        guard: Option<(Scope, u64)>,
        work: impl FnOnce(&Step<'_>) -> Result<R>,
    ) -> Result<R> {
        self.step_as(self.inner.signer.as_ref(), guard, work)
    }

    /// A step in which another key of ours signs.
    pub(crate) fn step_as<R>(
        &self,
        signer: &dyn Signer,
        guard: Option<(Scope, u64)>,
        work: impl FnOnce(&Step<'_>) -> Result<R>,
    ) -> Result<R> {
        let ground = Ground {
            plugins: &self.inner.plugins,
            store: self.inner.store.as_ref(),
            crypto: &self.inner.crypto,
            signer,
        };
        step(&ground, Realm::Member, guard, work)
    }

    /// The key of ours that signs for a leaf with this public key.
    pub(crate) fn signer_of(&self, public_key: &[u8]) -> &dyn Signer {
        let mut former = self.inner.former.iter();
        let former = former.find(|signer| signer.public_key() == public_key);
        match *self.inner.signer.public_key() == *public_key {
            true => self.inner.signer.as_ref(),
            false => former.unwrap_or(&self.inner.signer).as_ref(),
        }
    }

    /// Whether the public key is one of ours, of now or before.
    pub(crate) fn owns(&self, public_key: &[u8]) -> bool {
        self.signer_of(public_key).public_key() == public_key
    }

    pub(crate) fn own_leaf(&self) -> OwnLeaf<'_, RustCrypto> {
        OwnLeaf {
            plugins: &self.inner.plugins,
            grease: self.inner.settings.grease,
            rand: &self.inner.crypto,
        }
    }

    /// Our leaf as plugins see it when we join from outside; its encryption key is not known yet.
    pub(crate) fn own_leaf_info(&self) -> Result<LeafInfo> {
        let credential = &self.inner.credential;
        let kinds = Kinds::of(self.plugins());
        Ok(LeafInfo {
            identity: kinds.identify(credential)?,
            user: kinds.user(credential),
            credential: credential.clone(),
            signature_key: self.inner.signer.public_key().into(),
            encryption_key: Default::default(),
            capabilities: Default::default(),
            dictionary: Some(self.own_leaf().dictionary()?),
            extensions: self.own_leaf().published(),
            lifetime: None,
        })
    }

    pub(crate) fn credential_with_key(&self) -> CredentialWithKey {
        let credential = &self.inner.credential;
        CredentialWithKey {
            credential: MlsCredential::new(
                credential_type(credential.credential_type),
                credential.content.to_vec(),
            ),
            signature_key: self.inner.signer.public_key().into(),
        }
    }

    /// Takes the only lease on a scope; it is given back when the lease is dropped.
    pub(crate) fn lease(&self, scope: &Scope) -> Result<Lease> {
        match self.inner.leases().insert(scope.clone()) {
            true => Ok(Lease {
                client: self.clone(),
                scope: scope.clone(),
            }),
            false => Err(Error::InUse),
        }
    }
}

impl Inner {
    fn leases(&self) -> std::sync::MutexGuard<'_, BTreeSet<Scope>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The table with the component ids in force when the group was stored.
pub(crate) const NUMBERS: &str = "numbers";

/// The right to use a group: one handle at a time.
pub(crate) struct Lease {
    client: Client,
    scope: Scope,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.client.inner.leases().remove(&self.scope);
    }
}

/// The OpenMLS name of a cipher suite.
pub(crate) fn cipher_suite(suite: mls_trellis_hooks::CipherSuite) -> Result<Ciphersuite> {
    Ciphersuite::try_from(suite.0).map_err(|_| Error::Mls {
        context: "choosing the cipher suite",
        detail: format!("OpenMLS does not know {suite}"),
    })
}
