//! The store for tests and wasm.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{Batch, Row, Scope, Store, StoreError, Value, Write};

/// A store in memory: atomic like a durable one, gone with the process.
#[derive(Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    rows: BTreeMap<Row, Value>,
    versions: BTreeMap<Scope, u64>,
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // The map is only changed after all checks have passed, so a poisoned lock holds whole data.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn get(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        Ok(self.lock().rows.get(row).cloned())
    }

    fn list(&self, scope: &Scope, table: &str) -> Result<Vec<(Vec<u8>, Value)>, StoreError> {
        let inner = self.lock();
        let rows = inner
            .rows
            .iter()
            .filter(|(row, _)| row.scope == *scope && row.table == table);
        Ok(rows
            .map(|(row, value)| (row.key.clone(), value.clone()))
            .collect())
    }

    fn scopes(&self) -> Result<Vec<Scope>, StoreError> {
        let inner = self.lock();
        let scopes: BTreeSet<_> = inner
            .rows
            .keys()
            .map(|row| &row.scope)
            .chain(inner.versions.keys())
            .collect();
        Ok(scopes.into_iter().cloned().collect())
    }

    fn version(&self, scope: &Scope) -> Result<u64, StoreError> {
        Ok(self.lock().versions.get(scope).copied().unwrap_or(0))
    }

    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut inner = self.lock();
        for (scope, expected) in batch.guards() {
            let found = inner.versions.get(scope).copied().unwrap_or(0);
            if found != expected {
                return Err(StoreError::Conflict {
                    scope: scope.clone(),
                    expected,
                    found,
                });
            }
        }
        for (scope, version) in batch.guards() {
            inner.versions.insert(scope.clone(), version + 1);
        }
        for scope in batch.wipes() {
            inner.rows.retain(|row, _| row.scope != *scope);
        }
        for (row, write) in batch.writes() {
            match write {
                Write::Put(value) => inner.rows.insert(row.clone(), value.clone()),
                Write::Delete => inner.rows.remove(row),
            };
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn row(key: &[u8]) -> Row {
        Row::new(Scope::group(b"g"), "t", key)
    }

    #[test]
    fn a_conflicting_batch_changes_nothing() {
        let store = MemoryStore::default();
        let mut batch = Batch::default();
        batch.guard(Scope::client(), 0);
        batch.guard(Scope::group(b"g"), 7);
        batch.put(row(b"k"), b"v".to_vec());

        assert!(matches!(
            store.apply(&batch),
            Err(StoreError::Conflict { found: 0, .. })
        ));
        assert!(store.get(&row(b"k")).unwrap().is_none());
        assert_eq!(store.version(&Scope::client()).unwrap(), 0);
    }

    #[test]
    fn a_wipe_clears_its_scope_and_no_other_and_spares_later_writes() {
        let store = MemoryStore::default();
        let other = Row::new(Scope::group(b"gg"), "t", b"k");
        let mut batch = Batch::default();
        batch.put(row(b"old"), b"1".to_vec());
        batch.put(other.clone(), b"2".to_vec());
        store.apply(&batch).unwrap();

        let mut batch = Batch::default();
        batch.put(row(b"lost"), b"3".to_vec());
        batch.wipe(Scope::group(b"g"));
        batch.put(row(b"new"), b"4".to_vec());
        store.apply(&batch).unwrap();

        let keys: Vec<_> = store.list(&Scope::group(b"g"), "t").unwrap();
        assert_eq!(
            keys.iter().map(|(k, _)| k.as_slice()).collect::<Vec<_>>(),
            [b"new"]
        );
        assert!(store.get(&other).unwrap().is_some());
    }
}
