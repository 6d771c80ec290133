//! One test for each thing an application can ask for.

use std::{sync::Arc, time::Duration};

use mls_trellis_engine::{
    Client, Error, Event, Followed, GroupConfig, KeyPackageOptions, MemoryStore, PublicGroup,
    Received, Requirements, Settings, Signer, SoftwareSigner,
};
use mls_trellis_hooks::{
    CipherSuite, ComponentHandle, ComponentId, Credential, CredentialKind, CredentialType, Draft,
    EpochState, ExternalSender, Hooks, Identity, Invariant, Kinds, LeafIndex, Origin, Payload,
    Plugin, Plugins, Profile, Reject, Secret, SignatureKey, Unverified, Verified, VerifyView,
    wire::Opaque,
};

use crate::{
    sample::{Basic, TALLY, Tally, plugins},
    world::{Room, client, client_with, config, key_package, private},
};

#[test]
fn hub_2_a_hub_that_is_an_external_sender_proposes_to_remove_and_to_add() {
    let hub_key = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let sender = ExternalSender {
        signature_key: hub_key.public_key().into(),
        credential: Credential::basic("hub"),
    };
    let mut room = Room::with(
        &["alice", "bob", "carol"],
        &config().external_sender(sender),
    );
    let remove = room
        .hub
        .speak_as(&hub_key)
        .unwrap()
        .propose_remove(LeafIndex(1))
        .unwrap();
    let dave = client("dave");
    let add = room
        .hub
        .speak_as(&hub_key)
        .unwrap()
        .propose_add(&key_package(&dave))
        .unwrap();
    for proposal in [&remove, &add] {
        assert!(matches!(
            room.hub.receive(proposal).unwrap(),
            Followed::Proposal(_)
        ));
        for member in &mut room.members {
            assert!(matches!(
                member.receive(proposal).unwrap(),
                Received::Proposal(..)
            ));
        }
    }
    let sealed = room.members[0].commit().seal().unwrap();
    let dave = dave.join(sealed.welcome.as_ref().unwrap()).unwrap();
    room.deliver(0, &sealed);
    let bob = &mut room.members.remove(1);
    assert!(!bob.is_active().unwrap());
    room.members.push(dave);
    room.agree();

    let stranger = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let refused = room.hub.speak_as(&stranger).err().unwrap();
    assert_eq!(refused.as_reject().unwrap().rule(), "HUB-2");
}

#[test]
fn a_client_asks_to_join_and_a_member_commits_it() {
    let mut room = Room::of(&["alice", "bob"]);
    let carol = client("carol");
    let asked = carol
        .ask_to_join(&room.members[0].group_info().unwrap())
        .unwrap();
    room.hub.receive(&asked).unwrap();
    for member in &mut room.members {
        let Received::Proposal(_, proposed) = member.receive(&asked).unwrap() else {
            panic!("no proposal");
        };
        assert_eq!(
            (proposed.what.as_str(), proposed.from.leaf),
            ("add carol", None)
        );
    }
    let sealed = room.members[1].commit().seal().unwrap();
    let carol = carol.join(sealed.welcome.as_ref().unwrap()).unwrap();
    room.deliver(1, &sealed);
    room.members.push(carol);
    room.agree();
}

#[test]
fn a_member_leaves_by_self_remove_and_an_external_joiner_commits_it() {
    for settings in [Settings::default(), private()] {
        let bob = client_with("bob", plugins(), settings, Arc::new(MemoryStore::default()));
        let mut room = Room::of(&["alice"]);
        room.add(&bob);
        let leave = room.members[1].propose_leave().unwrap();
        room.hub.receive(&leave.message).unwrap();
        room.members[0].receive(&leave.message).unwrap();
        let carol = client("carol");
        let info = room.members[0].group_info().unwrap();
        let (joined, sealed) = carol
            .join_external(&info)
            .bring(&leave.message)
            .seal()
            .unwrap();
        room.hub.receive(&sealed.commit).unwrap();
        room.members[0].receive(&sealed.commit).unwrap();
        assert!(matches!(
            room.members[1].receive(&sealed.commit).unwrap(),
            Received::Removed(..)
        ));
        room.members[1] = joined;
        room.agree();
        assert_eq!(room.hub.epoch().leaves.len(), 2);
    }
}

