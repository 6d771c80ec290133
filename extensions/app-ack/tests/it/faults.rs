//! A store that fails: what was counted and the message itself stand or fall together.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mls_trellis_app_ack::{AppAck, Schedule};
use mls_trellis_engine::{
    GroupConfig, KeyPackageOptions, MemoryStore, Received, Store, StoreError,
};
use mls_trellis_hooks::Payload;
use mls_trellis_store::{Batch, Row, Scope, Value};

use crate::rooms::client;

/// Fails to write, once.
#[derive(Default)]
struct Full {
    inner: MemoryStore,
    full: AtomicBool,
}

impl Store for Full {
    fn get(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        self.inner.get(row)
    }

    fn list(&self, scope: &Scope, table: &str) -> Result<Vec<(Vec<u8>, Value)>, StoreError> {
        self.inner.list(scope, table)
    }

    fn scopes(&self) -> Result<Vec<Scope>, StoreError> {
        self.inner.scopes()
    }

    fn version(&self, scope: &Scope) -> Result<u64, StoreError> {
        self.inner.version(scope)
    }

    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        match self.full.swap(false, Ordering::SeqCst) {
            true => Err(StoreError::backend("the disk is full")),
            false => self.inner.apply(batch),
        }
    }
}

#[test]
fn a_message_that_is_not_durable_is_not_counted() {
    let disks = [Arc::new(Full::default()), Arc::new(Full::default())];
    let [alice, bob] = [("alice", 0), ("bob", 1)]
        .map(|(name, disk)| client(name, Schedule::EveryCommit, disks[disk].clone()));
    let config = GroupConfig::new(b"room").require::<AppAck>();
    let mut alices = alice.create_group(config).unwrap();
    let package = bob.key_package(&KeyPackageOptions::default()).unwrap();
    let sealed = alices.commit().add(&package.message).seal().unwrap();
    alices.accept(&sealed).unwrap();
    let mut bobs = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();
    let epoch = bobs.epoch().epoch;

    disks[0].full.store(true, Ordering::SeqCst);
    assert!(alices.send(&Payload::plain(*b"lost")).is_err());
    assert!(alices.log::<AppAck>(epoch).unwrap().is_none());
    let message = alices.send(&Payload::plain(*b"hello")).unwrap().message;
    let sent = alices.log::<AppAck>(epoch).unwrap().unwrap();
    assert_eq!(sent.sent(), &[0].into_iter().collect());

    disks[1].full.store(true, Ordering::SeqCst);
    assert!(bobs.receive(&message).is_err());
    assert!(bobs.log::<AppAck>(epoch).unwrap().is_none());
    let received = bobs.receive(&message).unwrap();
    assert!(matches!(received, Received::Message(..)), "{received:?}");
    assert_eq!(bobs.log::<AppAck>(epoch).unwrap().unwrap().count(), 1);

    // The end of an epoch is no exception.
    let sealed = bobs.commit().seal().unwrap();
    disks[0].full.store(true, Ordering::SeqCst);
    assert!(alices.receive(&sealed.commit).is_err());
    let log = alices.log::<AppAck>(epoch).unwrap().unwrap();
    assert_eq!(log.report().unacknowledged, [0].into_iter().collect());
    alices.receive(&sealed.commit).unwrap();
    let log = alices.log::<AppAck>(epoch).unwrap().unwrap();
    assert!(log.report().unacknowledged.is_empty());
}
