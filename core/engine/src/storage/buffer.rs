//! The writes of a step, readable before they are durable.

use std::{cell::RefCell, collections::BTreeMap};

use mls_trellis_store::{Batch, Row, Scope, Store, StoreError, Value, Write};

/// A write buffer over a store: reads see the writes made so far, the store sees none until the
/// [batch](Self::into_batch) is applied. Dropping the buffer forgets them.
pub(crate) struct Buffer<'s> {
    store: &'s dyn Store,
    batch: RefCell<Batch>,
    fault: RefCell<Option<StoreError>>,
}

impl<'s> Buffer<'s> {
    /// An empty buffer.
    pub(crate) fn new(store: &'s dyn Store) -> Self {
        Self {
            store,
            batch: RefCell::default(),
            fault: RefCell::default(),
        }
    }

    /// The row's content as this step sees it.
    pub(crate) fn get(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        let batch = self.batch.borrow();
        match batch.write_to(row) {
            Some(Write::Put(value)) => Ok(Some(value.clone())),
            Some(Write::Delete) => Ok(None),
            None if batch.wipes_scope(&row.scope) => Ok(None),
            None => self.store.get(row),
        }
    }

    /// Sets a row.
    pub(crate) fn put(&self, row: Row, value: impl Into<Value>) -> Result<(), StoreError> {
        let value = value.into();
        self.store.admit(&row, Some(&value))?;
        self.batch.borrow_mut().put(row, value);
        Ok(())
    }

    /// Removes a row; it need not exist.
    pub(crate) fn delete(&self, row: Row) -> Result<(), StoreError> {
        self.store.admit(&row, None)?;
        self.batch.borrow_mut().delete(row);
        Ok(())
    }

    /// All rows of one table in one scope as this step sees them, in ascending order of the key.
    pub(crate) fn list(
        &self,
        scope: &Scope,
        table: &str,
    ) -> Result<Vec<(Vec<u8>, Value)>, StoreError> {
        let batch = self.batch.borrow();
        let stored = if batch.wipes_scope(scope) {
            Vec::new()
        } else {
            self.store.list(scope, table)?
        };
        let mut rows: BTreeMap<_, _> = stored.into_iter().collect();
        for (row, write) in batch.writes() {
            if row.scope != *scope || row.table != table {
                continue;
            }
            match write {
                Write::Put(value) => rows.insert(row.key.clone(), value.clone()),
                Write::Delete => rows.remove(&row.key),
            };
        }
        Ok(rows.into_iter().collect())
    }

    /// Lets the batch through only if the scope is still at this version when it is applied.
    pub(crate) fn guard(&self, scope: Scope, version: u64) {
        self.batch.borrow_mut().guard(scope, version);
    }

    /// Removes every row of a scope, including those this step wrote.
    pub(crate) fn wipe(&self, scope: Scope) {
        self.batch.borrow_mut().wipe(scope);
    }

    /// The writes, to be applied to the store.
    pub(crate) fn into_batch(self) -> Batch {
        self.batch.into_inner()
    }

    /// The first failure of the store that OpenMLS was told of, if any. OpenMLS may replace such an
    /// error by its own; this is how to tell it from a peer's fault. A step that saw one must not
    /// be applied.
    pub(crate) fn take_fault(&self) -> Option<StoreError> {
        self.fault.borrow_mut().take()
    }

    pub(super) fn note(&self, error: &StoreError) {
        let reason = match error {
            StoreError::Backend(reason) => reason.to_string(),
            other => other.to_string(),
        };
        self.fault
            .borrow_mut()
            .get_or_insert_with(|| StoreError::backend(reason));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use mls_trellis_store::MemoryStore;

    use super::*;

    fn row(key: &[u8]) -> Row {
        Row::new(Scope::group(b"g"), "t", key)
    }

    fn store() -> MemoryStore {
        let store = MemoryStore::default();
        let mut batch = Batch::default();
        batch.put(row(b"a"), b"1".to_vec());
        batch.put(row(b"c"), b"3".to_vec());
        batch.put(Row::new(Scope::group(b"g"), "u", b"b"), b"other".to_vec());
        store.apply(&batch).unwrap();
        store
    }

    fn keys(buffer: &Buffer<'_>) -> Vec<Vec<u8>> {
        let rows = buffer.list(&Scope::group(b"g"), "t").unwrap();
        rows.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn reads_see_the_writes_and_the_store_does_not() {
        let store = store();
        let buffer = Buffer::new(&store);
        buffer.put(row(b"b"), b"2".to_vec()).unwrap();
        buffer.delete(row(b"c")).unwrap();

        assert_eq!(keys(&buffer), [b"a", b"b"]);
        assert_eq!(buffer.get(&row(b"b")).unwrap().unwrap().as_slice(), b"2");
        assert!(buffer.get(&row(b"c")).unwrap().is_none());
        assert!(store.get(&row(b"b")).unwrap().is_none());
        assert!(store.get(&row(b"c")).unwrap().is_some());
    }

    #[test]
    fn a_wipe_hides_what_was_there_and_not_what_comes() {
        let store = store();
        let buffer = Buffer::new(&store);
        buffer.put(row(b"b"), b"2".to_vec()).unwrap();
        buffer.wipe(Scope::group(b"g"));
        buffer.put(row(b"d"), b"4".to_vec()).unwrap();

        assert_eq!(keys(&buffer), [b"d"]);
        assert!(buffer.get(&row(b"a")).unwrap().is_none());

        store.apply(&buffer.into_batch()).unwrap();
        assert_eq!(keys(&Buffer::new(&store)), [b"d"]);
    }

    #[test]
    fn a_guard_reaches_the_batch() {
        let store = store();
        let buffer = Buffer::new(&store);
        buffer.guard(Scope::group(b"g"), 5);
        assert!(matches!(
            store.apply(&buffer.into_batch()),
            Err(StoreError::Conflict { expected: 5, .. })
        ));
    }

    #[test]
    fn a_write_that_is_not_admitted_does_not_happen() {
        struct Full(MemoryStore);
        impl Store for Full {
            fn get(&self, row: &Row) -> Result<Option<Value>, StoreError> {
                self.0.get(row)
            }
            fn list(&self, scope: &Scope, t: &str) -> Result<Vec<(Vec<u8>, Value)>, StoreError> {
                self.0.list(scope, t)
            }
            fn scopes(&self) -> Result<Vec<Scope>, StoreError> {
                self.0.scopes()
            }
            fn version(&self, scope: &Scope) -> Result<u64, StoreError> {
                self.0.version(scope)
            }
            fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
                self.0.apply(batch)
            }
            fn admit(&self, _: &Row, value: Option<&[u8]>) -> Result<(), StoreError> {
                match value {
                    Some(b"small") => Ok(()),
                    _ => Err(StoreError::backend("full")),
                }
            }
        }
        let store = Full(store());
        let buffer = Buffer::new(&store);
        assert!(buffer.put(row(b"b"), b"large".to_vec()).is_err());
        assert!(buffer.delete(row(b"a")).is_err());
        assert_eq!(keys(&buffer), [b"a", b"c"]);
        buffer.put(row(b"b"), b"small".to_vec()).unwrap();
        assert_eq!(keys(&buffer), [b"a", b"b", b"c"]);
    }
}