#[test]
fn handshakes_can_be_private_and_mixed() {
    let store = || Arc::new(MemoryStore::default());
    let alice = client_with("alice", plugins(), private(), store());
    let bob = client_with("bob", plugins(), Settings::default(), store());
    let mut alices = alice.create_group(config()).unwrap();
    let sealed = alices.commit().add(&key_package(&bob)).seal().unwrap();
    alices.accept(&sealed).unwrap();
    let mut bobs = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();

    for turn in 0..4_u64 {
        let (from, to) = match turn % 2 {
            0 => (&mut alices, &mut bobs),
            _ => (&mut bobs, &mut alices),
        };
        let proposal = to.propose_update::<Tally>(&turn).unwrap();
        from.receive(&proposal.message).unwrap();
        let sealed = from
            .commit()
            .update::<Tally>(&(turn + 20))
            .path()
            .seal()
            .unwrap();
        to.receive(&sealed.commit).unwrap();
        // The Delivery Service echoes our own commit: that is as good as accepting it.
        assert!(matches!(from.receive(&sealed.commit).unwrap(), Received::Epoch(_, c) if c.own));
        assert_eq!(from.epoch(), to.epoch());
        assert_eq!(
            from.epoch_authenticator().unwrap(),
            to.epoch_authenticator().unwrap()
        );
    }
}

#[test]
fn a_component_signs_seals_and_stores_through_its_handle() {
    let mut room = Room::of(&["alice", "bob"]);
    let (alice, bob) = room.members.split_at_mut(1);
    let (alice, bob) = (&mut alice[0], &mut bob[0]);

    let signature = alice
        .component::<Tally>()
        .sign(b"label", b"content")
        .unwrap();
    let bobs = bob.component::<Tally>();
    bobs.verify(LeafIndex(0), TALLY, b"label", b"content", &signature)
        .unwrap();
    assert!(
        bobs.verify(LeafIndex(1), TALLY, b"label", b"content", &signature)
            .is_err()
    );
    let other = ComponentId(0x8001);
    assert!(
        bobs.verify(LeafIndex(0), other, b"label", b"content", &signature)
            .is_err()
    );

    let handle = alice.component::<Tally>();
    let sealed = handle
        .seal(LeafIndex(1), TALLY, b"label", b"cx", b"secret")
        .unwrap();
    let foreign = handle
        .seal(LeafIndex(1), other, b"label", b"cx", b"secret")
        .unwrap();
    let mut bobs = bob.component::<Tally>();
    assert_eq!(
        bobs.open(b"label", b"cx", &sealed).unwrap().as_slice(),
        b"secret"
    );
    assert!(bobs.open(b"label", b"other", &sealed).is_err());
    assert!(bobs.open(b"label", b"cx", &foreign).is_err());

    bobs.store(b"key", Some(Secret::from(b"value".to_vec())))
        .unwrap();
    assert_eq!(bobs.load(b"key").unwrap().unwrap().as_slice(), b"value");
    bobs.store(b"key", None).unwrap();
    assert!(bobs.load(b"key").unwrap().is_none());
}

#[test]
fn exp_9_a_secret_exported_from_a_sealed_commit_is_that_of_the_epoch_and_handed_out_once() {
    let mut room = Room::of(&["alice", "bob"]);
    let sealed = room.members[0].commit().update::<Tally>(&1).seal().unwrap();
    let pending = room.members[0]
        .component::<Tally>()
        .export_pending_secret()
        .unwrap();
    room.deliver(0, &sealed);
    assert_eq!(
        room.members[1]
            .component::<Tally>()
            .export_secret()
            .unwrap(),
        pending
    );
    assert!(
        room.members[0]
            .component::<Tally>()
            .export_secret()
            .is_err()
    );
}

#[test]
fn a_stored_psk_is_needed_by_members_and_by_those_who_join() {
    let mut room = Room::of(&["alice", "bob"]);
    let psk = Secret::from(b"correct horse".to_vec());
    for member in &mut room.members {
        member
            .component::<Tally>()
            .put_psk(b"id", psk.clone())
            .unwrap();
    }
    let carol = client("carol");
    let sealed = room.members[0]
        .commit()
        .add(&key_package(&carol))
        .psk::<Tally>(b"id")
        .seal()
        .unwrap();
    let welcome = sealed.welcome.clone().unwrap();
    assert!(
        carol.join(&welcome).is_err(),
        "carol does not have the key yet"
    );
    carol.put_psk::<Tally>(b"id", &psk).unwrap();
    let carols = carol.join(&welcome).unwrap();
    room.deliver(0, &sealed);
    room.members.push(carols);
    room.agree();
}

