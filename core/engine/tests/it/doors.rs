//! Who may be in a group: by what the group says, at every door and for everybody alike; and by what
//! we think ourselves, which refuses nothing that others did.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use mls_trellis_engine::{
    Client, Error, Followed, Group, GroupConfig, MemoryStore, Proposed, PublicGroup, Received,
    Reviewed, Sealed, SoftwareSigner, Weight,
};
use mls_trellis_hooks::{
    Assessment, Assessor, Candidate, CipherSuite, Component, ComponentId, Credential,
    CredentialKind, CredentialType, Door, Draft, Eligibility, ExternalSender, Facts, FoldView,
    GroupState, Hooks, Identity, Kinds, LeafIndex, Origin, Plugin, Plugins, Reject, Sent,
    SignatureKey, Unverified, Validity, Verified, VerifyView, wire::Opaque,
};

use crate::world::key_package;

/// `name/until`: a credential with an end.
struct Pass;

impl CredentialKind for Pass {
    const NAME: &'static str = "pass";
    const TYPE: CredentialType = CredentialType::BASIC;
    const DRAFT: Draft = Draft::private("pass", "1");

    fn identify(&self, content: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
        let name = content.split(|byte| *byte == b'/').next();
        Ok(name.unwrap_or_default().into())
    }

    fn user(&self, content: &[u8], kinds: &Kinds<'_>) -> Option<Identity> {
        self.identify(content, kinds).ok()
    }

    fn verify(
        &self,
        content: &[u8],
        _: &SignatureKey<'_>,
        cx: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        let until = content.split(|byte| *byte == b'/').nth(1);
        let until = until.and_then(|until| std::str::from_utf8(until).ok()?.parse().ok());
        let verified = Verified::new(self.identify(content, &cx.kinds)?);
        Ok(verified.with_facts(Facts::default().valid(Validity {
            not_before: 0,
            not_after: until.unwrap_or(u64::MAX),
        })))
    }
}

/// Initials of those who may be in the group; `watched` once its rule is installed.
struct Initials {
    watched: bool,
}

impl Component for Initials {
    const NAME: &'static str = "initials";
    const DEFAULT_ID: ComponentId = ComponentId(0x8151);
    const DRAFT: Draft = Draft::private("initials", "1");
}

impl GroupState for Initials {
    type State = Opaque;
    type Update = Opaque;

    fn fold(
        &self,
        _: &FoldView<'_>,
        state: Option<Opaque>,
        updates: &[Sent<Opaque>],
    ) -> Result<Opaque, Reject> {
        let last = updates.last().map(|update| update.body.clone());
        Ok(last.or(state).unwrap_or_default())
    }
}

impl Eligibility for Initials {
    fn admit(&self, who: &Candidate<'_>) -> Result<(), Reject> {
        let initials = who.epoch.state::<Self>()?.unwrap_or_default();
        let name = &who.verified.identity;
        let initial = name.as_bytes().first();
        match initial.is_some_and(|initial| initials.as_slice().contains(initial)) {
            true => Ok(()),
            false => Err(Reject::policy(
                "INIT-1",
                format!("{name} may not be in the group ({:?})", who.door),
            )),
        }
    }
}

impl Plugin for Initials {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        let watched = self.watched;
        let facets = hooks.component(self).group_state();
        if watched {
            facets.eligibility();
        }
    }
}

/// Avoids credentials that are over; cannot say anything of `m`; is alarmed by `x`.
struct Curfew;

impl Assessor for Curfew {
    fn assess(&self, who: &Candidate<'_>, now: u64) -> Assessment {
        let name = &who.verified.identity;
        let over = who
            .verified
            .facts
            .validity
            .is_some_and(|v| v.not_after < now);
        match name.as_bytes().first() {
            Some(b'm') => Assessment::Missing(vec![format!("the papers of {name}")]),
            Some(b'x') => Assessment::Alarm(Reject::policy("CURFEW-2", format!("{name} is odd"))),
            _ if over => Assessment::Avoid(Reject::policy(
                "CURFEW-1",
                format!("the pass of {name} is over ({:?})", who.door),
            )),
            _ => Assessment::Fine,
        }
    }
}

impl Plugin for Curfew {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.assessor("curfew", self);
    }
}

impl Plugin for Pass {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.credential(self);
    }
}

fn plugins(watched: bool, curfew: bool) -> Plugins {
    let origin = Origin::here();
    let mut plugins = Plugins::builder()
        .add(Arc::new(Pass), origin)
        .add(Arc::new(Initials { watched }), origin);
    if curfew {
        plugins = plugins.add(Arc::new(Curfew), origin);
    }
    plugins.build().unwrap()
}

/// A clock that tests move by hand.
#[derive(Clone)]
struct Hand(Arc<AtomicU64>);

