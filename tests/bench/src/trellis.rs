//! The steps through Trellis, with every plugin linked.

use std::sync::Arc;

use mls_trellis_bundle::{content_media, mimi_room, poll};
use mls_trellis_engine::{
    Client, Group, GroupConfig, KeyPackageOptions, Received, Sealed as TrellisSealed,
    SoftwareSigner,
};
use mls_trellis_hooks::{CipherSuite, Credential, MediaType, Payload};

use crate::side::{Member, Newcomer, Sealed};

/// A client with a fresh key and store.
pub(crate) fn client(name: &str) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    Client::builder(mls_trellis_bundle::plugins().unwrap())
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
        .unwrap()
}

/// The KeyPackage message of a client that nobody will hear of again.
pub(crate) fn filler(name: &str) -> Vec<u8> {
    let options = KeyPackageOptions::default();
    client(name).key_package(&options).unwrap().message
}

/// The room's metadata after some rounds.
pub(crate) fn metadata(round: usize) -> mimi_room::Metadata {
    mimi_room::Metadata::new("mimi://example.com/r/room", &format!("Room {round}"))
}

/// The founder of a group with room metadata and framed messages.
pub(crate) fn found() -> Group {
    let client = client("alice");
    let media = content_media::MediaTypeList::new([MediaType::new("text/plain")]).unwrap();
    let config = GroupConfig::new(b"room")
        .with::<content_media::ContentMedia>(&media)
        .with::<mimi_room::RoomMetadata>(&metadata(0))
        .require::<poll::Poll>();
    client.create_group(config).unwrap()
}

impl Member for Group {
    type Pending = TrellisSealed;

    fn add(&mut self, key_packages: &[Vec<u8>]) -> Sealed<TrellisSealed> {
        let commit = self.commit();
        let commit = key_packages.iter().fold(commit, |commit, k| commit.add(k));
        sealed(commit.seal().unwrap())
    }

    fn update(&mut self, round: usize) -> Sealed<TrellisSealed> {
        let commit = self.commit();
        let commit = commit.update::<mimi_room::RoomMetadata>(&metadata(round));
        sealed(commit.seal().unwrap())
    }

    fn path(&mut self) -> Sealed<TrellisSealed> {
        sealed(self.commit().path().seal().unwrap())
    }

    fn accept(&mut self, pending: TrellisSealed) {
        Group::accept(self, &pending).unwrap();
    }

    fn discard(&mut self, pending: TrellisSealed) {
        Group::discard(self, &pending).unwrap();
    }

    fn receive(&mut self, commit: &[u8]) {
        match Group::receive(self, commit).unwrap() {
            Received::Epoch(..) => {}
            other => panic!("{other:?}"),
        }
    }

    fn send(&mut self, body: &[u8]) -> Vec<u8> {
        Group::send(self, &Payload::plain(body)).unwrap().message
    }

    fn open(&mut self, message: &[u8]) -> Vec<u8> {
        match Group::receive(self, message).unwrap() {
            Received::Message(_, message) => message.body,
            other => panic!("{other:?}"),
        }
    }

    fn tidy(&mut self) {
        for delivered in self.inbox().unwrap() {
            self.acknowledge(&delivered).unwrap();
        }
        for (number, _) in self.outbox().unwrap() {
            self.sent(number).unwrap();
        }
    }

    fn authenticator(&mut self) -> Vec<u8> {
        self.epoch_authenticator().unwrap()
    }
}

/// A client with its key package.
pub(crate) struct Candidate {
    client: Client,
    key_package: Vec<u8>,
}

impl Candidate {
    pub(crate) fn new(name: &str) -> Self {
        let client = client(name);
        let key_package = client.key_package(&KeyPackageOptions::default()).unwrap();
        Self {
            client,
            key_package: key_package.message,
        }
    }
}

impl Newcomer for Candidate {
    type Member = Group;

    fn key_package(&self) -> &[u8] {
        &self.key_package
    }

    fn join(self, welcome: &[u8]) -> Group {
        self.client.join(welcome).unwrap()
    }
}

fn sealed(sealed: TrellisSealed) -> Sealed<TrellisSealed> {
    Sealed {
        commit: sealed.commit.clone(),
        welcome: sealed.welcome.clone(),
        pending: sealed,
    }
}
