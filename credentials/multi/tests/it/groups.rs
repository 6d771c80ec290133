//! Real groups: clients, a hub, and bytes between them.

use std::sync::Arc;

use mls_trellis_engine::{
    Client, Error, Group, GroupConfig, KeyPackageOptions, MemoryStore, PublicGroup, Received,
    Signer, SoftwareSigner, Store,
};
use mls_trellis_hooks::{CipherSuite, Credential, Identity, Origin, Plugins, SignatureKey};
use mls_trellis_multi::{Bindings, CredentialBinding, MULTI_CREDENTIALS};

use crate::{OTHER_SUITE, SUITE, entry, plugins};

/// A credential, and who holds the key that it is for.
struct Account {
    credential: Credential,
    suite: CipherSuite,
    signer: SoftwareSigner,
}

impl Account {
    fn new(credential: Credential, suite: CipherSuite) -> Self {
        let signer = SoftwareSigner::generate(suite).unwrap();
        Self {
            credential,
            suite,
            signer,
        }
    }

    fn bind(&self, leaf: &SoftwareSigner) -> CredentialBinding {
        let key = SignatureKey {
            cipher_suite: self.suite,
            bytes: self.signer.public_key(),
        };
        let sign = |payload: &[u8]| -> Result<_, Box<dyn std::error::Error>> {
            Ok(self.signer.sign(payload)?)
        };
        CredentialBinding::sign(&self.credential, &key, leaf.public_key(), sign).unwrap()
    }
}

fn leaf_key() -> SoftwareSigner {
    SoftwareSigner::generate(SUITE).unwrap()
}

fn client_of(plugins: Plugins, credential: Credential, signer: SoftwareSigner) -> Client {
    let builder = Client::builder(plugins).identity(credential, Arc::new(signer));
    builder.build().unwrap()
}

/// A client with a `multi` of two basic credentials of that name, by keys of two suites.
fn strong(name: &str) -> Client {
    let leaf = leaf_key();
    let bindings = two_suites(name).map(|account| account.bind(&leaf));
    let credential = Bindings::new(bindings).unwrap().multi(plugins().ids());
    client_of(plugins(), credential.unwrap(), leaf)
}

/// A client with a `weak-multi` of the same.
fn weak(name: &str) -> Client {
    let leaf = leaf_key();
    let bindings = two_suites(name).map(|account| account.bind(&leaf));
    let credential = Bindings::new(bindings).unwrap().weak_multi(plugins().ids());
    client_of(plugins(), credential.unwrap(), leaf)
}

/// A client whose `multi` was made for another leaf.
fn stale(name: &str) -> Client {
    let bindings = two_suites(name).map(|account| account.bind(&leaf_key()));
    let credential = Bindings::new(bindings).unwrap().multi(plugins().ids());
    client_of(plugins(), credential.unwrap(), leaf_key())
}

fn two_suites(name: &str) -> [Account; 2] {
    [SUITE, OTHER_SUITE].map(|suite| Account::new(Credential::basic(name), suite))
}

fn key_package(client: &Client) -> Vec<u8> {
    let package = client.key_package(&KeyPackageOptions::default());
    package.unwrap().message
}

fn found(client: &Client) -> Group {
    client.create_group(GroupConfig::new(b"room")).unwrap()
}

