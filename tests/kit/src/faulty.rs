//! A store that fails when it is told to.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Writes one row, as a step does. Returns whether that succeeded and whether the row is there.
    fn write(store: &FaultyStore, key: u8) -> (bool, bool) {
        let row = Row::new(Scope::client(), "t", &[key]);
        let mut batch = Batch::default();
        batch.put(row.clone(), b"v".to_vec());
        let done = store
            .admit(&row, Some(b"v"))
            .and_then(|()| store.apply(&batch));
        (done.is_ok(), store.get(&row).unwrap().is_some())
    }

    #[test]
    fn each_trouble_comes_once() {
        let expected = [
            (Trouble::Row(0), (false, false)),
            (Trouble::Batch, (false, false)),
            (Trouble::Answer, (false, true)),
        ];
        for (key, (trouble, outcome)) in (0..).zip(expected) {
            let store = FaultyStore::default();
            store.arm(Some(trouble));
            assert_eq!(write(&store, key), outcome, "{trouble}");
            assert_eq!(write(&store, 100), (true, true), "{trouble}");
            assert!(store.disarm(), "{trouble}");
        }
    }

    #[test]
    fn trouble_that_is_disarmed_in_time_does_not_come() {
        let store = FaultyStore::default();
        store.arm(Some(Trouble::Row(1)));
        assert_eq!(write(&store, 1), (true, true));
        assert!(!store.disarm());
        assert_eq!(write(&store, 2), (true, true));
    }
}
