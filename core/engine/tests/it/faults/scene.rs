//! Two members, one of whom has the store that fails.

use std::sync::Arc;

use mls_trellis_engine::{Error, Group, MemoryStore, Outgoing, Received, Sealed};
use mls_trellis_hooks::Payload;

use super::{FRAMINGS, KINDS, Kind, State, Subject, framed, store::Fault, torture};
use crate::{
    sample::{Tally, plugins},
    world::{client_with, config, key_package},
};
use mls_trellis_engine::Framing;

/// Alice with a good store, and bob with one that fails.
pub(super) struct Scene {
    pub(super) alice: Group,
    pub(super) bob: Subject,
    pub(super) group: Option<Group>,
}

impl Scene {
    pub(super) fn new(framing: Framing) -> Self {
        let store = Arc::new(MemoryStore::default());
        let alice = client_with("alice", plugins(), framed(framing), store);
        let mut alice = alice.create_group(config()).unwrap();
        let bob = Subject::new("bob", framing);
        let sealed = alice
            .commit()
            .add(&key_package(&bob.client))
            .seal()
            .unwrap();
        alice.accept(&sealed).unwrap();
        let group = bob.client.join(sealed.welcome.as_ref().unwrap()).unwrap();
        Self {
            alice,
            bob,
            group: Some(group),
        }
    }

    pub(super) fn group(&mut self) -> &mut Group {
        self.group.as_mut().unwrap()
    }

    fn agree(&mut self) {
        let authenticator = self.alice.epoch_authenticator().unwrap();
        assert_eq!(self.group().epoch_authenticator().unwrap(), authenticator);
        let group = self.group.as_ref().unwrap();
        assert_eq!(group.epoch(), self.alice.epoch());
    }

    /// Both can still commit and talk.
    pub(super) fn goes_on(&mut self) {
        self.agree();
        let group = self.group.as_mut().unwrap();
        for (from, to) in [(0, 1), (1, 0)] {
            let pair = [&mut self.alice, &mut *group];
            let sealed = pair[from]
                .commit()
                .update::<Tally>(&3)
                .path()
                .seal()
                .unwrap();
            pair[from].accept(&sealed).unwrap();
            let received = pair[to].receive(&sealed.commit).unwrap();
            assert!(matches!(received, Received::Epoch(..)), "{received:?}");
            let packet = pair[from].send(&Payload::plain("still here")).unwrap();
            let received = pair[to].receive(&packet.message).unwrap();
            assert!(matches!(received, Received::Message(..)), "{received:?}");
        }
        self.agree();
        let reloaded = self.bob.stored();
        assert_eq!(State::of(self.group()), reloaded);
    }
}

/// Plays a step of bob's under every fault, in both framings. `minimum` is how many writes the step
/// has at least. `finish` makes both members agree again, from the step's result, or from what bob
/// finds in the store when the result is lost.
pub(super) fn play<P, R>(
    minimum: usize,
    prepare: impl Fn(&mut Scene) -> P,
    step: impl Fn(&mut Group, &P) -> Result<R, Error>,
    finish: impl Fn(&mut Scene, P, Option<R>),
) {
    for (framing, kind) in FRAMINGS.into_iter().flat_map(|f| KINDS.map(|k| (f, k))) {
        let mut scene = Scene::new(framing);
        let prepared = prepare(&mut scene);
        let before = State::of(scene.group());
        assert_eq!(before, scene.bob.stored());

        let store = scene.bob.store.clone();
        let (result, faults) = torture(
            &store,
            kind,
            &mut scene,
            |scene| step(scene.group(), &prepared),
            |scene, fault| {
                assert_eq!(
                    before,
                    State::of(scene.group()),
                    "the same handle after {fault:?}"
                );
                assert_eq!(before, scene.bob.stored(), "another handle after {fault:?}");
                // Every other attempt is one of a new handle.
                if matches!(fault, Fault::Read(n) | Fault::Write(n) if n % 2 == 1) {
                    scene.group = None;
                    scene.group = Some(scene.bob.client.group(b"room").unwrap());
                }
            },
        );
        let after = State::of(scene.group());
        assert_eq!(
            after,
            scene.bob.stored(),
            "the handles differ after {kind:?}"
        );
        assert_ne!(after, before, "nothing happened under {kind:?}");
        if kind == Kind::Writes {
            assert!(faults >= minimum, "only {faults} writes failed");
        }
        finish(&mut scene, prepared, result);
        scene.goes_on();
    }
}

pub(super) fn nothing(_: &mut Scene) {}

pub(super) fn outgoing(group: &Group) -> Vec<u8> {
    match group.outbox().unwrap().pop().unwrap().1 {
        Outgoing::Commit(bytes) | Outgoing::Welcome(bytes) | Outgoing::Message(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

/// Alice takes a commit of bob's that he has sealed, and bob accepts it.
pub(super) fn accepted(scene: &mut Scene) {
    let sealed = scene.group().sealed().unwrap().unwrap();
    scene.alice.receive(&sealed.commit).unwrap();
    scene.group().accept(&sealed).unwrap();
}

/// Bob has sealed a commit with everything.
pub(super) fn sealed(scene: &mut Scene) -> Sealed {
    let carol = Subject::new("carol", Framing::Public);
    let commit = scene
        .group()
        .commit()
        .add(&key_package(&carol.client))
        .path();
    commit
        .update::<Tally>(&5)
        .ephemeral::<Tally>(&1)
        .psk::<Tally>(b"well known")
        .seal()
        .unwrap()
}

/// Alice commits with AppDataUpdate; bob has not received it.
pub(super) fn committed(scene: &mut Scene) -> Vec<u8> {
    let sealed = scene.alice.commit().update::<Tally>(&5).seal().unwrap();
    scene.alice.accept(&sealed).unwrap();
    sealed.commit
}
