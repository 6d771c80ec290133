//! Pre-shared keys of components (draft-ietf-mls-extensions-10, section 4.5; RFC 9420, sections 8.4
//! and 12.1.4).

use mls_trellis_engine::Error;
use mls_trellis_hooks::Secret;
use openmls::{
    messages::proposals::{PreSharedKeyProposal, Proposal},
    schedule::PreSharedKeyId,
};
use tls_codec::Serialize as _;

use crate::{
    forge,
    sample::{TALLY, Tally},
    stock::{Hostile, StockMember},
    world::{Room, client, key_package},
};

/// The name of the sample plugin's pre-shared key, with this nonce.
fn named(component: u16, nonce: &[u8]) -> PreSharedKeyId {
    PreSharedKeyId::application(component, b"well known".to_vec(), nonce.to_vec())
}

fn proposing(psk: PreSharedKeyId) -> Proposal {
    Proposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(psk)))
}

/// A stock member's commit of a pre-shared key whose value it makes up.
fn commit(stan: &mut StockMember, psk: PreSharedKeyId, value: &[u8]) -> Result<Vec<u8>, String> {
    psk.store(&stan.client.provider, value).unwrap();
    let proposals = vec![proposing(psk)];
    let built = stan.try_commit(Hostile {
        proposals,
        ..Hostile::default()
    });
    built.map(|(commit, _)| commit)
}

/// What the sample plugin says the key is.
const VALUE: &[u8] = b"a well known secret";

#[test]
fn apsk_1_a_nonce_of_another_length() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    for nonce in [&[][..], &[7; 31], &[7; 33]] {
        assert!(commit(&mut stan, named(TALLY.0, nonce), VALUE).is_err());
        let body = proposing(named(TALLY.0, nonce))
            .tls_serialize_detached()
            .unwrap();
        let forged = forge::proposal(&stan, &[], &body);
        // It may wait in the pool; it is never committed.
        room.pools(&forged);
    }
    room.members[0]
        .commit()
        .path()
        .seal()
        .map(|sealed| room.deliver(0, &sealed))
        .unwrap();
    room.agree();
    room.goes_on();
}

#[test]
fn apsk_2_the_same_name_twice() {
    let mut room = Room::of(&["alice", "bob"]);
    let stan = room.admit("stan");
    let psk = proposing(named(TALLY.0, &[7; 32]))
        .tls_serialize_detached()
        .unwrap();
    let dictionary: Vec<_> = {
        let dictionary = room.hub.epoch().dictionary.as_ref().unwrap();
        dictionary
            .iter()
            .map(|(id, data)| (*id, data.0.clone()))
            .collect()
    };
    let commit = forge::commit(&stan, &[], &[psk.clone(), psk], &dictionary);
    for member in &mut room.members {
        let refused = member.receive(&commit).unwrap_err();
        assert!(refused.to_string().contains("Duplicate PSK"), "{refused}");
    }
    room.agree();
}

#[test]
fn apsk_s2_every_nonce_is_fresh() {
    let mut room = Room::of(&["alice", "bob"]);
    let propose = |room: &mut Room| room.members[0].propose_psk::<Tally>(b"well known");
    let first = propose(&mut room).unwrap();
    // The same proposal, byte for byte, would be refused.
    let second = propose(&mut room).unwrap();
    assert_ne!(first.message, second.message);
}

#[test]
fn apsk_3_apsk_6_a_key_that_we_do_not_have() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let unknown = PreSharedKeyId::application(TALLY.0, b"unheard of".to_vec(), vec![7; 32]);
    let other = PreSharedKeyId::application(0x8999, b"well known".to_vec(), vec![7; 32]);
    let external = PreSharedKeyId::external(b"well known".to_vec(), vec![7; 32]);
    for psk in [unknown, other, external] {
        let commit = commit(&mut stan, psk, VALUE).unwrap();
        for member in &mut room.members {
            for _ in 0..2 {
                let refused = member.receive(&commit).unwrap_err();
                assert!(matches!(refused, Error::Mls { .. }), "{refused:?}");
            }
        }
    }
    room.goes_on();
}

#[test]
fn apsk_3_the_commit_is_processed_once_the_key_is_there() {
    let mut room = Room::of(&["alice", "bob"]);
    let alice = &mut room.members[0];
    alice
        .client()
        .put_psk::<Tally>(b"new", &Secret::from(b"key".to_vec()))
        .unwrap();
    let sealed = alice.commit().psk::<Tally>(b"new").seal().unwrap();
    let bob = &mut room.members[1];
    assert!(matches!(
        bob.receive(&sealed.commit),
        Err(Error::Mls { .. })
    ));
    bob.client()
        .put_psk::<Tally>(b"new", &Secret::from(b"key".to_vec()))
        .unwrap();
    room.deliver(0, &sealed);
    room.agree();
}

#[test]
fn apsk_3_we_do_not_commit_a_key_that_we_do_not_have() {
    let mut room = Room::of(&["alice", "bob"]);
    let refused = room.members[0].commit().psk::<Tally>(b"unheard of").seal();
    assert!(matches!(refused, Err(Error::Mls { .. })), "{refused:?}");
    room.goes_on();
}

#[test]
fn apsk_7_a_wrong_value_is_refused_and_changes_nothing() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let wrong = commit(&mut stan, named(TALLY.0, &[7; 32]), b"another value").unwrap();
    room.members_refuse_the_tag(&wrong);
    let right = commit(&mut stan, named(TALLY.0, &[8; 32]), VALUE).unwrap();
    room.accepts(&right, &[]);
}

#[test]
fn apsk_7_a_wrong_value_at_who_joins() {
    let mut room = Room::of(&["alice"]);
    let carol = client("carol");
    let key_package = key_package(&carol);
    let alice = &mut room.members[0];
    alice
        .client()
        .put_psk::<Tally>(b"new", &Secret::from(b"key".to_vec()))
        .unwrap();
    carol
        .put_psk::<Tally>(b"new", &Secret::from(b"kez".to_vec()))
        .unwrap();
    let sealed = alice
        .commit()
        .add(&key_package)
        .psk::<Tally>(b"new")
        .seal()
        .unwrap();
    let welcome = sealed.welcome.as_ref().unwrap();
    assert!(matches!(carol.join(welcome), Err(Error::Mls { .. })));
    carol
        .put_psk::<Tally>(b"new", &Secret::from(b"key".to_vec()))
        .unwrap();
    carol.join(welcome).unwrap();
}

#[test]
fn apsk_8_a_key_in_an_external_commit() {
    let mut room = Room::of(&["alice", "bob"]);
    let info = room.members[0].group_info().unwrap();
    let joined = client("dave")
        .join_external(&info)
        .psk::<Tally>(b"well known")
        .seal();
    let (dave, sealed) = joined.unwrap();
    room.accepts(&sealed.commit, &[]);
    room.members.push(dave);
    room.agree();
}
