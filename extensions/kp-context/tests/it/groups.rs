//! Bound KeyPackages in groups: the one who adds, the others, a hub, and the owner.

use std::sync::Arc;

use mls_trellis_basic::Basic;
use mls_trellis_engine::{
    Client, Error, Followed, Group, GroupConfig, KeyPackageOptions, MemoryStore, OwnKeyPackage,
    PublicGroup, Received, Sealed, SoftwareSigner, Weight,
};
use mls_trellis_hooks::{
    AddView, CipherSuite, Credential, Draft, ExtensionKind, ExtensionType, Hooks,
    KeyPackageExtension, LeafIndex, Origin, Plugin, Plugins, Profile, RawExtension, Reject,
};
use mls_trellis_kp_context::{Context, ContextPair, KpContext, Situation};

use crate::TYPE;

/// The same extension in the hands of a client that never objects.
struct Careless;

impl ExtensionKind for Careless {
    const NAME: &'static str = "careless";
    const DEFAULT_TYPE: ExtensionType = TYPE;
    const DRAFT: Draft = Draft::private("careless", "1");
    const MALFORMED: &'static str = "CARELESS-1";
    type Content = ContextPair;
}

impl KeyPackageExtension for Careless {
    fn check_added(&self, _: &AddView<'_>, _: &ContextPair) -> Result<(), Reject> {
        Ok(())
    }
}

impl Plugin for Careless {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.extension(self).key_package();
    }
}

fn table(plugin: Option<Arc<dyn Plugin>>) -> Plugins {
    let basic = Plugins::builder().add(Arc::new(Basic), Origin::here());
    match plugin {
        Some(plugin) => basic.add(plugin, Origin::here()),
        None => basic,
    }
    .build()
    .unwrap()
}

fn linked() -> Plugins {
    table(Some(Arc::new(KpContext::default())))
}

/// Rooms whose id begins with "garden" belong to this domain.
fn situated() -> Plugins {
    let domain = Context::domain("garden.example").unwrap();
    table(Some(Arc::new(KpContext::situated(
        move |group_id| match group_id.starts_with(b"garden") {
            true => Situation::default().and(domain.clone()),
            false => Situation::default(),
        },
    ))))
}

fn client(name: &str, plugins: Plugins) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    Client::builder(plugins)
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
        .unwrap()
}

fn bound(owner: &Client, context: &Context) -> OwnKeyPackage {
    let options =
        KeyPackageOptions::default().with_extension::<KpContext>(&ContextPair::from(context));
    owner.key_package(&options).unwrap()
}

fn raw(owner: &Client, data: &[u8]) -> OwnKeyPackage {
    let options = KeyPackageOptions::default().extension(RawExtension {
        extension_type: TYPE,
        data: data.into(),
    });
    owner.key_package(&options).unwrap()
}

fn in_group(group_id: &[u8]) -> Context {
    Context::group_id(group_id).unwrap()
}

fn rule_of<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.unwrap_err() {
        Error::Rejected(reject) => reject.rule().to_owned(),
        other => panic!("not refused by a rule: {other:?}"),
    }
}

/// A group of alice, who links the plugin, and mallory, who does not mind, with a hub.
struct Room {
    alice: Group,
    mallory: Group,
    hub: PublicGroup,
}

impl Room {
    fn with(config: GroupConfig, plugins: &Plugins, careless: Plugins) -> Self {
        let mut alice = client("alice", plugins.clone())
            .create_group(config)
            .unwrap();
        let mallory = client("mallory", careless);
        let key_package = mallory.key_package(&KeyPackageOptions::default()).unwrap();
        let sealed = alice.commit().add(&key_package.message).seal().unwrap();
        alice.accept(&sealed).unwrap();
        let mallory = mallory.join(&sealed.welcome.unwrap()).unwrap();
        let (info, store) = (
            alice.group_info().unwrap(),
            Arc::new(MemoryStore::default()),
        );
        let hub = PublicGroup::follow(plugins.clone(), store, &info, None).unwrap();
        Self {
            alice,
            mallory,
            hub,
        }
    }

