//! What travels with messages, and the secrets of an epoch (draft-ietf-mls-extensions-10, sections
//! 4.4, 4.9 and 6.2).

use mls_trellis_engine::{Error, Received};
use mls_trellis_hooks::{
    ComponentHandle, ComponentId, HandleError, MediaType, Payload,
    wire::{self, Opaque},
};
use openmls::messages::external_proposals::JoinProposal;
use openmls_rust_crypto::MemoryStorage;
use tls_codec::Serialize as _;

use crate::{
    forge,
    sample::{TALLY, Tally},
    stock::{Leaf, Stock, StockMember, app_data, encode},
    verdict::rule_of,
    world::{Room, client, config},
};

/// A SafeAAD of these items, in this order.
fn safe_aad(items: &[(ComponentId, Vec<u8>)]) -> Vec<u8> {
    let items: Vec<_> = items
        .iter()
        .map(|(id, item)| (*id, Opaque::from(item.as_slice())))
        .collect();
    wire::encode(&items).unwrap()
}

fn epoch_item(room: &Room) -> (ComponentId, Vec<u8>) {
    (TALLY, room.hub.epoch().epoch.to_be_bytes().to_vec())
}

fn update() -> Vec<u8> {
    app_data(TALLY.0, Some(5u64.to_be_bytes().to_vec()))
        .tls_serialize_detached()
        .unwrap()
}

fn safe_room() -> (Room, StockMember) {
    let mut room = Room::with(&["alice", "bob"], &config().safe_aad([TALLY]));
    let stan = room.admit("stan");
    (room, stan)
}

fn authenticated_data(message: &[u8]) -> Vec<u8> {
    mls_trellis_wire::peek(message)
        .unwrap()
        .framing
        .unwrap()
        .authenticated_data
        .to_vec()
}

#[test]
fn aad_1_aad_2_aad_3_aad_4_aad_5_what_is_no_safe_aad_is_refused() {
    let (mut room, stan) = safe_room();
    let one = epoch_item(&room);
    let other = (ComponentId(0x8151), vec![1]);
    for (aad, rule) in [
        (vec![9, 9, 9], "AAD-1"),
        (vec![2, 0x81, 0x50], "AAD-1"),
        (
            [safe_aad(std::slice::from_ref(&one)), vec![1]].concat(),
            "AAD-2",
        ),
        (vec![0, 0], "AAD-2"),
        (safe_aad(&[other, one.clone()]), "AAD-3"),
        (safe_aad(&[one.clone(), one]), "AAD-4"),
        (Vec::new(), "AAD-5"),
    ] {
        let proposal = forge::proposal(&stan, &aad, &update());
        let dictionary: Vec<_> = {
            let dictionary = room.hub.epoch().dictionary.as_ref().unwrap();
            dictionary
                .iter()
                .map(|(id, data)| (*id, data.0.clone()))
                .collect()
        };
        let commit = forge::commit(&stan, &aad, &[update()], &dictionary);
        for message in [proposal, commit] {
            room.refuses(&message, rule);
        }
    }
    room.goes_on();
}

#[test]
fn aad_6_where_it_is_off_aad_means_nothing() {
    let mut room = Room::of(&["alice", "bob"]);
    let stan = room.admit("stan");
    let wrong = (TALLY, 77u64.to_be_bytes().to_vec());
    room.pools(&forge::proposal(&stan, &safe_aad(&[wrong]), &update()));
    room.pools(&forge::proposal(&stan, &[9, 9, 9], &update()));
}

#[test]
fn aad_7_items_of_unknown_components_are_ignored() {
    let (mut room, stan) = safe_room();
    let items = [
        (ComponentId(0x0777), vec![1]),
        (ComponentId(0x2a2a), vec![]),
        epoch_item(&room),
    ];
    room.pools(&forge::proposal(&stan, &safe_aad(&items), &update()));
}

