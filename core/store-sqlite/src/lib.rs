//! The durable Trellis store on SQLite.
//!
//! [`SqliteStore`] keeps all rows of one client in one database file. Every batch is one SQLite
//! transaction, synced to disk before [`apply`](Store::apply) returns. Several handles, in one
//! process or in several, may be open on the same file: the versions in the batch's guards decide
//! who comes first, and the other one gets [`StoreError::Conflict`].
//!
//! ```
//! use mls_trellis_store::{Batch, Row, Scope, Store};
//! use mls_trellis_store_sqlite::SqliteStore;
//!
//! let directory = tempfile::tempdir()?;
//! let path = directory.path().join("alice.db");
//! let row = Row::new(Scope::client(), "note", b"1");
//!
//! let store = SqliteStore::open(&path)?;
//! let mut batch = Batch::default();
//! batch.guard(Scope::client(), 0);
//! batch.put(row.clone(), b"hello".to_vec());
//! store.apply(&batch)?;
//! drop(store);
//!
//! let store = SqliteStore::open(&path)?;
//! assert_eq!(store.version(&Scope::client())?, 1);
//! assert_eq!(store.get(&row)?.as_deref().map(|v| v.as_slice()), Some(&b"hello"[..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Secrets
//!
//! The rows hold key material. A new file can be read by its owner alone (on Unix), and deleted
//! content is overwritten with zeros. Earlier content can still be in two places: in the write-ahead
//! log until [`SqliteStore::checkpoint`] is called or the last handle is dropped, and now and then in
//! unused bytes of a page from which SQLite moved a row to another page. [`SqliteStore::scrub`]
//! cleans both. What SQLite keeps in memory is not wiped.
//!
//! The file itself is not encrypted. For that, give [`SqliteStore::from_connection`] a connection
//! to SQLCipher that has been given its key; the application switches on the feature
//! `bundled-sqlcipher` of [`rusqlite`].

mod error;
mod file;
mod schema;
mod settings;
#[cfg(test)]
mod tests;

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use mls_trellis_store::{Batch, Row, Scope, Store, StoreError, Value, Write};
pub use rusqlite;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params,
};

pub use crate::error::SqliteError;
use crate::error::{backend, unknown};

/// A [`Store`] in one SQLite database.
///
/// Calls on one handle wait for each other; they do not wait for reads through another handle.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Mutex<Connection>,
}

impl SqliteStore {
    /// Opens the database in a file, and creates it if there is none. A file in the layout of an
    /// earlier release is migrated.
    ///
    /// `path` is always a file name: `:memory:` and `file:` have no special meaning.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when a newer release wrote the file; [`StoreError::Backend`] when it
    /// cannot be opened or is not a store. The content of the file is then as it was.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = file::prepare(path.as_ref()).map_err(backend)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::from_connection(Connection::open_with_flags(path, flags).map_err(backend)?)
    }

    /// A database in memory, gone with the handle.
    ///
    /// ```
    /// use mls_trellis_store::{Scope, Store};
    /// use mls_trellis_store_sqlite::SqliteStore;
    ///
    /// let store = SqliteStore::in_memory()?;
    /// assert_eq!(store.version(&Scope::client())?, 0);
    /// # Ok::<(), mls_trellis_store::StoreError>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Backend`] when SQLite has no memory for it.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::from_connection(Connection::open_in_memory().map_err(backend)?)
    }

    /// Takes over a connection that the caller has opened and, with SQLCipher, keyed. The whole
    /// database must belong to the store; settings that durability rests on are replaced.
    ///
    /// ```
    /// use mls_trellis_store_sqlite::{SqliteStore, rusqlite::Connection};
    ///
    /// let connection = Connection::open_in_memory()?;
    /// // With SQLCipher: connection.pragma_update(None, "key", passphrase)?;
    /// let store = SqliteStore::from_connection(connection)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn from_connection(mut connection: Connection) -> Result<Self, StoreError> {
        settings::wait_for_others(&connection).map_err(backend)?;
        schema::check(&connection)?;
        settings::make_durable(&connection).map_err(backend)?;
        schema::migrate(&mut connection)?;
        Ok(Self {
            connection: Mutex::new(connection),
        })
    }

    /// Moves the write-ahead log into the main file and empties it, so that what was deleted or
    /// replaced before is no longer in the log. The cost is that of the pages in the log.
    ///
    /// # Errors
    /// [`StoreError::Backend`] when another handle is in the way for too long, or SQLite fails. No
    /// row is lost by that; call it again later.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        checkpoint(&*self.connection()?)
    }

    fn connection(&self) -> Result<MutexGuard<'_, Connection>, StoreError> {
        // A panic while the lock was held has rolled its transaction back.
        let connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Only a rollback that failed leaves a transaction open; it must not swallow this step.
        if !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK").map_err(backend)?;
        }
        Ok(connection)
    }
}

