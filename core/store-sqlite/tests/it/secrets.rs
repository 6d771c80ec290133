//! What is deleted is gone from the disk.

use std::{collections::BTreeMap, fs, path::Path};

use mls_trellis_store::{Batch, Scope, Store};
use mls_trellis_store_sqlite::{SqliteStore, rusqlite::Connection};

use crate::{put, room, row};

/// How often a marker occurs in the database and everything beside it.
fn occurrences(directory: &Path, marker: &[u8]) -> usize {
    let in_file = |path| {
        let bytes = fs::read(path).unwrap();
        bytes
            .windows(marker.len())
            .filter(|window| *window == marker)
            .count()
    };
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| in_file(entry.unwrap().path()))
        .sum()
}

/// Every secret begins and ends with this.
const MARKER: &[u8] = b"marker of a secret";

fn secret(n: usize) -> Vec<u8> {
    // From a few bytes up to several pages, so that some content moves and some overflows.
    let size = if n.is_multiple_of(10) { n * 60 } else { n % 70 };
    [MARKER, &vec![n as u8; size], MARKER].concat()
}

fn fill(store: &SqliteStore) {
    for n in 0..600usize {
        put(
            store,
            row("secret", &(n * 7919 % 600).to_be_bytes()),
            &secret(n),
        );
    }
}

fn gone(remove: impl Fn(&SqliteStore)) {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("db")).unwrap();
    fill(&store);
    store.checkpoint().unwrap();
    assert!(
        occurrences(directory.path(), MARKER) >= 1_200,
        "the search finds what is there"
    );

    remove(&store);
    store.checkpoint().unwrap();
    assert_eq!(occurrences(directory.path(), MARKER), 0);
}

#[test]
fn deleted_secrets_are_not_in_the_files() {
    gone(|store| {
        for n in 0..600usize {
            let mut batch = Batch::default();
            batch.delete(row("secret", &n.to_be_bytes()));
            store.apply(&batch).unwrap();
        }
    });
}

#[test]
fn replaced_secrets_are_not_in_the_files() {
    gone(|store| {
        for n in 0..600usize {
            put(store, row("secret", &n.to_be_bytes()), &vec![0; n % 300]);
        }
    });
}

#[test]
fn wiped_secrets_are_not_in_the_files() {
    gone(|store| {
        let mut batch = Batch::default();
        batch.wipe(room());
        store.apply(&batch).unwrap();
    });
}

#[test]
fn dropping_the_last_handle_empties_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("db")).unwrap();
    fill(&store);
    let mut batch = Batch::default();
    batch.wipe(room());
    store.apply(&batch).unwrap();
    assert!(
        occurrences(directory.path(), MARKER) > 0,
        "the log still has them"
    );
    drop(store);
    assert_eq!(occurrences(directory.path(), MARKER), 0);
}

#[test]
fn neither_debug_nor_errors_show_content() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .pragma_update(None, "max_page_count", 20)
        .unwrap();
    let store = SqliteStore::from_connection(connection).unwrap();
    put(&store, row("t", b"k"), MARKER);
    let mut batch = Batch::default();
    batch.guard(Scope::client(), 0);
    batch.put(row("t", b"l"), MARKER.repeat(10_000));
    let error = store.apply(&batch).unwrap_err();
    let shown = format!("{store:?} {error:?} {error}");
    assert!(
        !shown.contains("marker") && !shown.contains(&format!("{:?}", MARKER)),
        "{shown}"
    );
}
/// Small rows that come and go make SQLite move their neighbours between pages, and copies of moved
/// rows can stay behind in unused bytes.
#[test]
fn scrubbed_secrets_are_not_in_the_files() {
    (1..=8).for_each(scrub_after_churn);
}

fn scrub_after_churn(seed: u64) {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("db")).unwrap();
    let mut numbers = Numbers(seed);
    let mut live = BTreeMap::new();
    let mut serial = 0;
    for _ in 0..20 {
        let mut batch = Batch::default();
        for _ in 0..40 {
            let key = numbers.below(400);
            let address = row("secret", &key.to_be_bytes());
            if numbers.below(3) == 0 {
                batch.delete(address);
                live.remove(&key);
            } else {
                serial += 1;
                let padding = vec![0; numbers.below(1_000) as usize];
                batch.put(
                    address,
                    [&b"serial"[..], &u32::to_be_bytes(serial), &padding].concat(),
                );
                live.insert(key, serial);
            }
        }
        store.apply(&batch).unwrap();
    }
    store.scrub().unwrap();

    let bytes = fs::read(directory.path().join("db")).unwrap();
    let serials = bytes
        .windows(10)
        .filter_map(|window| window.strip_prefix(b"serial"));
    let mut found: Vec<_> = serials
        .map(|serial| u32::from_be_bytes(serial.try_into().unwrap()))
        .collect();
    found.sort_unstable();
    let mut expected: Vec<_> = live.into_values().collect();
    expected.sort_unstable();
    assert_eq!(found, expected, "every live row once and nothing else");
    assert_eq!(
        occurrences(directory.path(), b"serial"),
        expected.len(),
        "nor beside the database"
    );
}

/// The same numbers in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
