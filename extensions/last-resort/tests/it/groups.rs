//! KeyPackages in real groups.

use std::sync::Arc;

use mls_trellis_basic::BASIC;
use mls_trellis_engine::{Client, Error, Group, GroupConfig, KeyPackageOptions, SoftwareSigner};
use mls_trellis_hooks::{CipherSuite, Credential, ExtensionType, Origin, Plugins, RawExtension};
use mls_trellis_last_resort::{LAST_RESORT, LastResort, Marker, choose, is_last_resort};

fn client(name: &str) -> Client {
    let plugins = Plugins::builder()
        .add(BASIC.make(), Origin::here())
        .add(LAST_RESORT.make(), Origin::here());
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    Client::builder(plugins.build().unwrap())
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
        .unwrap()
}

fn key_package(client: &Client, options: &KeyPackageOptions) -> Vec<u8> {
    client.key_package(options).unwrap().message
}

fn last_resort() -> KeyPackageOptions {
    KeyPackageOptions::default().mark::<LastResort>(&Marker)
}

fn legacy() -> RawExtension {
    RawExtension {
        extension_type: ExtensionType::LEGACY_LAST_RESORT,
        data: b"".into(),
    }
}

/// A group that adds the KeyPackage, with the Welcome.
fn welcome(founder: &Client, id: &[u8], key_package: &[u8]) -> (Group, Vec<u8>) {
    let mut group = founder.create_group(GroupConfig::new(id)).unwrap();
    let sealed = group.commit().add(key_package).seal().unwrap();
    group.accept(&sealed).unwrap();
    (group, sealed.welcome.unwrap())
}

#[test]
fn lr_7_lr_s5_one_last_resort_key_package_joins_two_groups() {
    let (alice, carol, bob) = (client("alice"), client("carol"), client("bob"));
    let package = key_package(&bob, &last_resort());
    for (founder, id) in [(&alice, b"first".as_slice()), (&carol, b"second")] {
        let (group, welcome) = welcome(founder, id, &package);
        let joined = bob.join(&welcome).unwrap();
        assert_eq!(joined.epoch(), group.epoch());
    }
    assert_eq!(bob.stored_key_packages().unwrap().len(), 1);
}

#[test]
fn lr_7_a_key_package_without_the_marker_is_gone_after_one_join() {
    let (alice, carol, bob) = (client("alice"), client("carol"), client("bob"));
    let package = key_package(&bob, &KeyPackageOptions::default());
    let (_first, once) = welcome(&alice, b"first", &package);
    let (_second, again) = welcome(&carol, b"second", &package);
    drop(bob.join(&once).unwrap());
    assert!(bob.stored_key_packages().unwrap().is_empty());
    assert!(bob.join(&again).is_err());
}

#[test]
fn lr_6_it_does_not_join_one_group_twice() {
    let (alice, bob) = (client("alice"), client("bob"));
    let package = key_package(&bob, &last_resort());
    let (mut group, _) = welcome(&alice, b"room", &package);
    let before = group.epoch().clone();
    assert!(group.commit().add(&package).seal().is_err());
    assert!(group.commit().add(&package).add(&package).seal().is_err());
    assert_eq!(group.epoch(), &before);
}

#[test]
fn lr_4_a_committer_reads_what_it_is_offered() {
    let (alice, bob) = (client("alice"), client("bob"));
    let offered = [
        key_package(&bob, &last_resort()),
        key_package(&bob, &KeyPackageOptions::default()),
    ];
    let read: Vec<_> = offered
        .iter()
        .map(|message| alice.read_key_package(message).unwrap())
        .collect();
    assert_eq!(choose(&read, alice.plugins().ids()), Some(1));

    let damaged = offered.concat();
    assert!(matches!(
        alice.read_key_package(&damaged),
        Err(Error::Malformed { .. })
    ));
    let mut forged = offered[0].clone();
    *forged.last_mut().unwrap() ^= 1;
    assert!(matches!(
        alice.read_key_package(&forged),
        Err(Error::Mls { .. })
    ));
}

#[test]
fn lr_8_the_older_marker_is_read_and_sent_only_when_asked_for() {
    let (alice, bob) = (client("alice"), client("bob"));
    let ids = alice.plugins().ids();
    let ours = alice.read_key_package(&key_package(&bob, &last_resort()));
    let ours = ours.unwrap();
    assert!(is_last_resort(&ours, ids));
    assert_eq!(ours.extensions, []);

    let both = last_resort().extension(legacy());
    let package = key_package(&bob, &both);
    let read = alice.read_key_package(&package).unwrap();
    assert_eq!(read.extensions, [legacy()]);
    let listed = &read.leaf.capabilities.extensions;
    assert!(listed.contains(&ExtensionType::LEGACY_LAST_RESORT));
    for (founder, id) in [(&alice, b"first"), (&client("carol"), b"other")] {
        let (_group, welcome) = welcome(founder, id, &package);
        drop(bob.join(&welcome).unwrap());
    }
}

#[test]
fn lr_s4_one_for_each_cipher_suite() {
    let bob = client("bob");
    for suite in [0x0001, 0x0003] {
        let options = last_resort().cipher_suite(CipherSuite(suite));
        key_package(&bob, &options);
    }
    assert_eq!(bob.stored_key_packages().unwrap().len(), 2);
}