#[test]
fn aad_8_the_component_checks_its_item() {
    let (mut room, stan) = safe_room();
    let wrong = safe_aad(&[(TALLY, 77u64.to_be_bytes().to_vec())]);
    room.members[0]
        .receive(&forge::proposal(&stan, &[0], &update()))
        .unwrap();
    let proposal = forge::proposal(&stan, &wrong, &update());
    for member in &mut room.members {
        assert_eq!(rule_of(member.receive(&proposal)), "TALLY-4");
    }
    // A commit is not merged for it either.
    let list = wire::encode(&vec![TALLY]).unwrap();
    let tally = wire::encode(&(5u64, Opaque::from(&b"stan"[..]))).unwrap();
    let dictionary = [
        (ComponentId::APP_COMPONENTS, list.clone()),
        (ComponentId::SAFE_AAD, list),
        (TALLY, tally),
    ];
    let commit = forge::commit(&stan, &wrong, &[update()], &dictionary);
    room.refuses(&commit, "TALLY-4");
    let right = safe_aad(&[epoch_item(&room)]);
    let commit = forge::commit(&stan, &right, &[update()], &dictionary);
    room.accepts(&commit, &[]);
}

#[test]
fn aad_10_altered_aad_is_not_authentic() {
    let (mut room, stan) = safe_room();
    let message = forge::proposal(&stan, &safe_aad(&[epoch_item(&room)]), &update());
    let aad = authenticated_data(&message);
    let at = message
        .windows(aad.len())
        .position(|window| window == aad)
        .unwrap();
    let mut altered = message.clone();
    altered[at + aad.len() - 1] ^= 1;
    for member in &mut room.members {
        assert!(matches!(member.receive(&altered), Err(Error::Mls { .. })));
    }
    room.pools(&message);
}

#[test]
fn aad_s1_aad_s3_aad_s4_the_whole_field_of_every_message() {
    let mut room = Room::with(&["alice", "bob"], &config().safe_aad([]));
    let proposal = room.members[1].propose_update::<Tally>(&5).unwrap().message;
    let sealed = room.members[0].commit().seal().unwrap();
    room.members[0].discard(&sealed).unwrap();
    let message = room.members[0]
        .send(&Payload::plain("hello"))
        .unwrap()
        .message;
    for message in [&proposal, &sealed.commit, &message] {
        assert_eq!(authenticated_data(message), [0]);
    }
    let (room, _) = safe_room();
    let mut member = room.members.into_iter().next().unwrap();
    let message = member.send(&Payload::plain("hello")).unwrap().message;
    let items = wire::decode::<Vec<(ComponentId, Opaque)>>(&authenticated_data(&message)).unwrap();
    assert_eq!(
        items,
        [(TALLY, Opaque::from(&member.epoch().epoch.to_be_bytes()[..]))]
    );
}

#[test]
fn aad_s6_the_commit_that_switches_is_framed_as_before() {
    let mut room = Room::of(&["alice", "bob"]);
    let on = room.members[0]
        .commit()
        .require_aad([TALLY])
        .seal()
        .unwrap();
    assert!(authenticated_data(&on.commit).is_empty());
    room.deliver(0, &on);
    let off = room.members[0].commit().drop_aad().seal().unwrap();
    assert!(!authenticated_data(&off.commit).is_empty());
    room.deliver(0, &off);
    room.agree();
    let plain = room.members[0].commit().path().seal().unwrap();
    assert!(authenticated_data(&plain.commit).is_empty());
}

#[test]
fn aad_of_those_outside_the_group() {
    // An external commit can carry an empty SafeAAD only, which OpenMLS writes by itself.
    let (mut room, _) = safe_room();
    let info = room.members[0].group_info().unwrap();
    let (dave, sealed) = client("dave").join_external(&info).seal().unwrap();
    assert_eq!(authenticated_data(&sealed.commit), [0]);
    room.accepts(&sealed.commit, &[]);
    room.members.push(dave);
    room.agree();
    // A stock client's request to join has none, and is refused; docs/LIMITS.md says so.
    let erin = Stock::named("erin");
    let group = openmls::group::GroupId::from_slice(b"room");
    let epoch = room.hub.epoch().epoch.into();
    let bundle = erin.bundle(&Leaf::default(), &[]);
    let join = JoinProposal::new::<MemoryStorage>(bundle, group, epoch, &erin.key).unwrap();
    room.refuses(&encode(join), "AAD-5");
}

