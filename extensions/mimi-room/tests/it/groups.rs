//! Rooms as real groups: members and a hub without secrets, over bytes.

mod agreed;
mod refused;

use std::sync::Arc;

use mls_trellis_engine::{
    Client, Commit, Error, Followed, Group, GroupConfig, KeyPackageOptions, MemoryStore,
    PublicGroup, Received, Sealed, Signer, SoftwareSigner,
};
use mls_trellis_hooks::{
    CipherSuite, ComponentId, Credential, CredentialType, ExternalSender, Hooks, LeafIndex, Origin,
    Plugin, Plugins, Profile,
};
use mls_trellis_mimi_room::{
    Capability, Claim, MIMI_ROOM, ParticipantList, Participants, ParticipantsUpdate, Policy,
    Preauth, PreauthEntry, Role, Roles,
};
use mls_trellis_poll::{POLL, Poll, Update};
use mls_trellis_self_remove::SELF_REMOVE;

const USER: u32 = 2;
const ADMIN: u32 = 3;
const ENFORCER: u32 = 4;

fn plugins() -> Plugins {
    with_profile(Profile::default())
}

fn with_profile(profile: Profile) -> Plugins {
    let here = Origin::here();
    let plugins = Plugins::builder().profile(profile);
    let plugins = plugins.add(MIMI_ROOM.make(), here);
    let plugins = plugins.add(POLL.make(), here);
    let plugins = plugins.add(SELF_REMOVE.make(), here);
    plugins
        .add(mls_trellis_basic::BASIC.make(), here)
        .build()
        .unwrap()
}

/// Clients that keep the state of rooms and no rule of theirs.
struct Unruly;

impl Plugin for Unruly {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks
            .component(Arc::new(ParticipantList::default()))
            .group_state();
        hooks
            .component(Arc::new(Policy::<Roles>::default()))
            .group_state();
        hooks
            .component(Arc::new(Policy::<Preauth>::default()))
            .group_state();
    }
}

fn unruly() -> Plugins {
    let here = Origin::here();
    let plugins = Plugins::builder().add(Arc::new(Unruly), here);
    let plugins = plugins.add(POLL.make(), here);
    let plugins = plugins.add(SELF_REMOVE.make(), here);
    plugins
        .add(mls_trellis_basic::BASIC.make(), here)
        .build()
        .unwrap()
}

/// `alice` or `alice/phone`.
fn client(device: &str, plugins: Plugins) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let device = Credential::basic(&format!("mimi://a.example/d/{device}"));
    let builder = Client::builder(plugins).store(Arc::new(MemoryStore::default()));
    builder.identity(device, Arc::new(signer)).build().unwrap()
}

fn user(name: &str) -> String {
    format!("mimi://a.example/u/{name}")
}

fn joins(name: &str, role: u32) -> ParticipantsUpdate {
    ParticipantsUpdate::add(&user(name), role)
}

fn roles() -> Roles {
    let user = Role::new(USER, "user")
        .with([
            Capability::ADD_OWN_CLIENT,
            Capability::REMOVE_OWN_CLIENT,
            Capability::REMOVE_SELF,
        ])
        .moving(USER, [0]);
    let mut admin = Role::new(ADMIN, "admin")
        .with([
            Capability::ADD_PARTICIPANT,
            Capability::REMOVE_PARTICIPANT,
            Capability::BAN,
            Capability::CHANGE_USER_ROLE,
        ])
        .moving(0, [USER, ADMIN])
        .moving(USER, [0, 1, ADMIN])
        .moving(ADMIN, [0, USER]);
    admin.maximum_participants_constraint = Some(2);
    let enforcer = Role::new(ENFORCER, "enforcer").with([Capability::KICK, Capability::CLOSE_POLL]);
    Roles {
        roles: vec![Role::banned(), user, admin, enforcer],
    }
}

fn key_package(client: &Client) -> Vec<u8> {
    client
        .key_package(&KeyPackageOptions::default())
        .unwrap()
        .message
}

