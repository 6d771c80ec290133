//! A store that fails when it is told to.

use std::{
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
    },
};

use mls_trellis_store::{Batch, MemoryStore, Row, Scope, Store, StoreError, Value};

/// How the store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The row after this many is refused.
    Row(usize),
    /// The batch is refused as a whole.
    Batch,
    /// The batch is written, and the answer is lost.
    Answer,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(after) => write!(f, "the store refuses a row after {after} others"),
            Self::Batch => f.write_str("the store fails and writes nothing"),
            Self::Answer => f.write_str("the store writes everything and the answer is lost"),
        }
    }
}

/// A store in memory that fails once after it was armed.
#[derive(Default)]
pub(crate) struct FaultyStore {
    inner: MemoryStore,
    armed: Mutex<Armed>,
}

#[derive(Default)]
struct Armed {
    trouble: Option<Trouble>,
    rows: usize,
    fired: bool,
}

impl FaultyStore {
    /// Lets the store fail, once.
    pub(crate) fn arm(&self, trouble: Option<Trouble>) {
        *self.armed() = Armed {
            trouble,
            rows: 0,
            fired: false,
        };
    }

    /// Lets the store work again. Returns whether it failed.
    pub(crate) fn disarm(&self) -> bool {
        let mut armed = self.armed();
        armed.trouble = None;
        armed.fired
    }

    fn armed(&self) -> MutexGuard<'_, Armed> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fire(&self, armed: &mut Armed) {
        armed.trouble = None;
        armed.fired = true;
    }
}

impl Store for FaultyStore {
    fn get(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        self.inner.get(row)
    }

    fn list(&self, scope: &Scope, table: &str) -> Result<Vec<(Vec<u8>, Value)>, StoreError> {
        self.inner.list(scope, table)
    }

    fn scopes(&self) -> Result<Vec<Scope>, StoreError> {
        self.inner.scopes()
    }

    fn version(&self, scope: &Scope) -> Result<u64, StoreError> {
        self.inner.version(scope)
    }

    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut armed = self.armed();
        match armed.trouble {
            Some(Trouble::Batch) => {
                self.fire(&mut armed);
                Err(StoreError::backend("the disk is full"))
            }
            Some(Trouble::Answer) => {
                self.fire(&mut armed);
                self.inner.apply(batch)?;
                Err(StoreError::Unknown("the power went".into()))
            }
            Some(Trouble::Row(_)) | None => self.inner.apply(batch),
        }
    }

    fn admit(&self, _: &Row, _: Option<&[u8]>) -> Result<(), StoreError> {
        let mut armed = self.armed();
        let Some(Trouble::Row(after)) = armed.trouble else {
            return Ok(());
        };
        armed.rows += 1;
        if armed.rows <= after {
            return Ok(());
        }
        self.fire(&mut armed);
        Err(StoreError::backend("over quota"))
    }
}
