//! A store that fails at every moment of every step: each step happens wholly or not at all.

use std::sync::{Arc, Mutex};

use mls_trellis_engine::{
    Client, Delivered, Error, Framing, Group, KeyPackageOptions, MemoryStore, Outgoing,
    PublicGroup, Received, Sealed, Settings, Signer, SoftwareSigner, Store, StoreError,
};
use mls_trellis_hooks::{
    CipherSuite, ComponentHandle, Credential, EpochState, LeafIndex, Payload, Secret,
};
use mls_trellis_store::{Batch, Row, Scope, Value};

use crate::{
    sample::{Tally, plugins},
    world::{client_with, config, key_package},
};

/// What goes wrong, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The row that is read after this many others cannot be read.
    Read(usize),
    /// The row that is staged after this many others is refused.
    Write(usize),
    /// The batch is not written.
    Apply,
    /// Whether the batch was written is unknown, and it was not.
    UnknownLost,
    /// Whether the batch was written is unknown, and it was: a crash right after the commit.
    UnknownWritten,
}

/// A store that fails on command.
#[derive(Default)]
struct Faulty {
    inner: MemoryStore,
    armed: Mutex<Option<Fault>>,
}

impl Faulty {
    fn arm(&self, fault: Fault) {
        *self.armed.lock().unwrap() = Some(fault);
    }

    /// Goes back to working. Returns whether the fault has happened.
    fn disarm(&self) -> bool {
        self.armed.lock().unwrap().take().is_none()
    }

    /// Whether this is the moment.
    fn strikes(&self, now: Fault) -> bool {
        let mut armed = self.armed.lock().unwrap();
        let (strikes, left) = match (*armed, now) {
            (Some(Fault::Read(0)), Fault::Read(_)) | (Some(Fault::Write(0)), Fault::Write(_)) => {
                (true, None)
            }
            (Some(Fault::Read(n)), Fault::Read(_)) => (false, Some(Fault::Read(n - 1))),
            (Some(Fault::Write(n)), Fault::Write(_)) => (false, Some(Fault::Write(n - 1))),
            (Some(fault), now) if fault == now => (true, None),
            (other, _) => (false, other),
        };
        *armed = left;
        strikes
    }

    fn read(&self) -> Result<(), StoreError> {
        match self.strikes(Fault::Read(0)) {
            true => Err(StoreError::backend("the disk cannot be read")),
            false => Ok(()),
        }
    }
}

impl Store for Faulty {
    fn get(&self, row: &Row) -> Result<Option<Value>, StoreError> {
        self.read()?;
        self.inner.get(row)
    }

    fn list(&self, scope: &Scope, table: &str) -> Result<Vec<(Vec<u8>, Value)>, StoreError> {
        self.read()?;
        self.inner.list(scope, table)
    }

    fn scopes(&self) -> Result<Vec<Scope>, StoreError> {
        self.read()?;
        self.inner.scopes()
    }

    fn version(&self, scope: &Scope) -> Result<u64, StoreError> {
        self.read()?;
        self.inner.version(scope)
    }

    fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return self.inner.apply(batch);
        }
        if self.strikes(Fault::Apply) {
            return Err(StoreError::backend("the disk is full"));
        }
        if self.strikes(Fault::UnknownLost) {
            return Err(StoreError::Unknown("the disk is gone".into()));
        }
        self.inner.apply(batch)?;
        match self.strikes(Fault::UnknownWritten) {
            true => Err(StoreError::Unknown("the disk is gone".into())),
            false => Ok(()),
        }
    }

    fn admit(&self, _: &Row, _: Option<&[u8]>) -> Result<(), StoreError> {
        match self.strikes(Fault::Write(0)) {
            true => Err(StoreError::backend("the quota is used up")),
            false => Ok(()),
        }
    }
}

/// A client whose store fails, and the same client as another process would start it.
struct Subject {
    store: Arc<Faulty>,
    client: Client,
    twin: Client,
}

impl Subject {
    fn new(name: &str, framing: Framing) -> Self {
        let store = Arc::new(Faulty::default());
        let signer = Arc::new(SoftwareSigner::generate(CipherSuite(0x0001)).unwrap());
        let start = || {
            let builder = Client::builder(plugins())
                .store(store.clone() as Arc<dyn Store>)
                .identity(Credential::basic(name), signer.clone() as Arc<dyn Signer>)
                .settings(framed(framing));
            builder.build().unwrap()
        };
        Self {
            client: start(),
            twin: start(),
            store,
        }
    }

    /// What another process finds in the store.
    fn stored(&self) -> State {
        State::of(&mut self.twin.group(b"room").unwrap())
    }
}

