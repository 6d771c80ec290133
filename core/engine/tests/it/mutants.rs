//! Real messages with something wrong: whatever it is, nobody panics, nothing changes, and the
//! message as it was sent still works.

use std::sync::Arc;

use mls_trellis_engine::{
    Client, EpochChange, Error, Followed, Group, MemoryStore, PublicGroup, Received, Result,
    Sealed, Settings,
};
use mls_trellis_hooks::Payload;

use crate::{
    sample::{TALLY, Tally, plugins},
    world::{client, client_with, config, key_package, private},
};

/// A small generator of numbers, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// Less than `limit`, or zero.
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// The message with one thing changed. `other` lends bytes that look right elsewhere.
fn mutate(genuine: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut mutant = genuine.to_vec();
    let at = numbers.below(mutant.len());
    let length = (1 + numbers.below(12)).min(mutant.len() - at);
    match numbers.below(10) {
        // Most errors hide behind the headers, so flips are tried most often.
        0..=3 => mutant[at] ^= 1 << numbers.below(8),
        4 => mutant[at] = numbers.next() as u8,
        5 => mutant.truncate(at),
        6 => drop(mutant.drain(at..at + length)),
        // A length that says more than there is.
        7 => {
            let length = [0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff][numbers.below(7)];
            mutant[at] = length;
        }
        8 => {
            let from = numbers.below(other.len());
            let splice = other[from..(from + length).min(other.len())].to_vec();
            drop(mutant.splice(at..at + length, splice));
        }
        _ => {
            let twice = mutant[at..at + length].to_vec();
            drop(mutant.splice(at..at, twice));
        }
    }
    mutant
}

/// Shows the mutant that caused a panic.
struct Suspect<'m>(&'m [u8]);

impl Drop for Suspect<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let bytes = self.0.iter().map(|byte| format!("{byte:02x}"));
            eprintln!("the mutant: {}", bytes.collect::<String>());
        }
    }
}

/// How many mutants there were, and how many of them OpenMLS had to look at.
#[derive(Default)]
struct Count {
    all: usize,
    deep: usize,
}

/// Feeds mutants of a message to somebody, who must say no to each. `feed` gives the refusal, or
/// nothing when the message was set aside.
fn feed_mutants(
    count: usize,
    genuine: &[u8],
    other: &[u8],
    mut feed: impl FnMut(&[u8]) -> Option<Error>,
) -> Count {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ genuine.len() as u64);
    let mut found = Count::default();
    while found.all < count {
        let mutant = mutate(genuine, other, &mut numbers);
        if mutant == genuine {
            continue;
        }
        let _suspect = Suspect(&mutant);
        match feed(&mutant) {
            Some(Error::Mls { .. }) => found.deep += 1,
            Some(Error::Malformed { .. } | Error::Rejected(_)) | None => {}
            Some(other) => panic!("{other:?}"),
        }
        found.all += 1;
    }
    found
}

/// Alice sends in the clear, carol encrypts, and bob gets the mutants, as does a hub.
struct Cast {
    alice: Group,
    carol: Group,
    bob: Group,
    hub: PublicGroup,
}

impl Cast {
    fn new(safe_aad: bool) -> Self {
        let config = match safe_aad {
            true => config().safe_aad([TALLY]),
            false => config(),
        };
        let mut alice = client("alice").create_group(config).unwrap();
        let info = alice.group_info().unwrap();
        let store = Arc::new(MemoryStore::default());
        let hub = PublicGroup::follow(plugins(), store.clone(), &info, None).unwrap();
        let carol = client_with("carol", plugins(), private(), store);
        let bob = client("bob");
        let (first, second) = (key_package(&carol), key_package(&bob));
        let sealed = alice.commit().add(&first).add(&second).seal().unwrap();
        let mut hub = hub;
        hub.receive(&sealed.commit).unwrap();
        alice.accept(&sealed).unwrap();
        let welcome = sealed.welcome.unwrap();
        Self {
            carol: carol.join(&welcome).unwrap(),
            bob: bob.join(&welcome).unwrap(),
            alice,
            hub,
        }
    }
}

/// A commit with an Add, an AppDataUpdate and a path.
fn rich_commit(group: &mut Group) -> Sealed {
    let commit = group
        .commit()
        .add(&key_package(&client("dave")))
        .update::<Tally>(&5);
    commit.path().seal().unwrap()
}

