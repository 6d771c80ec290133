//! What is refused: by us, and of a peer that has other ideas of the same type.

use std::sync::Arc;

use mls_trellis_engine::Framing;
use mls_trellis_hooks::{
    Draft, Hooks, Origin, Plugin, PluginError, Plugins, ProposalKind, ProposalType, ProposalView,
    Reject,
    wire::{self, Opaque},
};
use mls_trellis_tests_proposal::{Reason, Rekey};

use crate::world::{Device, Room, plugins, rule};

/// The same type, of somebody who keeps to no rule.
struct Rogue;

impl ProposalKind for Rogue {
    const NAME: &'static str = "rogue";
    const TYPE: ProposalType = Rekey::TYPE;
    const DRAFT: Draft = Draft::private("rogue", "1");
    const NEEDS_PATH: bool = false;
    type Body = Opaque;

    fn may_send(&self, _: &ProposalView<'_>, _: &Opaque) -> Result<(), Reject> {
        Ok(())
    }
}

impl Plugin for Rogue {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.proposal(self);
    }
}

/// A room with a rogue in it, who sends so.
fn room(framing: Framing) -> Room {
    let rogues = plugins([Arc::new(Rogue) as Arc<dyn Plugin>]);
    Room::with(&[Device::new("rogue").start(rogues, framing)])
}

fn propose(room: &mut Room, body: &[u8]) -> Vec<u8> {
    let proposed = room.members[2].propose::<Rogue>(&body.into());
    proposed.unwrap().message
}

/// The room still works.
fn goes_on(room: &mut Room) {
    let sealed = room.members[0].commit().propose::<Rekey>(&"monday".into());
    let sealed = sealed.seal().unwrap();
    room.deliver(0, &sealed);
}

#[test]
fn prop_1_a_body_that_does_not_decode() {
    let mut room = room(Framing::Public);
    let message = propose(&mut room, &[0xff]);
    room.refuses(2, &message, "PROP-1");
    let sealed = room.members[2].commit().without_pool().path();
    let sealed = sealed.propose::<Rogue>(&Opaque(vec![0xff])).seal().unwrap();
    room.refuses(2, &sealed.commit, "PROP-1");
    room.members[2].discard(&sealed).unwrap();
    goes_on(&mut room);
}

#[test]
fn rekey_1_a_reason_of_no_length_or_too_much() {
    let mut room = room(Framing::Public);
    for bad in [&b""[..], &[b'x'; 101]] {
        let message = propose(&mut room, bad);
        room.refuses(2, &message, "REKEY-1");
        let ours = Reason::from(std::str::from_utf8(bad).unwrap());
        assert_eq!(rule(room.members[0].propose::<Rekey>(&ours)), "REKEY-1");
        let commit = room.members[0].commit().propose::<Rekey>(&ours);
        assert_eq!(rule(commit.seal()), "REKEY-1");
    }
    goes_on(&mut room);
}

#[test]
fn rekey_3_in_a_private_message() {
    let mut room = room(Framing::Private);
    let message = propose(&mut room, b"monday");
    for who in [0, 1] {
        assert_eq!(rule(room.members[who].receive(&message)), "REKEY-3");
        // The key of the message is not used up: it is refused again, for the same reason.
        assert_eq!(rule(room.members[who].receive(&message)), "REKEY-3");
    }
    goes_on(&mut room);
}

#[test]
fn rekey_4_twice_in_one_commit() {
    let mut room = room(Framing::Public);
    for reason in [&b"one"[..], b"two"] {
        let message = propose(&mut room, reason);
        room.tell(2, &message);
    }
    let theirs = room.members[2].commit().path().seal().unwrap();
    room.refuses(2, &theirs.commit, "REKEY-4");
    room.members[2].discard(&theirs).unwrap();
    // Ours takes one along and leaves the other to the pool.
    let sealed = room.members[0].commit().seal().unwrap();
    assert_eq!(room.deliver(0, &sealed).proposals.len(), 1);
}

#[test]
fn prop_3_a_commit_without_a_path() {
    let mut room = room(Framing::Public);
    let commit = room.members[2].commit().propose::<Rogue>(&b"monday".into());
    let sealed = commit.seal().unwrap();
    room.refuses(2, &sealed.commit, "PROP-3");
    room.members[2].discard(&sealed).unwrap();
    goes_on(&mut room);
}