#[test]
fn aad_items_are_sent_checked_and_handed_to_the_application() {
    let mut room = Room::with(&["alice", "bob"], &config().safe_aad([TALLY]));
    let packet = room.members[0].send(&Payload::plain("hi")).unwrap();
    let Received::Message(_, message) = room.members[1].receive(&packet.message).unwrap() else {
        panic!("no message");
    };
    assert_eq!(message.aad, [(TALLY.0, 1_u64.to_be_bytes().to_vec())]);
    let sealed = room.members[0].commit().drop_aad().seal().unwrap();
    room.deliver(0, &sealed);
    let sealed = room.members[1].commit().update::<Tally>(&3).seal().unwrap();
    room.deliver(1, &sealed);
    room.agree();
}

#[test]
fn eng_8_a_plain_group_requires_nothing_and_has_no_components() {
    let plain = GroupConfig::new(b"plain").requirements(Requirements::Plain);
    let mut room = Room::with(&["alice", "bob"], &plain);
    assert!(room.members[0].epoch().dictionary.is_none());
    let packet = room.members[1].send(&Payload::plain("hi")).unwrap();
    assert!(matches!(
        room.members[0].receive(&packet.message).unwrap(),
        Received::Message(..)
    ));
    let sealed = room.members[0].commit().path().seal().unwrap();
    room.deliver(0, &sealed);
    room.agree();

    let refused = client("alice")
        .create_group(plain.with::<Tally>(&(0, Opaque::default())))
        .err()
        .unwrap();
    assert_eq!(refused.as_reject().unwrap().rule(), "ENG-8");
}

#[test]
fn cid_4_a_group_is_not_loaded_under_other_numbers() {
    let store = Arc::new(MemoryStore::default());
    let alice = client_with("alice", plugins(), Settings::default(), store.clone());
    drop(alice.create_group(config()).unwrap());

    let origin = Origin::here();
    let moved = Plugins::builder()
        .add(Arc::new(Basic), origin)
        .add(Arc::new(Tally), origin)
        .profile(Profile::new("moved").assign("tally", ComponentId(0x9000)))
        .build()
        .unwrap();
    let again = client_with("alice", moved, Settings::default(), store);
    let refused = again.group(b"room").err().unwrap();
    assert!(
        matches!(refused, Error::Renumbered { stored: TALLY, .. }),
        "{refused}"
    );
}

#[test]
fn cid_4_a_group_is_not_loaded_under_other_credential_types() {
    /// Takes the type that basic credentials had.
    struct Rival;
    impl CredentialKind for Rival {
        const NAME: &'static str = "rival";
        const TYPE: CredentialType = CredentialType::BASIC;
        const DRAFT: Draft = Draft::private("rival", "1");

        fn identify(&self, content: &[u8], kinds: &Kinds<'_>) -> Result<Identity, Reject> {
            Basic.identify(content, kinds)
        }

        fn verify(
            &self,
            content: &[u8],
            key: &SignatureKey<'_>,
            cx: &VerifyView<'_>,
        ) -> Result<Verified, Unverified> {
            CredentialKind::verify(&Basic, content, key, cx)
        }
    }
    impl Plugin for Rival {
        fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
            hooks.credential(self);
        }
    }

    let store = Arc::new(MemoryStore::default());
    let alice = client_with("alice", plugins(), Settings::default(), store.clone());
    drop(alice.create_group(config()).unwrap());

    let origin = Origin::here();
    let moved = Plugins::builder()
        .add(Arc::new(Basic), origin)
        .add(Arc::new(Rival), origin)
        .add(Arc::new(Tally), origin)
        .profile(Profile::new("moved").assign_credential("basic", CredentialType(0xf001)))
        .build()
        .unwrap();
    let again = client_with("alice", moved, Settings::default(), store);
    let refused = again.group(b"room").err().unwrap();
    assert!(
        matches!(&refused, Error::RenumberedCredential { name, .. } if name == "basic"),
        "{refused}"
    );
}

