//! What every store does, asked of the one in memory and the one on disk alike.

use mls_trellis_store::{Batch, MemoryStore, Row, Scope, Store, StoreError};
use mls_trellis_store_sqlite::SqliteStore;
use proptest::prelude::*;

use crate::{get, list, put, room, row};

#[test]
fn the_memory_store_behaves_like_a_store() {
    behaves_like_a_store(&MemoryStore::default());
}

#[test]
fn the_sqlite_store_behaves_like_a_store() {
    behaves_like_a_store(&SqliteStore::in_memory().unwrap());

    let directory = tempfile::tempdir().unwrap();
    behaves_like_a_store(&SqliteStore::open(directory.path().join("db")).unwrap());
}

/// `store` is empty.
fn behaves_like_a_store(store: &dyn Store) {
    an_empty_store_answers(store);
    rows_are_kept_apart(store);
    lists_are_in_order(store);
    guards_count_and_conflicts_change_nothing(store);
    a_wipe_comes_before_the_writes(store);
    scopes_are_in_order(store);
}

fn an_empty_store_answers(store: &dyn Store) {
    assert_eq!(get(store, &row("t", b"k")), None);
    assert_eq!(list(store, &room(), "t"), []);
    assert_eq!(store.scopes().unwrap(), []);
    assert_eq!(store.version(&room()).unwrap(), 0);
    store.apply(&Batch::default()).unwrap();
    assert_eq!(store.scopes().unwrap(), []);
}

fn rows_are_kept_apart(store: &dyn Store) {
    // Addresses whose parts would run together if they were simply joined.
    let addresses = [
        row("t", b"k"),
        row("t", b""),
        row("tk", b""),
        row("", b"tk"),
        row("T", b"k"),
        row("t", b"k\0"),
        Row::new(Scope::group(b"roomt"), "k", b""),
        Row::new(Scope::group(b""), "t", b"k"),
        Row::new(Scope::public_group(b"room"), "t", b"k"),
        Row::new(Scope::client(), "t", b"k"),
    ];
    for (n, address) in addresses.iter().enumerate() {
        put(store, address.clone(), &[n as u8; 3]);
    }
    for (n, address) in addresses.iter().enumerate() {
        assert_eq!(get(store, address), Some(vec![n as u8; 3]), "{address:?}");
    }

    for value in [vec![], vec![0], vec![0xff; 200_000]] {
        put(store, addresses[0].clone(), &value);
        assert_eq!(get(store, &addresses[0]), Some(value));
    }

    let mut batch = Batch::default();
    addresses
        .iter()
        .for_each(|address| batch.delete(address.clone()));
    batch.delete(row("t", b"never written"));
    store.apply(&batch).unwrap();
    assert!(
        addresses
            .iter()
            .all(|address| get(store, address).is_none())
    );
    assert_eq!(store.scopes().unwrap(), []);
}

fn lists_are_in_order(store: &dyn Store) {
    let keys: [&[u8]; 6] = [b"\x80", b"b", b"", b"a\0", b"a", b"\xff\xff"];
    for key in keys {
        put(store, row("list", key), key);
    }
    put(store, row("lis", b"c"), b"another table");
    put(
        store,
        Row::new(Scope::group(b"other"), "list", b"c"),
        b"another scope",
    );

    let sorted: [&[u8]; 6] = [b"", b"a", b"a\0", b"b", b"\x80", b"\xff\xff"];
    assert_eq!(
        list(store, &room(), "list"),
        sorted.map(|key| (key.to_vec(), key.to_vec()))
    );
}

fn guards_count_and_conflicts_change_nothing(store: &dyn Store) {
    let other = Scope::group(b"guarded");
    let mut batch = Batch::default();
    batch.guard(room(), 0);
    batch.put(row("guard", b"k"), b"1".to_vec());
    store.apply(&batch).unwrap();
    assert_eq!(store.version(&room()).unwrap(), 1);

    // The guard of the other scope holds and comes first; nothing of it may stay.
    let mut batch = Batch::default();
    batch.guard(other.clone(), 0);
    batch.guard(room(), 0);
    batch.wipe(room());
    batch.put(row("guard", b"k"), b"2".to_vec());
    batch.put(row("guard", b"l"), b"2".to_vec());
    match store.apply(&batch) {
        Err(StoreError::Conflict {
            scope,
            expected: 0,
            found: 1,
        }) => assert_eq!(scope, room()),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        list(store, &room(), "guard"),
        [(b"k".to_vec(), b"1".to_vec())]
    );
    assert_eq!(store.version(&room()).unwrap(), 1);
    assert_eq!(store.version(&other).unwrap(), 0);
    assert!(!store.scopes().unwrap().contains(&other));

    let mut batch = Batch::default();
    batch.guard(room(), u64::MAX);
    assert!(matches!(
        store.apply(&batch),
        Err(StoreError::Conflict { found: 1, .. })
    ));

    let mut batch = Batch::default();
    batch.guard(room(), 1);
    store.apply(&batch).unwrap();
    assert_eq!(
        store.version(&room()).unwrap(),
        2,
        "a batch of guards alone counts"
    );

    put(store, row("guard", b"k"), b"3");
    assert_eq!(
        store.version(&room()).unwrap(),
        2,
        "a batch without guards does not"
    );
}

