//! Processes that are killed at odd moments, with a durable store.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use mls_trellis_engine::{
    Client, Delivered, Event, Framing, Group, MemoryStore, Received, Settings, Signer,
    SoftwareSigner,
};
use mls_trellis_hooks::{CipherSuite, Credential, Payload, Secret};
use mls_trellis_store_sqlite::SqliteStore;

use crate::{
    sample::{Tally, plugins},
    world::{client_with, config, key_package},
};

/// Set in a child: the directory with its store, its key and what it is to receive.
const DIRECTORY: &str = "TRELLIS_ENGINE_KILL_DIRECTORY";
/// Set in a child: the first line of its mail that it has not seen for certain.
const CURSOR: &str = "TRELLIS_ENGINE_KILL_CURSOR";
const KILLS: u64 = 30;

/// The client of a directory.
fn open(directory: &Path) -> Client {
    let key = fs::read(directory.join("key")).unwrap();
    let signer: Arc<dyn Signer> =
        Arc::new(SoftwareSigner::from_secret(&Secret::from(key)).unwrap());
    let store = SqliteStore::open(directory.join("db")).unwrap();
    let builder = Client::builder(plugins()).store(Arc::new(store));
    builder
        .identity(Credential::basic("killed"), signer)
        .build()
        .unwrap()
}

fn new_directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    fs::write(directory.path().join("key"), signer.to_secret().as_slice()).unwrap();
    directory
}

/// A running child of this same binary.
struct Victim {
    child: Child,
    output: BufReader<std::process::ChildStderr>,
}

impl Victim {
    fn start(test: &str, directory: &Path, cursor: usize) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                &format!("durability::kill::{test}"),
                "--nocapture",
            ])
            .env(DIRECTORY, directory)
            .env(CURSOR, cursor.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stderr.take().unwrap());
        Self { child, output }
    }

    /// Kills it at an odd moment after it has said some lines, or as it starts, and returns what it
    /// has said.
    fn kill(mut self, round: u64) -> Vec<(String, String)> {
        let mut said = String::new();
        for _ in 0..round * 5 % 13 {
            self.output.read_line(&mut said).unwrap();
        }
        thread::sleep(Duration::from_micros(round * 7_919 % 5_003));
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.output.read_to_string(&mut said).unwrap();
        // It may have died in the middle of a line.
        let whole = said.rfind('\n').map_or("", |end| &said[..end]);
        let words = |line: &str| {
            let (word, value) = line.split_once(' ').unwrap_or((line, ""));
            assert!(
                ["start", "commit", "epoch", "got", "done"].contains(&word),
                "the child says: {said}"
            );
            (word.to_owned(), value.to_owned())
        };
        whole
            .lines()
            .filter(|line| !line.is_empty())
            .map(words)
            .collect()
    }
}

