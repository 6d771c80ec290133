//! Clients, and the wire between them.

use std::sync::Arc;

use mls_trellis_engine::{
    Client, Framing, Group, GroupConfig, KeyPackageOptions, MemoryStore, PublicGroup, Received,
    Sealed, Settings, SoftwareSigner, Store,
};
use mls_trellis_hooks::{CipherSuite, Credential, Plugins, wire::Opaque};

use crate::sample::{Tally, plugins};

pub(crate) fn client(name: &str) -> Client {
    client_with(
        name,
        plugins(),
        Settings::default(),
        Arc::new(MemoryStore::default()),
    )
}

pub(crate) fn client_with(
    name: &str,
    plugins: Plugins,
    settings: Settings,
    store: Arc<dyn Store>,
) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    Client::builder(plugins)
        .store(store)
        .identity(Credential::basic(name), Arc::new(signer))
        .settings(settings)
        .build()
        .unwrap()
}

pub(crate) fn config() -> GroupConfig {
    GroupConfig::new(b"room").with::<Tally>(&(0, Opaque::default()))
}

pub(crate) fn key_package(client: &Client) -> Vec<u8> {
    client
        .key_package(&KeyPackageOptions::default())
        .unwrap()
        .message
}

/// A room of members and a hub that agree with each other.
pub(crate) struct Room {
    pub(crate) hub: PublicGroup,
    pub(crate) members: Vec<Group>,
}

impl Room {
    pub(crate) fn of(names: &[&str]) -> Self {
        Self::with(names, &config())
    }

    pub(crate) fn with(names: &[&str], config: &GroupConfig) -> Self {
        let clients: Vec<_> = names.iter().map(|name| client(name)).collect();
        let mut founder = clients[0].create_group(config.clone()).unwrap();
        let info = founder.group_info().unwrap();
        let store = Arc::new(MemoryStore::default());
        let hub = PublicGroup::follow(plugins(), store, &info, None).unwrap();
        let mut room = Self {
            hub,
            members: vec![founder],
        };
        for client in &clients[1..] {
            room.add(client);
        }
        room
    }

    pub(crate) fn add(&mut self, client: &Client) {
        let sealed = self.members[0]
            .commit()
            .add(&key_package(client))
            .seal()
            .unwrap();
        let joiner = client.join(sealed.welcome.as_ref().unwrap());
        self.deliver(0, &sealed);
        self.members.push(joiner.unwrap());
        self.agree();
    }

    /// The hub takes a commit and everybody merges it.
    pub(crate) fn deliver(&mut self, from: usize, sealed: &Sealed) {
        self.hub.receive(&sealed.commit).unwrap();
        for (index, member) in self.members.iter_mut().enumerate() {
            if index == from {
                member.accept(sealed).unwrap();
            } else {
                let received = member.receive(&sealed.commit).unwrap();
                assert!(
                    matches!(received, Received::Epoch(..) | Received::Removed(..)),
                    "{received:?}"
                );
            }
        }
    }

    pub(crate) fn agree(&mut self) {
        let authenticator = self.members[0].epoch_authenticator().unwrap();
        let epoch = self.members[0].epoch().clone();
        for member in &mut self.members {
            assert_eq!(member.epoch(), &epoch);
            assert_eq!(member.epoch_authenticator().unwrap(), authenticator);
        }
        assert_eq!(self.hub.epoch(), &epoch);
    }
}

pub(crate) fn private() -> Settings {
    Settings {
        framing: Framing::Private,
        ..Settings::default()
    }
}
