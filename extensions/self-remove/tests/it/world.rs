//! A group of clients and the hub between them.

use std::sync::Arc;

use mls_trellis_basic::Basic;
use mls_trellis_engine::{
    Client, EpochChange, Error, Followed, Framing, Group, GroupConfig, KeyPackageOptions,
    MemoryStore, PublicGroup, Received, Sealed, Settings, SoftwareSigner, Store,
};
use mls_trellis_hooks::{CipherSuite, Credential, Hooks, Origin, Plugin, Plugins};
use mls_trellis_self_remove::SelfRemove;

/// The type of proposal without what is owed, as a member links it that forgets those who leave.
struct Forgetful;

impl Plugin for Forgetful {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.proposal(Arc::new(SelfRemove)).judge();
    }
}

fn table(leaving: Option<Arc<dyn Plugin>>) -> Plugins {
    let mut table = Plugins::builder().add(Arc::new(Basic), Origin::here());
    if let Some(leaving) = leaving {
        table = table.add(leaving, Origin::here());
    }
    table.build().unwrap()
}

pub(crate) fn plugins() -> Plugins {
    table(Some(Arc::new(SelfRemove)))
}

pub(crate) fn forgetful() -> Plugins {
    table(Some(Arc::new(Forgetful)))
}

pub(crate) fn without() -> Plugins {
    table(None)
}

pub(crate) fn client(name: &str) -> Client {
    client_with(name, plugins(), Framing::Public)
}

pub(crate) fn client_with(name: &str, plugins: Plugins, framing: Framing) -> Client {
    client_on(name, plugins, framing, Arc::new(MemoryStore::default()))
}

pub(crate) fn client_on(
    name: &str,
    plugins: Plugins,
    framing: Framing,
    store: Arc<dyn Store>,
) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let settings = Settings {
        framing,
        ..Settings::default()
    };
    Client::builder(plugins)
        .store(store)
        .identity(Credential::basic(name), Arc::new(signer))
        .settings(settings)
        .build()
        .unwrap()
}

/// Members and a hub that agree with each other.
pub(crate) struct Room {
    pub(crate) hub: PublicGroup,
    pub(crate) hub_store: Arc<MemoryStore>,
    pub(crate) members: Vec<Group>,
}

impl Room {
    pub(crate) fn of(names: &[&str]) -> Self {
        let clients: Vec<_> = names.iter().map(|name| client(name)).collect();
        Self::with(&clients)
    }

    pub(crate) fn with(clients: &[Client]) -> Self {
        let mut founder = clients[0].create_group(GroupConfig::new(b"room")).unwrap();
        let info = founder.group_info().unwrap();
        let hub_store = Arc::new(MemoryStore::default());
        let hub = PublicGroup::follow(plugins(), hub_store.clone(), &info, None).unwrap();
        let mut room = Self {
            hub,
            hub_store,
            members: vec![founder],
        };
        for client in &clients[1..] {
            room.add(client);
        }
        room
    }

    pub(crate) fn add(&mut self, client: &Client) {
        let package = client.key_package(&KeyPackageOptions::default()).unwrap();
        let commit = self.members[0].commit().add(&package.message);
        let sealed = commit.seal().unwrap();
        self.deliver(0, &sealed);
        let joined = client.join(sealed.welcome.as_ref().unwrap());
        self.members.push(joined.unwrap());
        self.agree();
    }

    /// A member proposes to leave, and everybody hears of it.
    pub(crate) fn leave(&mut self, who: usize) -> Vec<u8> {
        let message = self.members[who].propose_leave().unwrap().message;
        self.tell(who, &message);
        message
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

    /// Everybody merges a member's commit. Returns what the hub says of it.
    pub(crate) fn deliver(&mut self, from: usize, sealed: &Sealed) -> EpochChange {
        let change = self.follow(&sealed.commit);
        for (index, member) in self.members.iter_mut().enumerate() {
            match index == from {
                true => drop(member.accept(sealed).unwrap()),
                false => merge(member, &sealed.commit, &change),
            }
        }
        change
    }

    /// Everybody merges the commit of one who joins, who takes the place of `of` if that one is gone.
    pub(crate) fn admit(
        &mut self,
        joined: Group,
        sealed: &Sealed,
        of: Option<usize>,
    ) -> EpochChange {
        let change = self.follow(&sealed.commit);
        for member in &mut self.members {
            merge(member, &sealed.commit, &change);
        }
        match of {
            Some(gone) => self.members[gone] = joined,
            None => self.members.push(joined),
        }
        change
    }

    fn follow(&mut self, commit: &[u8]) -> EpochChange {
        match self.hub.receive(commit).unwrap() {
            Followed::Epoch(change) => change,
            other => panic!("the hub did not merge: {other:?}"),
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

    pub(crate) fn names(&self) -> Vec<String> {
        let members = self.hub.members();
        members.map(|(_, leaf)| leaf.identity.to_string()).collect()
    }
}

/// A member merges a commit, and raises the alarms that the hub raises.
fn merge(member: &mut Group, commit: &[u8], change: &EpochChange) {
    match member.receive(commit).unwrap() {
        Received::Epoch(_, told) | Received::Removed(_, told) => {
            assert_eq!(told.alarms, change.alarms);
        }
        other => panic!("not merged: {other:?}"),
    }
}

/// The rules of a commit's alarms.
pub(crate) fn alarms(change: &EpochChange) -> Vec<&str> {
    change.alarms.iter().map(|alarm| &alarm.rule[..]).collect()
}

/// The rule by which a step was refused.
pub(crate) fn rule<T>(result: Result<T, Error>) -> String {
    match result.err().unwrap() {
        Error::Rejected(reject) => reject.rule().to_owned(),
        other => panic!("not refused by a rule: {other:?}"),
    }
}
