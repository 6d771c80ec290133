//! Every door by which a credential enters a group. OpenMLS looks at none of them: the sample kind
//! of credential knows one person who is not welcome, mallory.

use std::sync::Arc;

use mls_trellis_engine::{self as engine, Followed, PublicGroup, Received};
use mls_trellis_hooks::Payload;
use openmls::{
    extensions::{Extension, ExternalSender},
    messages::external_proposals::JoinProposal,
    prelude::{CredentialWithKey, LeafNodeParameters, Propose},
};

use openmls_rust_crypto::MemoryStorage;

use crate::{
    sample::{Tally, plugins},
    stock::{Hostile, Key, Leaf, Stock, encode},
    verdict::{has_member, leaf_of, rule_of},
    world::{Room, client, key_package},
};

/// A leaf that says somebody else owns it.
fn as_if(name: &str, key: &Key) -> LeafNodeParameters {
    let other = Stock::named(name);
    LeafNodeParameters::builder()
        .with_capabilities(Leaf::default().capabilities())
        .with_extensions(Leaf::default().extensions())
        .with_credential_with_key(CredentialWithKey {
            credential: other.credential,
            signature_key: key.public.as_slice().into(),
        })
        .build()
}

#[test]
fn credentials_key_package_before_an_add() {
    let mut room = Room::of(&["alice", "bob"]);
    let mallory = Stock::named("mallory").key_package(&Leaf::default());
    assert_eq!(
        rule_of(room.members[0].commit().add(&mallory).seal()),
        "BASIC-1"
    );
    let mut stan = room.admit("stan");
    let mallory = Stock::named("mallory").bundle(&Leaf::default(), &[]);
    let commit = stan.commit(Hostile {
        adds: vec![mallory],
        ..Hostile::default()
    });
    room.refuses(&commit, "BASIC-1");
    room.goes_on();
}

#[test]
fn credentials_key_package_in_an_add_by_reference() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let mallory = Stock::named("mallory").bundle(&Leaf::default(), &[]);
    let proposal = stan.propose(Propose::Add(mallory));
    room.pools(&proposal);
    let commit = stan.commit(Hostile::default());
    room.refuses(&commit, "BASIC-1");
    // Our own commits leave her out, and nothing else.
    let update = room.members[1].propose_update::<Tally>(&5).unwrap().message;
    room.hub.receive(&update).unwrap();
    room.members[0].receive(&update).unwrap();
    let sealed = room.members[0].commit().seal().unwrap();
    room.deliver(0, &sealed);
    room.agree();
    assert!(!has_member(&room.members[0], "mallory"));
    assert_eq!(room.tally(), Some(5));
}

#[test]
fn credentials_key_package_in_an_external_join_proposal() {
    let mut room = Room::of(&["alice", "bob"]);
    let mallory = Stock::named("mallory");
    let group = openmls::group::GroupId::from_slice(b"room");
    let epoch = room.members[0].epoch().epoch.into();
    let bundle = mallory.bundle(&Leaf::default(), &[]);
    let join = JoinProposal::new::<MemoryStorage>(bundle, group, epoch, &mallory.key);
    room.pools(&encode(join.unwrap()));
    let sealed = room.members[0].commit().path().seal().unwrap();
    room.deliver(0, &sealed);
    room.agree();
    assert!(!has_member(&room.members[0], "mallory"));
}

#[test]
fn credentials_join_by_welcome_from_outside_and_import() {
    let mut founder = Stock::named("mallory").found(&Leaf::default(), Vec::new());
    let alice = client("alice");
    let added = crate::stock::key_package_of(&key_package(&alice), &founder.client.provider);
    let built = founder.try_commit(Hostile {
        adds: vec![added],
        ..Hostile::default()
    });
    let (_, welcome) = built.unwrap();
    founder.merge();
    assert_eq!(
        rule_of(alice.join(&welcome.unwrap()).map(|_| ())),
        "BASIC-1"
    );
    assert_eq!(alice.stored_key_packages().unwrap().len(), 1);

    let info = founder.group_info();
    let bob = client("bob");
    assert_eq!(
        rule_of(bob.join_external(&info).seal().map(|_| ())),
        "BASIC-1"
    );
    assert!(bob.groups().unwrap().is_empty());
    let hub = PublicGroup::follow(
        plugins(),
        Arc::new(engine::MemoryStore::default()),
        &info,
        None,
    );
    assert_eq!(rule_of(hub.map(|_| ())), "BASIC-1");
}

#[test]
fn credentials_external_sender_of_a_group_that_we_join() {
    let mallory = Stock::named("mallory");
    let sender = ExternalSender::new(mallory.key.public.clone().into(), mallory.credential);
    let context = vec![Extension::ExternalSenders(vec![sender])];
    let stan = Stock::named("stan").found(&Leaf::default(), context);
    let bob = client("bob");
    let joined = bob.join_external(&stan.group_info()).seal();
    assert_eq!(rule_of(joined.map(|_| ())), "BASIC-1");
}

