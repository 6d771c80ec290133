//! Targeted messages, over keys in the hand and through real groups.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod faults;
mod forge;
mod groups;
mod known_answers;
mod moved;
mod mutations;
mod past_epochs;
mod replay;
mod rules;

use std::sync::Arc;

use mls_trellis_basic::Basic;
use mls_trellis_engine::{
    Client, Direct, EpochKeys, Group, GroupConfig, KeyPackageOptions, MemoryStore, Received,
    SoftwareSigner, Store,
};
use mls_trellis_hooks::{
    CipherSuite, Credential, EpochState, HandleError, LeafIndex, LeafInfo, Letter, Origin, Plugins,
    Reject, Secret,
};
use mls_trellis_targeted_messages::TargetedMessages;

const SUITE: CipherSuite = CipherSuite(0x0001);
const ALICE: LeafIndex = LeafIndex(0);
const BOB: LeafIndex = LeafIndex(1);
const CAROL: LeafIndex = LeafIndex(3);

/// Alice, bob and carol in epoch 7 of a room, with a blank leaf before carol's: each with their keys.
struct Trio {
    alice: EpochKeys,
    bob: EpochKeys,
    carol: EpochKeys,
}

impl Trio {
    fn new() -> Self {
        Self::of(SUITE, |epoch| epoch)
    }

    fn of(suite: CipherSuite, change: impl Fn(EpochState) -> EpochState) -> Self {
        let mut epoch = EpochState::new(b"room");
        (epoch.epoch, epoch.cipher_suite) = (7, suite);
        let members = [("alice", ALICE), ("bob", BOB), ("carol", CAROL)];
        let members = members.map(|(name, leaf)| {
            let signer = Arc::new(SoftwareSigner::generate(suite).unwrap());
            let seed = [leaf.0 as u8 + 1; 32];
            let (leaf_key, public_key) = EpochKeys::leaf_key_pair(suite, &seed).unwrap();
            let info = LeafInfo {
                encryption_key: public_key.into(),
                signature_key: mls_trellis_engine::Signer::public_key(&*signer).into(),
                ..LeafInfo::basic(name)
            };
            epoch = epoch.clone().with_leaf(leaf, info);
            (leaf, signer, leaf_key)
        });
        let epoch = change(epoch);
        let [alice, bob, carol] = members.map(|(leaf, signer, leaf_key)| {
            EpochKeys::new(epoch.clone(), leaf)
                .exporter_secret(Secret::from(vec![5; 32]))
                .leaf_key(leaf_key)
                .signer(signer)
        });
        Self { alice, bob, carol }
    }

    /// A message of alice for bob.
    fn message(&self) -> Vec<u8> {
        sealed(&self.alice, &TargetedMessages::default())
    }
}

fn letter(to: LeafIndex) -> Letter<'static> {
    Letter {
        to: to.into(),
        body: b"hello",
        authenticated_data: b"in the clear",
    }
}

/// A message for bob.
fn sealed(keys: &EpochKeys, format: &TargetedMessages) -> Vec<u8> {
    keys.seal(format, &letter(BOB)).unwrap()
}

fn rejected<T: std::fmt::Debug>(result: Result<T, HandleError>) -> Reject {
    match result {
        Err(HandleError::Reject(reject)) => reject,
        other => panic!("no rejection: {other:?}"),
    }
}

fn rule<T: std::fmt::Debug>(result: Result<T, HandleError>) -> String {
    rejected(result).rule().to_owned()
}

// Through real groups.

fn plugins(format: TargetedMessages) -> Plugins {
    Plugins::builder()
        .add(Arc::new(Basic), Origin::here())
        .add(Arc::new(format), Origin::here())
        .build()
        .unwrap()
}

fn client(name: &str, format: TargetedMessages) -> Client {
    client_with(name, plugins(format), Arc::new(MemoryStore::default()))
}

fn client_with(name: &str, plugins: Plugins, store: Arc<dyn Store>) -> Client {
    let signer = SoftwareSigner::generate(SUITE).unwrap();
    Client::builder(plugins)
        .store(store)
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
        .unwrap()
}

/// A group of these clients, the first one founds it.
fn group_of(clients: &[Client], config: GroupConfig) -> Vec<Group> {
    let mut groups = vec![clients[0].create_group(config).unwrap()];
    for client in &clients[1..] {
        add(&mut groups, client);
    }
    groups
}

fn add(groups: &mut Vec<Group>, client: &Client) {
    let package = client.key_package(&KeyPackageOptions::default()).unwrap();
    let sealed = groups[0].commit().add(&package.message).seal().unwrap();
    let joined = client.join(sealed.welcome.as_ref().unwrap()).unwrap();
    deliver(groups, 0, &sealed);
    groups.push(joined);
}

/// A commit of the member at `from` that renews its keys.
fn next_epoch(groups: &mut [Group], from: usize) {
    let sealed = groups[from].commit().path().seal().unwrap();
    deliver(groups, from, &sealed);
}

fn deliver(groups: &mut [Group], from: usize, sealed: &mls_trellis_engine::Sealed) {
    for (index, group) in groups.iter_mut().enumerate() {
        match index == from {
            true => drop(group.accept(sealed).unwrap()),
            false => drop(group.receive(&sealed.commit).unwrap()),
        }
    }
}

fn trio(format: TargetedMessages) -> Vec<Group> {
    let clients = ["alice", "bob", "carol"].map(|name| client(name, format));
    group_of(&clients, GroupConfig::new(b"room"))
}

/// A message of the first member for the second.
fn message_for_bob(groups: &mut [Group]) -> Vec<u8> {
    let packet = groups[0].seal_as::<TargetedMessages>(BOB, b"hello", b"in the clear");
    packet.unwrap().message
}

fn direct(received: mls_trellis_engine::Result<Received>) -> Direct {
    match received {
        Ok(Received::Direct(_, direct)) => direct,
        other => panic!("not a direct message: {other:?}"),
    }
}

/// The rule that a step was refused by.
fn refused_by<T: std::fmt::Debug>(result: mls_trellis_engine::Result<T>) -> String {
    let error = result.unwrap_err();
    let reject = error.as_reject();
    reject.map_or_else(|| error.to_string(), |reject| reject.rule().to_owned())
}
