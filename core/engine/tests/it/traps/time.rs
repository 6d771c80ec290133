//! The clock, where consensus must not look at it.

use std::{sync::Arc, thread, time::Duration};

use mls_trellis_engine::{Error, KeyPackageOptions, MemoryStore, Received, Settings};

use crate::{
    sample::plugins,
    verdict::rule_of,
    world::{client, client_with, config, key_package},
};

#[test]
fn trap_10_eng_14_a_key_package_expires_between_two_members() {
    let eager = Settings {
        minimum_lifetime: 0,
        ..Settings::default()
    };
    let alice = client_with("alice", plugins(), eager, Arc::new(MemoryStore::default()));
    let (bob, carol) = (client("bob"), client("carol"));
    let mut at_alice = alice.create_group(config()).unwrap();
    let sealed = at_alice.commit().add(&key_package(&bob)).seal().unwrap();
    at_alice.accept(&sealed).unwrap();
    let mut at_bob = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();

    let short = carol
        .key_package(&KeyPackageOptions::default().lifetime(4))
        .unwrap()
        .message;
    // With the default settings, nobody adds such a key package.
    assert_eq!(rule_of(at_bob.commit().add(&short).seal()), "ENG-14");
    let sealed = at_alice.commit().add(&short).seal().unwrap();
    at_alice.accept(&sealed).unwrap();
    thread::sleep(Duration::from_secs(6));
    // Who joins by the Welcome is not in the way of the clock.
    let mut at_carol = carol.join(sealed.welcome.as_ref().unwrap()).unwrap();
    assert_eq!(at_carol.epoch(), at_alice.epoch());
    // Who comes back too late is told to join again, and nothing changed for it.
    let epoch = at_bob.epoch().clone();
    let received = at_bob.receive(&sealed.commit).unwrap();
    assert!(
        matches!(received, Received::NeedsRejoin { .. }),
        "{received:?}"
    );
    assert_eq!(at_bob.epoch(), &epoch);

    bob.delete_group(b"room")
        .map_err(|e| assert!(matches!(e, Error::InUse)))
        .unwrap_err();
    drop(at_bob);
    bob.delete_group(b"room").unwrap();
    let sealed = at_alice
        .commit()
        .remove(mls_trellis_hooks::LeafIndex(1))
        .seal()
        .unwrap();
    at_alice.accept(&sealed).unwrap();
    at_carol.receive(&sealed.commit).unwrap();
    let info = at_alice.group_info().unwrap();
    let joined = bob.join_external(&info).seal();
    let (at_bob, sealed) = joined.unwrap();
    at_alice.receive(&sealed.commit).unwrap();
    at_carol.receive(&sealed.commit).unwrap();
    assert_eq!(at_bob.epoch(), at_alice.epoch());
    assert_eq!(at_bob.epoch(), at_carol.epoch());
}
