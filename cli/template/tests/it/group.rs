//! A real group: two clients that exchange bytes.

use std::sync::Arc;

use mls_trellis_engine::{Client, Group, GroupConfig, KeyPackageOptions, SoftwareSigner};
use mls_trellis_hooks::{CipherSuite, Credential};
use mls_trellis_registry::Registry;
use my_extension::{MY_EXTENSION, MyExtension, Write};

fn client(name: &str) -> Client {
    let plugins = Registry::empty().with_all(&[&MY_EXTENSION, &mls_trellis_basic::BASIC]);
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    Client::builder(plugins.build().unwrap())
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
        .unwrap()
}

/// Alice founds a room in which everyone must support the extension, and adds bob.
fn room() -> (Group, Group) {
    let (alice, bob) = (client("alice"), client("bob"));
    let config = GroupConfig::new(b"room").require::<MyExtension>();
    let mut at_alice = alice.create_group(config).unwrap();
    let package = bob.key_package(&KeyPackageOptions::default()).unwrap();
    let sealed = at_alice.commit().add(&package.message).seal().unwrap();
    at_alice.accept(&sealed).unwrap();
    let at_bob = bob.join(&sealed.welcome.unwrap()).unwrap();
    (at_alice, at_bob)
}

#[test]
fn what_alice_writes_bob_reads() {
    let (mut alice, mut bob) = room();
    let note = Write {
        text: "Back at noon".into(),
    };
    let sealed = alice.commit().update::<MyExtension>(&note).seal().unwrap();
    alice.accept(&sealed).unwrap();
    bob.receive(&sealed.commit).unwrap();
    let read = bob.state::<MyExtension>().unwrap().unwrap();
    assert_eq!(read.text.0, "Back at noon");
    assert_eq!(alice.epoch(), bob.epoch());
}

#[test]
fn what_the_rules_refuse_is_never_sent() {
    let (mut alice, _) = room();
    let nothing = Write { text: "".into() };
    let error = alice
        .commit()
        .update::<MyExtension>(&nothing)
        .seal()
        .unwrap_err();
    assert_eq!(error.as_reject().unwrap().rule(), "MYEXT-1");
    assert_eq!(alice.epoch().epoch, 1);
}
