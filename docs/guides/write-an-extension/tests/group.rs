//! Polls in a real group: two clients that exchange bytes.

use std::sync::Arc;

use mls_trellis_engine::{Client, Group, GroupConfig, KeyPackageOptions, Received, SoftwareSigner};
use mls_trellis_hooks::{CipherSuite, Credential, Plugins};
use mls_trellis_registry::Registry;
use my_poll::{POLL, Poll, Reminder, Update};

fn plugins() -> Plugins {
    let listed = Registry::empty().with_all(&[&POLL, &mls_trellis_basic::BASIC]);
    listed.build().unwrap()
}

fn client(name: &str) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    Client::builder(plugins())
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
        .unwrap()
}

/// Alice founds a room in which everyone must support polls, and adds bob.
fn room() -> (Group, Group) {
    let (alice, bob) = (client("alice"), client("bob"));
    let config = GroupConfig::new(b"room").require::<Poll>();
    let mut at_alice = alice.create_group(config).unwrap();
    let package = bob.key_package(&KeyPackageOptions::default()).unwrap();
    let sealed = at_alice.commit().add(&package.message).seal().unwrap();
    at_alice.accept(&sealed).unwrap();
    let at_bob = bob.join(&sealed.welcome.unwrap()).unwrap();
    (at_alice, at_bob)
}

fn lunch() -> Update {
    Update::Open {
        question: "Lunch?".into(),
        options: vec!["soup".into(), "rice".into()],
    }
}

#[test]
fn a_poll_from_opening_to_its_end() {
    let (mut alice, mut bob) = room();

    let sealed = alice.commit().update::<Poll>(&lunch()).seal().unwrap();
    alice.accept(&sealed).unwrap();
    bob.receive(&sealed.commit).unwrap();

    // Bob proposes, alice commits: the vote is bob's.
    let proposal = bob
        .propose_update::<Poll>(&Update::Vote { option: 1 })
        .unwrap();
    alice.receive(&proposal.message).unwrap();
    let reminder = Reminder {
        text: "closes at noon".into(),
    };
    let sealed = alice.commit().ephemeral::<Poll>(&reminder).seal().unwrap();
    alice.accept(&sealed).unwrap();
    let Received::Epoch(_, change) = bob.receive(&sealed.commit).unwrap() else {
        panic!("a commit changes the epoch");
    };
    let ids = bob.client().plugins().ids().clone();
    assert_eq!(change.notices_of::<Poll>(&ids).count(), 1);
    let ballot = bob.state::<Poll>().unwrap().unwrap();
    assert_eq!(ballot.votes.get(&b"bob".into()), Some(&1));

    // Bob cannot end it: his own engine refuses before anything is sent.
    let error = bob.commit().drop_state::<Poll>().seal().unwrap_err();
    assert_eq!(error.as_reject().unwrap().rule(), "POLL-5");

    let sealed = alice.commit().drop_state::<Poll>().seal().unwrap();
    alice.accept(&sealed).unwrap();
    bob.receive(&sealed.commit).unwrap();
    assert_eq!(bob.state::<Poll>().unwrap(), None);
    assert_eq!(bob.epoch(), alice.epoch());
}
