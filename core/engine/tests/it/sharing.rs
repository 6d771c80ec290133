//! Threads, and several handles to one group.

use std::{sync::Arc, thread};

use mls_trellis_engine::{
    Client, Error, Group, MemoryStore, PublicGroup, Received, Sealed, Settings, Signer,
    SoftwareSigner, Store, StoreError,
};
use mls_trellis_hooks::{CipherSuite, Credential, Payload, Plugins};

use crate::{
    sample::{Tally, plugins},
    world::{client, client_with, config, key_package},
};

const fn is_send<T: Send>() {}
const fn is_shared<T: Clone + Send + Sync>() {}

const _: () = {
    is_shared::<Client>();
    is_shared::<Plugins>();
    is_shared::<Sealed>();
    is_send::<Group>();
    is_send::<PublicGroup>();
    is_send::<Error>();
};

#[test]
fn groups_of_one_client_work_in_parallel() {
    const ROUNDS: u64 = 20;
    let alice = client("alice");
    let work = |alice: Client, id: &[u8]| {
        let id = id.to_vec();
        thread::spawn(move || {
            let mut group = alice.create_group(config_of(&id)).unwrap();
            let bob = client("bob");
            let sealed = group.commit().add(&key_package(&bob)).seal().unwrap();
            group.accept(&sealed).unwrap();
            let mut bob = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();
            for _ in 0..ROUNDS {
                // What the groups of a client share.
                key_package(&alice);
                let sealed = group.commit().update::<Tally>(&1).path().seal().unwrap();
                group.accept(&sealed).unwrap();
                bob.receive(&sealed.commit).unwrap();
                let packet = bob.send(&Payload::plain("hello")).unwrap();
                let received = group.receive(&packet.message).unwrap();
                assert!(matches!(received, Received::Message(..)));
            }
            assert_eq!(group.epoch(), bob.epoch());
            group.epoch().epoch
        })
    };
    let threads: Vec<_> = [b"one", b"two"].map(|id| work(alice.clone(), id)).into();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), ROUNDS + 1);
    }
    assert_eq!(alice.groups().unwrap(), [b"one", b"two"]);
}

fn config_of(id: &[u8]) -> mls_trellis_engine::GroupConfig {
    mls_trellis_engine::GroupConfig::new(id).with::<Tally>(&Default::default())
}

#[test]
fn there_is_one_handle_to_a_group() {
    let alice = client("alice");
    let clone = alice.clone();
    let group = alice.create_group(config()).unwrap();
    assert!(matches!(clone.group(b"room"), Err(Error::InUse)));
    assert!(matches!(clone.create_group(config()), Err(Error::InUse)));
    assert!(matches!(clone.delete_group(b"room"), Err(Error::InUse)));
    let other = clone.create_group(config_of(b"other")).unwrap();
    drop(group);

    // Given back, also by whom it was of no use to.
    assert!(clone.create_group(config()).is_err(), "it exists");
    assert!(matches!(clone.group(b"nowhere"), Err(Error::NoSuchGroup)));
    assert!(matches!(clone.group(b"nowhere"), Err(Error::NoSuchGroup)));
    let group = clone.group(b"room").unwrap();
    assert!(matches!(alice.group(b"room"), Err(Error::InUse)));
    drop((group, other));
    alice.delete_group(b"room").unwrap();
    assert!(matches!(clone.group(b"room"), Err(Error::NoSuchGroup)));
    assert_eq!(clone.groups().unwrap(), [b"other"]);
}

#[test]
fn only_one_thread_gets_the_handle() {
    let alice = client("alice");
    drop(alice.create_group(config()).unwrap());
    for _ in 0..20 {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let alice = alice.clone();
                thread::spawn(move || alice.group(b"room"))
            })
            .collect();
        let groups: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        let got = groups.iter().filter(|group| group.is_ok()).count();
        assert_eq!(got, 1);
        assert!(
            groups
                .iter()
                .all(|group| matches!(group, Ok(_) | Err(Error::InUse)))
        );
    }
}

/// The lease is one of a process. Between processes, the store's versions decide.
#[test]
fn a_handle_that_was_overtaken_by_another_process_changes_nothing() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let signer: Arc<dyn Signer> = Arc::new(SoftwareSigner::generate(CipherSuite(0x0001)).unwrap());
    let process = || {
        let builder = Client::builder(plugins()).store(store.clone());
        builder
            .identity(Credential::basic("alice"), signer.clone())
            .build()
            .unwrap()
    };
    let mut first = process().create_group(config()).unwrap();
    let bob = client_with(
        "bob",
        plugins(),
        Settings::default(),
        Arc::new(MemoryStore::default()),
    );
    let sealed = first.commit().add(&key_package(&bob)).seal().unwrap();
    first.accept(&sealed).unwrap();
    let mut bob = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();

    let mut second = process().group(b"room").unwrap();
    let sealed = second.commit().update::<Tally>(&5).seal().unwrap();
    second.accept(&sealed).unwrap();
    bob.receive(&sealed.commit).unwrap();

    for attempt in [
        first.commit().update::<Tally>(&6).seal().map(drop),
        second.send(&Payload::plain("in between")).map(drop),
        first.send(&Payload::plain("hello")).map(drop),
    ]
    .into_iter()
    .enumerate()
    {
        match attempt {
            (0 | 2, Err(Error::Store(StoreError::Conflict { .. }))) | (1, Ok(())) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(first.epoch(), bob.epoch(), "the handle has caught up");
    }

    let sealed = first.commit().update::<Tally>(&7).seal().unwrap();
    first.accept(&sealed).unwrap();
    bob.receive(&sealed.commit).unwrap();
    assert_eq!(first.epoch(), bob.epoch());
    assert_eq!(
        first.epoch_authenticator().unwrap(),
        bob.epoch_authenticator().unwrap()
    );
}
