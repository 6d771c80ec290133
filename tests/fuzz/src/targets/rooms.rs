//! What members, newcomers and hubs get from the Delivery Service.
//!
//! The rooms are made anew for every thread and whenever an honest message was accepted, with new
//! keys: a crash is to be reproduced by its edits, not by its bytes on the wire.

use std::{cell::RefCell, sync::Arc};

use mls_trellis_engine::{
    Client, Error, Framing, Group, GroupConfig, KeyPackageOptions, MemoryStore, PublicGroup,
    Received, SoftwareSigner,
};
use mls_trellis_hooks::{CipherSuite, Credential, LeafIndex, Payload};
use mls_trellis_poll::{Poll, Update};
use mls_trellis_targeted_messages::TargetedMessages;

use crate::{
    Target,
    edits::{edited, seeds},
};

/// After so many refusals the honest message must still be accepted.
const PATIENCE: u32 = 64;
/// Honest messages to a member and to a hub: see [`Room::new`].
const MESSAGES: u8 = 6;

/// Messages to a member.
pub(crate) const RECEIVE: Target = Target {
    name: "receive",
    run: |data| with_room(data, to_member),
    seeds: || seeds(MESSAGES),
};

/// Messages to a hub.
pub(crate) const HUB: Target = Target {
    name: "hub",
    run: |data| with_room(data, to_hub),
    seeds: || seeds(MESSAGES),
};

/// Welcomes.
pub(crate) const JOIN: Target = Target {
    name: "join",
    run: |data| with_room(data, to_newcomer),
    seeds: || seeds(1),
};

/// `GroupInfo`s, for a hub to follow and for a client to join from outside.
pub(crate) const GROUP_INFO: Target = Target {
    name: "group_info",
    run: |data| with_room(data, to_outsiders),
    seeds: || seeds(1),
};

/// `KeyPackage`s of somebody who is to be added.
pub(crate) const KEY_PACKAGE: Target = Target {
    name: "key_package",
    run: |data| with_room(data, to_committer),
    seeds: || seeds(1),
};

thread_local! {
    static ROOM: RefCell<Option<Room>> = const { RefCell::new(None) };
}

/// Alice sends; bob, a hub, carol and dave receive.
struct Room {
    alice: Group,
    bob: Group,
    hub: PublicGroup,
    carol: Client,
    dave: Client,
    messages: Vec<Vec<u8>>,
    welcome: Vec<Vec<u8>>,
    info: Vec<Vec<u8>>,
    key_package: Vec<Vec<u8>>,
    refusals: u32,
}

/// Whether the room can be used again.
#[derive(PartialEq, Eq)]
enum Afterwards {
    AsItWas,
    UsedUp,
}

/// Feeds the room of this thread.
fn with_room(data: &[u8], feed: fn(&mut Room, &[u8]) -> Afterwards) {
    // Taken out, so that a panic leaves no room behind.
    let mut room = ROOM.take().unwrap_or_else(Room::new);
    if feed(&mut room, data) == Afterwards::AsItWas {
        ROOM.set(Some(room));
    }
}

fn to_member(room: &mut Room, data: &[u8]) -> Afterwards {
    let (honest, message) = edited(&room.messages, data);
    let before = (
        room.bob.epoch().clone(),
        room.bob.epoch_authenticator().unwrap(),
    );
    match room.bob.receive(&message) {
        Ok(Received::StaleEpoch { .. } | Received::FutureEpoch { .. }) => {
            assert!(honest != Some(&message), "it is of this epoch");
        }
        Ok(_) => return Afterwards::UsedUp,
        Err(error) => refused(&error, honest == Some(&message)),
    }
    let after = (
        room.bob.epoch().clone(),
        room.bob.epoch_authenticator().unwrap(),
    );
    assert_eq!(before, after, "a refusal changed something");
    room.refusals += 1;
    match honest {
        Some(honest) if room.refusals >= PATIENCE => {
            let received = room.bob.receive(&honest.clone());
            received.expect("the message as it was sent");
            Afterwards::UsedUp
        }
        _ => Afterwards::AsItWas,
    }
}

fn to_hub(room: &mut Room, data: &[u8]) -> Afterwards {
    let (honest, message) = edited(&room.messages, data);
    let before = room.hub.epoch().clone();
    match room.hub.receive(&message) {
        Ok(_) => return Afterwards::UsedUp,
        Err(error) => {
            refused(&error, honest == Some(&message) && is_public(&message));
        }
    }
    assert_eq!(before, *room.hub.epoch(), "a refusal changed something");
    room.refusals += 1;
    match honest {
        // It cannot read what is encrypted.
        Some(honest) if room.refusals >= PATIENCE && is_public(honest) => {
            let received = room.hub.receive(&honest.clone());
            received.expect("the message as it was sent");
            Afterwards::UsedUp
        }
        _ => Afterwards::AsItWas,
    }
}

