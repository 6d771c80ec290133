//! A store that fails: whatever was being done has not happened, and can be done again.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mls_trellis_engine::{Error, Group, GroupConfig, MemoryStore, Received, Store, StoreError};
use mls_trellis_store::{Batch, Row, Scope, Value};
use mls_trellis_targeted_messages::TargetedMessages;

use super::{BOB, client, client_with, direct, group_of, message_for_bob, next_epoch, plugins};

/// A store whose writes fail when it is told to.
#[derive(Default)]
struct Failing {
    store: MemoryStore,
    fails: AtomicBool,
}

impl Store for Failing {
    fn get(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        self.store.get(row)
    }
    fn list(&self, scope: &Scope, table: &str) -> Result<Vec<(Vec<u8>, Value)>, StoreError> {
        self.store.list(scope, table)
    }
    fn scopes(&self) -> Result<Vec<Scope>, StoreError> {
        self.store.scopes()
    }
    fn version(&self, scope: &Scope) -> Result<u64, StoreError> {
        self.store.version(scope)
    }
    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        match self.fails.load(Ordering::Relaxed) {
            true => Err(StoreError::backend("full")),
            false => self.store.apply(batch),
        }
    }
}

impl Failing {
    /// All rows of the group but OpenMLS's.
    fn rows(&self) -> Vec<Vec<(Vec<u8>, Value)>> {
        let tables = ["inbox", "outbox", "retained", "once", "counter"];
        let scope = Scope::group(b"room");
        tables.map(|table| self.list(&scope, table).unwrap()).into()
    }

    /// Does something while the store fails, and sees that nothing has changed.
    fn while_failing<R: std::fmt::Debug>(&self, work: impl FnOnce() -> Result<R, Error>) {
        let before = self.rows();
        self.fails.store(true, Ordering::Relaxed);
        let failed = work();
        assert!(matches!(failed, Err(Error::Store(_))), "{failed:?}");
        self.fails.store(false, Ordering::Relaxed);
        assert!(self.rows() == before);
    }
}

/// Alice and bob, whose store it is if `whose` is his position.
fn alice_and_bob(whose: usize) -> (Vec<Group>, Arc<Failing>) {
    let format = TargetedMessages::default().guarded();
    let store = Arc::<Failing>::default();
    let clients = ["alice", "bob"].into_iter().enumerate();
    let clients: Vec<_> = clients
        .map(|(position, name)| match position == whose {
            true => client_with(name, plugins(format), store.clone()),
            false => client(name, format),
        })
        .collect();
    (group_of(&clients, GroupConfig::new(b"room")), store)
}

#[test]
fn a_message_that_could_not_be_stored_was_not_sent() {
    let (mut groups, store) = alice_and_bob(0);
    store.while_failing(|| groups[0].seal_as::<TargetedMessages>(BOB, b"hello", b""));
    let message = message_for_bob(&mut groups);
    direct(groups[1].receive(&message));
}

#[test]
fn a_message_that_could_not_be_stored_was_not_received() {
    let (mut groups, store) = alice_and_bob(1);
    let message = message_for_bob(&mut groups);
    store.while_failing(|| groups[1].receive(&message));
    // It is not remembered either.
    direct(groups[1].receive(&message));
    assert_eq!(groups[1].receive(&message).unwrap(), Received::Duplicate);
}

#[test]
fn an_epoch_that_did_not_end_is_not_retained() {
    let (mut groups, store) = alice_and_bob(1);
    let message = message_for_bob(&mut groups);
    let sealed = groups[0].commit().path().seal().unwrap();
    store.while_failing(|| groups[1].receive(&sealed.commit));
    super::deliver(&mut groups, 0, &sealed);
    direct(groups[1].receive(&message));

    let message = message_for_bob(&mut groups);
    let sealed = groups[1].commit().path().seal().unwrap();
    store.while_failing(|| groups[1].accept(&sealed));
    super::deliver(&mut groups, 1, &sealed);
    direct(groups[1].receive(&message));
    next_epoch(&mut groups, 0);
}
