//! What survives a restart: events, bytes to send, and the commit that waits for the Delivery
//! Service.

mod kill;

use std::sync::{Arc, Mutex};

use mls_trellis_engine::{
    Client, EpochChange, Error, Event, Group, MemoryStore, Outgoing, Received, Settings,
};
use mls_trellis_hooks::{EpochState, Hooks, LeafIndex, Observer, Origin, Payload, Plugin, Plugins};

use crate::{
    sample::{Basic, Tally},
    world::{Room, client, client_with, config, key_package, private},
};

/// Loads the group anew, as after a restart.
fn restart(group: &mut Option<Group>) -> &mut Group {
    let (client, id) = {
        let group = group.as_ref().unwrap();
        (group.client().clone(), group.id().to_vec())
    };
    *group = None;
    group.insert(client.group(&id).unwrap())
}

/// Two members, the second of whom will be restarted.
fn pair() -> (Group, Option<Group>) {
    let mut room = Room::of(&["alice", "bob"]);
    let bob = room.members.pop();
    (room.members.pop().unwrap(), bob)
}

fn rule(error: &Error) -> &str {
    error.as_reject().unwrap().rule()
}

#[test]
fn events_stay_until_they_are_acknowledged() {
    let (mut alice, mut bob) = pair();
    let hello = alice.send(&Payload::plain("hello")).unwrap();
    let proposal = alice.propose_update::<Tally>(&4).unwrap();
    let commit = alice.commit().update::<Tally>(&5).seal().unwrap();
    alice.accept(&commit).unwrap();
    for bytes in [&hello.message, &proposal.message, &commit.commit] {
        bob.as_mut().unwrap().receive(bytes).unwrap();
    }

    let group = restart(&mut bob);
    let inbox = group.inbox().unwrap();
    assert_eq!(inbox.len(), 3);
    assert!(matches!(&inbox[0].event, Event::Message(m) if m.body == b"hello"));
    assert!(matches!(&inbox[1].event, Event::Proposal(_)));
    assert!(matches!(&inbox[2].event, Event::Epoch(change) if change.epoch == commit.epoch));

    group.acknowledge(&inbox[1]).unwrap();
    group.acknowledge(&inbox[1]).unwrap();
    let group = restart(&mut bob);
    assert_eq!(group.inbox().unwrap(), [inbox[0].clone(), inbox[2].clone()]);

    for delivered in &inbox {
        group.acknowledge(delivered).unwrap();
    }
    let group = restart(&mut bob);
    assert!(group.inbox().unwrap().is_empty());

    // Numbers are not used again.
    let again = alice.send(&Payload::plain("again")).unwrap();
    let Received::Message(delivered, _) = group.receive(&again.message).unwrap() else {
        panic!("no message");
    };
    assert!(inbox.iter().all(|old| old.number < delivered.number));
}

#[test]
fn bytes_stay_until_they_are_sent() {
    let (_, mut bob) = pair();
    let first = bob.as_mut().unwrap().send(&Payload::plain("one")).unwrap();
    let second = restart(&mut bob).send(&Payload::plain("two")).unwrap();
    let group = restart(&mut bob);
    let both = [
        (first.number, Outgoing::Message(first.message)),
        (second.number, Outgoing::Message(second.message)),
    ];
    assert_eq!(group.outbox().unwrap(), both);
    group.sent(first.number).unwrap();
    assert_eq!(restart(&mut bob).outbox().unwrap(), both[1..]);
}