/// A message that is set aside, or its refusal.
fn set_aside(received: Result<Received>) -> Option<Error> {
    match received {
        Ok(
            Received::StaleEpoch { .. }
            | Received::TooLate { .. }
            | Received::FutureEpoch { .. }
            | Received::Duplicate
            | Received::OwnEcho,
        ) => None,
        Ok(other) => panic!("taken in: {other:?}"),
        Err(error) => Some(error),
    }
}

/// Feeds mutants to a member; then the message itself.
fn feed_member(count: usize, group: &mut Group, genuine: &[u8], other: &[u8]) -> Received {
    let before = group.epoch().clone();
    let found = feed_mutants(count, genuine, other, |mutant| {
        let refusal = set_aside(group.receive(mutant));
        assert_eq!(group.epoch().epoch, before.epoch);
        refusal
    });
    assert!(
        found.deep > count / 4,
        "only {} mutants came far",
        found.deep
    );
    assert_eq!(group.epoch(), &before);
    assert!(group.inbox().unwrap().is_empty());
    group.receive(genuine).unwrap()
}

/// A MAC as it is encoded: one byte of length, and SHA-256.
const TAG: usize = 1 + 32;

/// Feeds mutants to a hub; then the message itself. The last `tags` bytes stay as they are: these
/// are the MACs, which a hub has no key to check.
fn feed_hub(
    count: usize,
    hub: &mut PublicGroup,
    genuine: &[u8],
    tags: usize,
    other: &[u8],
) -> Followed {
    let before = hub.epoch().clone();
    let (signed, tags) = genuine.split_at(genuine.len() - tags);
    let found = feed_mutants(count, signed, other, |mutant| {
        // What is signed is all there: only the MACs are others.
        if mutant.starts_with(signed) {
            return None;
        }
        let refusal = match hub.receive(&[mutant, tags].concat()) {
            Ok(Followed::StaleEpoch { .. } | Followed::FutureEpoch { .. }) => None,
            Ok(other) => panic!("taken in: {other:?}"),
            Err(error) => Some(error),
        };
        assert_eq!(hub.epoch().epoch, before.epoch);
        refusal
    });
    assert!(
        found.deep > count / 4,
        "only {} mutants came far",
        found.deep
    );
    assert_eq!(hub.epoch(), &before);
    hub.receive(genuine).unwrap()
}

fn change(received: Received) -> EpochChange {
    match received {
        Received::Epoch(_, change) => change,
        other => panic!("{other:?}"),
    }
}

#[test]
fn public_commits() {
    let mut cast = Cast::new(true);
    let other = cast.carol.send(&Payload::plain("hello")).unwrap().message;
    let sealed = rich_commit(&mut cast.alice);
    cast.alice.accept(&sealed).unwrap();
    let followed = feed_hub(1_500, &mut cast.hub, &sealed.commit, 2 * TAG, &other);
    assert!(matches!(followed, Followed::Epoch(_)));
    let received = feed_member(4_000, &mut cast.bob, &sealed.commit, &other);
    assert_eq!(change(received).added.len(), 1);
    assert_eq!(cast.bob.epoch(), cast.alice.epoch());
}

#[test]
fn private_commits() {
    let mut cast = Cast::new(true);
    let sealed = rich_commit(&mut cast.carol);
    cast.carol.accept(&sealed).unwrap();
    let other = cast.alice.propose_update::<Tally>(&3).unwrap().message;
    let received = feed_member(1_500, &mut cast.bob, &sealed.commit, &other);
    assert_eq!(change(received).added.len(), 1);
    assert_eq!(cast.bob.epoch(), cast.carol.epoch());
}

#[test]
fn proposals() {
    let mut cast = Cast::new(true);
    let public = cast.alice.propose_update::<Tally>(&3).unwrap().message;
    let private = cast.carol.propose_renewal().unwrap().message;
    let followed = feed_hub(1_000, &mut cast.hub, &public, TAG, &private);
    assert!(matches!(followed, Followed::Proposal(_)));
    let received = feed_member(2_500, &mut cast.bob, &public, &private);
    let Received::Proposal(delivered, _) = received else {
        panic!("{received:?}");
    };
    cast.bob.acknowledge(&delivered).unwrap();
    let received = feed_member(1_000, &mut cast.bob, &private, &public);
    assert!(matches!(received, Received::Proposal(..)), "{received:?}");
}