fn framed(framing: Framing) -> Settings {
    Settings {
        framing,
        ..Settings::default()
    }
}

/// Everything that can be seen of a group.
#[derive(Debug, PartialEq)]
struct State {
    epoch: EpochState,
    authenticator: Vec<u8>,
    sealed: Option<Sealed>,
    inbox: Vec<Delivered>,
    outbox: Vec<(u64, Outgoing)>,
}

impl State {
    fn of(group: &mut Group) -> Self {
        Self {
            // First, so that a handle cannot catch up before it is asked.
            epoch: group.epoch().clone(),
            authenticator: group.epoch_authenticator().unwrap(),
            sealed: group.sealed().unwrap(),
            inbox: group.inbox().unwrap(),
            outbox: group.outbox().unwrap(),
        }
    }
}

/// Which faults a scene is played with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// At every read, one after the other.
    Reads,
    /// At every write, one after the other, and when the batch is applied.
    Writes,
    /// After the batch was written.
    Written,
}

const KINDS: [Kind; 3] = [Kind::Reads, Kind::Writes, Kind::Written];
const FRAMINGS: [Framing; 2] = [Framing::Public, Framing::Private];

/// Repeats a step under the faults of a kind. After each that leaves no trace, `unchanged` is asked;
/// in the end the step succeeds and its result is returned, with the number of faults. After
/// [`Kind::Written`] there is no result.
fn torture<S, R>(
    store: &Faulty,
    kind: Kind,
    subject: &mut S,
    step: impl Fn(&mut S) -> Result<R, Error>,
    unchanged: impl Fn(&mut S, Fault),
) -> (Option<R>, usize) {
    let attempt = |subject: &mut S, fault| {
        store.arm(fault);
        let result = step(subject);
        let struck = store.disarm();
        match result {
            Ok(_) if struck => panic!("{fault:?} was swallowed"),
            Ok(value) => Some(value),
            Err(error) => {
                assert!(struck, "{fault:?} did not strike, and yet: {error}");
                assert!(matches!(error, Error::Store(_)), "{fault:?}: {error:?}");
                if fault != Fault::UnknownWritten {
                    unchanged(subject, fault);
                }
                None
            }
        }
    };
    let once: &[Fault] = match kind {
        Kind::Reads => &[],
        Kind::Writes => &[Fault::Apply, Fault::UnknownLost],
        Kind::Written => &[Fault::UnknownWritten],
    };
    for fault in once {
        assert!(
            attempt(subject, *fault).is_none(),
            "{fault:?} did not strike"
        );
    }
    let count: fn(usize) -> Fault = match kind {
        Kind::Reads => Fault::Read,
        Kind::Writes => Fault::Write,
        Kind::Written => return (None, 1),
    };
    let mut faults = 0;
    loop {
        match attempt(subject, count(faults)) {
            Some(value) => return (Some(value), faults),
            None => faults += 1,
        }
    }
}

/// Alice with a good store, and bob with one that fails.
struct Scene {
    alice: Group,
    bob: Subject,
    group: Option<Group>,
}

impl Scene {
    fn new(framing: Framing) -> Self {
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

    fn group(&mut self) -> &mut Group {
        self.group.as_mut().unwrap()
    }

    fn agree(&mut self) {
        let authenticator = self.alice.epoch_authenticator().unwrap();
        assert_eq!(self.group().epoch_authenticator().unwrap(), authenticator);
        let group = self.group.as_ref().unwrap();
        assert_eq!(group.epoch(), self.alice.epoch());
    }

    /// Both can still commit and talk.
    fn goes_on(&mut self) {
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
fn play<P, R>(
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

fn nothing(_: &mut Scene) {}

fn outgoing(group: &Group) -> Vec<u8> {
    match group.outbox().unwrap().pop().unwrap().1 {
        Outgoing::Commit(bytes) | Outgoing::Welcome(bytes) | Outgoing::Message(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

/// Alice takes a commit of bob's that he has sealed, and bob accepts it.
fn accepted(scene: &mut Scene) {
    let sealed = scene.group().sealed().unwrap().unwrap();
    scene.alice.receive(&sealed.commit).unwrap();
    scene.group().accept(&sealed).unwrap();
}

/// Bob has sealed a commit with everything.
fn sealed(scene: &mut Scene) -> Sealed {
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
fn committed(scene: &mut Scene) -> Vec<u8> {
    let sealed = scene.alice.commit().update::<Tally>(&5).seal().unwrap();
    scene.alice.accept(&sealed).unwrap();
    sealed.commit
}

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
                mls_trellis_hooks::HandleError::Store(e) => Error::Store(StoreError::backend(e)),
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