#[test]
fn the_whole_engine_runs_under_other_numbers() {
    let moved = || {
        let origin = Origin::here();
        Plugins::builder()
            .add(Arc::new(Basic), origin)
            .add(Arc::new(Tally), origin)
            .profile(Profile::new("moved").assign("tally", ComponentId(0x9000)))
            .build()
            .unwrap()
    };
    let store = || Arc::new(MemoryStore::default());
    let alice = client_with("alice", moved(), Settings::default(), store());
    let bob = client_with("bob", moved(), Settings::default(), store());
    let mut alices = alice.create_group(config()).unwrap();
    let sealed = alices
        .commit()
        .add(&key_package(&bob))
        .update::<Tally>(&4)
        .seal()
        .unwrap();
    alices.accept(&sealed).unwrap();
    let bobs = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();
    assert_eq!(bobs.state::<Tally>().unwrap().unwrap().0, 4);
    assert!(bobs.epoch().data(ComponentId(0x9000)).is_some());
    assert!(bobs.epoch().data(TALLY).is_none());
}

#[test]
fn a_marked_key_package_is_kept_and_another_is_used_up() {
    let bob = client("bob");
    for (mark, kept) in [(1, 1), (0, 0)] {
        let options = KeyPackageOptions::default().mark::<Tally>(&mark);
        let published = bob.key_package(&options).unwrap();
        let alice = client("alice");
        let mut room = alice.create_group(GroupConfig::new(&[mark])).unwrap();
        let sealed = room.commit().add(&published.message).seal().unwrap();
        bob.join(sealed.welcome.as_ref().unwrap()).unwrap();
        assert_eq!(bob.stored_key_packages().unwrap().len(), kept);
        bob.delete_key_package(&published.reference).unwrap();
        assert!(bob.stored_key_packages().unwrap().is_empty());
    }
}

#[test]
fn a_deleted_group_leaves_nothing_behind() {
    let store: Arc<MemoryStore> = Arc::default();
    let alice = client_with("alice", plugins(), Settings::default(), store);
    drop(alice.create_group(config()).unwrap());
    assert_eq!(alice.groups().unwrap(), [b"room"]);
    alice.delete_group(b"room").unwrap();
    assert!(alice.groups().unwrap().is_empty());
    assert!(matches!(alice.group(b"room"), Err(Error::NoSuchGroup)));
    drop(alice.create_group(config()).unwrap());
}

#[test]
fn a_hub_follows_on_after_a_restart() {
    let alice = client("alice");
    let mut room = alice.create_group(config()).unwrap();
    let store: Arc<MemoryStore> = Arc::default();
    let info = room.group_info().unwrap();
    let hub = PublicGroup::follow(plugins(), store.clone(), &info, None).unwrap();
    drop(hub);
    let mut hub = PublicGroup::load(plugins(), store.clone(), b"room").unwrap();
    let sealed = room.commit().update::<Tally>(&1).seal().unwrap();
    hub.receive(&sealed.commit).unwrap();
    room.accept(&sealed).unwrap();
    assert_eq!(hub.epoch(), room.epoch());
    hub.forget().unwrap();
    assert!(PublicGroup::load(plugins(), store, b"room").is_err());
}

#[test]
fn a_credential_that_is_not_genuine_or_cannot_be_judged_yet_is_not_let_in() {
    let mut room = Room::of(&["alice", "bob"]);
    let refused = room.members[0]
        .commit()
        .add(&key_package(&client("mallory")))
        .seal();
    assert_eq!(refused.unwrap_err().as_reject().unwrap().rule(), "BASIC-1");
    let late = room.members[0]
        .commit()
        .add(&key_package(&client("late")))
        .seal();
    assert!(matches!(late, Err(Error::Missing(needs)) if needs.len() == 1));
    room.agree();
}

#[test]
fn client_1_a_client_without_an_identity_is_not_built() {
    assert!(Client::builder(plugins()).build().is_err());
}

#[test]
fn a_message_whose_key_is_gone_is_told_from_one_that_is_forged() {
    let mut room = Room::of(&["alice", "bob"]);
    let packets: Vec<_> = (0..9_u8)
        .map(|n| room.members[0].send(&Payload::plain([n])).unwrap().message)
        .collect();
    for packet in &packets[1..] {
        room.members[1].receive(packet).unwrap();
    }
    let late = room.members[1].receive(&packets[0]).unwrap();
    assert_eq!(late, Received::TooLate { epoch: 1 });
    let again = room.members[1].receive(&packets[8]).unwrap();
    assert_eq!(again, Received::Duplicate);
}

