//! Building a client.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, OnceLock},
};

use mls_trellis_hooks::{Credential, Kinds, Plugins, Reject};
use mls_trellis_store::{MemoryStore, Store};
use openmls_rust_crypto::RustCrypto;

use super::{Client, Clock, Inner};
use crate::{Error, Result, Settings, Signer, safe};

/// Collects what a client needs.
pub struct ClientBuilder {
    plugins: Plugins,
    store: Option<Arc<dyn Store>>,
    identity: Option<(Credential, Arc<dyn Signer>)>,
    former: Vec<Arc<dyn Signer>>,
    settings: Settings,
    now: Clock,
}

impl ClientBuilder {
    pub(super) fn new(plugins: Plugins) -> Self {
        Self {
            plugins,
            store: None,
            identity: None,
            former: Vec::new(),
            settings: Settings::default(),
            now: Arc::new(unix_time),
        }
    }

    /// Keeps everything here. The default is a [`MemoryStore`], which forgets it with the process.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Who the client is, and what signs for it.
    #[must_use]
    pub fn identity(mut self, credential: Credential, signer: Arc<dyn Signer>) -> Self {
        self.identity = Some((credential, signer));
        self
    }

    /// What signed for the client before, in groups and key packages that have that key still. A group
    /// changes over to the new key and credential with [`Commit::renew_leaf`](crate::Commit::renew_leaf),
    /// or when another commits [`Group::propose_renewal`](crate::Group::propose_renewal).
    #[must_use]
    pub fn formerly(mut self, signer: Arc<dyn Signer>) -> Self {
        self.former.push(signer);
        self
    }

    /// How the client's groups behave.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Tells the time, in seconds since 1970, for our own choices only: no verdict on another's commit
    /// depends on it.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.now = Arc::new(now);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// CRED-1 when no plugin is linked for our own credential; a misuse when there is no identity;
    /// [`Error::SelfTest`] when the linked OpenMLS is not what this engine was written for.
    pub fn build(self) -> Result<Client> {
        self_test()?;
        let (credential, signer) = self
            .identity
            .ok_or_else(|| Reject::misuse("CLIENT-1", "a client needs an identity"))?;
        let known = self.plugins.credential(credential.credential_type);
        known.ok_or_else(|| {
            Reject::misuse(
                "CRED-1",
                format!(
                    "no plugin is linked for credential type {}",
                    credential.credential_type
                ),
            )
        })?;
        Kinds::of(&self.plugins).identify(&credential)?;
        Ok(Client {
            inner: Arc::new(Inner {
                plugins: self.plugins,
                store: self
                    .store
                    .unwrap_or_else(|| Arc::new(MemoryStore::default())),
                signer,
                former: self.former,
                credential,
                settings: self.settings,
                crypto: RustCrypto::default(),
                now: self.now,
                leases: Mutex::new(BTreeSet::new()),
            }),
        })
    }
}

/// Checks once per process that the places where the engine looks into OpenMLS are where it expects
/// them.
pub(crate) fn self_test() -> Result<()> {
    static TESTED: OnceLock<std::result::Result<(), String>> = OnceLock::new();
    TESTED
        .get_or_init(safe::self_test)
        .clone()
        .map_err(Error::SelfTest)
}

fn unix_time() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |time| time.as_secs())
}
