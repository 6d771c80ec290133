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
    // One statement, so that the three values are of one moment.
    let (application_id, user_version, objects): (i64, i64, i64) = connection
        .query_row(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
             FROM pragma_application_id, pragma_user_version",
            [],
            |row| row.try_into(),
        )
        .map_err(backend)?;

    match (application_id, user_version, objects) {
        (0, 0, 0) => Ok(0),
        (APPLICATION_ID, 1.., _) => {
            let found = user_version.unsigned_abs();
            let supported = STEPS.len();
            usize::try_from(found)
                .ok()
                .filter(|found| *found <= supported)
                .ok_or(StoreError::Schema {
                    found,
                    supported: supported as u64,
                })
        }
        _ => Err(backend(SqliteError::NotAStore)),
    }
}