#[test]
fn ca_6_where_no_component_frames_messages_they_are_opaque() {
    let mut room = Room::with(
        &["alice", "bob"],
        &mls_trellis_engine::GroupConfig::new(b"room"),
    );
    let typed = Payload::typed(MediaType::new("text/plain"), b"hello");
    assert_eq!(rule_of(room.members[0].send(&typed)), "CA-6");
    let mut stan = room.admit("stan");
    let message = stan.send(b"Tanything");
    let Received::Message(_, message) = room.members[0].receive(&message).unwrap() else {
        panic!("no message");
    };
    assert_eq!(
        (message.body.as_slice(), message.media_type),
        (&b"Tanything"[..], None)
    );
}

#[test]
fn ca_2_a_message_that_is_not_framed() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let message = stan.send(b"bare");
    for member in &mut room.members {
        for _ in 0..2 {
            assert_eq!(rule_of(member.receive(&message)), "TALLY-7");
        }
    }
    let framed = stan.send(b"Tframed");
    let received = room.members[0].receive(&framed).unwrap();
    assert!(matches!(received, Received::Message(..)), "{received:?}");
}

#[test]
fn ca_14_a_late_message_is_framed_as_its_epoch_says() {
    let mut room = Room::of(&["alice", "bob", "carol"]);
    let set = room.members[0].commit().update::<Tally>(&5).seal().unwrap();
    room.deliver(0, &set);
    let framed = room.members[1]
        .send(&Payload::plain("framed"))
        .unwrap()
        .message;
    let sealed = room.members[0]
        .commit()
        .drop_state::<Tally>()
        .seal()
        .unwrap();
    room.deliver(0, &sealed);
    let bare = room.members[1]
        .send(&Payload::plain("Tbare"))
        .unwrap()
        .message;
    let again = room.members[0].commit().update::<Tally>(&5).seal().unwrap();
    room.deliver(0, &again);
    for (message, body, media_type) in [
        (framed, &b"framed"[..], Some("text/tally".to_owned())),
        (bare, b"Tbare", None),
    ] {
        let Received::Message(_, message) = room.members[2].receive(&message).unwrap() else {
            panic!("no message");
        };
        assert_eq!(
            (message.body.as_slice(), message.media_type),
            (body, media_type)
        );
    }
}

#[test]
fn exp_5_exp_8_all_members_of_an_epoch_and_of_that_epoch_only() {
    let mut room = Room::of(&["alice", "bob"]);
    let first = room.members[0]
        .component::<Tally>()
        .export_secret()
        .unwrap();
    let info = room.members[0].group_info().unwrap();
    let (dave, sealed) = client("dave").join_external(&info).seal().unwrap();
    room.accepts(&sealed.commit, &[]);
    room.members.push(dave);
    room.add(&client("erin"));
    let pathless = room.members[0].commit().update::<Tally>(&5).seal().unwrap();
    room.deliver(0, &pathless);
    let secrets: Vec<_> = room
        .members
        .iter_mut()
        .map(|member| member.component::<Tally>().export_secret().unwrap())
        .collect();
    assert!(secrets.iter().all(|secret| *secret == secrets[0]));
    assert_ne!(secrets[0], first);
}

#[test]
fn exp_3_exp_7_exp_10_a_secret_that_was_handed_out_is_gone_for_good() {
    let alice = client("alice");
    let mut group = alice.create_group(config()).unwrap();
    group.component::<Tally>().export_secret().unwrap();
    // There is no second handle that could still have it.
    assert!(matches!(
        alice.group(b"room").map(|_| ()),
        Err(Error::InUse)
    ));
    drop(group);
    let mut group = alice.group(b"room").unwrap();
    let again = group.component::<Tally>().export_secret().unwrap_err();
    assert!(
        matches!(&again, HandleError::Reject(reject) if reject.rule() == "EXP-3"),
        "{again:?}"
    );
}

#[test]
fn exp_a_member_that_was_removed_exports_nothing() {
    let mut room = Room::of(&["alice", "bob"]);
    let sealed = room.members[0]
        .commit()
        .remove(mls_trellis_hooks::LeafIndex(1))
        .seal()
        .unwrap();
    room.deliver(0, &sealed);
    assert!(
        room.members[1]
            .component::<Tally>()
            .export_secret()
            .is_err()
    );
}
