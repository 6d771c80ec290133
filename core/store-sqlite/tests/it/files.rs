//! Opening: files that are stores, and files that are not.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
};

use mls_trellis_store::{Batch, Scope, Store, StoreError};
use mls_trellis_store_sqlite::{
    SqliteError, SqliteStore,
    rusqlite::{Connection, OpenFlags},
};

use crate::{get, put, room, row};

fn refusal(path: &Path) -> SqliteError {
    match SqliteStore::open(path) {
        Err(StoreError::Backend(error)) => *error.downcast().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn rows_and_versions_outlive_the_handle() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    for version in 0..5 {
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(store.version(&room()).unwrap(), version);
        assert_eq!(get(&store, &row("t", &version.to_be_bytes())), None);
        let mut batch = Batch::default();
        batch.guard(room(), version);
        batch.put(row("t", &(version + 1).to_be_bytes()), vec![7; 10]);
        store.apply(&batch).unwrap();
        drop(store);
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(
            get(&store, &row("t", &(version + 1).to_be_bytes())),
            Some(vec![7; 10])
        );
        put(&store, row("t", &(version + 1).to_be_bytes()), b"");
        let mut batch = Batch::default();
        batch.delete(row("t", &(version + 1).to_be_bytes()));
        store.apply(&batch).unwrap();
    }
}

#[test]
fn what_is_not_a_database_is_refused_and_untouched() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    for content in [&b"x"[..], b"SQLite format 3\0", &[b'x'; 10_000]] {
        fs::write(&path, content).unwrap();
        assert!(matches!(refusal(&path), SqliteError::NotADatabase));
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    assert_eq!(
        fs::read_dir(directory.path()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn the_database_of_another_application_is_refused_and_untouched() {
    let directory = tempfile::tempdir().unwrap();
    for (n, sql) in [
        "CREATE TABLE theirs (a)",
        "PRAGMA user_version = 1",
        "PRAGMA application_id = 7",
        "PRAGMA application_id = 0x54524c53; PRAGMA user_version = -1",
        "PRAGMA application_id = 0x54524c53",
    ]
    .iter()
    .enumerate()
    {
        let path = directory.path().join(n.to_string());
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let before = fs::read(&path).unwrap();
        assert!(matches!(refusal(&path), SqliteError::NotAStore), "{sql}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_place_without_a_file_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing/db");
    let error = refusal(&missing);
    assert!(matches!(error, SqliteError::Create { .. }));
    assert!(error.to_string().contains("missing/db"), "{error}");
    assert!(!missing.exists());

    assert!(matches!(refusal(Path::new("")), SqliteError::Create { .. }));
    refusal(directory.path());
}

#[test]
fn a_cut_off_file_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    let store = SqliteStore::open(&path).unwrap();
    for n in 0..200 {
        put(&store, row("t", &[n]), &[n; 500]);
    }
    drop(store);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();

    let answer = SqliteStore::open(&path).and_then(|store| store.list(&room(), "t").map(|_| ()));
    assert!(matches!(answer, Err(StoreError::Backend(_))), "{answer:?}");
}

/// Names that SQLite would not take for those of plain files.
const SPECIAL_NAMES: [&str; 2] = [":memory:", "file:other?mode=memory"];

/// Set in a child process whose current directory is a new one.
const IN_NEW_DIRECTORY: &str = "TRELLIS_STORE_SQLITE_IN_NEW_DIRECTORY";

#[test]
fn child_opens_special_names() {
    if env::var_os(IN_NEW_DIRECTORY).is_some() {
        for name in SPECIAL_NAMES {
            put(&SqliteStore::open(name).unwrap(), row("t", b"k"), b"v");
        }
    }
}

#[test]
fn special_names_of_sqlite_are_plain_file_names() {
    let directory = tempfile::tempdir().unwrap();
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "files::child_opens_special_names", "--quiet"])
        .env(IN_NEW_DIRECTORY, "1")
        .current_dir(directory.path())
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success());
    for name in SPECIAL_NAMES {
        let store = SqliteStore::open(directory.path().join(name)).unwrap();
        assert_eq!(get(&store, &row("t", b"k")), Some(b"v".to_vec()), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_new_file() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("db")).unwrap();
    put(&store, row("t", b"k"), b"v");
    let files: Vec<_> = fs::read_dir(directory.path())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(files.len() > 1, "the log is there too");
    for file in files {
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{file:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_place_without_a_write_ahead_log_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    // Has no shared memory, as some network file systems have none.
    let vfs = c"unix-dotfile";
    let path = directory.path().join("db");
    let connection = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs).unwrap();
    match SqliteStore::from_connection(connection) {
        Err(StoreError::Backend(error)) => {
            assert!(
                matches!(error.downcast_ref(), Some(SqliteError::JournalMode { .. })),
                "{error}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_full_disk_writes_nothing() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .pragma_update(None, "max_page_count", 20)
        .unwrap();
    let store = SqliteStore::from_connection(connection).unwrap();
    let mut batch = Batch::default();
    batch.guard(room(), 0);
    batch.put(row("a", b"small"), vec![1]);
    batch.put(row("b", b"large"), vec![2; 1_000_000]);

    let answer = store.apply(&batch);
    assert!(matches!(answer, Err(StoreError::Backend(_))), "{answer:?}");
    assert_eq!(store.scopes().unwrap(), []);
    put(&store, row("a", b"small"), &[1]);
}

#[test]
fn a_commit_that_fails_is_of_unknown_outcome() {
    let connection = Connection::open_in_memory().unwrap();
    let mut commits = 0;
    connection.commit_hook(Some(move || {
        commits += 1;
        commits == 2 // The first one is that of the layout.
    }));
    let store = SqliteStore::from_connection(connection).unwrap();

    let mut batch = Batch::default();
    batch.put(row("t", b"k"), vec![1]);
    let answer = store.apply(&batch);
    assert!(matches!(answer, Err(StoreError::Unknown(_))), "{answer:?}");
    store.apply(&batch).unwrap();
    assert_eq!(get(&store, &row("t", b"k")), Some(vec![1]));
}

#[test]
fn the_last_version_is_an_error_and_not_a_wrap() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    drop(SqliteStore::open(&path).unwrap());
    let last = i64::MAX;
    let connection = Connection::open(&path).unwrap();
    connection
        .execute("INSERT INTO versions VALUES (x'00', ?1)", [last])
        .unwrap();
    drop(connection);

    let store = SqliteStore::open(&path).unwrap();
    let mut batch = Batch::default();
    batch.guard(Scope::client(), last as u64);
    batch.put(row("t", b"k"), vec![1]);
    assert!(matches!(store.apply(&batch), Err(StoreError::Backend(_))));
    assert_eq!(store.version(&Scope::client()).unwrap(), last as u64);
    assert_eq!(get(&store, &row("t", b"k")), None);
}
