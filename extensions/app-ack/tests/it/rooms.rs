//! Real groups, in which messages get lost.

use std::sync::Arc;

use mls_trellis_app_ack::{Acknowledgement, AppAck, Generations, Log, Schedule};
use mls_trellis_basic::Basic;
use mls_trellis_engine::{
    Client, EpochChange, Framing, Group, GroupConfig, KeyPackageOptions, MemoryStore, Received,
    Sealed, Settings, SoftwareSigner, Store,
};
use mls_trellis_hooks::{CipherSuite, Credential, LeafIndex, Origin, Payload, Plugins};

pub(crate) fn client(name: &str, schedule: Schedule, store: Arc<dyn Store>) -> Client {
    let plugins = Plugins::builder()
        .add(Arc::new(Basic), Origin::here())
        .add(Arc::new(AppAck::new(schedule)), Origin::here());
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let settings = Settings {
        framing: Framing::Private,
        ..Settings::default()
    };
    Client::builder(plugins.build().unwrap())
        .store(store)
        .identity(Credential::basic(name), Arc::new(signer))
        .settings(settings)
        .build()
        .unwrap()
}

struct Room {
    clients: Vec<Client>,
    members: Vec<Group>,
}

impl Room {
    /// Alice, bob and carol.
    fn new(schedule: Schedule) -> Self {
        let names = ["alice", "bob", "carol"];
        let clients = names.map(|name| client(name, schedule, Arc::new(MemoryStore::default())));
        let config = GroupConfig::new(b"room").require::<AppAck>();
        let mut room = Self {
            members: vec![clients[0].create_group(config).unwrap()],
            clients: clients.to_vec(),
        };
        for client in &clients[1..] {
            let package = client.key_package(&KeyPackageOptions::default()).unwrap();
            let sealed = room.members[0].commit().add(&package.message);
            let sealed = sealed.seal().unwrap();
            room.deliver(0, &sealed);
            let joined = client.join(sealed.welcome.as_ref().unwrap());
            room.members.push(joined.unwrap());
        }
        room
    }

    fn epoch(&self) -> u64 {
        self.members[0].epoch().epoch
    }

    fn send(&mut self, from: usize) -> Vec<u8> {
        self.members[from]
            .send(&Payload::plain(*b"hello"))
            .unwrap()
            .message
    }

    /// A message that only these receive.
    fn say(&mut self, from: usize, to: &[usize]) -> Vec<u8> {
        let message = self.send(from);
        for to in to {
            self.hear(*to, &message);
        }
        message
    }

    fn hear(&mut self, who: usize, message: &[u8]) {
        let received = self.members[who].receive(message).unwrap();
        assert!(matches!(received, Received::Message(..)), "{received:?}");
    }

    fn commit(&mut self, by: usize) -> EpochChange {
        let sealed = self.members[by].commit().seal().unwrap();
        self.deliver(by, &sealed)
    }

    fn deliver(&mut self, by: usize, sealed: &Sealed) -> EpochChange {
        for (index, member) in self.members.iter_mut().enumerate() {
            if index != by {
                let received = member.receive(&sealed.commit).unwrap();
                assert!(matches!(received, Received::Epoch(..)), "{received:?}");
            }
        }
        self.members[by].accept(sealed).unwrap()
    }

    fn restart(&mut self, who: usize) {
        drop(self.members.remove(who));
        let again = self.clients[who].group(b"room").unwrap();
        self.members.insert(who, again);
    }

    fn log(&mut self, who: usize, epoch: u64) -> Log {
        self.members[who]
            .log::<AppAck>(epoch)
            .unwrap()
            .unwrap_or_default()
    }
}

fn set(generations: &[u32]) -> Generations {
    generations.iter().copied().collect()
}

