//! Several handles on one file.

use std::{thread, time::Duration};

use mls_trellis_store::{Batch, Store, StoreError};
use mls_trellis_store_sqlite::{SqliteStore, rusqlite::Connection};

use crate::{get, put, room, row};

#[test]
fn the_second_of_two_handles_conflicts() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    let [first, second] = [(), ()].map(|()| SqliteStore::open(&path).unwrap());
    let step = |value: &[u8]| {
        let mut batch = Batch::default();
        batch.guard(room(), 0);
        batch.put(row("t", b"k"), value.to_vec());
        batch
    };

    first.apply(&step(b"first")).unwrap();
    let answer = second.apply(&step(b"second"));
    assert!(
        matches!(
            answer,
            Err(StoreError::Conflict {
                expected: 0,
                found: 1,
                ..
            })
        ),
        "{answer:?}"
    );
    assert_eq!(get(&second, &row("t", b"k")), Some(b"first".to_vec()));
    assert_eq!(second.version(&room()).unwrap(), 1);
}

#[test]
fn compare_and_set_loses_no_increment() {
    const HANDLES: u64 = 2;
    const THREADS: u64 = 2;
    const INCREMENTS: u64 = 25;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    let counter = row("t", b"counter");
    put(&SqliteStore::open(&path).unwrap(), counter.clone(), &[0]);

    let increment = |store: &SqliteStore| loop {
        let mut batch = Batch::default();
        batch.guard(room(), store.version(&room()).unwrap());
        batch.put(counter.clone(), vec![get(store, &counter).unwrap()[0] + 1]);
        match store.apply(&batch) {
            Ok(()) => break,
            Err(StoreError::Conflict { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    };
    let handles: Vec<_> = (0..HANDLES)
        .map(|_| SqliteStore::open(&path).unwrap())
        .collect();
    thread::scope(|threads| {
        for store in &handles {
            for _ in 0..THREADS {
                threads.spawn(move || (0..INCREMENTS).for_each(|_| increment(store)));
            }
        }
    });

    let total = HANDLES * THREADS * INCREMENTS;
    assert_eq!(get(&handles[0], &counter), Some(vec![total as u8]));
    assert_eq!(handles[1].version(&room()).unwrap(), total);
}

#[test]
fn a_handle_waits_for_another_writer() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    let store = SqliteStore::open(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    thread::scope(|threads| {
        let writer = threads.spawn(|| put(&store, row("t", b"k"), b"v"));
        thread::sleep(Duration::from_millis(100));
        assert!(!writer.is_finished());
        other.execute_batch("ROLLBACK").unwrap();
        writer.join().unwrap();
    });
    assert_eq!(get(&store, &row("t", b"k")), Some(b"v".to_vec()));
}