/// Alice's room, and a hub that may kick.
struct Room {
    hub: PublicGroup,
    hub_signer: SoftwareSigner,
    members: Vec<Group>,
}

impl Room {
    fn of(users: &[&str]) -> Self {
        let hub_signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
        let preauth = Preauth {
            preauthorized_entries: vec![PreauthEntry {
                claimset: vec![Claim::new(CredentialType::BASIC, "", b"hub")],
                target_role: Role::new(ENFORCER, "enforcer"),
            }],
        };
        let config = GroupConfig::new(b"room")
            .with::<ParticipantList>(&Participants::of([(user("alice").as_str(), ADMIN)]))
            .with::<Policy<Roles>>(&roles())
            .with::<Policy<Preauth>>(&preauth)
            .require::<Poll>()
            .external_sender(ExternalSender {
                signature_key: hub_signer.public_key().into(),
                credential: Credential::basic("hub"),
            });
        let mut founder = client("alice", plugins()).create_group(config).unwrap();
        let info = founder.group_info().unwrap();
        let store = Arc::new(MemoryStore::default());
        let mut room = Self {
            hub: PublicGroup::follow(plugins(), store, &info, None).unwrap(),
            hub_signer,
            members: vec![founder],
        };
        for name in users {
            room.admit(name, &client(name, plugins()));
        }
        room
    }

    /// Alice puts a user on the list, and adds its client.
    fn admit(&mut self, name: &str, client: &Client) {
        let commit = self.members[0].commit().add(&key_package(client));
        let sealed = commit
            .update::<ParticipantList>(&joins(name, USER))
            .seal()
            .unwrap();
        let joined = client.join(sealed.welcome.as_ref().unwrap()).unwrap();
        self.take(0, &sealed);
        self.members.push(joined);
        self.agree();
    }

    fn list(&self) -> Participants {
        self.hub.state::<ParticipantList>().unwrap().unwrap()
    }

    /// The hub takes a commit, and everybody merges it. Who is removed is gone.
    fn take(&mut self, by: usize, sealed: &Sealed) {
        assert!(matches!(
            self.hub.receive(&sealed.commit).unwrap(),
            Followed::Epoch(_)
        ));
        let mut gone = Vec::new();
        for (index, member) in self.members.iter_mut().enumerate() {
            if index == by {
                member.accept(sealed).unwrap();
            } else if let Received::Removed(..) = member.receive(&sealed.commit).unwrap() {
                gone.push(index);
            }
        }
        for index in gone.into_iter().rev() {
            self.members.remove(index);
        }
    }

    /// Everybody, the hub too, hears of a proposal.
    fn hear(&mut self, by: Option<usize>, proposal: &[u8]) {
        self.hub.receive(proposal).unwrap();
        for (index, member) in self.members.iter_mut().enumerate() {
            if Some(index) != by {
                member.receive(proposal).unwrap();
            }
        }
    }

    fn agree(&mut self) {
        let authenticator = self.members[0].epoch_authenticator().unwrap();
        for member in &mut self.members {
            assert_eq!(member.epoch().dictionary, self.hub.epoch().dictionary);
            assert_eq!(member.epoch_authenticator().unwrap(), authenticator);
        }
    }

    /// By which rule the hub and every member but the sender refuse a commit.
    #[track_caller]
    fn refused(&mut self, by: Option<usize>, commit: &[u8], rule: &str) {
        let before = self.hub.epoch().clone();
        assert_eq!(reason(&self.hub.receive(commit).unwrap_err()), rule);
        assert_eq!(*self.hub.epoch(), before);
        for (index, member) in self.members.iter_mut().enumerate() {
            if Some(index) != by {
                assert_eq!(reason(&member.receive(commit).unwrap_err()), rule);
                assert_eq!(member.epoch().epoch, before.epoch);
            }
        }
    }
}

#[track_caller]
fn reason(error: &Error) -> &str {
    match error {
        Error::Rejected(reject) => reject.rule(),
        other => panic!("{other}"),
    }
}
