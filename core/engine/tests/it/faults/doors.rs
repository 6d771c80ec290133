//! The ways into a group, and the hub.

use std::sync::Arc;

use mls_trellis_engine::{Error, Framing, KeyPackageOptions, PublicGroup};
use mls_trellis_hooks::EpochState;

use super::{
    FRAMINGS, KINDS, Kind, State, Subject,
    scene::{Scene, committed, outgoing},
    store::Faulty,
    torture,
};
use crate::{
    sample::{Tally, plugins},
    world::{config, key_package},
};

#[test]
fn founding() {
    for (framing, kind) in FRAMINGS.into_iter().flat_map(|f| KINDS.map(|k| (f, k))) {
        let mut alice = Subject::new("alice", framing);
        let store = alice.store.clone();
        let (group, faults) = torture(
            &store,
            kind,
            &mut alice,
            |alice| alice.client.create_group(config()),
            |alice, _| {
                assert!(alice.twin.groups().unwrap().is_empty());
                assert!(matches!(alice.twin.group(b"room"), Err(Error::NoSuchGroup)));
            },
        );
        assert!(
            faults >= 8 || kind != Kind::Writes,
            "only {faults} writes failed"
        );
        let mut group = group.unwrap_or_else(|| alice.client.group(b"room").unwrap());
        assert!(alice.twin.create_group(config()).is_err(), "it exists");
        assert_eq!(State::of(&mut group), alice.stored());
        let sealed = group.commit().update::<Tally>(&1).seal().unwrap();
        group.accept(&sealed).unwrap();
    }
}

#[test]
fn joining_by_welcome() {
    for (framing, kind) in FRAMINGS.into_iter().flat_map(|f| KINDS.map(|k| (f, k))) {
        let mut scene = Scene::new(framing);
        let mut carol = Subject::new("carol", framing);
        let store = carol.store.clone();
        let (_, faults) = torture(
            &store,
            Kind::Writes,
            &mut carol,
            |carol| carol.client.key_package(&KeyPackageOptions::default()),
            |_, _| {},
        );
        assert!(faults > 0);
        let sealed = scene
            .alice
            .commit()
            .add(&key_package(&carol.client))
            .seal()
            .unwrap();
        scene.alice.accept(&sealed).unwrap();
        let welcome = sealed.welcome.unwrap();
        // That the attempts go on until one succeeds shows that Welcome and KeyPackage stay usable.
        let (group, faults) = torture(
            &store,
            kind,
            &mut carol,
            |carol| carol.client.join(&welcome),
            |carol, _| {
                assert!(carol.twin.groups().unwrap().is_empty());
                assert!(matches!(carol.twin.group(b"room"), Err(Error::NoSuchGroup)));
            },
        );
        assert!(
            faults >= 10 || kind != Kind::Writes,
            "only {faults} writes failed"
        );
        let group = group.unwrap_or_else(|| carol.client.group(b"room").unwrap());
        assert!(carol.client.join(&welcome).is_err(), "once only");
        (scene.bob, scene.group) = (carol, Some(group));
        scene.goes_on();
    }
}

#[test]
fn joining_from_outside() {
    for (framing, kind) in FRAMINGS.into_iter().flat_map(|f| KINDS.map(|k| (f, k))) {
        let mut scene = Scene::new(framing);
        let mut carol = Subject::new("carol", framing);
        let store = carol.store.clone();
        let info = scene.alice.group_info().unwrap();
        let (joined, faults) = torture(
            &store,
            kind,
            &mut carol,
            |carol| carol.client.join_external(&info).update::<Tally>(&9).seal(),
            |carol, _| {
                assert!(carol.twin.groups().unwrap().is_empty());
                assert!(matches!(carol.twin.group(b"room"), Err(Error::NoSuchGroup)));
            },
        );
        assert!(
            faults >= 8 || kind != Kind::Writes,
            "only {faults} writes failed"
        );
        let group = joined.map(|(group, _)| group);
        let group = group.unwrap_or_else(|| carol.client.group(b"room").unwrap());
        scene.alice.receive(&outgoing(&group)).unwrap();
        (scene.bob, scene.group) = (carol, Some(group));
        scene.goes_on();
    }
}

/// A hub and its handle.
struct Hub {
    store: Arc<Faulty>,
    group: Option<PublicGroup>,
}

impl Hub {
    fn stored(&self) -> Result<PublicGroup, Error> {
        PublicGroup::load(plugins(), self.store.clone(), b"room")
    }

    fn check(&self, epoch: &EpochState) {
        assert_eq!(self.group.as_ref().unwrap().epoch(), epoch);
        assert_eq!(self.stored().unwrap().epoch(), epoch);
    }
}

#[test]
fn following() {
    for kind in KINDS {
        let mut scene = Scene::new(Framing::Public);
        let mut hub = Hub {
            store: Arc::default(),
            group: None,
        };
        let store = hub.store.clone();
        let info = scene.alice.group_info().unwrap();
        let (followed, faults) = torture(
            &store,
            kind,
            &mut hub,
            |hub| PublicGroup::follow(plugins(), hub.store.clone(), &info, None),
            |hub, _| assert!(matches!(hub.stored(), Err(Error::NoSuchGroup))),
        );
        assert!(
            faults >= 4 || kind != Kind::Writes,
            "only {faults} writes failed"
        );
        hub.group = Some(followed.unwrap_or_else(|| hub.stored().unwrap()));
        hub.check(scene.alice.epoch());

        let proposal = scene.group().propose_update::<Tally>(&7).unwrap().message;
        scene.alice.receive(&proposal).unwrap();
        let before = scene.alice.epoch().clone();
        let commit = committed(&mut scene);
        for (message, writes) in [(&proposal, 2), (&commit, 5)] {
            let (_, faults) = torture(
                &store,
                kind,
                &mut hub,
                |hub| hub.group.as_mut().unwrap().receive(message),
                |hub, _| hub.check(&before),
            );
            assert!(
                faults >= writes || kind != Kind::Writes,
                "only {faults} writes failed"
            );
        }
        hub.check(scene.alice.epoch());
        let commit = committed(&mut scene);
        hub.group.as_mut().unwrap().receive(&commit).unwrap();
        hub.check(scene.alice.epoch());
    }
}
