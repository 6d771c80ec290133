//! A store that fails on command.

use std::sync::Mutex;

use mls_trellis_engine::{MemoryStore, Store, StoreError};
use mls_trellis_store::{Batch, Row, Scope, Value};

/// What goes wrong, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
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

/// A store that fails on command.
#[derive(Default)]
pub(super) struct Faulty {
    inner: MemoryStore,
    armed: Mutex<Option<Fault>>,
}

impl Faulty {
    pub(super) fn arm(&self, fault: Fault) {
        *self.armed.lock().unwrap() = Some(fault);
    }

    /// Goes back to working. Returns whether the fault has happened.
    pub(super) fn disarm(&self) -> bool {
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
