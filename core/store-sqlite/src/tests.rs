#![allow(clippy::unwrap_used, clippy::panic)]

use std::{thread, time::Duration};

use super::*;

fn setting(store: &SqliteStore, name: &str) -> String {
    let connection = store.connection().unwrap();
    let value =
        connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
    match value.unwrap() {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn durable_settings_replace_those_of_the_caller() {
    let directory = tempfile::tempdir().unwrap();
    let connection = Connection::open(directory.path().join("db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA synchronous = OFF; PRAGMA secure_delete = OFF; PRAGMA foreign_keys = OFF;
             PRAGMA journal_mode = MEMORY; PRAGMA busy_timeout = 0;",
        )
        .unwrap();
    let store = SqliteStore::from_connection(connection).unwrap();

    let expected = [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("fullfsync", "1"),
        ("checkpoint_fullfsync", "1"),
        ("secure_delete", "1"),
        ("temp_store", "2"),
        ("foreign_keys", "1"),
        ("trusted_schema", "0"),
        ("busy_timeout", "5000"),
    ];
    for (name, value) in expected {
        assert_eq!(setting(&store, name), value, "{name}");
    }
}

#[test]
fn a_panic_with_the_lock_held_leaves_nothing_half_done() {
    let store = SqliteStore::in_memory().unwrap();
    let panicked = thread::scope(|threads| {
        let thread = threads.spawn(|| {
            let connection = store.connection().unwrap();
            let insert = "BEGIN IMMEDIATE; INSERT INTO rows VALUES (x'00', 't', x'00', x'00')";
            connection.execute_batch(insert).unwrap();
            panic!("with the lock held and a transaction open");
        });
        thread.join().is_err()
    });

    assert!(panicked && store.connection.is_poisoned());
    assert_eq!(store.scopes().unwrap(), []);
    let mut batch = Batch::default();
    batch.put(Row::new(Scope::client(), "t", b"k"), vec![1]);
    store.apply(&batch).unwrap();
}

#[test]
fn a_checkpoint_says_when_a_reader_is_in_the_way() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    let store = SqliteStore::open(&path).unwrap();
    store
        .connection()
        .unwrap()
        .busy_timeout(Duration::from_millis(10))
        .unwrap();
    let row = Row::new(Scope::client(), "t", b"k");
    let mut batch = Batch::default();
    batch.put(row.clone(), vec![1]);
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM rows").unwrap();
    store.apply(&batch).unwrap();

    match store.checkpoint() {
        Err(StoreError::Backend(error)) => {
            assert!(
                matches!(error.downcast_ref(), Some(SqliteError::LogInUse)),
                "{error}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(store.get(&row).unwrap().is_some());
    reader.execute_batch("COMMIT").unwrap();
    store.checkpoint().unwrap();
}
