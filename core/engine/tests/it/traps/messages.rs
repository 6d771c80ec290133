//! What OpenMLS does with messages on the way in.

use std::sync::Arc;

use mls_trellis_engine::{Client, Error, MemoryStore, Received, Settings};
use mls_trellis_hooks::{Credential, ExtensionType, ExternalSender, Payload, RawExtension};
use openmls::{
    messages::proposals::{PreSharedKeyProposal, Proposal},
    schedule::PreSharedKeyId,
};
use tls_codec::Serialize as _;

use crate::{
    forge,
    sample::{TALLY, Tally, careless_plugins},
    stock::{Leaf, Stock, app_data, ephemeral},
    verdict::rule_of,
    world::{Room, client, client_with, config, key_package, private},
};

fn careless(name: &str, settings: Settings) -> Client {
    client_with(
        name,
        careless_plugins(),
        settings,
        Arc::new(MemoryStore::default()),
    )
}

#[test]
fn trap_7_a_refused_private_commit_can_be_processed_again() {
    let alice = client("alice");
    let bob = careless("bob", private());
    let mut at_alice = alice.create_group(config()).unwrap();
    let sealed = at_alice.commit().add(&key_package(&bob)).seal().unwrap();
    at_alice.accept(&sealed).unwrap();
    let mut at_bob = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();

    let sealed = at_bob.commit().update::<Tally>(&77).seal().unwrap();
    for _ in 0..2 {
        assert_eq!(rule_of(at_alice.receive(&sealed.commit)), "TALLY-5");
    }
    drop(at_alice);
    let mut at_alice = alice.group(b"room").unwrap();
    assert_eq!(rule_of(at_alice.receive(&sealed.commit)), "TALLY-5");

    // Nothing of it is used up: what bob sends next arrives.
    at_bob.discard(&sealed).unwrap();
    let packet = at_bob.send(&Payload::plain("sorry")).unwrap();
    let received = at_alice.receive(&packet.message).unwrap();
    assert!(matches!(received, Received::Message(..)), "{received:?}");
    let sealed = at_bob.commit().update::<Tally>(&7).seal().unwrap();
    at_bob.accept(&sealed).unwrap();
    at_alice.receive(&sealed.commit).unwrap();
    assert_eq!(at_alice.epoch(), at_bob.epoch());
}

#[test]
fn trap_7_a_sealed_private_commit_survives_a_restart() {
    let store = Arc::new(MemoryStore::default());
    let alice = client_with("alice", careless_plugins(), private(), store);
    let mut at_alice = alice.create_group(config()).unwrap();
    let sealed = at_alice.commit().update::<Tally>(&5).seal().unwrap();
    drop(at_alice);
    let mut at_alice = alice.group(b"room").unwrap();
    let kept = at_alice.sealed().unwrap().unwrap();
    assert_eq!(kept.commit, sealed.commit);
    at_alice.accept(&kept).unwrap();
    assert_eq!(at_alice.state::<Tally>().unwrap().unwrap().0, 5);
}

#[test]
fn trap_11_no_cut_or_altered_safe_aad_panics() {
    let mut room = Room::with(&["alice", "bob"], &config().safe_aad([TALLY]));
    let public = room.members[1].propose_update::<Tally>(&5).unwrap().message;
    let sealed = room.members[1].commit().seal().unwrap();
    room.members[1].discard(&sealed).unwrap();
    let private = {
        let mut other = Room::with(&["alice", "bob"], &config().safe_aad([TALLY]));
        other.members[1]
            .send(&Payload::plain("hello"))
            .unwrap()
            .message
    };
    for message in [public, private] {
        // The AAD stands near the beginning: group id, epoch, sender, then it.
        for at in 4..message.len().min(60) {
            for change in [0x01, 0x40, 0x80, 0xff] {
                let mut altered = message.clone();
                altered[at] ^= change;
                refused_quietly(&mut room, &altered);
            }
            refused_quietly(&mut room, &message[..at]);
        }
    }
    room.goes_on();
}

fn refused_quietly(room: &mut Room, message: &[u8]) {
    let received = room.members[0].receive(message);
    let taken = matches!(
        received,
        Ok(Received::Message(..) | Received::Proposal(..) | Received::Epoch(..))
    );
    assert!(!taken, "{received:?}");
    assert!(room.hub.receive(message).is_err() || room.hub.epoch().epoch == 1);
}

#[test]
fn aad_9_late_messages_across_the_start_of_safe_aad() {
    let mut room = Room::of(&["alice", "bob", "carol"]);
    let early = room.members[1]
        .send(&Payload::plain("early"))
        .unwrap()
        .message;
    let sealed = room.members[0]
        .commit()
        .require_aad([TALLY])
        .seal()
        .unwrap();
    room.deliver(0, &sealed);
    // OpenMLS reads its AAD by the rules of the epoch we are in; docs/LIMITS.md says so.
    assert_eq!(rule_of(room.members[2].receive(&early)), "AAD-5");

    let framed = room.members[1]
        .send(&Payload::plain("framed"))
        .unwrap()
        .message;
    let sealed = room.members[0].commit().drop_aad().seal().unwrap();
    room.deliver(0, &sealed);
    let Received::Message(_, message) = room.members[2].receive(&framed).unwrap() else {
        panic!("no message");
    };
    assert_eq!(message.body, b"framed");
    assert_eq!(message.aad.len(), 1);
    assert_eq!(message.aad[0].0, TALLY.0);
}

