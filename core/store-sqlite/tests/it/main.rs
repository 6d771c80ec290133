//! The store as its users see it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod behaviour;
mod crash;
mod files;
mod handles;
mod migration;
mod secrets;

use mls_trellis_store::{Batch, Row, Scope, Store};

fn room() -> Scope {
    Scope::group(b"room")
}

fn row(table: &'static str, key: &[u8]) -> Row {
    Row::new(room(), table, key)
}

fn put(store: &dyn Store, row: Row, value: &[u8]) {
    let mut batch = Batch::default();
    batch.put(row, value.to_vec());
    store.apply(&batch).unwrap();
}

fn get(store: &dyn Store, row: &Row) -> Option<Vec<u8>> {
    store.get(row).unwrap().map(|value| value.to_vec())
}

fn list(store: &dyn Store, scope: &Scope, table: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let rows = store.list(scope, table).unwrap();
    rows.into_iter()
        .map(|(key, value)| (key, value.to_vec()))
        .collect()
}