#[test]
fn application_messages() {
    let mut cast = Cast::new(true);
    let first = cast.alice.send(&Payload::plain("hello")).unwrap().message;
    let second = cast.carol.send(&Payload::plain("hello")).unwrap().message;
    let received = feed_member(2_000, &mut cast.bob, &first, &second);
    assert!(matches!(received, Received::Message(_, message) if message.body == b"hello"));
}

#[test]
fn external_commits() {
    let mut cast = Cast::new(false);
    let info = cast.alice.group_info().unwrap();
    let dave = client("dave");
    let (mut dave, sealed) = dave
        .join_external(&info)
        .update::<Tally>(&9)
        .seal()
        .unwrap();
    let other = cast.alice.propose_update::<Tally>(&3).unwrap().message;
    let followed = feed_hub(1_000, &mut cast.hub, &sealed.commit, TAG, &other);
    assert!(matches!(followed, Followed::Epoch(_)));
    let received = feed_member(2_000, &mut cast.bob, &sealed.commit, &other);
    assert_eq!(change(received).added.len(), 1);
    assert_eq!(
        cast.bob.epoch_authenticator().unwrap(),
        dave.epoch_authenticator().unwrap()
    );
}

/// What a hub cannot see (RFC 9420, sections 6.2 and 8.1): only members have the keys of the MACs.
#[test]
fn a_hub_takes_a_commit_with_a_wrong_tag_and_members_do_not() {
    let mut cast = Cast::new(true);
    let mut sealed = rich_commit(&mut cast.alice);
    for from_the_end in [1, TAG + 1] {
        let mut mutant = sealed.commit.clone();
        let at = mutant.len() - from_the_end;
        mutant[at] ^= 1;
        assert!(matches!(cast.bob.receive(&mutant), Err(Error::Mls { .. })));
    }
    *sealed.commit.last_mut().unwrap() ^= 1;
    assert!(matches!(
        cast.hub.receive(&sealed.commit),
        Ok(Followed::Epoch(_))
    ));
}

#[test]
fn welcomes() {
    let mut cast = Cast::new(true);
    let (dave, erin) = (client("dave"), client("erin"));
    let mut welcome = |joiner: &Client| {
        let sealed = cast
            .alice
            .commit()
            .add(&key_package(joiner))
            .seal()
            .unwrap();
        cast.alice.accept(&sealed).unwrap();
        sealed.welcome.unwrap()
    };
    let other = welcome(&erin);
    let genuine = welcome(&dave);
    let found = feed_mutants(3_000, &genuine, &other, |mutant| dave.join(mutant).err());
    assert!(found.deep > 500, "only {} mutants came far", found.deep);
    assert!(dave.groups().unwrap().is_empty());
    assert_eq!(dave.join(&genuine).unwrap().epoch(), cast.alice.epoch());
}

#[test]
fn group_infos() {
    let mut cast = Cast::new(false);
    let other = cast.alice.group_info().unwrap();
    let sealed = cast.alice.commit().update::<Tally>(&5).seal().unwrap();
    cast.alice.accept(&sealed).unwrap();
    let genuine = cast.alice.group_info().unwrap();
    let dave = client("dave");
    let join = |info: &[u8]| dave.join_external(info).seal();
    let found = feed_mutants(1_500, &genuine, &other, |mutant| join(mutant).err());
    assert!(found.deep > 100, "only {} mutants came far", found.deep);
    let found = feed_mutants(500, &genuine, &other, |mutant| {
        let store = Arc::new(MemoryStore::default());
        PublicGroup::follow(plugins(), store, mutant, None).err()
    });
    assert!(found.deep > 50, "only {} mutants came far", found.deep);
    assert!(dave.groups().unwrap().is_empty());
    let (joined, sealed) = join(&genuine).unwrap();
    cast.alice.receive(&sealed.commit).unwrap();
    assert_eq!(joined.epoch(), cast.alice.epoch());
}

#[test]
fn key_packages() {
    let settings = Settings::default();
    let alice = client_with(
        "alice",
        plugins(),
        settings,
        Arc::new(MemoryStore::default()),
    );
    let mut alice = alice.create_group(config()).unwrap();
    let (genuine, other) = (key_package(&client("dave")), key_package(&client("erin")));
    let found = feed_mutants(3_000, &genuine, &other, |mutant| {
        let refusal = alice.commit().add(mutant).seal().err();
        assert!(alice.sealed().unwrap().is_none());
        refusal
    });
    assert!(found.deep > 500, "only {} mutants came far", found.deep);
    assert!(alice.outbox().unwrap().is_empty());
    alice.commit().add(&genuine).seal().unwrap();
}