#[test]
fn eng_6_the_same_twice_by_value() {
    let mut room = room(Framing::Public);
    let commit = room.members[2].commit().path();
    let commit = commit
        .propose::<Rogue>(&b"a".into())
        .propose::<Rogue>(&b"a".into());
    assert_eq!(rule(commit.seal()), "ENG-6");
}

/// A type whose body is a number.
struct Number;

impl ProposalKind for Number {
    const NAME: &'static str = "number";
    const TYPE: ProposalType = ProposalType(0xf0a2);
    const DRAFT: Draft = Draft::private("number", "1");
    const NEEDS_PATH: bool = false;
    type Body = u32;

    fn may_send(&self, _: &ProposalView<'_>, _: &u32) -> Result<(), Reject> {
        Ok(())
    }
}

impl Plugin for Number {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.proposal(self);
    }
}

#[test]
fn prop_4_a_body_that_is_not_one_vector() {
    let numbers = plugins([Arc::new(Number) as Arc<dyn Plugin>]);
    let alice = Device::new("alice").start(numbers, Framing::Public);
    let mut room = alice
        .create_group(mls_trellis_engine::GroupConfig::new(b"room"))
        .unwrap();
    assert_eq!(rule(room.propose::<Number>(&7)), "PROP-4");
    assert_eq!(rule(room.commit().propose::<Number>(&7).seal()), "PROP-4");
}

/// A type that RFC 9420 owns.
struct Usurper<const TYPE: u16>;

impl<const TYPE: u16> ProposalKind for Usurper<TYPE> {
    const NAME: &'static str = "usurper";
    const TYPE: ProposalType = ProposalType(TYPE);
    const DRAFT: Draft = Draft::private("usurper", "1");
    const NEEDS_PATH: bool = false;
    type Body = Opaque;

    fn may_send(&self, _: &ProposalView<'_>, _: &Opaque) -> Result<(), Reject> {
        Ok(())
    }
}

impl<const TYPE: u16> Plugin for Usurper<TYPE> {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.proposal(self);
    }
}

#[test]
fn a_type_has_one_kind_and_none_that_others_own() {
    let built = |plugins: [Arc<dyn Plugin>; 2]| {
        let table = plugins
            .into_iter()
            .fold(Plugins::builder(), |table, plugin| {
                table.add(plugin, Origin::here())
            });
        table.build().err().map(|errors| errors.0)
    };
    let twice = built([Arc::new(Rekey), Arc::new(Rogue)]).unwrap();
    assert!(matches!(
        &twice[..],
        [PluginError::DuplicateProposal { .. }]
    ));
    // Remove, AppEphemeral, GREASE, and a number that a draft has to ask for.
    let reserved: [Arc<dyn Plugin>; 4] = [
        Arc::new(Usurper::<0x0003>),
        Arc::new(Usurper::<0x0009>),
        Arc::new(Usurper::<0x0a0a>),
        Arc::new(Usurper::<0x4000>),
    ];
    for plugin in reserved {
        let errors = built([Arc::new(Rekey), plugin]).unwrap();
        assert!(
            matches!(&errors[..], [PluginError::ReservedProposal { .. }]),
            "{errors:?}"
        );
    }
    assert!(built([Arc::new(Rekey), Arc::new(Usurper::<0xf0a3>)]).is_none());
}

#[test]
fn mutated_bodies_are_refused_or_are_the_encoding_of_something() {
    let good = wire::encode(&Reason::from("a lost phone")).unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) as usize % below.max(1)
    };
    let mut decoded = 0;
    for _ in 0..10_000 {
        let mut bytes = good.clone();
        let at = next(bytes.len());
        match next(4) {
            0 => bytes[at] ^= 1 << next(8),
            1 => bytes.truncate(at),
            2 => bytes.insert(at, next(256) as u8),
            _ => bytes[0] = next(256) as u8,
        }
        if let Ok(reason) = wire::decode::<Reason>(&bytes) {
            decoded += 1;
            assert_eq!(wire::encode(&reason).unwrap(), bytes);
        }
    }
    assert!(decoded > 100);
}
