//! What every implementation of MLS can do, in bytes.

use mls_trellis_engine::{
    Client, Framing, Group, GroupConfig, KeyPackageOptions, Received, Requirements,
};
use mls_trellis_hooks::{LeafIndex, Payload, Secret};

/// A client of one implementation, and the one group it is in.
pub(crate) trait Peer {
    fn key_package(&mut self) -> Vec<u8>;
    fn found(&mut self);
    fn join(&mut self, welcome: &[u8]);
    /// Joins from outside, and returns the commit.
    fn join_external(&mut self, group_info: &[u8]) -> Vec<u8>;
    fn group_info(&mut self) -> Vec<u8>;
    /// Adds a client: the commit, which is merged already, and the Welcome.
    fn add(&mut self, key_package: &[u8]) -> (Vec<u8>, Vec<u8>);
    /// Removes a member; the commit is merged already.
    fn remove(&mut self, leaf: u32) -> Vec<u8>;
    /// Commits everything that was proposed, with a new path; it is merged already.
    fn commit(&mut self) -> Vec<u8>;
    /// Mixes the external pre-shared key [`PSK_ID`] into the next epoch; the commit is merged already.
    fn commit_psk(&mut self) -> Vec<u8>;
    /// Proposes to renew its own leaf.
    fn propose_renewal(&mut self) -> Vec<u8>;
    /// Takes in a handshake message.
    fn receive(&mut self, message: &[u8]);
    fn send(&mut self, body: &[u8]) -> Vec<u8>;
    fn open(&mut self, message: &[u8]) -> Vec<u8>;
    /// The epoch's authenticator, and what the exporter gives for fixed arguments.
    fn secrets(&mut self) -> [Vec<u8>; 2];
}

pub(crate) const LABEL: &str = "interoperability";
/// An external pre-shared key that every peer has.
pub(crate) const PSK_ID: &[u8] = b"key";
pub(crate) const PSK: &[u8] = b"a secret that was agreed elsewhere";
pub(crate) const CONTEXT: &[u8] = b"context";

/// Trellis as a peer.
pub(crate) struct Trellis {
    pub(crate) client: Client,
    pub(crate) group: Option<Group>,
}

impl Trellis {
    pub(crate) fn named(name: &str) -> Self {
        let client = crate::sample::client(name);
        client
            .put_external_psk(PSK_ID, &Secret::from(PSK.to_vec()))
            .unwrap();
        Self {
            client,
            group: None,
        }
    }

    pub(crate) fn group(&mut self) -> &mut Group {
        self.group.as_mut().unwrap()
    }

    /// Founds a group that stock clients can join.
    pub(crate) fn found_framed(&mut self, framing: Framing) {
        let config = GroupConfig::new(b"room").requirements(Requirements::Plain);
        self.found_with(config.framing(framing));
    }

    pub(crate) fn found_with(&mut self, config: GroupConfig) {
        self.group = Some(self.client.create_group(config).unwrap());
    }
}

impl Peer for Trellis {
    fn key_package(&mut self) -> Vec<u8> {
        let options = KeyPackageOptions::default();
        self.client.key_package(&options).unwrap().message
    }

    fn found(&mut self) {
        self.found_framed(Framing::Public);
    }

    fn join(&mut self, welcome: &[u8]) {
        self.group = Some(self.client.join(welcome).unwrap());
    }

    fn join_external(&mut self, group_info: &[u8]) -> Vec<u8> {
        let (group, sealed) = self.client.join_external(group_info).seal().unwrap();
        self.group = Some(group);
        sealed.commit
    }

    fn group_info(&mut self) -> Vec<u8> {
        self.group().group_info().unwrap()
    }

    fn add(&mut self, key_package: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let sealed = self.group().commit().add(key_package).seal().unwrap();
        self.group().accept(&sealed).unwrap();
        (sealed.commit, sealed.welcome.unwrap())
    }

    fn remove(&mut self, leaf: u32) -> Vec<u8> {
        let sealed = self
            .group()
            .commit()
            .remove(LeafIndex(leaf))
            .seal()
            .unwrap();
        self.group().accept(&sealed).unwrap();
        sealed.commit
    }

    fn commit(&mut self) -> Vec<u8> {
        let sealed = self.group().commit().path().seal().unwrap();
        self.group().accept(&sealed).unwrap();
        sealed.commit
    }

    fn commit_psk(&mut self) -> Vec<u8> {
        let sealed = self.group().commit().external_psk(PSK_ID).seal().unwrap();
        self.group().accept(&sealed).unwrap();
        sealed.commit
    }

    fn propose_renewal(&mut self) -> Vec<u8> {
        self.group().propose_renewal().unwrap().message
    }

    fn receive(&mut self, message: &[u8]) {
        match self.group().receive(message).unwrap() {
            Received::Epoch(_, change) => assert_eq!(change.alarms, []),
            Received::Proposal(_, proposed) => assert_eq!(proposed.refused, None),
            other => panic!("{other:?}"),
        }
    }

    fn send(&mut self, body: &[u8]) -> Vec<u8> {
        self.group().send(&Payload::plain(body)).unwrap().message
    }

    fn open(&mut self, message: &[u8]) -> Vec<u8> {
        match self.group().receive(message).unwrap() {
            Received::Message(_, message) => message.body,
            other => panic!("{other:?}"),
        }
    }

    fn secrets(&mut self) -> [Vec<u8>; 2] {
        let exported = self.group().export_secret(LABEL, CONTEXT, 40).unwrap();
        let authenticator = self.group().epoch_authenticator().unwrap();
        [authenticator, exported.as_slice().to_vec()]
    }
}

/// Asserts that two members are in the same epoch and read each other.
pub(crate) fn agree(one: &mut impl Peer, other: &mut impl Peer) {
    assert_eq!(one.secrets(), other.secrets());
    let message = one.send(b"from one");
    assert_eq!(other.open(&message), b"from one");
    let message = other.send(b"from the other");
    assert_eq!(one.open(&message), b"from the other");
}
