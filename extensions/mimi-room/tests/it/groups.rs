//! Rooms as real groups: members and a hub without secrets, over bytes.

use std::sync::Arc;

use mls_trellis_engine::{
    Client, Commit, Error, Followed, Group, GroupConfig, KeyPackageOptions, MemoryStore,
    PublicGroup, Received, Sealed, Signer, SoftwareSigner,
};
use mls_trellis_hooks::{
    CipherSuite, Credential, CredentialType, ExternalSender, Hooks, LeafIndex, Origin, Plugin,
    Plugins,
};
use mls_trellis_mimi_room::{
    Capability, Claim, MIMI_ROOM, ParticipantList, Participants, ParticipantsUpdate, Policy,
    Preauth, PreauthEntry, Role, Roles,
};
use mls_trellis_poll::{POLL, Poll, Update};

const USER: u32 = 2;
const ADMIN: u32 = 3;
const ENFORCER: u32 = 4;

fn plugins() -> Plugins {
    let here = Origin::here();
    let plugins = Plugins::builder().add(MIMI_ROOM.make(), here);
    let plugins = plugins.add(POLL.make(), here);
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

#[test]
fn rp_10_a_user_comes_and_goes_and_all_agree() {
    let mut room = Room::of(&["bob", "carol"]);
    let laptop = client("bob/laptop", plugins());
    let sealed = room.members[1]
        .commit()
        .add(&key_package(&laptop))
        .seal()
        .unwrap();
    let joined = laptop.join(sealed.welcome.as_ref().unwrap()).unwrap();
    room.take(1, &sealed);
    room.members.push(joined);
    room.agree();

    // Bob goes, with both clients; one left behind is refused where the commit is made.
    let gone = room.list().remove(&user("bob")).unwrap();
    let half = room.members[0]
        .commit()
        .update::<ParticipantList>(&gone)
        .remove(LeafIndex(1));
    assert_eq!(reason(&half.seal().unwrap_err()), "MIMI-5");
    let whole = room.members[0].commit().update::<ParticipantList>(&gone);
    let sealed = whole
        .remove(LeafIndex(1))
        .remove(LeafIndex(3))
        .seal()
        .unwrap();
    room.take(0, &sealed);
    room.agree();
    assert_eq!(room.members.len(), 2);
}

/// What a commit is to have.
type Edit<'a> = dyn Fn(Commit<'_>) -> Commit<'_> + 'a;

#[test]
fn mimi_20_what_an_unruly_member_commits_is_refused_by_members_and_hub() {
    let mut room = Room::of(&["bob"]);
    room.admit("mallory", &client("mallory", unruly()));
    let list = room.list();
    let mallory = 2;
    let erin = key_package(&client("erin", plugins()));
    let raise = list.change(&user("mallory"), ADMIN).unwrap();
    let others = list.remove(&user("bob")).unwrap();

    let mut attempt = |edit: &Edit<'_>, rule| {
        let sealed = edit(room.members[mallory].commit()).seal().unwrap();
        room.refused(Some(mallory), &sealed.commit, rule);
        room.members[mallory].discard(&sealed).unwrap();
    };
    attempt(&|c| c.update::<ParticipantList>(&raise), "RP-19");
    attempt(&|c| c.remove(LeafIndex(1)), "RP-17");
    attempt(
        &|c| c.update::<ParticipantList>(&others).remove(LeafIndex(1)),
        "RP-14",
    );
    attempt(&|c| c.add(&erin), "MIMI-5");
    attempt(
        &|c| c.add(&erin).update::<ParticipantList>(&joins("erin", USER)),
        "RP-11",
    );
    attempt(&|c| c.update::<Policy<Roles>>(&roles()), "RP-22");
    // Nothing is the matter with the room.
    room.admit("carol", &client("carol", plugins()));
}

#[test]
fn rp_10_a_role_that_comes_with_the_commit_cannot_be_used_in_it() {
    let mut room = Room::of(&["bob", "carol"]);
    // Bob proposes to remove carol. Alice makes him an admin; that comes too late for his proposal,
    // which is left out.
    let kick = room.members[1].propose_remove(LeafIndex(2)).unwrap();
    room.hear(Some(1), &kick.message);
    let raise = room.list().change(&user("bob"), ADMIN).unwrap();
    let sealed = room.members[0]
        .commit()
        .update::<ParticipantList>(&raise)
        .seal()
        .unwrap();
    room.take(0, &sealed);
    room.agree();
    assert_eq!(room.members.len(), 3);
}