    fn of(group_id: &[u8]) -> Self {
        Self::with(GroupConfig::new(group_id), &linked(), table(None))
    }

    /// A group that has agreed on the extension.
    fn strict(group_id: &[u8]) -> Self {
        // Mallory's own kind goes by another name, so that the founder's requires the type.
        let config = GroupConfig::new(group_id).require_extension::<KpContext>();
        Self::with(config, &linked(), table(Some(Arc::new(Careless))))
    }

    fn mallory_adds(&mut self, key_package: &OwnKeyPackage) -> Sealed {
        let commit = self.mallory.commit().add(&key_package.message);
        commit.seal().unwrap()
    }

    /// What the others make of mallory's commit: the same alarms, at alice and at the hub.
    fn alarms(&mut self, sealed: &Sealed) -> Vec<String> {
        let Followed::Epoch(change) = self.hub.receive(&sealed.commit).unwrap() else {
            panic!("the hub did not merge");
        };
        let Received::Epoch(_, told) = self.alice.receive(&sealed.commit).unwrap() else {
            panic!("alice did not merge");
        };
        assert_eq!(told.alarms, change.alarms);
        self.mallory.accept(sealed).unwrap();
        assert_eq!(self.alice.epoch(), self.hub.epoch());
        change.alarms.into_iter().map(|alarm| alarm.rule).collect()
    }

    /// Alice and the hub refuse mallory's commit by a rule, twice, and nothing changes.
    fn refuse(&mut self, sealed: &Sealed, rule: &str) {
        let before = self.alice.epoch().clone();
        for _ in 0..2 {
            assert_eq!(rule_of(self.alice.receive(&sealed.commit)), rule);
            assert_eq!(rule_of(self.hub.receive(&sealed.commit)), rule);
        }
        assert_eq!((self.alice.epoch(), self.hub.epoch()), (&before, &before));
    }
}

#[test]
fn kpc_s2_our_leaves_list_the_extension() {
    let alice = client("alice", linked());
    let room = alice.create_group(GroupConfig::new(b"room")).unwrap();
    let (_, leaf) = room.members().next().unwrap();
    assert!(leaf.capabilities.extensions.contains(&TYPE));
}

#[test]
fn kpc_s3_a_key_package_has_one_context() {
    let pair = ContextPair::from(&in_group(b"room"));
    let twice = KeyPackageOptions::default()
        .with_extension::<KpContext>(&pair)
        .with_extension::<KpContext>(&pair);
    assert!(client("bob", linked()).key_package(&twice).is_err());
}

#[test]
fn kpc_2_a_client_without_the_plugin_ignores_the_context() {
    let bob = client("bob", linked());
    let key_package = bound(&bob, &in_group(b"other"));
    let mut room = Room::of(b"room");
    // Mallory does not know it; for the others it is an alarm, because the group has not agreed.
    let sealed = room.mallory_adds(&key_package);
    assert_eq!(room.alarms(&sealed), ["KPC-5"]);
}

#[test]
fn kpc_3_kpc_4_kpc_9_we_add_no_context_that_is_none() {
    let bob = client("bob", table(None));
    let mut room = Room::of(b"room");
    for (data, rule) in [
        (&b"\x00\x01x"[..], "KPC-3"),
        (b"\x05\x01x", "KPC-3"),
        (b"\x01\x00", "KPC-4"),
        (b"\x01\x04room\x00", "KPC-9"),
        (b"\x01\x04roo", "KPC-9"),
    ] {
        let key_package = raw(&bob, data);
        let refused = room.alice.commit().add(&key_package.message).seal();
        assert_eq!(rule_of(refused), rule, "{data:?}");
        let sealed = room.mallory_adds(&key_package);
        room.mallory.discard(&sealed).unwrap();
    }
    let sealed = room.mallory_adds(&raw(&bob, b"\x05\x01x"));
    assert_eq!(room.alarms(&sealed), ["KPC-3"]);
}

