//! What can go wrong below [`StoreError`].

use std::{io, path::PathBuf};

use mls_trellis_store::StoreError;
use rusqlite::ErrorCode;

/// The cause inside [`StoreError::Backend`] and [`StoreError::Unknown`] when it came from a
/// [`SqliteStore`](crate::SqliteStore). No message contains the content of a row.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqliteError {
    /// The file could not be created.
    #[error(
        "cannot create {path}: {source}; check that the directory exists and may be written to"
    )]
    Create {
        /// The file that was asked for.
        path: PathBuf,
        /// The answer of the operating system.
        source: io::Error,
    },
    /// A database whose log is not write-ahead, so that a crash could tear it.
    #[error(
        "SQLite offers journal mode {mode} here instead of wal; move the file to a local file system"
    )]
    JournalMode {
        /// The mode that SQLite answered.
        mode: String,
    },
    /// A database of another application, left as it was.
    #[error(
        "this SQLite database belongs to another application; give the store a file of its own"
    )]
    NotAStore,
    /// Not a database at all, or an encrypted one that was not given its key. Left as it was.
    #[error(
        "this file is not an SQLite database, or it is encrypted and its key is wrong or missing"
    )]
    NotADatabase,
    /// Another connection read on while the log should have been emptied. Try again later.
    #[error("another connection is using the log, so it could not be emptied; try again")]
    LogInUse,
    /// A scope's version has run out.
    #[error("the version of the scope cannot be counted any further")]
    VersionOverflow,
    /// Any other answer of SQLite.
    #[error("SQLite: {0}")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for SqliteError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase,
            _ => Self::Sqlite(error),
        }
    }
}

/// A failure after which nothing was written.
pub(crate) fn backend(error: impl Into<SqliteError>) -> StoreError {
    StoreError::backend(error.into())
}

/// A failure after which the batch may or may not have been written.
pub(crate) fn unknown(error: rusqlite::Error) -> StoreError {
    StoreError::Unknown(Box::new(SqliteError::from(error)))
}