#[test]
fn rp_27_of_two_proposals_that_are_one_too_many_the_second_is_left_out() {
    let mut room = Room::of(&["bob", "carol"]);
    room.admit("dave", &client("dave", plugins()));
    room.admit("mallory", &client("mallory", unruly()));
    for name in ["bob", "carol"] {
        let raise = room.list().change(&user(name), ADMIN).unwrap();
        let proposal = room.members[0]
            .propose_update::<ParticipantList>(&raise)
            .unwrap();
        room.hear(Some(0), &proposal.message);
    }
    // An unruly member commits both, and is refused; another commits one of them.
    let sealed = room.members[4].commit().seal().unwrap();
    room.refused(Some(4), &sealed.commit, "RP-27");
    room.members[4].discard(&sealed).unwrap();
    let sealed = room.members[3].commit().seal().unwrap();
    room.take(3, &sealed);
    room.agree();
    let raised = room
        .list()
        .participants
        .iter()
        .filter(|p| p.role_index == ADMIN)
        .count();
    assert_eq!(raised, 2, "alice and bob");
}

#[test]
fn rp_15_leaving_is_proposed_and_committed_by_another() {
    let mut room = Room::of(&["bob", "carol"]);
    let gone = room.list().remove(&user("bob")).unwrap();
    let list = room.members[1]
        .propose_update::<ParticipantList>(&gone)
        .unwrap();
    room.hear(Some(1), &list.message);
    let leaf = room.members[1].propose_leave().unwrap();
    room.hear(Some(1), &leaf.message);
    let sealed = room.members[2].commit().seal().unwrap();
    room.take(2, &sealed);
    room.agree();
    assert_eq!(room.members.len(), 2);
    assert_eq!(room.list().position(&user("bob")), None);
}

#[test]
fn mimi_5_a_banned_user_does_not_come_back_from_outside() {
    let mut room = Room::of(&["bob"]);
    let ban = room.list().change(&user("bob"), 1).unwrap();
    let sealed = room.members[0]
        .commit()
        .update::<ParticipantList>(&ban)
        .remove(LeafIndex(1));
    let sealed = sealed.seal().unwrap();
    room.take(0, &sealed);
    let info = room.members[0].group_info().unwrap();

    // An honest client notices by itself; the others refuse what an unruly one commits.
    let refused = client("bob/new", plugins()).join_external(&info).seal();
    assert_eq!(reason(&refused.err().unwrap()), "MIMI-5");
    let (_, sealed) = client("bob/new", unruly())
        .join_external(&info)
        .seal()
        .unwrap();
    room.refused(None, &sealed.commit, "MIMI-5");
    // Nor does a stranger come by putting itself on the list.
    let mallory = client("mallory", unruly());
    let joins = joins("mallory", USER);
    let join = mallory
        .join_external(&info)
        .update::<ParticipantList>(&joins);
    let (_, sealed) = join.seal().unwrap();
    room.refused(None, &sealed.commit, "RP-13");
}

#[test]
fn rp_12_a_new_device_joins_from_outside() {
    let mut room = Room::of(&["bob"]);
    let info = room.members[0].group_info().unwrap();
    let phone = client("bob/phone", plugins());
    let (joined, sealed) = phone.join_external(&info).seal().unwrap();
    room.hub.receive(&sealed.commit).unwrap();
    for member in &mut room.members {
        member.receive(&sealed.commit).unwrap();
    }
    room.members.push(joined);
    room.agree();
}

#[test]
fn rp_7_the_hub_kicks_by_the_right_for_which_it_is_preauthorized() {
    let mut room = Room::of(&["bob", "carol"]);
    let kick = {
        let outsider = room.hub.speak_as(&room.hub_signer).unwrap();
        outsider.propose_remove(LeafIndex(1)).unwrap()
    };
    room.hear(None, &kick);
    let sealed = room.members[2].commit().seal().unwrap();
    room.take(2, &sealed);
    room.agree();
    assert_eq!(room.members.len(), 2);
    assert!(
        room.list().position(&user("bob")).is_some(),
        "kicked, not removed"
    );
}

#[test]
fn rp_29_the_room_decides_who_ends_polls() {
    let mut room = Room::of(&["bob"]);
    let question = Update::open("Lunch?", ["soup", "rice"]);
    let sealed = room.members[1]
        .commit()
        .update::<Poll>(&question)
        .seal()
        .unwrap();
    room.take(1, &sealed);
    // Only enforcers have the right; bob, who asked, is none.
    let refused = room.members[1]
        .commit()
        .update::<Poll>(&Update::Close)
        .seal();
    assert_eq!(reason(&refused.err().unwrap()), "RP-29");
}