/// What a child says, in one write.
fn say(word: &str, value: impl std::fmt::Display) {
    let line = format!("{word} {value}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digits).collect()
}

/// The tally that updates by one each make of the epochs up to this one.
fn tally(epochs: u64) -> u64 {
    (0..epochs).fold(0, |tally: u64, _| tally.wrapping_mul(31).wrapping_add(1))
}

fn acknowledge_all(group: &mut Group) {
    for delivered in group.inbox().unwrap() {
        group.acknowledge(&delivered).unwrap();
    }
}

/// The child: commits for ever, and says so.
#[test]
fn child_commits() {
    let Some(directory) = env::var_os(DIRECTORY) else {
        return;
    };
    let mut group = open(Path::new(&directory)).group(b"room").unwrap();
    say("start", "");
    loop {
        let sealed = match group.sealed().unwrap() {
            Some(sealed) => sealed,
            None => group.commit().update::<Tally>(&1).seal().unwrap(),
        };
        say("commit", hex(&sealed.commit));
        let change = group.accept(&sealed).unwrap();
        say("epoch", change.epoch);
        acknowledge_all(&mut group);
        say("done", change.epoch);
    }
}

#[test]
fn a_killed_committer_loses_nothing_and_everybody_can_follow() {
    let directory = new_directory();
    let store = Arc::new(MemoryStore::default());
    let bob = client_with("bob", plugins(), Settings::default(), store);
    let mut bob = {
        let mut group = open(directory.path()).create_group(config()).unwrap();
        let commit = group.commit().add(&key_package(&bob)).update::<Tally>(&1);
        let sealed = commit.seal().unwrap();
        group.accept(&sealed).unwrap();
        acknowledge_all(&mut group);
        bob.join(sealed.welcome.as_ref().unwrap()).unwrap()
    };
    let (mut reported, mut done, mut between) = (1, 1, 0);
    for round in 0..KILLS {
        let said = Victim::start("child_commits", directory.path(), 0).kill(round);
        for (word, value) in &said {
            match word.as_str() {
                "commit" => follow(&mut bob, &unhex(value)),
                "epoch" => reported = value.parse().unwrap(),
                "done" => done = value.parse().unwrap(),
                _ => {}
            }
        }
        let mut group = open(directory.path()).group(b"room").unwrap();
        let found = group.epoch().epoch;
        assert!(
            found == reported || found == reported + 1,
            "round {round}: {reported} reported, {found} found"
        );
        assert_eq!(
            group.state::<Tally>().unwrap().unwrap().0,
            tally(found),
            "round {round}"
        );

        // What was not acknowledged is in the inbox, and nothing that was.
        let inbox: BTreeSet<_> = group.inbox().unwrap().into_iter().map(epoch_of).collect();
        let expected: BTreeSet<_> = (done + 1..=found).collect();
        assert!(
            inbox.is_subset(&expected),
            "round {round}: {inbox:?}, {done} to {found}"
        );
        let quietly = expected.difference(&inbox).count();
        assert!(
            quietly == 0 || (quietly == 1 && found == reported),
            "round {round}: {inbox:?}"
        );

        // A commit that was sealed is still there, and goes on where it was.
        if let Some(sealed) = group.sealed().unwrap() {
            between += 1;
            assert_eq!(sealed.epoch, found + 1);
            follow(&mut bob, &sealed.commit);
            group.accept(&sealed).unwrap();
        }
        // Not torn: a newcomer gets the same group as everybody else.
        if round % 10 == 9 {
            let store = Arc::new(MemoryStore::default());
            let carol = client_with("carol", plugins(), Settings::default(), store);
            let commit = group.commit().add(&key_package(&carol)).update::<Tally>(&1);
            let sealed = commit.path().seal().unwrap();
            follow(&mut bob, &sealed.commit);
            group.accept(&sealed).unwrap();
            let mut carol = carol.join(sealed.welcome.as_ref().unwrap()).unwrap();
            for member in [&mut bob, &mut carol] {
                assert_eq!(member.epoch(), group.epoch());
                assert_eq!(
                    member.epoch_authenticator().unwrap(),
                    group.epoch_authenticator().unwrap()
                );
            }
        }
        acknowledge_all(&mut group);
        (reported, done) = (group.epoch().epoch, group.epoch().epoch);
    }
    assert!(done > 2 * KILLS, "the children have hardly committed");
    assert!(
        between > 0,
        "no child was killed between sealing and accepting"
    );
}

fn follow(member: &mut Group, commit: &[u8]) {
    match member.receive(commit).unwrap() {
        Received::Epoch(delivered, _) => member.acknowledge(&delivered).unwrap(),
        Received::StaleEpoch { .. } => {}
        other => panic!("{other:?}"),
    }
}

fn epoch_of(delivered: Delivered) -> u64 {
    match delivered.event {
        Event::Epoch(change) => change.epoch,
        other => panic!("{other:?}"),
    }
}

/// The child: receives its mail from the cursor on, and acknowledges every other event.
#[test]
fn child_receives() {
    let Some(directory) = env::var_os(DIRECTORY) else {
        return;
    };
    let directory = Path::new(&directory);
    let mut group = open(directory).group(b"room").unwrap();
    let cursor: usize = env::var(CURSOR).unwrap().parse().unwrap();
    let mail = fs::read_to_string(directory.join("mail")).unwrap();
    say("start", "");
    for (index, message) in mail.lines().enumerate().skip(cursor) {
        let delivered = match group.receive(&unhex(message)).unwrap() {
            Received::Message(delivered, _) | Received::Epoch(delivered, _) => delivered,
            Received::Duplicate | Received::StaleEpoch { .. } => continue,
            other => panic!("{other:?}"),
        };
        say("got", index);
        if index % 2 == 0 {
            say("done", index);
            group.acknowledge(&delivered).unwrap();
        }
    }
    loop {
        thread::park();
    }
}

#[test]
fn a_killed_receiver_has_each_event_exactly_once() {
    let directory = new_directory();
    let store = Arc::new(MemoryStore::default());
    let settings = Settings {
        framing: Framing::Private,
        ..Settings::default()
    };
    let alice = client_with("alice", plugins(), settings, store);
    let mut alice = alice.create_group(config()).unwrap();
    let sealed = alice
        .commit()
        .add(&key_package(&open(directory.path())))
        .seal()
        .unwrap();
    alice.accept(&sealed).unwrap();
    open(directory.path())
        .join(sealed.welcome.as_ref().unwrap())
        .unwrap();

    let mut mail: Vec<Vec<u8>> = Vec::new();
    let mut epochs = BTreeMap::new();
    let (mut next, mut kept) = (0, 0);
    for round in 0..KILLS {
        while mail.len() < next + 60 {
            let index = mail.len();
            if index % 7 == 3 {
                let sealed = alice.commit().update::<Tally>(&1).seal().unwrap();
                alice.accept(&sealed).unwrap();
                epochs.insert(sealed.epoch, index);
                mail.push(sealed.commit);
            } else {
                let packet = alice.send(&Payload::plain(index.to_string())).unwrap();
                mail.push(packet.message);
            }
        }
        let lines: Vec<_> = mail.iter().map(|message| hex(message)).collect();
        fs::write(directory.path().join("mail"), lines.join("\n")).unwrap();

        // The Delivery Service repeats the last few messages.
        let victim = Victim::start("child_receives", directory.path(), next.saturating_sub(3));
        let said = victim.kill(round);
        let numbers = |wanted: &str| -> BTreeSet<usize> {
            let found = said.iter().filter(|(word, _)| word == wanted);
            found.map(|(_, value)| value.parse().unwrap()).collect()
        };
        let (got, done) = (numbers("got"), numbers("done"));

        let mut group = open(directory.path()).group(b"room").unwrap();
        let inbox = group.inbox().unwrap();
        let index = |delivered: &Delivered| match &delivered.event {
            Event::Message(message) => String::from_utf8_lossy(&message.body).parse().unwrap(),
            Event::Epoch(change) => epochs[&change.epoch],
            other => panic!("{other:?}"),
        };
        let waiting: BTreeSet<usize> = inbox.iter().map(index).collect();
        assert_eq!(
            waiting.len(),
            inbox.len(),
            "round {round}: an event is there twice"
        );
        let acted: BTreeSet<_> = got.difference(&waiting).copied().collect();
        assert!(
            acted.is_subset(&done),
            "round {round}: lost of {acted:?}: acknowledged {done:?}"
        );
        kept += waiting.len();

        // Everything up to some message has arrived, and nothing of what follows.
        let known: BTreeSet<_> = got.union(&waiting).copied().collect();
        let arrived = next + known.len();
        assert!(
            known.iter().copied().eq(next..arrived),
            "round {round}: {next}, {known:?}"
        );
        let received = group.receive(&mail[arrived]).unwrap();
        assert!(
            matches!(received, Received::Message(..) | Received::Epoch(..)),
            "round {round}: message {arrived} was lost: {received:?}"
        );
        for delivered in group.inbox().unwrap() {
            group.acknowledge(&delivered).unwrap();
        }
        next = arrived + 1;
    }
    assert!(next as u64 > 2 * KILLS, "the children have hardly received");
    assert!(kept > 0, "no event was left in an inbox");
    for message in &mail[next..] {
        open(directory.path())
            .group(b"room")
            .unwrap()
            .receive(message)
            .unwrap();
    }
    let mut group = open(directory.path()).group(b"room").unwrap();
    assert_eq!(group.epoch(), alice.epoch());
    assert_eq!(
        group.epoch_authenticator().unwrap(),
        alice.epoch_authenticator().unwrap()
    );
}
