//! AppEphemeral (draft-ietf-mls-extensions-10, section 4.8).

use mls_trellis_engine::{Event, Received};
use tls_codec::Serialize as _;

use super::updates::{UNKNOWN, forged};
use crate::{
    forge,
    sample::{TALLY, Tally},
    stock::{Hostile, ephemeral},
    world::Room,
};

#[test]
fn ae_1_a_notice_to_an_unknown_component() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let proposals = vec![ephemeral(UNKNOWN, b"told")];
    let commit = stan.commit(Hostile {
        proposals,
        ..Hostile::default()
    });
    room.refuses(&commit, "AE-1");
    room.goes_on();
}

#[test]
fn ae_2_a_notice_that_the_component_rejects() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let proposals = vec![ephemeral(TALLY.0, &13u32.to_be_bytes())];
    let commit = stan.commit(Hostile {
        proposals,
        ..Hostile::default()
    });
    room.refuses(&commit, "TALLY-3");
    let proposals = vec![ephemeral(TALLY.0, b"odd")];
    let commit = stan.commit(Hostile {
        proposals,
        ..Hostile::default()
    });
    for error in room.errors(&commit) {
        assert_eq!(error.as_reject().unwrap().plugin(), "tally");
    }
    room.goes_on();
}

#[test]
fn ae_4_notices_come_in_the_order_of_the_commit() {
    let mut room = Room::of(&["alice", "bob"]);
    let commit = room.members[0].commit();
    let sealed = commit
        .ephemeral::<Tally>(&3)
        .ephemeral::<Tally>(&1)
        .ephemeral::<Tally>(&2)
        .seal();
    let sealed = sealed.unwrap();
    let own = room.members[0].accept(&sealed).unwrap();
    let Received::Epoch(_, told) = room.members[1].receive(&sealed.commit).unwrap() else {
        panic!("no epoch");
    };
    let ids = &room.members[0].epoch().ids;
    for change in [own, told] {
        let notices: Vec<_> = change
            .notices_of::<Tally>(ids)
            .map(|(_, notice)| notice)
            .collect();
        assert_eq!(notices, [3, 1, 2]);
    }
}

#[test]
fn ae_5_identical_inline_notices_are_two_notices() {
    let mut room = Room::of(&["alice", "bob"]);
    let stan = room.admit("stan");
    let told = ephemeral(TALLY.0, &7u32.to_be_bytes());
    let commit = forged(&stan, &[told.clone(), told], 0);
    let change = room.accepts(&commit, &[]);
    assert_eq!(change.notices.len(), 2);
    room.goes_on();
}

#[test]
fn ae_6_a_notice_changes_nothing_but_the_epoch() {
    let mut room = Room::of(&["alice", "bob"]);
    let before = room.members[1].epoch().clone();
    let sealed = room.members[0]
        .commit()
        .ephemeral::<Tally>(&1)
        .seal()
        .unwrap();
    room.deliver(0, &sealed);
    let mut after = room.members[1].epoch().clone();
    assert_eq!(after.epoch, before.epoch + 1);
    after.epoch = before.epoch;
    assert_eq!(after, before);
}

#[test]
fn ae_10_a_pooled_notice_that_is_invalid_poisons_nothing() {
    let mut room = Room::of(&["alice", "bob"]);
    let stan = room.admit("stan");
    let bad = ephemeral(TALLY.0, &13u32.to_be_bytes())
        .tls_serialize_detached()
        .unwrap();
    let unknown = ephemeral(UNKNOWN, b"?").tls_serialize_detached().unwrap();
    for body in [bad, unknown] {
        room.pools(&forge::proposal(&stan, &[], &body));
    }
    let good = ephemeral(TALLY.0, &5u32.to_be_bytes())
        .tls_serialize_detached()
        .unwrap();
    room.pools(&forge::proposal(&stan, &[], &good));
    let sealed = room.members[0].commit().update::<Tally>(&5).seal().unwrap();
    room.deliver(0, &sealed);
    room.agree();
    let event = room.members[1].inbox().unwrap().pop().unwrap().into_event();
    let Event::Epoch(change) = event else {
        panic!("no epoch");
    };
    assert_eq!(change.notices.len(), 1);
    assert_eq!(change.notices[0].from.name(), "stan");
}

#[test]
fn ae_11_a_commit_that_is_refused_tells_nobody_anything() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let proposals = vec![
        ephemeral(TALLY.0, &7u32.to_be_bytes()),
        ephemeral(UNKNOWN, b"told"),
    ];
    let commit = stan.commit(Hostile {
        proposals,
        ..Hostile::default()
    });
    let before = room.members[0].inbox().unwrap();
    room.refuses(&commit, "AE-1");
    assert_eq!(room.members[0].inbox().unwrap(), before);
}
