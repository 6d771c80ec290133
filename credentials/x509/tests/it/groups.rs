//! Real groups: clients, a hub, and bytes between them.

use std::sync::Arc;

use mls_trellis_engine::{
    Client, Error, Group, GroupConfig, KeyPackageOptions, MemoryStore, PublicGroup, Received,
    Signer, SoftwareSigner,
};
use mls_trellis_hooks::{
    CipherSuite, Credential, ExternalSender, Identity, Origin, Payload, Plugins,
};
use mls_trellis_issuer::{Kind, Template};
use mls_trellis_x509::{Policy, X509};

use crate::{Keys, credential};

fn keys() -> Keys {
    Keys::of(Kind::P256)
}

fn uri(name: &str) -> String {
    format!("mimi://a.example/d/{name}")
}

fn x509() -> X509 {
    X509::new(
        Policy::default()
            .anchor(&keys().root().issue(), ["a.example"])
            .unwrap(),
    )
}

fn plugins(x509: &X509) -> Plugins {
    Plugins::builder()
        .add(Arc::new(x509.clone()), Origin::here())
        .add(mls_trellis_basic::BASIC.make(), Origin::here())
        .build()
        .unwrap()
}

/// A certificate for a leaf key of suite 1, under authorities with keys on P-256.
fn certificate(client: &str, key: &SoftwareSigner) -> Vec<u8> {
    let spki = Kind::Ed25519.spki(key.public_key());
    Template::leaf(spki, &[&uri(client)], "middle", keys().middle).issue()
}

fn signer() -> SoftwareSigner {
    SoftwareSigner::generate(CipherSuite(0x0001)).unwrap()
}

fn client_with(x509: &X509, credential: Credential, signer: SoftwareSigner) -> Client {
    Client::builder(plugins(x509))
        .identity(credential, Arc::new(signer))
        .build()
        .unwrap()
}

/// A client that sends its whole chain.
fn client(name: &str) -> Client {
    let key = signer();
    let chain = [certificate(name, &key), keys().middle().issue()];
    client_with(&x509(), credential(&chain), key)
}

/// A client that leaves the authority out.
fn terse(name: &str) -> Client {
    let key = signer();
    let chain = [certificate(name, &key)];
    client_with(&x509(), credential(&chain), key)
}

fn key_package(client: &Client) -> Vec<u8> {
    client
        .key_package(&KeyPackageOptions::default())
        .unwrap()
        .message
}

fn found(client: &Client) -> Group {
    client.create_group(GroupConfig::new(b"room")).unwrap()
}

fn add(group: &mut Group, client: &Client) -> (Group, Vec<u8>) {
    let sealed = group.commit().add(&key_package(client)).seal().unwrap();
    group.accept(&sealed).unwrap();
    let joined = client.join(sealed.welcome.as_ref().unwrap()).unwrap();
    (joined, sealed.commit)
}

fn rule_of<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Rejected(reject)) => reject.rule().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn x5_7_members_joiners_and_a_hub_agree() {
    let mut alice = found(&client("alice"));
    let info = alice.group_info().unwrap();
    let store = Arc::new(MemoryStore::default());
    let mut hub = PublicGroup::follow(plugins(&x509()), store, &info, None).unwrap();
    let (mut bob, commit) = add(&mut alice, &client("bob"));
    hub.receive(&commit).unwrap();

    let info = bob.group_info().unwrap();
    let carol = client("carol");
    let (mut carol, sealed) = carol.join_external(&info).seal().unwrap();
    for group in [&mut alice, &mut bob] {
        let received = group.receive(&sealed.commit).unwrap();
        assert!(matches!(received, Received::Epoch(..)));
    }
    hub.receive(&sealed.commit).unwrap();
    assert_eq!(alice.epoch(), carol.epoch());
    assert_eq!(alice.epoch(), hub.epoch());
    let members = alice.members().map(|(_, leaf)| leaf.identity.clone());
    let names = ["alice", "bob", "carol"].map(|name| Identity::from(uri(name).as_str()));
    assert_eq!(members.collect::<Vec<_>>(), names);
    let hello = carol.send(&Payload::plain("hello")).unwrap();
    let received = alice.receive(&hello.message).unwrap();
    assert!(
        matches!(received, Received::Message(_, message) if message.from.name() == uri("carol"))
    );
}

#[test]
fn x5_7_a_certificate_for_another_key_comes_in_by_no_door() {
    let stolen = || {
        let chain = [certificate("mallory", &signer()), keys().middle().issue()];
        client_with(&x509(), credential(&chain), signer())
    };
    let founded = stolen().create_group(GroupConfig::new(b"room"));
    assert_eq!(rule_of(founded.map(drop)), "X5-3");

    let mut alice = found(&client("alice"));
    let before = alice.epoch().clone();
    let added = alice.commit().add(&key_package(&stolen())).seal();
    assert_eq!(rule_of(added.map(drop)), "X5-3");
    assert_eq!(alice.epoch(), &before);
    let info = alice.group_info().unwrap();
    let mallory = stolen();
    assert_eq!(
        rule_of(mallory.join_external(&info).seal().map(drop)),
        "X5-3"
    );
    drop(add(&mut alice, &client("bob")));
}

#[test]
fn x5_3_an_external_senders_key_is_certified_too() {
    let key = signer();
    let chain = [certificate("hub", &key), keys().middle().issue()];
    let sender = |key: &SoftwareSigner| ExternalSender {
        signature_key: key.public_key().into(),
        credential: credential(&chain),
    };
    let config = |sender| GroupConfig::new(b"room").external_sender(sender);
    assert!(client("alice").create_group(config(sender(&key))).is_ok());
    let refused = client("alice").create_group(config(sender(&signer())));
    assert_eq!(rule_of(refused.map(drop)), "X5-3");
}

#[test]
fn x5_4_what_is_missing_is_supplied_and_tried_again() {
    let trust = x509();
    let key = signer();
    let chain = [certificate("alice", &key), keys().middle().issue()];
    let alice = client_with(&trust, credential(&chain), key);
    let mut alice = found(&alice);
    let bob = key_package(&terse("bob"));
    match alice.commit().add(&bob).seal() {
        Err(Error::Missing(needs)) => assert!(needs[0].contains("CN=middle"), "{needs:?}"),
        other => panic!("{other:?}"),
    }
    trust.supply(&keys().middle().issue()).unwrap();
    assert!(alice.commit().add(&bob).seal().is_ok());
}

#[test]
fn x5_11_no_client_is_in_the_group_twice() {
    let mut alice = found(&client("alice"));
    let (_bob, _) = add(&mut alice, &client("bob"));
    let refused = alice.commit().add(&key_package(&client("bob"))).seal();
    assert_eq!(rule_of(refused.map(drop)), "X5-11");
    let twice = [key_package(&client("dora")), key_package(&client("dora"))];
    let refused = alice.commit().add(&twice[0]).add(&twice[1]).seal();
    assert_eq!(rule_of(refused.map(drop)), "X5-11");
}

#[test]
fn without_anchors_a_client_does_not_say_that_it_supports_certificates() {
    let basic = client_with(&X509::default(), Credential::basic("bob"), signer());
    let mut alice = found(&client("alice"));
    assert!(alice.commit().add(&key_package(&basic)).seal().is_err());
}
