//! Time: whom the rules let in, each may still judge by their own clock. It decides what they do
//! themselves, and refuses nothing that others did.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use mls_trellis_bundle::policy::{CredentialPolicy, Local};
use mls_trellis_engine::{
    Client, Error, Followed, Group, PublicGroup, Received, Signer as _, Weight,
};
use mls_trellis_hooks::{Assessment, LeafIndex, Plugins};
use mls_trellis_issuer::attack;

use super::{builder, config, credential, hub, key, key_package, strict, strict_with};

const DAY: u64 = 86_400;

/// A clock that is moved by hand. It begins now, for OpenMLS looks at the machine's.
#[derive(Clone)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn new() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Self(Arc::new(AtomicU64::new(now.unwrap().as_secs())))
    }

    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Somebody whose certificate is valid until then.
    fn client(&self, user: &str, until: u64, plugins: Plugins) -> Client {
        let (key, clock) = (key(), self.clone());
        let shown = attack::valid(user, key.public_key(), until - 30 * DAY, until);
        let client = builder(plugins, credential(shown), &key).clock(move || clock.now());
        client.build().unwrap()
    }
}

/// Those who look at the clock.
fn watchful() -> Plugins {
    strict_with(CredentialPolicy::default().ours(Local::default()))
}

fn rule<T: std::fmt::Debug>(refused: Result<T, Error>) -> String {
    match refused {
        Err(Error::Rejected(reject)) => reject.rule().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// Whom alice would not bring in today.
fn avoided(alice: &Group) -> Vec<(Option<LeafIndex>, String)> {
    let reviewed = alice.review().into_iter();
    reviewed
        .map(|reviewed| match reviewed.assessment {
            Assessment::Avoid(reject) => (reviewed.leaf, reject.rule().to_owned()),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// alice looks at the clock; bob and the hub do not.
struct Room {
    clock: Clock,
    alice: Group,
    bob: Group,
    hub: PublicGroup,
}

impl Room {
    /// bob's certificate is valid for ten days.
    fn new() -> Self {
        let clock = Clock::new();
        let now = clock.now();
        let alice = clock.client("alice", now + 20 * DAY, watchful());
        let bob = clock.client("bob", now + 10 * DAY, strict());
        let mut alice = alice.create_group(config()).unwrap();
        let mut hub = hub(&mut alice).unwrap();
        let sealed = alice.commit().add(&key_package(&bob)).seal().unwrap();
        hub.receive(&sealed.commit).unwrap();
        alice.accept(&sealed).unwrap();
        let bob = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();
        Self {
            clock,
            alice,
            bob,
            hub,
        }
    }

    /// alice removes somebody, and everybody who stays follows.
    fn removed(&mut self, leaf: LeafIndex) {
        let sealed = self.alice.commit().remove(leaf).seal().unwrap();
        self.alice.accept(&sealed).unwrap();
        self.bob.receive(&sealed.commit).unwrap();
        self.hub.receive(&sealed.commit).unwrap();
        assert!(self.hub.epoch() == self.alice.epoch());
    }
}

#[test]
fn pol_12_a_certificate_that_is_over_when_somebody_is_added() {
    let mut room = Room::new();
    let late = room.clock.client("late", room.clock.now() - DAY, strict());
    let late = key_package(&late);

    // alice does not add them, and says why not.
    assert_eq!(rule(room.alice.commit().add(&late).seal()), "POL-12");
    let obstacles = room.alice.why_not(&late).unwrap();
    assert_eq!(obstacles[0].weight, Weight::Avoided);
    assert_eq!(obstacles[0].reject.rule(), "POL-12");

    // bob does. Everybody follows, and alice is alarmed.
    let sealed = room.bob.commit().add(&late).seal().unwrap();
    let Received::Epoch(_, change) = room.alice.receive(&sealed.commit).unwrap() else {
        panic!("not an epoch");
    };
    let alarms: Vec<_> = change.alarms.iter().map(|alarm| &alarm.rule).collect();
    assert_eq!(alarms, ["POL-12"]);
    let Followed::Epoch(change) = room.hub.receive(&sealed.commit).unwrap() else {
        panic!("not an epoch");
    };
    assert!(change.alarms.is_empty());
    room.bob.accept(&sealed).unwrap();
    assert!(room.alice.epoch() == room.bob.epoch());

    // A newcomer who looks at the clock does not enter this room; alice puts it right.
    let erin = room
        .clock
        .client("erin", room.clock.now() + DAY, watchful());
    let sealed = room.bob.commit().add(&key_package(&erin)).seal().unwrap();
    let refused = erin.join(sealed.welcome.as_ref().unwrap());
    assert_eq!(rule(refused.map(drop)), "POL-12");
    room.bob.discard(&sealed).unwrap();
    let leaf = LeafIndex(2);
    assert_eq!(avoided(&room.alice), [(Some(leaf), "POL-12".to_owned())]);
    room.removed(leaf);
    assert_eq!(avoided(&room.alice), []);
}

#[test]
fn pol_12_a_certificate_that_ends_while_somebody_is_a_member() {
    let mut room = Room::new();
    assert_eq!(avoided(&room.alice), []);
    room.clock.0.fetch_add(11 * DAY, Ordering::Relaxed);
    let bob = LeafIndex(1);
    assert_eq!(avoided(&room.alice), [(Some(bob), "POL-12".to_owned())]);

    // Nothing happens by itself: bob goes on, and alice follows, until she removes him.
    let sealed = room.bob.commit().path().seal().unwrap();
    room.alice.receive(&sealed.commit).unwrap();
    room.hub.receive(&sealed.commit).unwrap();
    room.bob.accept(&sealed).unwrap();
    room.removed(bob);
    assert!(!room.bob.is_active().unwrap());
    assert_eq!(avoided(&room.alice), []);
}
