//! The layout of the file and how older layouts become the current one.
//!
//! `user_version` counts layouts. `STEPS[n]` turns layout `n` into layout `n + 1`, layout 0 being
//! an empty file, so a new file takes the same path as an old one. A step that has been released
//! never changes; a new layout is a new step at the end.

use mls_trellis_store::StoreError;
use rusqlite::{Connection, TransactionBehavior};

use crate::error::{SqliteError, backend};

const STEPS: [&str; 2] = [include_str!("schema/v1.sql"), include_str!("schema/v2.sql")];

/// Marks our files for SQLite and file(1): "TRLS".
const APPLICATION_ID: i64 = 0x5452_4c53;

/// Refuses files that are not ours or newer than this build. Only reads.
pub(crate) fn check(connection: &Connection) -> Result<(), StoreError> {
    layout(connection).map(|_| ())
}

/// Brings a file that passed [`check`] to the current layout, in one transaction.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    if layout(connection)? == STEPS.len() {
        return Ok(());
    }
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(backend)?;
    // Asked again under the write lock: another process may have migrated in the meantime.
    let found = layout(&transaction)?;
    for step in STEPS.iter().skip(found) {
        transaction.execute_batch(step).map_err(backend)?;
    }
    transaction
        .pragma_update(None, "application_id", APPLICATION_ID)
        .and_then(|()| transaction.pragma_update(None, "user_version", STEPS.len()))
        .and_then(|()| transaction.commit())
        .map_err(backend)
}

/// The layout the file has; at most `STEPS.len()`.
fn layout(connection: &Connection) -> Result<usize, StoreError> {
    let read = |sql| {
        connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .map_err(backend)
    };
    let application_id = read("PRAGMA application_id")?;
    let user_version = read("PRAGMA user_version")?;

    if application_id != APPLICATION_ID {
        let is_empty = application_id == 0
            && user_version == 0
            && read("SELECT count(*) FROM sqlite_schema")? == 0;
        return if is_empty {
            Ok(0)
        } else {
            Err(backend(SqliteError::NotAStore))
        };
    }
    match usize::try_from(user_version) {
        Ok(found) if (1..=STEPS.len()).contains(&found) => Ok(found),
        Ok(found) if found > STEPS.len() => Err(StoreError::Schema {
            found: found as u64,
            supported: STEPS.len() as u64,
        }),
        _ => Err(backend(SqliteError::NotAStore)),
    }
}