#[test]
fn kpc_5_we_add_to_the_group_that_is_meant_only() {
    let bob = client("bob", linked());
    let key_package = bound(&bob, &in_group(b"garden"));
    let mut room = Room::of(b"room");
    let refused = room.alice.commit().add(&key_package.message).seal();
    assert_eq!(rule_of(refused), "KPC-5");

    let mut garden = Room::of(b"garden");
    let commit = garden.alice.commit().add(&key_package.message);
    let sealed = commit.seal().unwrap();
    garden.hub.receive(&sealed.commit).unwrap();
    garden.alice.accept(&sealed).unwrap();
    let at_bob = bob.join(&sealed.welcome.unwrap()).unwrap();
    assert_eq!(at_bob.epoch(), garden.alice.epoch());
}

#[test]
fn kpc_5_a_pooled_add_for_another_group_is_left_out() {
    let bob = client("bob", linked());
    let key_package = bound(&bob, &in_group(b"garden"));
    let mut room = Room::of(b"room");
    let proposal = room.mallory.propose_add(&key_package.message).unwrap();
    let Received::Proposal(_, proposed) = room.alice.receive(&proposal.message).unwrap() else {
        panic!("no proposal");
    };
    assert_eq!(proposed.refused.unwrap().rule, "KPC-5");
    let sealed = room.alice.commit().path().seal().unwrap();
    assert!(sealed.welcome.is_none());
}

#[test]
fn kpc_6_where_the_group_has_agreed_a_mismatch_is_refused() {
    let bob = client("bob", linked());
    let mut room = Room::strict(b"room");
    let sealed = room.mallory_adds(&bound(&bob, &in_group(b"garden")));
    room.refuse(&sealed, "KPC-5");
    room.mallory.discard(&sealed).unwrap();
    let sealed = room.mallory_adds(&bound(&bob, &in_group(b"room")));
    assert_eq!(room.alarms(&sealed), [""; 0]);
}

#[test]
fn kpc_6_an_agreed_group_refuses_no_situation() {
    // Whether a domain matches is not for all members to tell, so it splits no group.
    let bob = client("bob", linked());
    let mut room = Room::strict(b"room");
    let sealed = room.mallory_adds(&bound(&bob, &Context::domain("a.example").unwrap()));
    assert_eq!(room.alarms(&sealed), ["KPC-8"]);
}

#[test]
fn kpc_7_kpc_s6_the_owner_refuses_a_welcome_to_another_group() {
    let bob = client("bob", linked());
    let key_package = bound(&bob, &in_group(b"garden"));
    let mut room = Room::of(b"room");
    let sealed = room.mallory_adds(&key_package);
    for _ in 0..2 {
        let refused = bob.join(sealed.welcome.as_ref().unwrap()).map(drop);
        assert_eq!(rule_of(refused), "KPC-7");
    }
    assert!(bob.groups().unwrap().is_empty());

    // The KeyPackage is still there, and good for what it is meant for.
    let kept = bob.stored_key_packages().unwrap();
    assert_eq!(kept, std::slice::from_ref(&key_package.reference));
    let mut garden = Room::of(b"garden");
    let sealed = garden.mallory_adds(&key_package);
    assert_eq!(garden.alarms(&sealed), [""; 0]);
    bob.join(&sealed.welcome.unwrap()).unwrap();
    assert!(bob.stored_key_packages().unwrap().is_empty());
}

#[test]
fn kpc_7_the_owner_refuses_what_its_own_context_does_not_say() {
    let bob = client("bob", linked());
    let key_package = raw(&bob, b"\x09\x01x");
    let mut room = Room::of(b"room");
    let sealed = room.mallory_adds(&key_package);
    let refused = bob.join(&sealed.welcome.unwrap()).map(drop);
    assert_eq!(rule_of(refused), "KPC-3");
}