impl Hand {
    fn at(now: u64) -> Self {
        Self(Arc::new(AtomicU64::new(now)))
    }

    fn set(&self, now: u64) {
        self.0.store(now, Ordering::Relaxed);
    }

    fn read(&self) -> impl Fn() -> u64 + Send + Sync + 'static {
        let hand = self.clone();
        move || hand.0.load(Ordering::Relaxed)
    }
}

/// Long after the key packages' lifetimes began, and before they end.
fn today() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_secs()
}

fn client(credential: &str, plugins: Plugins, clock: &Hand) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    Client::builder(plugins)
        .identity(Credential::basic(credential), Arc::new(signer))
        .clock(clock.read())
        .build()
        .unwrap()
}

fn founded(by: &Client, initials: &[u8]) -> Group {
    by.create_group(config(initials)).unwrap()
}

fn config(initials: &[u8]) -> GroupConfig {
    GroupConfig::new(b"room").with::<Initials>(&initials.into())
}

fn hub(group: &mut Group, plugins: Plugins) -> PublicGroup {
    let info = group.group_info().unwrap();
    PublicGroup::follow(plugins, Arc::new(MemoryStore::default()), &info, None).unwrap()
}

fn rule<T>(refused: Result<T, Error>) -> (String, String) {
    match refused {
        Err(Error::Rejected(reject)) => (reject.rule().to_owned(), reject.plugin().to_owned()),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

fn initial() -> (String, String) {
    ("INIT-1".to_owned(), "initials".to_owned())
}

fn curfew() -> (String, String) {
    ("CURFEW-1".to_owned(), "curfew".to_owned())
}

/// Adds somebody and hands the commit to the hub; the group is at its new epoch then.
fn add(group: &mut Group, hub: &mut PublicGroup, client: &Client) -> (Group, Sealed) {
    let sealed = group.commit().add(&key_package(client)).seal().unwrap();
    hub.receive(&sealed.commit).unwrap();
    group.accept(&sealed).unwrap();
    (
        client.join(sealed.welcome.as_ref().unwrap()).unwrap(),
        sealed,
    )
}

#[test]
fn what_the_group_says_holds_at_every_door_and_for_everybody() {
    let clock = Hand::at(today());
    let strict = || plugins(true, false);
    let alice = client("alice", strict(), &clock);
    let eve = client("eve", strict(), &clock);

    // Founding: not even the founder may be in it.
    assert_eq!(rule(alice.create_group(config(b"b"))), initial());

    // An Add of our own; and why not.
    let mut group = founded(&alice, b"abc");
    let refused = group.commit().add(&key_package(&eve)).seal();
    assert_eq!(rule(refused), initial());
    let obstacles = group.why_not(&key_package(&eve)).unwrap();
    assert_eq!(obstacles[0].weight, Weight::Refused);
    assert_eq!(obstacles[0].reject.rule(), "INIT-1");

    // An Add of a member who does not care: members and hub refuse it, the newcomer too.
    let mut hub = hub(&mut group, strict());
    let bob = client("bob", plugins(false, false), &clock);
    let (mut careless, _) = add(&mut group, &mut hub, &bob);
    let sealed = careless.commit().add(&key_package(&eve)).seal().unwrap();
    assert_eq!(rule(group.receive(&sealed.commit)), initial());
    assert_eq!(rule(hub.receive(&sealed.commit)), initial());
    assert_eq!(rule(eve.join(sealed.welcome.as_ref().unwrap())), initial());

    // External commits: the joiner's own engine, and everybody's.
    let info = careless.group_info().unwrap();
    assert_eq!(rule(eve.join_external(&info).seal()), initial());
    let stranger = client("eve", plugins(false, false), &clock);
    let (_, joined) = stranger.join_external(&info).seal().unwrap();
    assert_eq!(rule(group.receive(&joined.commit)), initial());
    assert_eq!(rule(hub.receive(&joined.commit)), initial());

    // A hub that begins to follow a group in which somebody is who may not.
    careless.accept(&sealed).unwrap();
    let info = careless.group_info().unwrap();
    let store = Arc::new(MemoryStore::default());
    assert_eq!(
        rule(PublicGroup::follow(strict(), store, &info, None).map(drop)),
        initial()
    );

    // After all of it, the group goes on.
    let carol = client("carol", strict(), &clock);
    add(&mut group, &mut hub, &carol);
    assert_eq!(hub.epoch(), group.epoch());
}

#[test]
fn external_senders_pass_a_door_as_well() {
    let clock = Hand::at(today());
    let alice = client("alice", plugins(true, false), &clock);
    let sender = |name: &str| ExternalSender {
        signature_key: b"key".as_slice().into(),
        credential: Credential::basic(name),
    };
    assert!(
        alice
            .create_group(config(b"ab").external_sender(sender("bot")))
            .is_ok()
    );
    let other = client("alice", plugins(true, false), &clock);
    let refused = other.create_group(config(b"ab").external_sender(sender("eve")));
    assert_eq!(rule(refused), initial());
}

#[test]
fn a_rule_that_locks_out_a_member_needs_their_removal() {
    let clock = Hand::at(today());
    let strict = || plugins(true, false);
    let alice = client("alice", strict(), &clock);
    let mut group = founded(&alice, b"ab");
    let mut hub = hub(&mut group, strict());
    let bob = client("bob", plugins(false, false), &clock);
    let (mut careless, _) = add(&mut group, &mut hub, &bob);

    let only_a = Opaque::from(b"a".to_vec());
    let refused = group.commit().update::<Initials>(&only_a).seal();
    match &refused {
        Err(Error::Rejected(reject)) => {
            assert!(reject.detail().contains("Rules"), "{reject}");
        }
        other => panic!("{other:?}"),
    }
    let sealed = careless
        .commit()
        .update::<Initials>(&only_a)
        .seal()
        .unwrap();
    assert_eq!(rule(group.receive(&sealed.commit)), initial());
    assert_eq!(rule(hub.receive(&sealed.commit)), initial());

    let commit = group
        .commit()
        .update::<Initials>(&only_a)
        .remove(LeafIndex(1));
    let sealed = commit.seal().unwrap();
    hub.receive(&sealed.commit).unwrap();
    group.accept(&sealed).unwrap();
    assert_eq!(hub.epoch(), group.epoch());
}

#[test]
fn what_we_think_keeps_us_from_bringing_in_and_from_entering() {
    let clock = Hand::at(today());
    let ours = || plugins(true, true);
    let alice = client("alice", ours(), &clock);
    let mut group = founded(&alice, b"abmx");
    let over = client(
        &format!("bob/{}", today() - 60),
        plugins(true, false),
        &clock,
    );

    let package = key_package(&over);
    assert_eq!(rule(group.commit().add(&package).seal()), curfew());
    let obstacles = group.why_not(&package).unwrap();
    assert_eq!(obstacles[0].weight, Weight::Avoided);
    assert_eq!(obstacles[0].reject.rule(), "CURFEW-1");

    let unknown = client("mike", plugins(true, false), &clock);
    match group.commit().add(&key_package(&unknown)).seal() {
        Err(Error::Missing(needs)) => assert_eq!(needs, ["the papers of mike"]),
        other => panic!("{other:?}"),
    }

    // Others think nothing of it, and bring them in; we do not enter such a group.
    let lax = client("ann", plugins(true, false), &clock);
    let mut theirs = lax
        .create_group(GroupConfig::new(b"theirs").with::<Initials>(&b"abmx".as_slice().into()))
        .unwrap();
    let sealed = theirs
        .commit()
        .add(&package)
        .add(&key_package(&alice))
        .seal()
        .unwrap();
    assert_eq!(rule(alice.join(sealed.welcome.as_ref().unwrap())), curfew());
    theirs.accept(&sealed).unwrap();
    let info = theirs.group_info().unwrap();
    assert_eq!(
        rule(client("abe", ours(), &clock).join_external(&info).seal()),
        curfew()
    );

    // Our own pass is over: we found nothing.
    let late = client(&format!("al/{}", today() - 60), ours(), &clock);
    assert_eq!(rule(late.create_group(config(b"a"))), curfew());
}

#[test]
fn cred_5_what_we_think_is_an_alarm_on_what_others_did() {
    let clock = Hand::at(today());
    let alice = client("alice", plugins(true, true), &clock);
    let lax = client("ann", plugins(true, false), &clock);
    let mut group = founded(&alice, b"abmx");
    let mut open = hub(&mut group, plugins(true, true));
    let (mut theirs, _) = add(&mut group, &mut open, &lax);

    for (name, rule) in [
        ("bob/1", "CURFEW-1"),
        ("mike", "CRED-5"),
        ("xena", "CURFEW-2"),
    ] {
        let newcomer = client(name, plugins(true, false), &clock);
        let sealed = theirs.commit().add(&key_package(&newcomer)).seal().unwrap();
        let received = group.receive(&sealed.commit).unwrap();
        let Received::Epoch(_, change) = received else {
            panic!("{received:?}");
        };
        let rules: Vec<_> = change
            .alarms
            .iter()
            .map(|alarm| alarm.rule.as_str())
            .collect();
        assert_eq!(rules, [rule], "{name}");
        // The verdict that all share is the same: a hub without a clock follows.
        open.receive(&sealed.commit).unwrap();
        theirs.accept(&sealed).unwrap();
        assert_eq!(open.epoch(), group.epoch());
    }
}

#[test]
fn whom_a_commit_of_ours_would_leave_out_is_told_with_the_proposal() {
    let clock = Hand::at(today());
    let alice = client("alice", plugins(true, true), &clock);
    let lax = client("ann", plugins(false, false), &clock);
    let mut group = founded(&alice, b"abmx");
    let mut without_clock = hub(&mut group, plugins(true, true));
    let (mut theirs, _) = add(&mut group, &mut without_clock, &lax);

    for (name, ours, of_all) in [
        ("bob", None, None),
        ("bea/1", Some("CURFEW-1"), None),
        ("mike", Some("CRED-5"), None),
        ("xena", None, None),
        ("eve", Some("INIT-1"), Some("INIT-1")),
    ] {
        let newcomer = client(name, plugins(false, false), &clock);
        let proposal = theirs.propose_add(&key_package(&newcomer)).unwrap().message;
        let Received::Proposal(_, proposed) = group.receive(&proposal).unwrap() else {
            panic!("{name}");
        };
        let rule = |proposed: Proposed| proposed.refused.map(|alarm| alarm.rule);
        assert_eq!(rule(proposed).as_deref(), ours, "{name}");
        let Followed::Proposal(proposed) = without_clock.receive(&proposal).unwrap() else {
            panic!("{name}");
        };
        assert_eq!(rule(proposed).as_deref(), of_all, "{name}");
    }

    let sealed = group.commit().seal().unwrap();
    without_clock.receive(&sealed.commit).unwrap();
    group.accept(&sealed).unwrap();
    let names = group.members().map(|(_, leaf)| leaf.identity.to_string());
    assert_eq!(names.collect::<Vec<_>>(), ["alice", "ann", "bob", "xena"]);
}

#[test]
fn an_alarm_of_our_own_keeps_nobody_out() {
    let clock = Hand::at(today());
    let alice = client("alice", plugins(true, true), &clock);
    let mut group = founded(&alice, b"ax");
    let xena = client("xena", plugins(true, false), &clock);
    let sealed = group.commit().add(&key_package(&xena)).seal().unwrap();
    let change = group.accept(&sealed).unwrap();
    assert_eq!(change.alarms[0].rule, "CURFEW-2");
}

#[test]
fn a_hub_with_a_clock_lets_nothing_past_that_it_would_avoid() {
    let clock = Hand::at(today());
    let lax = client("ann", plugins(true, false), &clock);
    let mut group = founded(&lax, b"abm");
    let mut hub = hub(&mut group, plugins(true, true)).with_clock(clock.read());

    let over = client("bob/1", plugins(true, false), &clock);
    let sealed = group.commit().add(&key_package(&over)).seal().unwrap();
    assert_eq!(rule(hub.receive(&sealed.commit)), curfew());
    let obstacles = hub.why_not(&key_package(&over), LeafIndex(0)).unwrap();
    assert_eq!(obstacles[0].reject.rule(), "CURFEW-1");
    group.discard(&sealed).unwrap();

    let unknown = client("mike", plugins(true, false), &clock);
    let sealed = group.commit().add(&key_package(&unknown)).seal().unwrap();
    let needs = vec!["the papers of mike".to_owned()];
    assert_eq!(
        hub.receive(&sealed.commit).unwrap(),
        Followed::Missing(needs)
    );
    group.discard(&sealed).unwrap();

    let sealed = group.commit().path().seal().unwrap();
    hub.receive(&sealed.commit).unwrap();
    group.accept(&sealed).unwrap();
    assert_eq!(hub.epoch(), group.epoch());
}

#[test]
fn a_pass_that_ends_while_its_member_stays_is_found_by_a_review() {
    let clock = Hand::at(today());
    let alice = client("alice", plugins(true, true), &clock);
    let mut group = founded(&alice, b"ab");
    let mut hub = hub(&mut group, plugins(true, true));
    let bob = client(
        &format!("bob/{}", today() + 60),
        plugins(true, false),
        &clock,
    );
    let (mut theirs, _) = add(&mut group, &mut hub, &bob);
    assert_eq!(group.review(), []);
    assert_eq!(hub.review(today()), []);

    clock.set(today() + 61);
    let found = group.review();
    let [
        Reviewed {
            leaf,
            identity,
            assessment: Assessment::Avoid(reject),
        },
    ] = &found[..]
    else {
        panic!("{found:?}");
    };
    assert_eq!((*leaf, reject.rule()), (Some(LeafIndex(1)), "CURFEW-1"));
    assert_eq!(identity.as_ref().unwrap().as_bytes(), b"bob");
    assert!(reject.detail().contains(&format!("{:?}", Door::Review)));
    assert_eq!(hub.review(today() + 61), found);

    // It is no reason to refuse what they do meanwhile, and they are not judged again for it.
    let sealed = theirs.commit().path().seal().unwrap();
    let Received::Epoch(_, change) = group.receive(&sealed.commit).unwrap() else {
        panic!("not an epoch");
    };
    assert_eq!(change.alarms, []);
}