fn hub(plugins: Plugins, group: &mut Group) -> PublicGroup {
    let info = group.group_info().unwrap();
    PublicGroup::follow(plugins, Arc::new(MemoryStore::default()), &info, None).unwrap()
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
fn members_joiners_and_a_hub_agree_on_who_is_who() {
    let mut alice = found(&strong("alice"));
    let mut hub = hub(plugins(), &mut alice);
    let (mut bob, commit) = add(&mut alice, &weak("bob"));
    hub.receive(&commit).unwrap();

    let info = bob.group_info().unwrap();
    let carol = strong("carol");
    let (carol, sealed) = carol.join_external(&info).seal().unwrap();
    for group in [&mut alice, &mut bob] {
        assert!(matches!(
            group.receive(&sealed.commit).unwrap(),
            Received::Epoch(..)
        ));
    }
    hub.receive(&sealed.commit).unwrap();

    let sealed = bob.commit().path().seal().unwrap();
    bob.accept(&sealed).unwrap();
    alice.receive(&sealed.commit).unwrap();
    hub.receive(&sealed.commit).unwrap();
    assert_eq!(alice.epoch(), bob.epoch());
    assert_eq!(alice.epoch(), hub.epoch());
    let members = alice.members().map(|(_, leaf)| leaf.identity.clone());
    let names = ["alice", "bob", "carol"].map(Identity::from);
    assert_eq!(members.collect::<Vec<_>>(), names);
    drop(carol);
}

#[test]
fn mc_13_founding_and_joining_from_outside_with_a_bad_binding_are_refused() {
    let mallory = stale("mallory");
    assert_eq!(
        rule_of(mallory.create_group(GroupConfig::new(b"room")).map(drop)),
        "MC-7"
    );
    assert!(mallory.groups().unwrap().is_empty());

    let mut alice = found(&strong("alice"));
    let info = alice.group_info().unwrap();
    assert_eq!(
        rule_of(mallory.join_external(&info).seal().map(drop)),
        "MC-7"
    );
}

#[test]
fn mc_13_an_add_with_a_bad_binding_is_refused_and_nothing_lost() {
    let mut alice = found(&strong("alice"));
    let before = alice.epoch().clone();
    let mallory = key_package(&stale("mallory"));
    assert_eq!(
        rule_of(alice.commit().add(&mallory).seal().map(drop)),
        "MC-7"
    );
    assert_eq!(alice.epoch(), &before);
    let (bob, _) = add(&mut alice, &weak("bob"));
    assert_eq!(alice.epoch(), bob.epoch());
}

#[test]
fn mc_13_who_does_not_understand_the_members_is_not_added() {
    let mut alice = found(&strong("alice"));
    let basic = mls_trellis_basic::BASIC.make();
    let without = Plugins::builder()
        .add(basic, Origin::here())
        .build()
        .unwrap();
    let old = client_of(without, Credential::basic("old"), leaf_key());
    // OpenMLS sees that the credential type is not supported; see bindings for what it cannot see.
    let refused = alice.commit().add(&key_package(&old)).seal();
    assert!(refused.is_err());
}

#[test]
fn mc_s4_who_cannot_verify_a_binding_is_not_added() {
    // Both link multi-credentials; only alice links the directory.
    let leaf = leaf_key();
    let account = Account::new(entry(""), SUITE);
    let credential = Bindings::new([account.bind(&leaf)]).unwrap();
    let credential = credential.multi(plugins().ids()).unwrap();
    let mut alice = found(&client_of(plugins(), credential, leaf));
    let bob = client_of(without_directory(), Credential::basic("bob"), leaf_key());
    let refused = alice.commit().add(&key_package(&bob)).seal();
    assert_eq!(rule_of(refused.map(drop)), "MC-2");
    let info = alice.group_info().unwrap();
    assert!(bob.join_external(&info).seal().is_err());
}

fn without_directory() -> Plugins {
    Plugins::builder()
        .add(MULTI_CREDENTIALS.make(), Origin::here())
        .add(mls_trellis_basic::BASIC.make(), Origin::here())
        .build()
        .unwrap()
}

#[test]
fn mc_5_a_member_that_lost_a_plugin_gets_an_alarm() {
    let mut alice = found(&strong("alice"));
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let kept = leaf_key().to_secret();
    let bob = |plugins: Plugins| {
        let signer = SoftwareSigner::from_secret(&kept).unwrap();
        Client::builder(plugins)
            .store(store.clone())
            .identity(Credential::basic("bob"), Arc::new(signer))
            .build()
            .unwrap()
    };
    drop(add(&mut alice, &bob(plugins())));

    // Bob's program is replaced by one that cannot read the directory any more.
    let bob = bob(without_directory());
    let mut bob = bob.group(b"room").unwrap();
    let mut hub = hub(without_directory(), &mut alice);
    let leaf = leaf_key();
    let account = Account::new(entry(""), SUITE);
    let credential = Bindings::new([account.bind(&leaf)]).unwrap();
    let credential = credential.weak_multi(plugins().ids()).unwrap();
    let (dora, commit) = add(&mut alice, &client_of(plugins(), credential, leaf));

    let received = bob.receive(&commit).unwrap();
    let Received::Epoch(_, change) = received else {
        panic!("{received:?}");
    };
    let alarms: Vec<_> = change
        .alarms
        .iter()
        .map(|alarm| alarm.rule.as_str())
        .collect();
    assert_eq!(alarms, ["MC-5"]);
    hub.receive(&commit).unwrap();
    assert_eq!(hub.epoch(), bob.epoch());
    assert_eq!(dora.epoch().epoch, bob.epoch().epoch);
}

#[test]
fn what_an_inner_kind_misses_reaches_the_application() {
    let mut alice = found(&strong("alice"));
    let leaf = leaf_key();
    let account = Account::new(entry("absent"), SUITE);
    let credential = Bindings::new([account.bind(&leaf)]).unwrap();
    let credential = credential.multi(plugins().ids()).unwrap();
    let absent = client_of(plugins(), credential, leaf);
    let refused = alice.commit().add(&key_package(&absent)).seal();
    match refused {
        Err(Error::Missing(needs)) => assert_eq!(needs, ["the entry of absent"]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_concern_of_an_inner_kind_keeps_us_from_adding() {
    let mut alice = found(&strong("alice"));
    let leaf = leaf_key();
    let account = Account::new(entry("doubtful"), SUITE);
    let credential = Bindings::new([account.bind(&leaf)]).unwrap();
    let credential = credential.multi(plugins().ids()).unwrap();
    let doubtful = client_of(plugins(), credential, leaf);
    let refused = alice.commit().add(&key_package(&doubtful)).seal();
    assert_eq!(rule_of(refused.map(drop)), "DIR-2");
}

#[test]
fn mc_s3_our_leaves_list_the_outer_and_the_inner_types() {
    let alice = found(&strong("alice"));
    let (_, leaf) = alice.members().next().unwrap();
    let listed: Vec<_> = leaf.capabilities.credentials.iter().map(|t| t.0).collect();
    for credential_type in [0x0001, 0x0003, 0x0004, 0xf001] {
        assert!(listed.contains(&credential_type), "{listed:?}");
    }
}