#[test]
fn the_same_proposal_twice_in_an_epoch_is_refused_and_the_pool_keeps_one() {
    let mut room = Room::of(&["alice", "bob"]);
    let first = room.members[0].propose_update::<Tally>(&5).unwrap();
    let refused = room.members[0].propose_update::<Tally>(&5).unwrap_err();
    assert_eq!(refused.as_reject().unwrap().rule(), "ENG-6");
    room.hub.receive(&first.message).unwrap();
    room.members[1].receive(&first.message).unwrap();
    let sealed = room.members[0].commit().seal().unwrap();
    room.deliver(0, &sealed);
    room.agree();
    assert_eq!(room.members[0].state::<Tally>().unwrap().unwrap().0, 5);
}

#[test]
fn nothing_else_is_committed_for_a_leaf_that_leaves() {
    let mut room = Room::of(&["alice", "bob", "carol"]);
    let leave = room.members[1].propose_leave().unwrap().message;
    let renew = room.members[1].propose_renewal().unwrap().message;
    let remove = room.members[2]
        .propose_remove(LeafIndex(1))
        .unwrap()
        .message;
    for (from, proposal) in [(1, &leave), (1, &renew), (2, &remove)] {
        room.hub.receive(proposal).unwrap();
        for (index, member) in room.members.iter_mut().enumerate() {
            if index != from {
                member.receive(proposal).unwrap();
            }
        }
    }
    // Our own Remove takes the place of the SelfRemove; else the SelfRemove wins.
    let sealed = room.members[2]
        .commit()
        .remove(LeafIndex(1))
        .seal()
        .unwrap();
    room.members[2].discard(&sealed).unwrap();
    let sealed = room.members[0].commit().seal().unwrap();
    room.deliver(0, &sealed);
    assert!(!room.members.remove(1).is_active().unwrap());
    room.agree();
}

#[test]
fn whoever_joins_again_in_their_own_place_needs_no_self_remove_of_it() {
    let bob = client("bob");
    let mut room = Room::of(&["alice"]);
    room.add(&bob);
    let leave = room.members[1].propose_leave().unwrap().message;
    let info = room.members[0].group_info().unwrap();
    drop(room.members.pop());
    bob.delete_group(b"room").unwrap();
    let (again, sealed) = bob.join_external(&info).bring(&leave).seal().unwrap();
    room.hub.receive(&sealed.commit).unwrap();
    room.members[0].receive(&sealed.commit).unwrap();
    room.members.push(again);
    room.agree();
    assert_eq!(room.hub.epoch().leaves.len(), 2);
}

#[test]
fn messages_of_past_epochs_are_read_until_those_are_forgotten() {
    let mut room = Room::of(&["alice", "bob"]);
    let late: Vec<_> = (0..2_u8)
        .map(|n| room.members[0].send(&Payload::plain([n])).unwrap().message)
        .collect();
    let sealed = room.members[1].commit().path().seal().unwrap();
    room.deliver(1, &sealed);
    let read = room.members[1].receive(&late[0]).unwrap();
    assert!(matches!(read, Received::Message(_, m) if m.epoch == 1 && m.body == [0]));
    room.members[1]
        .forget_past_epochs(Duration::from_secs(60 * 60))
        .unwrap();
    room.members[1].forget_past_epochs(Duration::ZERO).unwrap();
    let gone = room.members[1].receive(&late[1]).unwrap();
    assert_eq!(gone, Received::TooLate { epoch: 1 });
    room.agree();
}

/// Worries about every member called carol, and refuses nobody.
struct Worried;

impl Invariant for Worried {
    fn concerns(&self, epoch: &EpochState) -> Vec<Reject> {
        let mut leaves = epoch.leaves.values();
        let carol = leaves.find(|leaf| leaf.identity.as_bytes() == b"carol");
        carol
            .map(|_| Reject::peer("WORRY-1", "carol is here"))
            .into_iter()
            .collect()
    }
}

impl Plugin for Worried {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.invariant("worried", self);
    }
}

fn worried(name: &str) -> Client {
    let origin = Origin::here();
    let plugins = Plugins::builder()
        .add(Arc::new(Basic), origin)
        .add(Arc::new(Tally), origin)
        .add(Arc::new(Worried), origin)
        .build();
    client_with(
        name,
        plugins.unwrap(),
        Settings::default(),
        Arc::new(MemoryStore::default()),
    )
}

