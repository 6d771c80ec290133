//! How a connection is set up.

use std::{
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode};

use crate::error::SqliteError;

/// How long to wait for another handle that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Lets the connection wait for other handles.
pub(crate) fn wait_for_others(connection: &Connection) -> Result<(), SqliteError> {
    Ok(connection.busy_timeout(BUSY_TIMEOUT)?)
}

/// Switches on what durability and the deletion of secrets rest on.
pub(crate) fn make_durable(connection: &Connection) -> Result<(), SqliteError> {
    let mode = write_ahead(connection)?;
    let is_on_disk = connection.path().is_some_and(|path| !path.is_empty());
    if is_on_disk && mode != "wal" {
        return Err(SqliteError::JournalMode { mode });
    }
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;",
    )?;
    Ok(())
}

/// Switches to a write-ahead log and answers the journal mode that is then in force. SQLite does not
/// wait here when several handles switch a new file at once, so we do.
fn write_ahead(connection: &Connection) -> rusqlite::Result<String> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        let answer = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0));
        match answer {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < deadline =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            answer => return answer,
        }
    }
}