#[test]
fn a_member_of_a_group_with_private_handshakes_can_leave() {
    let mut room = Room::of(&["alice"]);
    let bob = client_with(
        "bob",
        crate::sample::plugins(),
        private(),
        Arc::new(MemoryStore::default()),
    );
    room.add(&bob);
    let leave = room.members[1].propose_leave().unwrap().message;
    room.hub.receive(&leave).unwrap();
    room.members[0].receive(&leave).unwrap();
    let sealed = room.members[0].commit().seal().unwrap();
    room.deliver(0, &sealed);
    assert!(!room.members[1].is_active().unwrap());
}

#[test]
fn grease_extensions_of_peers_are_refused_by_openmls() {
    // A limit of OpenMLS 0.9.2: see docs/LIMITS.md. Where it stands in capabilities only, it is fine.
    let mut room = Room::of(&["alice"]);
    let grease = |leaf: &Leaf| Leaf {
        extensions: [leaf.extensions.as_slice(), &[0x0a0a]].concat(),
        ..leaf.clone()
    };
    let able = grease(&Leaf::default());
    let listed = Stock::named("listed").key_package(&able);
    let sealed = room.members[0].commit().add(&listed).seal().unwrap();
    room.members[0].discard(&sealed).unwrap();

    let carrying = Leaf {
        raw: vec![(0x0a0a, vec![1, 2, 3])],
        ..able
    };
    let carrying = Stock::named("carrying").key_package(&carrying);
    let refused = room.members[0].commit().add(&carrying).seal();
    assert!(matches!(refused, Err(Error::Mls { .. })), "{refused:?}");
}

#[test]
fn a_targeted_message_is_not_for_the_engine() {
    let mut room = Room::of(&["alice", "bob"]);
    // MLSMessage of wire format 0x0006, which nobody here requires.
    let message = [&[0, 1, 0, 6][..], &[4], b"room", &[0; 8]].concat();
    for error in [
        room.members[0].receive(&message).map(drop).unwrap_err(),
        room.hub.receive(&message).map(drop).unwrap_err(),
    ] {
        assert!(
            matches!(error, Error::Rejected(_) | Error::Malformed { .. }),
            "{error:?}"
        );
    }
    room.goes_on();
}

#[test]
fn extensions_of_the_group_context_are_always_required_of_members() {
    // OpenMLS accepts no GroupContextExtensions proposal with an extension that is not among the
    // required ones; the engine lists what it adds.
    let extension = RawExtension {
        extension_type: ExtensionType(0xf00d),
        data: b"raw".as_slice().into(),
    };
    let mut room = Room::of(&["alice"]);
    let refused = room.members[0]
        .commit()
        .context_extensions([extension.clone()])
        .seal();
    assert!(refused.is_err());

    let mut room = Room::with(&["alice"], &config().extension(extension.clone()));
    let changed = RawExtension {
        data: b"other".as_slice().into(),
        ..extension
    };
    let sealed = room.members[0]
        .commit()
        .context_extensions([changed.clone()])
        .seal()
        .unwrap();
    room.deliver(0, &sealed);
    room.agree();
    assert_eq!(
        room.hub.epoch().extension(ExtensionType(0xf00d)),
        Some(&b"other"[..])
    );
    assert!(
        room.hub
            .epoch()
            .required
            .extensions
            .contains(&ExtensionType(0xf00d))
    );
}

#[test]
fn external_senders_propose_add_remove_and_extensions_only() {
    let hub = Stock::named("the hub");
    let sender = ExternalSender {
        signature_key: hub.key.public.as_slice().into(),
        credential: Credential::basic("the hub"),
    };
    let mut room = Room::with(&["alice", "bob"], &config().external_sender(sender));
    let stan = room.admit("stan");
    let psk = PreSharedKeyId::application(TALLY.0, b"well known".to_vec(), vec![7; 32]);
    for proposal in [
        app_data(TALLY.0, Some(5u64.to_be_bytes().to_vec())),
        ephemeral(TALLY.0, &7u32.to_be_bytes()),
        Proposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(psk))),
    ] {
        let body = proposal.tls_serialize_detached().unwrap();
        // A limit of OpenMLS 0.9.2: see docs/LIMITS.md.
        room.refuses_in_mls(&forge::external_proposal(&hub.key, &stan, 0, &body));
    }
    let remove = [0, 3, 0, 0, 0, 1];
    room.refuses_in_mls(&forge::external_proposal(&hub.key, &stan, 1, &remove));
    room.pools(&forge::external_proposal(&hub.key, &stan, 0, &remove));
    let sealed = room.members[0].commit().path().seal().unwrap();
    room.deliver(0, &sealed);
    assert!(!room.members[1].is_active().unwrap());
}