impl Store for SqliteStore {
    /// Writes the whole database anew and empties the log: afterwards what was deleted or replaced
    /// before the call is in neither of them.
    fn scrub(&self) -> Result<(), StoreError> {
        let connection = self.connection()?;
        connection.execute_batch("VACUUM").map_err(backend)?;
        checkpoint(&connection)
    }

    fn get(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        let connection = self.connection()?;
        let mut statement = connection
            .prepare_cached("SELECT value FROM rows WHERE scope = ?1 AND tbl = ?2 AND key = ?3")
            .map_err(backend)?;
        statement
            .query_row(params![row.scope.as_bytes(), row.table, row.key], |found| {
                value(found, 0)
            })
            .optional()
            .map_err(backend)
    }

    fn list(&self, scope: &Scope, table: &str) -> Result<Vec<(Vec<u8>, Value)>, StoreError> {
        let connection = self.connection()?;
        let mut statement = connection
            .prepare_cached(
                "SELECT key, value FROM rows WHERE scope = ?1 AND tbl = ?2 ORDER BY key",
            )
            .map_err(backend)?;
        statement
            .query_map(params![scope.as_bytes(), table], |found| {
                Ok((found.get(0)?, value(found, 1)?))
            })
            .and_then(Iterator::collect)
            .map_err(backend)
    }

    fn scopes(&self) -> Result<Vec<Scope>, StoreError> {
        let connection = self.connection()?;
        let mut statement = connection
            .prepare_cached(
                "SELECT scope FROM rows UNION SELECT scope FROM versions ORDER BY scope",
            )
            .map_err(backend)?;
        statement
            .query_map([], |found| found.get(0).map(Scope::from_bytes))
            .and_then(Iterator::collect)
            .map_err(backend)
    }

    fn version(&self, scope: &Scope) -> Result<u64, StoreError> {
        version(&*self.connection()?, scope).map_err(backend)
    }

    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut connection = self.connection()?;
        // Takes the write lock now, so that no version can change between its check and the commit.
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(backend)?;
        check_guards(&transaction, batch)?;
        write(&transaction, batch)?;
        // A commit that fails may already be in the log, and come back after a crash.
        transaction.commit().map_err(unknown)
    }
}

fn checkpoint(connection: &Connection) -> Result<(), StoreError> {
    let busy: bool = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .map_err(backend)?;
    if busy {
        Err(backend(SqliteError::LogInUse))
    } else {
        Ok(())
    }
}

fn check_guards(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    for (scope, expected) in batch.guards() {
        let found = version(transaction, scope).map_err(backend)?;
        if found != expected {
            let scope = scope.clone();
            return Err(StoreError::Conflict {
                scope,
                expected,
                found,
            });
        }
    }
    Ok(())
}

fn write(transaction: &Transaction<'_>, batch: &Batch) -> Result<(), StoreError> {
    let execute = |sql, params: &[&dyn rusqlite::ToSql]| {
        let mut statement = transaction.prepare_cached(sql).map_err(backend)?;
        statement.execute(params).map_err(backend)
    };
    for (scope, version) in batch.guards() {
        let next = version
            .checked_add(1)
            .and_then(|next| i64::try_from(next).ok())
            .ok_or_else(|| backend(SqliteError::VersionOverflow))?;
        execute(
            "INSERT INTO versions (scope, version) VALUES (?1, ?2)
             ON CONFLICT DO UPDATE SET version = excluded.version",
            params![scope.as_bytes(), next],
        )?;
    }
    for scope in batch.wipes() {
        execute(
            "DELETE FROM rows WHERE scope = ?1",
            params![scope.as_bytes()],
        )?;
    }
    for (row, write) in batch.writes() {
        let (scope, table, key) = (row.scope.as_bytes(), row.table, &row.key);
        match write {
            Write::Put(value) => execute(
                "INSERT INTO rows (scope, tbl, key, value) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET value = excluded.value",
                params![scope, table, key, value.as_slice()],
            )?,
            Write::Delete => execute(
                "DELETE FROM rows WHERE scope = ?1 AND tbl = ?2 AND key = ?3",
                params![scope, table, key],
            )?,
        };
    }
    Ok(())
}

fn version(connection: &Connection, scope: &Scope) -> rusqlite::Result<u64> {
    let found = connection
        .prepare_cached("SELECT version FROM versions WHERE scope = ?1")?
        .query_row([scope.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or(0))
}

/// Copies a blob straight into memory that is wiped, with no plain copy on the way.
fn value(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Value> {
    let blob = row.get_ref(column)?.as_blob()?;
    Ok(Value::new(blob.to_vec()))
}