#[test]
fn eng_5_a_sealed_commit_survives_a_restart_and_says_what_everybody_is_told() {
    for settings in [Settings::default(), private()] {
        let (mut alice, _) = pair();
        let store = Arc::new(MemoryStore::default());
        let bob = client_with("bob", crate::sample::plugins(), settings, store);
        let sealed = alice.commit().add(&key_package(&bob)).seal().unwrap();
        alice.accept(&sealed).unwrap();
        let mut bob = Some(bob.join(sealed.welcome.as_ref().unwrap()).unwrap());

        let carol = client("carol");
        let commit = bob
            .as_mut()
            .unwrap()
            .commit()
            .add(&key_package(&carol))
            .path();
        let sealed = commit
            .update::<Tally>(&5)
            .ephemeral::<Tally>(&1)
            .seal()
            .unwrap();
        let outbox = [(sealed.number, Outgoing::Commit(sealed.commit.clone()))];

        let group = restart(&mut bob);
        assert_eq!(group.epoch().epoch, sealed.epoch - 1);
        assert_eq!(group.outbox().unwrap(), outbox);
        let kept = group.sealed().unwrap().unwrap();
        assert_eq!((kept.number, kept.epoch), (sealed.number, sealed.epoch));
        assert_eq!(
            (&kept.commit, &kept.welcome),
            (&sealed.commit, &sealed.welcome)
        );
        assert_eq!(rule(&group.commit().seal().unwrap_err()), "ENG-5");

        let own = group.accept(&kept).unwrap();
        let Received::Epoch(_, told) = alice.receive(&kept.commit).unwrap() else {
            panic!("no epoch");
        };
        assert!(own.own && !told.own);
        assert_eq!(
            EpochChange {
                own: false,
                ..own.clone()
            },
            told
        );
        assert_eq!(told.added.len(), 1);
        assert_eq!((told.data.len(), told.notices.len()), (1, 1));

        let mut carol = carol.join(kept.welcome.as_ref().unwrap()).unwrap();
        let group = restart(&mut bob);
        assert!(group.sealed().unwrap().is_none());
        assert!(
            matches!(&group.outbox().unwrap()[..], [(_, Outgoing::Welcome(w))] if Some(w) == kept.welcome.as_ref())
        );
        let event = group.inbox().unwrap().pop().unwrap().event;
        assert_eq!(event, Event::Epoch(own));
        for member in [&mut alice, &mut carol] {
            assert_eq!(member.epoch(), group.epoch());
            assert_eq!(
                member.epoch_authenticator().unwrap(),
                group.epoch_authenticator().unwrap()
            );
        }
        assert_eq!(rule(&group.accept(&kept).unwrap_err()), "ENG-15");
    }
}

#[test]
fn our_commit_that_comes_back_after_a_restart_is_accepted() {
    let (mut alice, mut bob) = pair();
    let sealed = bob
        .as_mut()
        .unwrap()
        .commit()
        .update::<Tally>(&5)
        .seal()
        .unwrap();
    alice.receive(&sealed.commit).unwrap();
    let group = restart(&mut bob);
    let received = group.receive(&sealed.commit).unwrap();
    assert!(
        matches!(&received, Received::Epoch(_, change) if change.own),
        "{received:?}"
    );
    assert_eq!(group.epoch(), alice.epoch());
    let again = group.receive(&sealed.commit).unwrap();
    assert_eq!(
        again,
        Received::StaleEpoch {
            epoch: sealed.epoch - 1
        }
    );
}

#[test]
fn eng_15_a_discarded_commit_is_forgotten_and_its_proposals_are_not() {
    let (mut alice, mut bob) = pair();
    let proposal = alice.propose_update::<Tally>(&4).unwrap();
    let group = bob.as_mut().unwrap();
    group.receive(&proposal.message).unwrap();
    let first = group.commit().seal().unwrap();
    restart(&mut bob).discard(&first).unwrap();

    let group = restart(&mut bob);
    assert!(group.sealed().unwrap().is_none());
    assert!(group.outbox().unwrap().is_empty());
    assert_eq!(rule(&group.accept(&first).unwrap_err()), "ENG-15");
    assert_eq!(rule(&group.discard(&first).unwrap_err()), "ENG-15");
    let second = group.commit().seal().unwrap();
    assert_ne!(second.number, first.number);
    let change = group.accept(&second).unwrap();
    assert_eq!(change.data.len(), 1, "the proposal is gone");
    alice.receive(&second.commit).unwrap();
    assert_eq!(group.epoch(), alice.epoch());
}

#[test]
fn a_commit_that_loses_is_cleared() {
    for restarted in [false, true] {
        let (mut alice, mut bob) = pair();
        let lost = bob
            .as_mut()
            .unwrap()
            .commit()
            .update::<Tally>(&5)
            .seal()
            .unwrap();
        let won = alice.commit().update::<Tally>(&6).seal().unwrap();
        alice.accept(&won).unwrap();
        if restarted {
            restart(&mut bob);
        }
        let Received::Epoch(_, change) = bob.as_mut().unwrap().receive(&won.commit).unwrap() else {
            panic!("no epoch");
        };
        assert!(change.lost_race && !change.own);
        let group = restart(&mut bob);
        assert!(group.sealed().unwrap().is_none());
        assert!(group.outbox().unwrap().is_empty());
        assert_eq!(rule(&group.accept(&lost).unwrap_err()), "ENG-15");
        assert_eq!(group.state::<Tally>().unwrap().unwrap().0, 6);
        let again = group.commit().update::<Tally>(&5).seal().unwrap();
        group.accept(&again).unwrap();
        alice.receive(&again.commit).unwrap();
        assert_eq!(group.epoch(), alice.epoch());
    }
}

