//! Files in other layouts.

use std::{fs, path::Path};

use mls_trellis_store::{Row, Scope, Store, StoreError};
use mls_trellis_store_sqlite::{SqliteStore, rusqlite::Connection};

use crate::{get, list, put, room, row};

const V1: &str = include_str!("../fixtures/v1.sql");

/// Writes a file as an earlier release would have; journal mode as SQLite has it by default.
fn v1_file(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(V1).unwrap();
    connection
}

fn pragma(path: &Path, name: &str) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection
        .pragma_query_value(None, name, |row| row.get(0))
        .unwrap()
}

/// The statements that make up a database's layout.
fn layout(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection
        .prepare("SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name")
        .unwrap();
    statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn a_file_in_layout_1_is_migrated_with_every_row() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    drop(v1_file(&path));

    // The second opening finds the current layout.
    for _ in 0..2 {
        let store = SqliteStore::open(&path).unwrap();
        let (client, hub) = (Scope::client(), Scope::public_group(b"hub"));
        assert_eq!(
            store.scopes().unwrap(),
            [client.clone(), room(), hub.clone()]
        );
        assert_eq!(
            [&client, &room(), &hub].map(|scope| store.version(scope).unwrap()),
            [0, 3, 1]
        );
        assert_eq!(
            list(&store, &client, "key_package"),
            [(vec![1, 2], vec![0xa1, 0xa2, 0xa3]), (vec![1, 3], vec![])]
        );
        assert_eq!(get(&store, &row("tree", b"")), Some(vec![0, 0xff, 0, 0xff]));
        assert_eq!(get(&store, &row("epoch", &[0, 0, 1])), Some(vec![0xb1]));
        assert_eq!(
            get(&store, &Row::new(hub, "state", b"k")),
            Some(vec![0xc1, 0xc2])
        );
        assert_eq!(
            list(&store, &room(), ""),
            [],
            "the old place of the version is no row"
        );
    }
    assert_eq!(pragma(&path, "user_version"), 2);

    let new = directory.path().join("new");
    drop(SqliteStore::open(&new).unwrap());
    assert_eq!(
        layout(&path),
        layout(&new),
        "old and new files have one layout"
    );
}

#[test]
fn a_migration_that_fails_leaves_the_old_layout() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    let connection = v1_file(&path);
    connection
        .execute(
            "INSERT INTO rows VALUES (x'00', 't', x'00', 'text, which layout 2 forbids')",
            [],
        )
        .unwrap();
    drop(connection);
    let before = layout(&path);

    let error = SqliteStore::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Backend(_)), "{error}");
    assert_eq!(pragma(&path, "user_version"), 1);
    assert_eq!(layout(&path), before);
}

#[test]
fn a_newer_layout_is_refused_and_untouched() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    drop(v1_file(&path));
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 3)
        .unwrap();
    let before = fs::read(&path).unwrap();

    let error = SqliteStore::open(&path).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Schema {
                found: 3,
                supported: 2
            }
        ),
        "{error}"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn many_processes_may_migrate_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let (old, new) = (directory.path().join("old"), directory.path().join("new"));
    drop(v1_file(&old));
    std::thread::scope(|threads| {
        for n in 0..8u8 {
            let (old, new) = (&old, &new);
            threads.spawn(move || {
                for path in [old, new] {
                    let store = SqliteStore::open(path).unwrap();
                    put(&store, row("opened", &[n]), &[n]);
                }
            });
        }
    });
    for path in [old, new] {
        assert_eq!(
            list(&SqliteStore::open(path).unwrap(), &room(), "opened").len(),
            8
        );
    }
}
