//! Steps that begin with ourselves.

use mls_trellis_engine::{Error, Outgoing, Received, StoreError};
use mls_trellis_hooks::{ComponentHandle, HandleError, Payload, Secret};

use super::{
    FRAMINGS, KINDS, Kind,
    scene::{Scene, accepted, committed, nothing, outgoing, play, sealed},
    torture,
};
use crate::sample::Tally;

#[test]
fn sealing() {
    play(
        4,
        nothing,
        |group, ()| group.commit().update::<Tally>(&5).path().seal(),
        |scene, (), result| {
            let kept = scene.group().sealed().unwrap().unwrap();
            if let Some(result) = result {
                assert_eq!((kept.number, &kept.commit), (result.number, &result.commit));
            }
            accepted(scene);
        },
    );
}

#[test]
fn sealing_with_proposals_of_others() {
    play(
        8,
        |scene| {
            let proposal = scene.alice.propose_update::<Tally>(&7).unwrap();
            scene.group().receive(&proposal.message).unwrap();
        },
        |group, ()| group.commit().update::<Tally>(&5).seal(),
        |scene, (), _| {
            accepted(scene);
            let tally = scene.group().state::<Tally>().unwrap().unwrap().0;
            assert_eq!(tally, 7 * 31 + 5, "the proposal was left out");
        },
    );
}

#[test]
fn accepting() {
    play(
        10,
        sealed,
        |group, sealed| group.accept(sealed),
        |scene, sealed, _| {
            scene.alice.receive(&sealed.commit).unwrap();
            let out = scene.group().outbox().unwrap();
            assert!(
                matches!(&out[..], [(_, Outgoing::Welcome(w))] if Some(w) == sealed.welcome.as_ref())
            );
            // It has happened, even if the answer was lost.
            assert!(scene.group().accept(&sealed).is_err());
        },
    );
}

#[test]
fn accepting_what_comes_back() {
    play(
        10,
        sealed,
        |group, sealed| group.receive(&sealed.commit),
        |scene, sealed, _| {
            scene.alice.receive(&sealed.commit).unwrap();
        },
    );
}

#[test]
fn discarding() {
    play(
        3,
        sealed,
        |group, sealed| group.discard(sealed),
        |scene, sealed, _| {
            assert!(scene.group().accept(&sealed).is_err());
            assert!(scene.group().sealed().unwrap().is_none());
        },
    );
}

#[test]
fn sending_a_message() {
    play(
        3,
        nothing,
        |group, ()| group.send(&Payload::plain("hello")),
        |scene, (), result| {
            let kept = outgoing(scene.group());
            if let Some(packet) = result {
                assert_eq!(packet.message, kept);
            }
            let received = scene.alice.receive(&kept).unwrap();
            assert!(matches!(received, Received::Message(..)), "{received:?}");
        },
    );
}

#[test]
fn proposing() {
    play(
        4,
        nothing,
        |group, ()| group.propose_update::<Tally>(&7),
        |scene, (), _| {
            let kept = outgoing(scene.group());
            let received = scene.alice.receive(&kept).unwrap();
            assert!(matches!(received, Received::Proposal(..)), "{received:?}");
        },
    );
}

#[test]
fn proposing_a_renewal() {
    play(
        5,
        nothing,
        |group, ()| group.propose_renewal(),
        |scene, (), _| {
            let kept = outgoing(scene.group());
            scene.alice.receive(&kept).unwrap();
            let commit = committed(scene);
            scene.group().receive(&commit).unwrap();
        },
    );
}

#[test]
fn handling_the_inbox_and_the_outbox() {
    play(
        1,
        |scene| {
            let message = scene.alice.send(&Payload::plain("hello")).unwrap().message;
            scene.group().receive(&message).unwrap();
            scene.group().inbox().unwrap().remove(0)
        },
        |group, delivered| group.acknowledge(delivered),
        |scene, _, _| assert!(scene.group().inbox().unwrap().is_empty()),
    );
    play(
        1,
        |scene| scene.group().send(&Payload::plain("hello")).unwrap().number,
        |group, number| group.sent(*number),
        |scene, _, _| assert!(scene.group().outbox().unwrap().is_empty()),
    );
}

/// A component's secret is handed out once at most, and never when the store does not know of it.
#[test]
fn exporting_a_secret() {
    for framing in FRAMINGS {
        for kind in KINDS {
            let mut scene = Scene::new(framing);
            let store = scene.bob.store.clone();
            let as_error = |error| match error {
                HandleError::Store(e) => Error::Store(StoreError::backend(e)),
                other => panic!("{other}"),
            };
            let (secret, faults) = torture(
                &store,
                kind,
                &mut scene,
                |s| {
                    s.group()
                        .component::<Tally>()
                        .export_secret()
                        .map_err(as_error)
                },
                |_, _| {},
            );
            assert!(faults > 0 || kind == Kind::Reads);
            if let Some(secret) = secret {
                assert_eq!(
                    scene.alice.component::<Tally>().export_secret().unwrap(),
                    secret
                );
            }
            assert!(scene.group().component::<Tally>().export_secret().is_err());
            let mut stored = scene.bob.twin.group(b"room").unwrap();
            assert!(stored.component::<Tally>().export_secret().is_err());
            drop(stored);

            let value = |text: &str| Some(Secret::from(text.as_bytes().to_vec()));
            let (_, faults) = torture(
                &store,
                kind,
                &mut scene,
                |s| {
                    s.group()
                        .component::<Tally>()
                        .store(b"key", value("value"))
                        .map_err(as_error)
                },
                |s, _| {
                    assert!(
                        s.group()
                            .component::<Tally>()
                            .load(b"key")
                            .unwrap()
                            .is_none()
                    )
                },
            );
            assert!(faults > 0 || kind == Kind::Reads);
            assert_eq!(
                scene.group().component::<Tally>().load(b"key").unwrap(),
                value("value")
            );
            scene.goes_on();
        }
    }
}
