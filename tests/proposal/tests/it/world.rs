//! A group of clients and the hub between them.

use std::sync::Arc;

use mls_trellis_basic::Basic;
use mls_trellis_engine::{
    Client, EpochChange, Error, Followed, Framing, Group, GroupConfig, KeyPackageOptions,
    MemoryStore, PublicGroup, Received, Sealed, Settings, Signer, SoftwareSigner, Store,
};
use mls_trellis_hooks::{CipherSuite, Credential, Origin, Plugin, Plugins};
use mls_trellis_tests_proposal::Rekey;

pub(crate) fn plugins(more: impl IntoIterator<Item = Arc<dyn Plugin>>) -> Plugins {
    let table = Plugins::builder().add(Arc::new(Basic), Origin::here());
    let more = more.into_iter();
    more.fold(table, |table, plugin| table.add(plugin, Origin::here()))
        .build()
        .unwrap()
}

pub(crate) fn with_rekey() -> Plugins {
    plugins([Arc::new(Rekey) as Arc<dyn Plugin>])
}

pub(crate) fn without() -> Plugins {
    plugins([])
}

/// A machine that a client can be started on again, with other plugins.
pub(crate) struct Device {
    name: &'static str,
    store: Arc<dyn Store>,
    signer: Arc<dyn Signer>,
}

impl Device {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            store: Arc::new(MemoryStore::default()),
            signer: Arc::new(SoftwareSigner::generate(CipherSuite(0x0001)).unwrap()),
        }
    }

    pub(crate) fn start(&self, plugins: Plugins, framing: Framing) -> Client {
        let settings = Settings {
            framing,
            ..Settings::default()
        };
        Client::builder(plugins)
            .store(self.store.clone())
            .identity(Credential::basic(self.name), self.signer.clone())
            .settings(settings)
            .build()
            .unwrap()
    }
}

pub(crate) fn client(name: &'static str, plugins: Plugins) -> Client {
    Device::new(name).start(plugins, Framing::Public)
}

/// Members and a hub that agree with each other.
pub(crate) struct Room {
    pub(crate) hub: PublicGroup,
    pub(crate) members: Vec<Group>,
}

impl Room {
    /// Alice and bob, who have the plugin, and whoever else.
    pub(crate) fn with(more: &[Client]) -> Self {
        let alice = client("alice", with_rekey());
        let mut founder = alice.create_group(GroupConfig::new(b"room")).unwrap();
        let info = founder.group_info().unwrap();
        let store = Arc::new(MemoryStore::default());
        let mut room = Self {
            hub: PublicGroup::follow(with_rekey(), store, &info, None).unwrap(),
            members: vec![founder],
        };
        room.add(&client("bob", with_rekey()));
        more.iter().for_each(|client| room.add(client));
        room
    }

    pub(crate) fn add(&mut self, client: &Client) {
        let package = client.key_package(&KeyPackageOptions::default()).unwrap();
        let sealed = self.members[0]
            .commit()
            .add(&package.message)
            .seal()
            .unwrap();
        self.deliver(0, &sealed);
        let joined = client.join(sealed.welcome.as_ref().unwrap());
        self.members.push(joined.unwrap());
    }

    /// Everybody takes in a member's proposal.
    pub(crate) fn tell(&mut self, from: usize, proposal: &[u8]) {
        let followed = self.hub.receive(proposal).unwrap();
        assert!(matches!(followed, Followed::Proposal(_)), "{followed:?}");
        for (index, member) in self.members.iter_mut().enumerate() {
            if index != from {
                let received = member.receive(proposal).unwrap();
                assert!(matches!(received, Received::Proposal(..)), "{received:?}");
            }
        }
    }

    /// Everybody merges a member's commit and is told the same.
    pub(crate) fn deliver(&mut self, from: usize, sealed: &Sealed) -> EpochChange {
        let Followed::Epoch(change) = self.hub.receive(&sealed.commit).unwrap() else {
            panic!("the hub did not merge");
        };
        for (index, member) in self.members.iter_mut().enumerate() {
            let told = match index == from {
                true => member.accept(sealed).unwrap(),
                false => match member.receive(&sealed.commit).unwrap() {
                    Received::Epoch(_, told) => told,
                    other => panic!("not merged: {other:?}"),
                },
            };
            assert_eq!(told.proposals, change.proposals);
        }
        self.agree();
        change
    }

    /// All but the sender refuse a message by this rule, again and again, and go on.
    pub(crate) fn refuses(&mut self, from: usize, message: &[u8], expected: &str) {
        assert_eq!(rule(self.hub.receive(message)), expected);
        for (index, member) in self.members.iter_mut().enumerate() {
            if index != from {
                let before = member.epoch().clone();
                assert_eq!(rule(member.receive(message)), expected);
                assert_eq!(rule(member.receive(message)), expected);
                assert_eq!(*member.epoch(), before);
            }
        }
    }

    fn agree(&mut self) {
        let authenticator = self.members[0].epoch_authenticator().unwrap();
        let epoch = self.hub.epoch().clone();
        for member in &mut self.members {
            assert_eq!(member.epoch().leaves, epoch.leaves);
            assert_eq!(member.epoch_authenticator().unwrap(), authenticator);
        }
    }
}

/// The rule by which a step was refused.
pub(crate) fn rule<T>(result: Result<T, Error>) -> String {
    match result.err().unwrap() {
        Error::Rejected(reject) => reject.rule().to_owned(),
        other => panic!("not refused by a rule: {other:?}"),
    }
}