#[test]
fn ack_6_a_message_that_was_suppressed_is_suspected() {
    let mut room = Room::new(Schedule::EveryCommit);
    let epoch = room.epoch();
    room.say(0, &[1, 2]);
    room.say(0, &[2]); // bob does not get the second
    room.say(0, &[1, 2]);
    room.say(0, &[]); // nobody gets the last, which no gap would tell
    let change = room.commit(1);
    assert_eq!(change.notices.len(), 1);

    let report = room.log(0, epoch).report();
    assert_eq!(report.suspected.get(LeafIndex(1)), Some(&set(&[1, 3])));
    assert_eq!(report.unacknowledged, set(&[1, 3]));
    assert_eq!(report.silent, [LeafIndex(2)]);
    // Bob sees the gap himself; carol, who got all that came, has nothing to complain about.
    let report = room.log(1, epoch).report();
    assert_eq!(report.gaps.get(LeafIndex(0)), Some(&set(&[1])));
    assert!(room.log(2, epoch).report().is_clean());
}

#[test]
fn ack_7_a_member_that_was_cut_off_hears_of_it() {
    let mut room = Room::new(Schedule::EveryCommit);
    let epoch = room.epoch();
    let messages: Vec<_> = (0..3).map(|_| room.say(0, &[1])).collect();
    room.commit(1);
    // Carol got none of them, so no gap of hers tells.
    let report = room.log(2, epoch).report();
    assert_eq!(report.gaps.get(LeafIndex(0)), Some(&set(&[0, 1, 2])));
    // Late, and out of order.
    for message in [&messages[2], &messages[0], &messages[1]] {
        room.hear(2, message);
    }
    assert!(room.log(2, epoch).report().is_clean());
}

#[test]
fn ack_11_it_is_about_the_epoch_that_the_commit_ends() {
    let mut room = Room::new(Schedule::EveryCommit);
    let first = room.epoch();
    room.say(0, &[1, 2]);
    room.commit(1);
    let second = room.epoch();
    room.say(0, &[1, 2]);
    room.say(0, &[1, 2]);
    room.commit(2);
    for (epoch, sent, by) in [(first, vec![0], 1), (second, vec![0, 1], 2)] {
        let log = room.log(0, epoch);
        assert_eq!(log.sent(), &set(&sent));
        assert!(log.report().unacknowledged.is_empty());
        assert!(!log.report().silent.contains(&LeafIndex(by)));
    }
    assert!(
        room.members[0]
            .log::<AppAck>(room.epoch())
            .unwrap()
            .is_none()
    );
}

#[test]
fn ack_s1_only_messages_of_the_current_epoch_are_acknowledged() {
    let mut room = Room::new(Schedule::EveryCommit);
    // Two of the epoch before, of which only the second comes, and late.
    let late = [room.send(0), room.send(0)];
    room.commit(1);
    room.hear(1, &late[1]);
    room.say(0, &[1, 2]);
    let change = room.commit(1);
    let ids = room.members[0].epoch().ids.clone();
    let acks: Vec<_> = change.notices_of::<AppAck>(&ids).collect();
    let [(who, Acknowledgement { received_ranges })] = &acks[..] else {
        panic!("{acks:?}");
    };
    assert_eq!(who.name(), "bob");
    let ranges: Vec<_> = received_ranges
        .iter()
        .map(|r| (r.sender, r.first_generation, r.last_generation))
        .collect();
    assert_eq!(ranges, [(0, 0, 0)]);
}

#[test]
fn ack_s4_the_application_chooses_when() {
    let told = |change: &EpochChange| change.notices.len();
    let mut room = Room::new(Schedule::ByHand);
    room.say(0, &[1, 2]);
    assert_eq!(told(&room.commit(1)), 0);
    room.say(0, &[1, 2]);
    let log = room.log(1, room.epoch());
    let commit = room.members[1].commit();
    let sealed = commit
        .ephemeral::<AppAck>(&log.acknowledgement())
        .seal()
        .unwrap();
    assert_eq!(told(&room.deliver(1, &sealed)), 1);

    let schedule = Schedule::EveryMessages(2);
    let plugin = AppAck::new(schedule);
    let mut room = Room::new(schedule);
    room.say(0, &[1, 2]);
    assert!(!plugin.due(&room.log(1, room.epoch())));
    assert_eq!(told(&room.commit(1)), 0);
    room.say(0, &[1, 2]);
    room.say(2, &[0, 1]);
    assert!(plugin.due(&room.log(1, room.epoch())));
    assert!(!plugin.due(&room.log(0, room.epoch())));
    assert_eq!(told(&room.commit(1)), 1);

    // By hand and by schedule is once.
    let mut room = Room::new(Schedule::EveryCommit);
    let empty = Acknowledgement::default();
    let sealed = room.members[1]
        .commit()
        .ephemeral::<AppAck>(&empty)
        .seal()
        .unwrap();
    assert_eq!(told(&room.deliver(1, &sealed)), 1);
}