fn a_wipe_comes_before_the_writes(store: &dyn Store) {
    let near = Row::new(Scope::group(b"rooms"), "t", b"k");
    put(store, near.clone(), b"stays");
    let mut batch = Batch::default();
    batch.guard(room(), 2);
    batch.put(row("t", b"before"), b"lost".to_vec());
    batch.wipe(room());
    batch.put(row("t", b"after"), b"kept".to_vec());
    store.apply(&batch).unwrap();

    assert_eq!(list(store, &room(), "guard"), []);
    assert_eq!(
        list(store, &room(), "t"),
        [(b"after".to_vec(), b"kept".to_vec())]
    );
    assert_eq!(store.version(&room()).unwrap(), 3, "the version counts on");
    assert_eq!(get(store, &near).as_deref(), Some(&b"stays"[..]));
}

fn scopes_are_in_order(store: &dyn Store) {
    let mut batch = Batch::default();
    batch.guard(Scope::public_group(b"version only"), 0);
    batch.put(Row::new(Scope::client(), "t", b"row only"), b"".to_vec());
    store.apply(&batch).unwrap();
    let expected = [
        Scope::client(),
        Scope::group(b"other"),
        room(),
        Scope::group(b"rooms"),
        Scope::public_group(b"version only"),
    ];
    assert_eq!(store.scopes().unwrap(), expected);
}

const TABLES: [&str; 2] = ["s", "t"];

#[derive(Clone, Debug)]
enum Step {
    Guard(u8, u64),
    Wipe(u8),
    Put(u8, u8, u8, Vec<u8>),
    Delete(u8, u8, u8),
}

fn scope(n: u8) -> Scope {
    Scope::group(&[n])
}

fn address(scope_n: u8, table: u8, key: u8) -> Row {
    Row::new(scope(scope_n), TABLES[usize::from(table)], &[key])
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (0..3u8, 0..3u64).prop_map(|(s, version)| Step::Guard(s, version)),
        1 => (0..3u8).prop_map(Step::Wipe),
        6 => (0..3u8, 0..2u8, 0..4u8, prop::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(s, t, k, value)| Step::Put(s, t, k, value)),
        2 => (0..3u8, 0..2u8, 0..4u8).prop_map(|(s, t, k)| Step::Delete(s, t, k)),
    ]
}

fn batch(steps: &[Step]) -> Batch {
    let mut batch = Batch::default();
    for step in steps.iter().cloned() {
        match step {
            Step::Guard(s, version) => batch.guard(scope(s), version),
            Step::Wipe(s) => batch.wipe(scope(s)),
            Step::Put(s, t, k, value) => batch.put(address(s, t, k), value),
            Step::Delete(s, t, k) => batch.delete(address(s, t, k)),
        }
    }
    batch
}

/// Everything a store answers about the scopes of the property test.
fn contents(store: &dyn Store) -> String {
    let of_scope = |n| {
        let tables = TABLES.map(|table| list(store, &scope(n), table));
        (store.version(&scope(n)).unwrap(), tables)
    };
    format!(
        "{:?} {:?}",
        store.scopes().unwrap(),
        [0, 1, 2].map(of_scope)
    )
}

proptest! {
    #[test]
    fn both_stores_agree_after_any_batches(
        batches in prop::collection::vec(prop::collection::vec(step(), 0..8), 0..12),
    ) {
        let memory = MemoryStore::default();
        let sqlite = SqliteStore::in_memory().unwrap();
        for steps in &batches {
            let answers = [&memory as &dyn Store, &sqlite].map(|store| format!("{:?}", store.apply(&batch(steps))));
            prop_assert_eq!(&answers[0], &answers[1]);
            prop_assert_eq!(contents(&memory), contents(&sqlite));
        }
    }
}
