//! A store that fails at every moment of every step: each step happens wholly or not at all.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use mls_trellis_engine::{
    Client, Error, Framing, Group, MemoryStore, Outgoing, PublicGroup, Received, Sealed, Settings,
    Signer, SoftwareSigner, Store, StoreError,
};
use mls_trellis_hooks::{
    CipherSuite, ComponentHandle, Credential, EpochState, LeafIndex, Payload, Secret,
};
use mls_trellis_store::{Batch, Row, Scope, Value};

use crate::{
    sample::{Tally, plugins},
    world::{client, config, key_package},
};

/// What goes wrong, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The row that is read after this many others cannot be read.
    Read(usize),
    /// The row that is staged after this many others is refused.
    Write(usize),
    /// The batch is not written.
    Apply,
    /// Whether the batch was written is unknown, and it was not.
    UnknownLost,
    /// Whether the batch was written is unknown, and it was: a crash right after the commit.
    UnknownWritten,
}

impl Fault {
    fn later(self) -> Option<Self> {
        match self {
            Self::Read(n) => Some(Self::Read(n + 1)),
            Self::Write(n) => Some(Self::Write(n + 1)),
            _ => None,
        }
    }
}

/// A store that fails on command.
#[derive(Default)]
struct Faulty {
    inner: MemoryStore,
    armed: Mutex<Option<Fault>>,
}

impl Faulty {
    fn arm(&self, fault: Fault) {
        *self.armed.lock().unwrap() = Some(fault);
    }

    /// Goes back to working. Returns whether the fault has happened.
    fn disarm(&self) -> bool {
        self.armed.lock().unwrap().take().is_none()
    }

    /// Whether this is the moment.
    fn strikes(&self, now: Fault) -> bool {
        let mut armed = self.armed.lock().unwrap();
        let (strikes, left) = match (*armed, now) {
            (Some(Fault::Read(0)), Fault::Read(_)) | (Some(Fault::Write(0)), Fault::Write(_)) => {
                (true, None)
            }
            (Some(Fault::Read(n)), Fault::Read(_)) => (false, Some(Fault::Read(n - 1))),
            (Some(Fault::Write(n)), Fault::Write(_)) => (false, Some(Fault::Write(n - 1))),
            (Some(fault), now) if fault == now => (true, None),
            (other, _) => (false, other),
        };
        *armed = left;
        strikes
    }

    fn read(&self) -> Result<(), StoreError> {
        match self.strikes(Fault::Read(0)) {
            true => Err(StoreError::backend("the disk cannot be read")),
            false => Ok(()),
        }
    }
}

impl Store for Faulty {
    fn get(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        self.read()?;
        self.inner.get(row)
    }

    fn list(&self, scope: &Scope, table: &str) -> Result<Vec<(Vec<u8>, Value)>, StoreError> {
        self.read()?;
        self.inner.list(scope, table)
    }

    fn scopes(&self) -> Result<Vec<Scope>, StoreError> {
        self.read()?;
        self.inner.scopes()
    }

    fn version(&self, scope: &Scope) -> Result<u64, StoreError> {
        self.read()?;
        self.inner.version(scope)
    }

    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return self.inner.apply(batch);
        }
        if self.strikes(Fault::Apply) {
            return Err(StoreError::backend("the disk is full"));
        }
        if self.strikes(Fault::UnknownLost) {
            return Err(StoreError::Unknown("the disk is gone".into()));
        }
        self.inner.apply(batch)?;
        match self.strikes(Fault::UnknownWritten) {
            true => Err(StoreError::Unknown("the disk is gone".into())),
            false => Ok(()),
        }
    }

    fn admit(&self, _: &Row, _: Option<&[u8]>) -> Result<(), StoreError> {
        match self.strikes(Fault::Write(0)) {
            true => Err(StoreError::backend("the quota is used up")),
            false => Ok(()),
        }
    }
}

/// A client whose store fails, and the same client as another process would start it.
struct Subject {
    store: Arc<Faulty>,
    client: Client,
    twin: Client,
}

impl Subject {
    fn new(name: &str, framing: Framing) -> Self {
        let store = Arc::new(Faulty::default());
        let signer = Arc::new(SoftwareSigner::generate(CipherSuite(0x0001)).unwrap());
        let start = || {
            let (store, signer) = (store.clone() as Arc<dyn Store>, signer.clone() as Arc<dyn Signer>);
            let client = Client::builder(plugins())
                .store(store)
                .identity(Credential::basic(name), signer)
                .settings(framed(framing));
            client.build().unwrap()
        };
        Self {
            client: start(),
            twin: start(),
            store,
        }
    }

    /// Repeats a step under every fault that must leave no trace, until it succeeds at last.
    /// `unchanged` is asked after every failure. Returns what the step gave, and at how many writes
    /// it was made to fail.
    fn torture<S, R>(
        &self,
        subject: &mut S,
        step: impl Fn(&mut S) -> Result<R, Error>,
        unchanged: impl Fn(&mut S, Fault),
    ) -> (R, usize) {
        let mut attempt = |subject: &mut S, fault| {
            self.store.arm(fault);
            let result = step(subject);
            let struck = self.store.disarm();
            match result {
                Ok(value) if struck => panic!("{fault:?} was swallowed"),
                Ok(value) => Some(value),
                Err(error) => {
                    assert!(struck, "not our fault: {error}");
                    assert!(matches!(error, Error::Store(_)), "{fault:?}: {error:?}");
                    unchanged(subject, fault);
                    None
                }
            }
        };
        for fault in [Fault::Apply, Fault::UnknownLost] {
            assert!(attempt(subject, fault).is_none(), "{fault:?} did not strike");
        }
        let mut fault = Fault::Write(0);
        loop {
            match attempt(subject, fault) {
                None => fault = fault.later().unwrap(),
                Some(value) => {
                    let Fault::Write(writes) = fault else {
                        unreachable!();
                    };
                    return (value, writes);
                }
            }
        }
    }
}

fn framed(framing: Framing) -> Settings {
    Settings {
        framing,
        ..Settings::default()
    }
}