#[test]
fn cred_3_credentials_path_of_a_commit() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    for (name, rule) in [
        ("mallory", "BASIC-1"),
        ("alice", "CRED-3"),
        ("nobody", "CRED-3"),
    ] {
        let leaf = as_if(name, &stan.client.key);
        let commit = stan.commit(Hostile {
            leaf,
            ..Hostile::default()
        });
        room.refuses(&commit, rule);
    }
    room.goes_on();
}

#[test]
fn credentials_update_by_reference() {
    for (name, rule) in [("mallory", "BASIC-1"), ("alice", "CRED-3")] {
        let mut room = Room::of(&["alice", "bob"]);
        let (mut stan, mut stella) = room.admit_two();
        let leaf = as_if(name, &stan.client.key);
        let proposal = stan.propose(Propose::Update(leaf));
        room.pools(&proposal);
        stella.receive(&proposal, &[]);
        let commit = stella.commit(Hostile::default());
        room.refuses(&commit, rule);
        // Our own commit of it is the same commit.
        let sealed = room.members[0].commit().path().seal().unwrap();
        room.deliver(0, &sealed);
        room.agree();
        assert!(has_member(&room.members[0], "stan"));
    }
}

#[test]
fn credentials_external_commit() {
    let mut room = Room::of(&["alice", "bob"]);
    let info = room.members[0].group_info().unwrap();
    let commit = Stock::named("mallory")
        .join_external(&info, &Leaf::default())
        .1;
    room.refuses(&commit, "BASIC-1");
    room.goes_on();
}

#[test]
fn credentials_external_commit_in_the_place_of_another() {
    let mut room = Room::of(&["alice", "bob"]);
    let stan = room.admit("stan");
    let info = room.members[0].group_info().unwrap();
    // With stan's key, but as somebody else: OpenMLS removes stan's leaf for it.
    let mut thief = Stock::named("thief");
    thief.key = stan.client.key.clone();
    let commit = thief.join_external(&info, &Leaf::default()).1;
    room.refuses(&commit, "CRED-3");
    // As stan himself, it is how a client that lost its state comes back.
    let mut again = Stock::named("stan");
    again.key = stan.client.key.clone();
    let commit = again.join_external(&info, &Leaf::default()).1;
    room.accepts(&commit, &[]);
}

#[test]
fn credentials_external_senders_in_a_commit() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let hub = Stock::named("the hub");
    let sender = |credential| {
        let sender = ExternalSender::new(hub.key.public.clone().into(), credential);
        Extension::ExternalSenders(vec![sender])
    };
    let mallory = Stock::named("mallory").credential;
    let context = Some(stan.context(vec![sender(mallory.clone())]));
    let commit = stan.commit(Hostile {
        context,
        ..Hostile::default()
    });
    room.refuses(&commit, "BASIC-1");

    let context = Some(stan.context(vec![sender(hub.credential.clone())]));
    let commit = stan.commit(Hostile {
        context,
        ..Hostile::default()
    });
    room.accepts(&commit, &[]);
    stan.merge();
    // The same key under another name is another sender.
    let context = Some(stan.context(vec![sender(mallory)]));
    let commit = stan.commit(Hostile {
        context,
        ..Hostile::default()
    });
    room.refuses(&commit, "BASIC-1");
}

#[test]
fn credentials_of_late_messages_are_those_of_their_epoch() {
    let mut room = Room::of(&["alice", "bob", "carol"]);
    let late = room.members[2]
        .send(&Payload::plain("late"))
        .unwrap()
        .message;
    let carol = leaf_of(&room.members[0], "carol");
    let sealed = room.members[0].commit().remove(carol).seal().unwrap();
    room.deliver(0, &sealed);
    room.members.pop();
    room.add(&client("dave"));
    assert_eq!(leaf_of(&room.members[0], "dave"), carol);
    let Received::Message(_, message) = room.members[0].receive(&late).unwrap() else {
        panic!("no message");
    };
    assert_eq!(message.from.name(), "carol");
}

#[test]
fn trap_8_leaf_1_path_installs_another_members_key() {
    let mut room = Room::of(&["alice", "bob"]);
    let (mut stan, stella) = room.admit_two();
    let commit = stan.commit_with_key(&stella.client.key);
    room.refuses(&commit, "LEAF-1");
    // By reference, it is left out of our commits.
    let proposal = stan.propose_with_key(&stella.client.key);
    if let Ok(Followed::Proposal(_)) = room.hub.receive(&proposal) {
        room.members[0].receive(&proposal).unwrap();
        room.members[1].receive(&proposal).unwrap();
    }
    let sealed = room.members[0].commit().path().seal().unwrap();
    room.deliver(0, &sealed);
    room.agree();
    room.add(&client("dave"));
}