fn to_newcomer(room: &mut Room, data: &[u8]) -> Afterwards {
    let (honest, message) = edited(&room.welcome, data);
    match room.carol.join(&message) {
        Ok(_) => return Afterwards::UsedUp,
        Err(error) => refused(&error, honest == Some(&message)),
    }
    assert_eq!(room.carol.groups().unwrap(), Vec::<Vec<u8>>::new());
    room.refusals += 1;
    match room.refusals {
        PATIENCE.. => {
            for honest in &room.welcome {
                room.carol.join(honest).expect("the Welcome as it was sent");
            }
            Afterwards::UsedUp
        }
        _ => Afterwards::AsItWas,
    }
}

fn to_outsiders(room: &mut Room, data: &[u8]) -> Afterwards {
    let (honest, message) = edited(&room.info, data);
    let honest = honest == Some(&message);
    let plugins = room.carol.plugins().clone();
    let store = Arc::new(MemoryStore::default());
    if let Err(error) = PublicGroup::follow(plugins, store, &message, None) {
        refused(&error, honest);
    }
    match room.dave.join_external(&message).seal() {
        Ok(_) => return Afterwards::UsedUp,
        Err(error) => refused(&error, honest),
    }
    assert_eq!(room.dave.groups().unwrap(), Vec::<Vec<u8>>::new());
    Afterwards::AsItWas
}

fn to_committer(room: &mut Room, data: &[u8]) -> Afterwards {
    let (honest, message) = edited(&room.key_package, data);
    let _ = room.dave.read_key_package(&message);
    let obstacles = room.alice.why_not(&message);
    match room.alice.commit().add(&message).seal() {
        Ok(sealed) => {
            let obstacles = obstacles.expect("what can be added can be judged");
            assert!(!obstacles.iter().any(|o| o.weight.is_in_the_way()));
            room.alice.discard(&sealed).unwrap();
        }
        Err(error) => refused(&error, honest == Some(&message)),
    }
    Afterwards::AsItWas
}

/// Bad bytes are refused by a rule, by their form, or by OpenMLS; they are no error of ours. What is
/// as it was sent is not refused.
fn refused(error: &Error, honest: bool) {
    assert!(!honest, "{error:?}");
    match error {
        Error::Malformed { .. }
        | Error::Mls { .. }
        | Error::Rejected(_)
        | Error::Unopened(_)
        | Error::Missing(_) => {}
        other => panic!("{other:?}"),
    }
}

/// Whether it is a `PublicMessage`.
fn is_public(message: &[u8]) -> bool {
    message.get(2..4) == Some(&[0, 1])
}

impl Room {
    fn new() -> Self {
        let [alice, bob, carol, dave] = ["alice", "bob", "carol", "dave"].map(client);
        let config = GroupConfig::new(b"room")
            .framing(Framing::Public)
            .require::<Poll>();
        let mut room = alice.create_group(config).unwrap();
        let (info, store) = (room.group_info().unwrap(), Arc::new(MemoryStore::default()));
        let mut hub = PublicGroup::follow(alice.plugins().clone(), store, &info, None).unwrap();
        let sealed = room.commit().add(&key_package(&bob)).seal().unwrap();
        hub.receive(&sealed.commit).unwrap();
        room.accept(&sealed).unwrap();
        let bob = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();

        // Each of these could be the next that bob gets.
        let commit = room
            .commit()
            .add(&key_package(&carol))
            .update::<Poll>(&Update::open("Lunch?", ["soup", "rice"]))
            .path()
            .seal()
            .unwrap();
        room.discard(&commit).unwrap();
        let info = room.group_info().unwrap();
        let (_, from_outside) = client("erin").join_external(&info).seal().unwrap();
        let request = client("frank").ask_to_join(&info).unwrap();
        let said = room.send(&Payload::plain(b"hello")).unwrap();
        let whispered = room
            .seal_as::<TargetedMessages>(LeafIndex(1), b"psst", b"")
            .unwrap();
        // Last: what is proposed would be in the commits that follow.
        let proposal = room.propose_add(&key_package(&client("grace"))).unwrap();
        Self {
            messages: vec![
                commit.commit,
                from_outside.commit,
                request,
                said.message,
                whispered.message,
                proposal.message,
            ],
            welcome: vec![commit.welcome.unwrap()],
            info: vec![info],
            key_package: vec![key_package(&client("heidi"))],
            alice: room,
            bob,
            hub,
            carol,
            dave,
            refusals: 0,
        }
    }
}

fn client(name: &str) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    Client::builder(mls_trellis_bundle::plugins().unwrap())
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
        .unwrap()
}

fn key_package(client: &Client) -> Vec<u8> {
    let own = client.key_package(&KeyPackageOptions::default());
    own.unwrap().message
}