#[test]
fn ack_s5_after_an_external_commit_it_is_said_of_the_new_epoch() {
    let mut room = Room::new(Schedule::EveryCommit);
    room.say(0, &[1, 2]);
    let sealed = room.members[1].commit().seal().unwrap();
    let info = room.members[0].group_info().unwrap();
    let dave = client(
        "dave",
        Schedule::EveryCommit,
        Arc::new(MemoryStore::default()),
    );
    let (joined, join) = dave.join_external(&info).seal().unwrap();
    for member in &mut room.members {
        member.receive(&join.commit).unwrap();
    }
    room.members.push(joined);
    assert_ne!(sealed.commit, join.commit);
    room.say(0, &[1, 2, 3]);
    room.say(0, &[1, 2, 3]);
    let epoch = room.epoch();
    room.commit(1);
    assert!(room.log(0, epoch).report().unacknowledged.is_empty());
    assert_eq!(room.log(0, epoch).sent(), &set(&[0, 1]));
}

#[test]
fn what_was_counted_survives_restarts() {
    let mut room = Room::new(Schedule::EveryCommit);
    let epoch = room.epoch();
    room.say(0, &[1, 2]);
    room.restart(1);
    room.say(0, &[2]);
    room.say(0, &[1, 2]);
    room.restart(0);
    room.restart(1);
    assert_eq!(room.log(0, epoch).sent(), &set(&[0, 1, 2]));
    let sealed = room.members[1].commit().seal().unwrap();
    room.restart(1);
    room.deliver(1, &sealed);
    room.restart(0);
    let report = room.log(0, epoch).report();
    assert_eq!(report.suspected.get(LeafIndex(1)), Some(&set(&[1])));
}

#[test]
fn a_message_counts_once_and_a_refused_one_not_at_all() {
    let mut room = Room::new(Schedule::EveryCommit);
    let epoch = room.epoch();
    let message = room.say(0, &[1]);
    assert_eq!(
        room.members[1].receive(&message).unwrap(),
        Received::Duplicate
    );
    assert_eq!(
        room.members[0].receive(&message).unwrap(),
        Received::OwnEcho
    );
    let second = room.send(0);
    let mut damaged = second.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(room.members[1].receive(&damaged).is_err());
    assert_eq!(room.log(1, epoch).count(), 1);
    room.hear(1, &second);
    assert_eq!(room.log(1, epoch).count(), 2);
    assert_eq!(room.log(0, epoch).sent(), &set(&[0, 1]));
}

#[test]
fn private_handshakes_are_not_counted() {
    let mut room = Room::new(Schedule::EveryCommit);
    let epoch = room.epoch();
    let proposal = room.members[2].propose_renewal().unwrap().message;
    for who in [0, 1] {
        room.members[who].receive(&proposal).unwrap();
    }
    assert_eq!(room.log(1, epoch), Log::default());
    room.commit(0);
    assert_eq!(room.log(1, epoch).count(), 0);
}

#[test]
fn logs_go_when_their_messages_can_no_longer_be_read() {
    let mut room = Room::new(Schedule::EveryCommit);
    let first = room.epoch();
    room.say(0, &[1, 2]);
    let kept = Settings::default().past_epochs;
    for _ in 0..kept {
        room.commit(1);
        assert!(room.members[2].log::<AppAck>(first).unwrap().is_some());
    }
    room.commit(1);
    assert!(room.members[2].log::<AppAck>(first).unwrap().is_none());
}