#[test]
fn a_concern_that_our_own_leaf_causes_keeps_us_out_and_an_older_one_is_an_alarm() {
    let mut room = Room::of(&["alice"]);
    let carol = worried("carol");
    let sealed = room.members[0]
        .commit()
        .add(&key_package(&carol))
        .seal()
        .unwrap();
    let refused = carol.join(sealed.welcome.as_ref().unwrap()).err().unwrap();
    assert_eq!(refused.as_reject().unwrap().rule(), "WORRY-1");
    assert_eq!(carol.stored_key_packages().unwrap().len(), 1);
    room.members[0].discard(&sealed).unwrap();

    room.add(&client("carol"));
    let bob = worried("bob");
    let sealed = room.members[0]
        .commit()
        .add(&key_package(&bob))
        .seal()
        .unwrap();
    let joined = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();
    let inbox = joined.inbox().unwrap();
    let [delivered] = &inbox[..] else {
        panic!("{inbox:?}");
    };
    let Event::Joined(alarms) = &delivered.event else {
        panic!("{delivered:?}");
    };
    assert_eq!(
        alarms.iter().map(|a| &a.rule[..]).collect::<Vec<_>>(),
        ["WORRY-1"]
    );
}

#[test]
fn what_goes_out_with_a_commit_is_as_the_settings_say() {
    for (publish_group_info, tree_inside) in [(true, true), (true, false), (false, true)] {
        let settings = Settings {
            publish_group_info,
            tree_inside,
            ..Settings::default()
        };
        let store = Arc::new(MemoryStore::default());
        let alice = client_with("alice", plugins(), settings, store);
        let mut at_alice = alice.create_group(config()).unwrap();
        let bob = client("bob");
        let sealed = at_alice.commit().add(&key_package(&bob)).seal().unwrap();
        at_alice.accept(&sealed).unwrap();
        let tree = at_alice.ratchet_tree().unwrap();

        let (welcome, info) = (sealed.welcome.unwrap(), sealed.group_info);
        assert_eq!(info.is_some(), publish_group_info);
        assert_eq!(bob.join(&welcome).is_ok(), tree_inside);
        if let Some(info) = &info {
            let carol = client("carol");
            assert_eq!(carol.join_external(info).seal().is_ok(), tree_inside);
            let dave = client("dave");
            let join = dave.join_external(info).ratchet_tree(&tree);
            assert!(join.seal().is_ok());
        }
    }
}

/// RFC 9420, section 8.4: a key that was agreed elsewhere, by value, by reference, with a Welcome, and
/// from outside.
#[test]
fn an_external_psk_is_needed_by_members_and_by_those_who_join() {
    let psk = Secret::from(b"agreed elsewhere".to_vec());
    let mut room = Room::of(&["alice", "bob"]);
    for member in &room.members {
        member.client().put_external_psk(b"id", &psk).unwrap();
    }
    let proposed = room.members[1].propose_external_psk(b"id").unwrap();
    room.hub.receive(&proposed.message).unwrap();
    room.members[0].receive(&proposed.message).unwrap();
    let sealed = room.members[0].commit().seal().unwrap();
    room.deliver(0, &sealed);
    room.agree();

    let carol = client("carol");
    let package = key_package(&carol);
    let sealed = room.members[1]
        .commit()
        .add(&package)
        .external_psk(b"id")
        .seal()
        .unwrap();
    let welcome = sealed.welcome.clone().unwrap();
    assert!(carol.join(&welcome).is_err());
    carol.put_external_psk(b"id", &psk).unwrap();
    room.deliver(1, &sealed);
    room.members.push(carol.join(&welcome).unwrap());
    room.agree();

    let dave = client("dave");
    dave.put_external_psk(b"id", &psk).unwrap();
    let info = room.members[0].group_info().unwrap();
    let (group, sealed) = dave
        .join_external(&info)
        .external_psk(b"id")
        .seal()
        .unwrap();
    room.hub.receive(&sealed.commit).unwrap();
    for member in &mut room.members {
        member.receive(&sealed.commit).unwrap();
    }
    room.members.push(group);
    room.agree();

    // A component of the same name has a key of its own (APSK-4).
    let sealed = room.members[0].commit().psk::<Tally>(b"id").seal();
    assert!(sealed.is_err());
    room.members[0].client().delete_external_psk(b"id").unwrap();
    assert!(room.members[0].commit().external_psk(b"id").seal().is_err());
}
