//! The byte store under a Trellis client.
//!
//! A step of the engine (create, join, commit, receive) reads rows, collects its writes in one
//! [`Batch`], and hands the batch to [`Store::apply`]: either everything in it becomes durable or
//! nothing does. Every batch says which version of each [`Scope`] it was computed from, so that two
//! writers can never interleave (compare-and-set).
//!
//! The trait is object-safe and knows nothing of MLS. [`MemoryStore`] is the store for tests and
//! wasm; `mls-trellis-store-sqlite` is the durable one.
//!
//! ```
//! use mls_trellis_store::{Batch, MemoryStore, Row, Scope, Store};
//!
//! let store = MemoryStore::default();
//! let scope = Scope::group(b"room");
//! let row = Row::new(scope.clone(), "note", b"1");
//!
//! let mut batch = Batch::default();
//! batch.guard(scope.clone(), store.version(&scope)?);
//! batch.put(row.clone(), b"hello".to_vec());
//! store.apply(&batch)?;
//!
//! assert_eq!(store.get(&row)?.as_deref().map(|v| v.as_slice()), Some(&b"hello"[..]));
//! assert!(store.apply(&batch).is_err(), "the version has moved on");
//! # Ok::<(), mls_trellis_store::StoreError>(())
//! ```

mod batch;
mod memory;
mod value;

use std::fmt;

pub use batch::{Batch, Write};
pub use memory::MemoryStore;
pub use value::Value;

/// A durable place for bytes.
///
/// Implementations must make [`apply`](Store::apply) atomic and durable: when it returns `Ok`, the
/// batch survives a crash of the process and of the machine; when it returns `Err`, nothing of the
/// batch is visible, except that after [`StoreError::Unknown`] it may be.
pub trait Store: Send + Sync {
    /// The row's content, or `None` when there is no such row.
    ///
    /// # Errors
    /// [`StoreError::Backend`] when the store cannot answer.
    fn get(&self, row: &Row) -> Result<Option<Value>, StoreError>;

    /// All rows of one table in one scope, as `(key, content)` in ascending order of the key.
    ///
    /// # Errors
    /// [`StoreError::Backend`] when the store cannot answer.
    fn list(&self, scope: &Scope, table: &str) -> Result<Vec<(Vec<u8>, Value)>, StoreError>;

    /// Every scope that holds a row or has a version, in ascending order.
    ///
    /// # Errors
    /// [`StoreError::Backend`] when the store cannot answer.
    fn scopes(&self) -> Result<Vec<Scope>, StoreError>;

    /// The scope's version: zero before the first guarded batch, one more after each.
    ///
    /// # Errors
    /// [`StoreError::Backend`] when the store cannot answer.
    fn version(&self, scope: &Scope) -> Result<u64, StoreError>;

    /// Checks every guard of the batch, then carries out all its writes and advances the guarded
    /// versions, as one durable step.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a scope's version is not the one the batch was computed from;
    /// [`StoreError::Backend`] when nothing was written; [`StoreError::Unknown`] when the store
    /// cannot tell whether the batch was written (reload before going on).
    fn apply(&self, batch: &Batch) -> Result<(), StoreError>;

    /// Destroys what was deleted or replaced, as far as the medium allows: logs, free pages. It may
    /// cost as much as writing everything anew, so it is for quiet moments. The default does nothing.
    ///
    /// # Errors
    /// [`StoreError::Backend`]; no row is lost by that.
    fn scrub(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Asked for each row while a batch is still being collected, so that a store with a quota can
    /// refuse early. The default admits everything.
    ///
    /// # Errors
    /// [`StoreError::Backend`] refuses the row, and with it the whole step.
    fn admit(&self, _row: &Row, _value: Option<&[u8]>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// What a set of rows belongs to: the client itself, a group it is a member of, or a group it
/// follows from outside. Versions are counted per scope, and a scope can be wiped as a whole.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Vec<u8>);

impl Scope {
    const CLIENT: u8 = 0;
    const GROUP: u8 = 1;
    const PUBLIC_GROUP: u8 = 2;

    /// Rows of the client as a whole, such as its key packages.
    #[must_use]
    pub fn client() -> Self {
        Self(vec![Self::CLIENT])
    }

    /// Rows of one group that the client is a member of.
    #[must_use]
    pub fn group(group_id: &[u8]) -> Self {
        Self::with_kind(Self::GROUP, group_id)
    }

    /// Rows of one group that is followed without secrets, as a hub does.
    #[must_use]
    pub fn public_group(group_id: &[u8]) -> Self {
        Self::with_kind(Self::PUBLIC_GROUP, group_id)
    }

    /// The scope as stored: one byte for its kind, then the group id.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The inverse of [`as_bytes`](Self::as_bytes), for implementations of [`Store`].
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The group id, when this is the scope of a group the client is a member of.
    #[must_use]
    pub fn as_group(&self) -> Option<&[u8]> {
        self.id_of(Self::GROUP)
    }

    /// The group id, when this is the scope of a group that is followed without secrets.
    #[must_use]
    pub fn as_public_group(&self) -> Option<&[u8]> {
        self.id_of(Self::PUBLIC_GROUP)
    }

    fn with_kind(kind: u8, group_id: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(group_id.len() + 1);
        bytes.push(kind);
        bytes.extend_from_slice(group_id);
        Self(bytes)
    }

    fn id_of(&self, kind: u8) -> Option<&[u8]> {
        match self.0.split_first() {
            Some((found, id)) if *found == kind => Some(id),
            _ => None,
        }
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope(")?;
        for byte in &self.0 {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// A row's address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// What the row belongs to.
    pub scope: Scope,
    /// Which table within the scope; a short name in lower case.
    pub table: &'static str,
    /// The key within the table.
    pub key: Vec<u8>,
}

impl Row {
    /// The address of one row.
    #[must_use]
    pub fn new(scope: Scope, table: &'static str, key: &[u8]) -> Self {
        Self {
            scope,
            table,
            key: key.to_vec(),
        }
    }
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else changed the scope since the batch was computed. Reload and repeat the step.
    #[error(
        "the store has moved on: {scope:?} is at version {found}, the step was computed from {expected}; reload and repeat the step"
    )]
    Conflict {
        /// The scope whose version differs.
        scope: Scope,
        /// The version the batch was computed from.
        expected: u64,
        /// The version the store holds.
        found: u64,
    },
    /// The store failed and nothing was written.
    #[error("the store failed, nothing was written: {0}")]
    Backend(Box<dyn std::error::Error + Send + Sync>),
    /// The store failed and cannot tell whether the batch was written.
    #[error("the store cannot tell whether the step was written, reload before going on: {0}")]
    Unknown(Box<dyn std::error::Error + Send + Sync>),
    /// The file holds a schema that this version cannot read.
    #[error(
        "the store holds schema version {found}, this build reads up to {supported}; use a newer build"
    )]
    Schema {
        /// The version found.
        found: u64,
        /// The newest version this build reads.
        supported: u64,
    },
}

impl StoreError {
    /// A backend failure after which nothing was written.
    pub fn backend(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Backend(error.into())
    }
}
