//! Steps that begin with a message of somebody else's.

use mls_trellis_engine::{Framing, Received};
use mls_trellis_hooks::{LeafIndex, Payload};

use super::{
    KINDS, Kind, State,
    scene::{Scene, committed, play, sealed},
    torture,
};
use crate::sample::Tally;

#[test]
fn receiving_a_commit_with_app_data() {
    play(
        10,
        committed,
        |group, commit| group.receive(commit),
        |_, _, _| {},
    );
}

#[test]
fn receiving_a_commit_with_a_path() {
    play(
        10,
        |scene| {
            let sealed = scene
                .alice
                .commit()
                .path()
                .psk::<Tally>(b"well known")
                .seal()
                .unwrap();
            scene.alice.accept(&sealed).unwrap();
            sealed.commit
        },
        |group, commit| group.receive(commit),
        |_, _, _| {},
    );
}

#[test]
fn receiving_a_commit_that_wins_against_ours() {
    play(
        12,
        |scene| {
            sealed(scene);
            committed(scene)
        },
        |group, commit| group.receive(commit),
        |scene, _, result| {
            if let Some(Received::Epoch(_, change)) = result {
                assert!(change.lost_race);
            }
            assert!(scene.group().sealed().unwrap().is_none());
        },
    );
}

#[test]
fn receiving_a_commit_of_pooled_proposals() {
    play(
        10,
        |scene| {
            let ours = scene.group().propose_renewal().unwrap();
            scene.alice.receive(&ours.message).unwrap();
            let theirs = scene.alice.propose_update::<Tally>(&7).unwrap();
            scene.group().receive(&theirs.message).unwrap();
            committed(scene)
        },
        |group, commit| group.receive(commit),
        |_, _, _| {},
    );
}

#[test]
fn receiving_a_proposal() {
    play(
        3,
        |scene| scene.alice.propose_update::<Tally>(&7).unwrap().message,
        |group, proposal| group.receive(proposal),
        |scene, proposal, _| {
            assert_eq!(
                scene.group().receive(&proposal).unwrap(),
                Received::Duplicate
            );
        },
    );
}

#[test]
fn receiving_a_message() {
    play(
        3,
        |scene| scene.alice.send(&Payload::plain("hello")).unwrap().message,
        |group, message| group.receive(message),
        |scene, message, _| {
            assert_eq!(
                scene.group().receive(&message).unwrap(),
                Received::Duplicate
            );
        },
    );
}

#[test]
fn being_removed() {
    for kind in KINDS {
        let mut scene = Scene::new(Framing::Private);
        let sealed = scene.alice.commit().remove(LeafIndex(1)).seal().unwrap();
        scene.alice.accept(&sealed).unwrap();
        let before = State::of(scene.group());
        let store = scene.bob.store.clone();
        let (result, _) = torture(
            &store,
            kind,
            &mut scene,
            |scene| scene.group().receive(&sealed.commit),
            |scene, _| {
                assert_eq!(before, State::of(scene.group()));
                assert_eq!(before, scene.bob.stored());
                assert!(scene.group().is_active().unwrap());
            },
        );
        if kind != Kind::Written {
            assert!(matches!(result, Some(Received::Removed(..))));
        }
        assert!(!scene.group().is_active().unwrap());
        assert!(!scene.bob.twin.group(b"room").unwrap().is_active().unwrap());
        assert_eq!(scene.group().inbox().unwrap().len(), 1);
    }
}