#[test]
fn kpc_8_the_application_says_where_a_domain_matches() {
    let domain = Context::domain("garden.example").unwrap();
    let bob = client("bob", situated());
    let mut rose = Room::with(GroupConfig::new(b"garden 1"), &situated(), table(None));
    let key_package = bound(&bob, &domain);
    let commit = rose.alice.commit().add(&key_package.message);
    let sealed = commit.seal().unwrap();
    rose.alice.accept(&sealed).unwrap();
    bob.join(&sealed.welcome.unwrap()).unwrap();

    let mut street = Room::with(GroupConfig::new(b"street"), &situated(), table(None));
    let key_package = bound(&bob, &domain);
    let refused = street.alice.commit().add(&key_package.message).seal();
    assert_eq!(rule_of(refused), "KPC-8");
    let sealed = street.mallory_adds(&key_package);
    assert_eq!(street.alarms(&sealed), ["KPC-8"]);
    let refused = bob.join(&sealed.welcome.unwrap()).map(drop);
    assert_eq!(rule_of(refused), "KPC-7");
}

#[test]
fn kpc_10_a_group_is_founded_with_the_id_that_was_meant() {
    let bob = client("bob", linked());
    let key_package = bound(&bob, &in_group(b"garden"));
    let alice = client("alice", linked());
    let mut garden = alice.create_group(GroupConfig::new(b"garden")).unwrap();
    assert!(garden.commit().add(&key_package.message).seal().is_ok());
    let mut other = alice.create_group(GroupConfig::new(b"another")).unwrap();
    let refused = other.commit().add(&key_package.message).seal();
    assert_eq!(rule_of(refused), "KPC-5");
}

#[test]
fn the_owner_finds_its_key_packages_by_their_context() {
    let bob = client("bob", linked());
    let garden = bound(&bob, &in_group(b"garden"));
    let street = bound(&bob, &in_group(b"street"));
    let anywhere = bob.key_package(&KeyPackageOptions::default()).unwrap();
    let context_of = |reference: &[u8]| {
        let stored = bob.stored_key_package(reference).unwrap().unwrap();
        KpContext::context_of(&stored, bob.plugins().ids()).unwrap()
    };
    assert_eq!(context_of(&garden.reference), Some(in_group(b"garden")));
    assert_eq!(context_of(&street.reference), Some(in_group(b"street")));
    assert_eq!(context_of(&anywhere.reference), None);
    bob.delete_key_package(&street.reference).unwrap();
    let deleted = bob.stored_key_package(&street.reference).unwrap();
    assert!(deleted.is_none());
}

#[test]
fn a_profile_moves_the_extension() {
    let moved = ExtensionType(0x000b);
    let plugins = || {
        let builder = Plugins::builder()
            .add(Arc::new(Basic), Origin::here())
            .add(Arc::new(KpContext::default()), Origin::here());
        let profile = Profile::new("printed").assign_extension("kp_context", moved);
        builder.profile(profile).build().unwrap()
    };
    let bob = client("bob", plugins());
    let key_package = bound(&bob, &in_group(b"garden"));
    let alice = client("alice", plugins());
    let mut room = alice.create_group(GroupConfig::new(b"room")).unwrap();
    let refused = room.commit().add(&key_package.message).seal();
    assert_eq!(rule_of(refused), "KPC-5");
    let (_, leaf) = room.members().next().unwrap();
    assert!(leaf.capabilities.extensions.contains(&moved));
    assert!(!leaf.capabilities.extensions.contains(&TYPE));
}

#[test]
fn kpc_5_is_told_before_anybody_is_added() {
    let bound = bound(&client("carol", linked()), &in_group(b"elsewhere"));
    for (mut room, weight) in [
        (Room::of(b"room"), Weight::Avoided),
        (Room::strict(b"room"), Weight::Refused),
    ] {
        let told = room.alice.why_not(&bound.message).unwrap();
        let [obstacle] = &told[..] else {
            panic!("{told:?}");
        };
        assert_eq!((obstacle.reject.rule(), obstacle.weight), ("KPC-5", weight));
        assert_eq!(obstacle.who.as_ref().unwrap().name(), "carol");
        assert_eq!(obstacle.reject.plugin(), KpContext::NAME);
        let hub = room.hub.why_not(&bound.message, LeafIndex(0)).unwrap();
        assert_eq!(hub, told);
        let refused = room.alice.commit().add(&bound.message).seal();
        assert_eq!(rule_of(refused), "KPC-5");
    }
}