#[test]
fn eng_20_a_group_is_not_joined_over_itself() {
    let (mut alice, mut bob) = pair();
    let hello = alice.send(&Payload::plain("hello")).unwrap();
    let group = bob.as_mut().unwrap();
    group.receive(&hello.message).unwrap();
    let sealed = group.commit().update::<Tally>(&5).seal().unwrap();

    let info = alice.group_info().unwrap();
    let client = group.client().clone();
    bob = None;
    let refused = client.join_external(&info).seal().map(|_| ()).unwrap_err();
    assert_eq!(rule(&refused), "ENG-20");
    let mut group = client.group(b"room").unwrap();
    assert_eq!(group.sealed().unwrap().unwrap().commit, sealed.commit);
    assert_eq!(group.inbox().unwrap().len(), 1);
    drop((group, bob));

    // Deleted first, nothing of the old group is left in the new one.
    client.delete_group(b"room").unwrap();
    let (group, joined) = client.join_external(&info).seal().unwrap();
    alice.receive(&joined.commit).unwrap();
    let mut group = Some(group);
    let group = restart(&mut group);
    assert!(group.sealed().unwrap().is_none());
    let commit = Outgoing::Commit(joined.commit);
    assert_eq!(group.outbox().unwrap(), [(joined.number, commit)]);
    let sealed = group.commit().update::<Tally>(&5).seal().unwrap();
    group.accept(&sealed).unwrap();
    alice.receive(&sealed.commit).unwrap();
    assert_eq!(group.epoch(), alice.epoch());
}

/// Writes down what an observer is told.
#[derive(Default)]
struct Diary(Mutex<Vec<String>>);

impl Diary {
    fn note(&self, entry: String) {
        self.0.lock().unwrap().push(entry);
    }

    fn read(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Diary {
    fn epoch_changed(&self, before: &EpochState, after: &EpochState) {
        self.note(format!("{} to {}", before.epoch, after.epoch));
    }

    fn removed(&self, _: &[u8], epoch: u64) {
        self.note(format!("removed in {epoch}"));
    }

    fn lost_race(&self, group_id: &[u8], epoch: u64) {
        assert_eq!(group_id, b"room");
        self.note(format!("lost {epoch}"));
    }
}

struct Observed(Arc<Diary>);

impl Plugin for Observed {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.observer("diary", self.0.clone());
    }
}

fn observed(name: &str) -> (Client, Arc<Diary>) {
    let diary = Arc::new(Diary::default());
    let origin = Origin::here();
    let plugins = Plugins::builder()
        .add(Arc::new(Basic), origin)
        .add(Arc::new(Tally), origin)
        .add(Arc::new(Observed(diary.clone())), origin)
        .build()
        .unwrap();
    let store = Arc::new(MemoryStore::default());
    (
        client_with(name, plugins, Settings::default(), store),
        diary,
    )
}

#[test]
fn observers_are_told_once_it_has_happened() {
    let mut alice = client("alice").create_group(config()).unwrap();
    let (bob, diary) = observed("bob");
    let sealed = alice.commit().add(&key_package(&bob)).seal().unwrap();
    alice.accept(&sealed).unwrap();
    let mut bob = bob.join(sealed.welcome.as_ref().unwrap()).unwrap();
    assert!(diary.read().is_empty());

    // Ours: told when it is accepted, not when it is sealed or comes to nothing.
    let sealed = bob.commit().update::<Tally>(&5).seal().unwrap();
    bob.discard(&sealed).unwrap();
    bob.commit().update::<Tally>(&13).seal().unwrap_err();
    let sealed = bob.commit().update::<Tally>(&5).seal().unwrap();
    assert!(diary.read().is_empty());
    bob.accept(&sealed).unwrap();
    assert_eq!(diary.read(), ["1 to 2"]);
    alice.receive(&sealed.commit).unwrap();

    // Another's, against which ours loses.
    bob.commit().update::<Tally>(&5).seal().unwrap();
    let sealed = alice.commit().update::<Tally>(&6).seal().unwrap();
    alice.accept(&sealed).unwrap();
    bob.receive(&sealed.commit).unwrap();
    assert_eq!(diary.read(), ["2 to 3", "lost 2"]);
    bob.receive(&sealed.commit).unwrap();
    assert!(diary.read().is_empty(), "told twice");

    let sealed = alice.commit().remove(LeafIndex(1)).seal().unwrap();
    alice.accept(&sealed).unwrap();
    bob.receive(&sealed.commit).unwrap();
    assert_eq!(diary.read(), ["removed in 4"]);
}
