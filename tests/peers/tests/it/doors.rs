//! Every door of a group, and everything that somebody might try to get through it.
//!
//! The room has two members that keep its rules, two that keep none, and a hub. Those two bring in
//! through each door what [`Attack`] says, and everybody else must refuse it, by the same rule.

mod time;

use std::sync::Arc;

use mls_trellis_bundle::{
    basic::BASIC,
    policy::{CredentialPolicy, Document, Rules},
    x509::{Policy, X509},
};
use mls_trellis_engine::{
    Alarm, Client, ClientBuilder, Error, Followed, Group, GroupConfig, KeyPackageOptions,
    MemoryStore, PublicGroup, Received, Signer as _, SoftwareSigner, Store,
};
use mls_trellis_hooks::{
    CipherSuite, Component, ComponentId, Credential, CredentialKind, CredentialType, Draft,
    ExternalSender, FoldView, GroupState, Hooks, Identity, Kinds, Origin, Plugin, Plugins, Reject,
    Sent, SignatureKey, Unverified, Verified, VerifyView,
};

use mls_trellis_issuer::attack::{self, ATTACKS, Attack, ROOM, Shown, a, b};

/// Takes every credential for one of the same person's, so that nothing is ever refused.
struct Credulous<const TYPE: u16>;

impl<const TYPE: u16> CredentialKind for Credulous<TYPE> {
    const NAME: &'static str = "credulous";
    const TYPE: CredentialType = CredentialType(TYPE);
    const DRAFT: Draft = Draft::private("credulous", "1");

    fn identify(&self, _: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
        Ok("somebody".into())
    }

    fn verify(
        &self,
        _: &[u8],
        _: &SignatureKey<'_>,
        _: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        Ok(Verified::new("somebody".into()))
    }
}

impl<const TYPE: u16> Plugin for Credulous<TYPE> {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.credential(self);
    }
}

/// Keeps the policy's bytes, and none of its rules.
struct Lax;

impl Component for Lax {
    const NAME: &'static str = "credential_policy";
    const DEFAULT_ID: ComponentId = CredentialPolicy::DEFAULT_ID;
    const DRAFT: Draft = CredentialPolicy::DRAFT;
}

impl GroupState for Lax {
    type State = Rules;
    type Update = Rules;

    fn fold(
        &self,
        _: &FoldView<'_>,
        state: Option<Rules>,
        _: &[Sent<Rules>],
    ) -> Result<Rules, Reject> {
        state.ok_or_else(|| Reject::misuse("LAX", "no rules"))
    }
}

impl Plugin for Lax {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self).group_state();
    }
}

fn lax() -> Plugins {
    Plugins::builder()
        .add(Arc::new(Credulous::<1>), Origin::here())
        .add(Arc::new(Credulous::<2>), Origin::here())
        .add(Arc::new(Lax), Origin::here())
        .build()
        .unwrap()
}

fn strict() -> Plugins {
    strict_with(CredentialPolicy::default())
}

fn strict_with(rules: CredentialPolicy) -> Plugins {
    let policy = [a(), b()]
        .iter()
        .fold(Policy::default(), |policy, company| {
            let root = company.root().issue();
            policy.anchor(&root, [company.domain()]).unwrap()
        });
    Plugins::builder()
        .add(BASIC.make(), Origin::here())
        .add(Arc::new(X509::new(policy)), Origin::here())
        .add(Arc::new(rules), Origin::here())
        .build()
        .unwrap()
}

fn config() -> GroupConfig {
    let rules = Document::parse(ROOM).unwrap().rules().clone();
    GroupConfig::new(b"room").with::<CredentialPolicy>(&rules)
}

fn key() -> Arc<SoftwareSigner> {
    Arc::new(SoftwareSigner::generate(CipherSuite(0x0001)).unwrap())
}

fn credential(shown: Shown) -> Credential {
    Credential {
        credential_type: CredentialType(shown.credential_type),
        content: shown.content.into(),
    }
}

/// What an honest client of a.example comes with.
fn honest(user: &str, key: &[u8]) -> Credential {
    credential(attack::honest(user, key))
}

fn builder(plugins: Plugins, credential: Credential, key: &Arc<SoftwareSigner>) -> ClientBuilder {
    Client::builder(plugins).identity(credential, key.clone())
}

/// Somebody with an honest credential.
fn client(user: &str, plugins: Plugins) -> Client {
    let key = key();
    builder(plugins, honest(user, key.public_key()), &key)
        .build()
        .unwrap()
}

fn key_package(client: &Client) -> Vec<u8> {
    let made = client.key_package(&KeyPackageOptions::default());
    made.unwrap().message
}

fn hub(group: &mut Group) -> Result<PublicGroup, Error> {
    let (info, store) = (group.group_info()?, Arc::new(MemoryStore::default()));
    PublicGroup::follow(strict(), store, &info, None)
}

/// What one of those who keep the rules makes of it: the plugin and the rule that refuse.
type Verdict = Result<(), String>;

fn verdict<T>(result: Result<T, Error>) -> Result<T, String> {
    match result {
        Ok(found) => Ok(found),
        Err(Error::Rejected(reject)) => Err(format!("{} {}", reject.plugin(), reject.rule())),
        Err(other) => panic!("{other:?}"),
    }
}

fn told(refused: Option<Alarm>) -> Verdict {
    match refused {
        None => Ok(()),
        Some(alarm) => Err(format!("{} {}", alarm.plugin, alarm.rule)),
    }
}

/// Who comes: somebody honest, or not.
#[derive(Clone, Copy)]
struct Comer(Option<Attack>);

impl Comer {
    fn newcomer(self, user: &str, key: &[u8]) -> Credential {
        match self.0 {
            Some(attack) => credential(attack.newcomer(user, key)),
            None => honest(user, key),
        }
    }

    fn successor(self, user: &str, key: &[u8]) -> Credential {
        match self.0 {
            Some(attack) => credential(attack.successor(user, key)),
            None => credential(attack::renewed(user, key)),
        }
    }

    /// A client that is no member yet, and keeps no rules.
    fn client(self) -> Client {
        let key = key();
        let builder = builder(lax(), self.newcomer("mallory", key.public_key()), &key);
        builder.build().unwrap()
    }
}

/// alice and bob keep the rules; carol and dave do not.
struct Room {
    alice: Group,
    bob: Group,
    carol: Option<Group>,
    carols: (Arc<dyn Store>, Arc<SoftwareSigner>),
    dave: Group,
    hub: PublicGroup,
    hubs: Arc<SoftwareSigner>,
}

impl Room {
    fn new() -> Self {
        let (hubs, carols) = (key(), key());
        let sender = ExternalSender {
            signature_key: hubs.public_key().into(),
            credential: honest("hub", hubs.public_key()),
        };
        let config = config().external_sender(sender);
        let mut alice = client("alice", strict()).create_group(config).unwrap();
        let mut hub = hub(&mut alice).unwrap();
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let carol =
            builder(lax(), honest("carol", carols.public_key()), &carols).store(store.clone());
        let clients = [
            client("bob", strict()),
            carol.build().unwrap(),
            client("dave", lax()),
        ];
        let commit = clients.iter().fold(alice.commit(), |commit, client| {
            commit.add(&key_package(client))
        });
        let sealed = commit.seal().unwrap();
        hub.receive(&sealed.commit).unwrap();
        alice.accept(&sealed).unwrap();
        let welcome = sealed.welcome.unwrap();
        let [bob, carol, dave] = clients.map(|client| client.join(&welcome).unwrap());
        Self {
            alice,
            bob,
            carol: Some(carol),
            carols: (store, carols),
            dave,
            hub,
            hubs,
        }
    }

    /// carol comes back with another credential for a key.
    fn carol_as(&mut self, comer: Comer, new_key: bool) -> Group {
        let (store, old) = self.carols.clone();
        let key = if new_key { key() } else { old.clone() };
        let credential = comer.successor("carol", key.public_key());
        let mut carol = builder(lax(), credential, &key).store(store);
        if new_key {
            carol = carol.formerly(old);
        }
        drop(self.carol.take());
        carol.build().unwrap().group(b"room").unwrap()
    }

    fn carol(&mut self) -> &mut Group {
        self.carol.as_mut().unwrap()
    }

    /// What those who keep the rules make of a commit.
    fn judge(&mut self, commit: &[u8]) -> Vec<Verdict> {
        let merged = |received: Received| assert!(matches!(received, Received::Epoch(..)));
        let followed = |followed: Followed| assert!(matches!(followed, Followed::Epoch(_)));
        let before = self.credentials();
        let verdicts = vec![
            verdict(self.alice.receive(commit).map(merged)),
            verdict(self.bob.receive(commit).map(merged)),
            verdict(self.hub.receive(commit).map(followed)),
        ];
        let entered = self.credentials() != before;
        assert_eq!(verdicts.iter().all(Result::is_ok), entered);
        verdicts
    }

    /// A proposal reaches everybody, and dave commits it, which must end as everybody was told before. Who
    /// refuses it by itself has nothing of it left when the commit comes.
    fn propose(&mut self, proposal: &[u8]) -> Vec<Verdict> {
        let pooled = self.pool(proposal);
        let sealed = self.dave.commit().seal().unwrap();
        if let Ok(told) = pooled.iter().cloned().collect::<Result<Vec<_>, _>>() {
            let verdicts = self.judge(&sealed.commit);
            assert_eq!(told, verdicts);
            return verdicts;
        }
        let pooled = pooled.into_iter().map(|pooled| pooled.map(drop)).collect();
        assert!(self.alice.receive(&sealed.commit).is_err());
        assert!(self.bob.receive(&sealed.commit).is_err());
        assert!(self.hub.receive(&sealed.commit).is_err());
        pooled
    }

    /// What those who keep the rules make of a proposal by itself: whether they take it at all, and what
    /// they say of a commit of it.
    fn pool(&mut self, proposal: &[u8]) -> Vec<Result<Verdict, String>> {
        let pooled = |received: Received| match received {
            Received::Proposal(_, proposed) => told(proposed.refused),
            other => panic!("{other:?}"),
        };
        let followed = |followed: Followed| match followed {
            Followed::Proposal(proposed) => told(proposed.refused),
            other => panic!("{other:?}"),
        };
        assert_eq!(pooled(self.dave.receive(proposal).unwrap()), Ok(()));
        vec![
            verdict(self.alice.receive(proposal).map(pooled)),
            verdict(self.bob.receive(proposal).map(pooled)),
            verdict(self.hub.receive(proposal).map(followed)),
        ]
    }

    /// What alice, bob and the hub see of the members, which is the same.
    fn credentials(&self) -> Vec<Credential> {
        assert!(self.bob.epoch() == self.alice.epoch());
        assert!(self.hub.epoch() == self.alice.epoch());
        let members = self.alice.members();
        members.map(|(_, leaf)| leaf.credential.clone()).collect()
    }

    /// alice commits, and bob and the hub follow.
    fn goes_on(&mut self) {
        let sealed = self.alice.commit().without_pool().path().seal().unwrap();
        self.alice.accept(&sealed).unwrap();
        self.bob.receive(&sealed.commit).unwrap();
        self.hub.receive(&sealed.commit).unwrap();
    }
}

/// Tries a door: honestly, which must go; and by each attack, which all must refuse by this rule, and
/// after which the room goes on as before.
fn tried(rule: fn(Attack) -> &'static str, through: impl Fn(&mut Room, Comer) -> Vec<Verdict>) {
    for verdict in through(&mut Room::new(), Comer(None)) {
        assert_eq!(verdict, Ok(()), "an honest comer");
    }
    for attack in ATTACKS {
        let mut room = Room::new();
        let before = room.alice.epoch().clone();
        for verdict in through(&mut room, Comer(Some(attack))) {
            assert_eq!(verdict, Err(rule(attack).to_owned()), "{attack:?}");
        }
        assert!(*room.alice.epoch() == before, "{attack:?}");
        room.goes_on();
    }
}

#[test]
fn door_1_a_key_package_that_we_would_add() {
    tried(Attack::newcomer_rule, |room, comer| {
        let key_package = key_package(&comer.client());
        let obstacles = room.alice.why_not(&key_package).unwrap();
        let sealed = room.alice.commit().add(&key_package).seal();
        assert_eq!(obstacles.is_empty(), sealed.is_ok());
        vec![verdict(sealed).map(drop)]
    });
}

#[test]
fn door_2_an_add_by_value() {
    tried(Attack::newcomer_rule, |room, comer| {
        let key_package = key_package(&comer.client());
        let sealed = room.carol().commit().add(&key_package).seal().unwrap();
        room.judge(&sealed.commit)
    });
}

#[test]
fn door_3_an_add_by_reference() {
    tried(Attack::newcomer_rule, |room, comer| {
        let proposed = room.carol().propose_add(&key_package(&comer.client()));
        room.propose(&proposed.unwrap().message)
    });
}

#[test]
fn door_4_an_add_of_an_external_sender() {
    tried(Attack::newcomer_rule, |room, comer| {
        let speaker = room.carol().group_info().unwrap();
        let store = Arc::new(MemoryStore::default());
        let careless = PublicGroup::follow(lax(), store, &speaker, None).unwrap();
        let outsider = careless.speak_as(&*room.hubs).unwrap();
        let proposal = outsider.propose_add(&key_package(&comer.client()));
        room.propose(&proposal.unwrap())
    });
}

#[test]
fn door_5_a_newcomer_who_proposes_themselves() {
    tried(Attack::newcomer_rule, |room, comer| {
        let info = room.carol().group_info().unwrap();
        let proposal = comer.client().ask_to_join(&info);
        room.propose(&proposal.unwrap())
    });
}

#[test]
fn door_6_an_update() {
    for new_key in [false, true] {
        tried(Attack::successor_rule, |room, comer| {
            let proposed = room.carol_as(comer, new_key).propose_renewal();
            room.propose(&proposed.unwrap().message)
        });
    }
}

#[test]
fn door_7_the_path_of_a_commit() {
    tried(Attack::successor_rule, |room, comer| {
        let sealed = room.carol_as(comer, false).commit().renew_leaf().seal();
        room.judge(&sealed.unwrap().commit)
    });
}

#[test]
fn door_8_a_commit_with_a_new_signer() {
    tried(Attack::successor_rule, |room, comer| {
        let sealed = room.carol_as(comer, true).commit().renew_leaf().seal();
        room.judge(&sealed.unwrap().commit)
    });
}

#[test]
fn door_9_an_external_commit() {
    tried(Attack::newcomer_rule, |room, comer| {
        let info = room.carol().group_info().unwrap();
        let (_, sealed) = comer.client().join_external(&info).seal().unwrap();
        room.judge(&sealed.commit)
    });
}

#[test]
fn door_10_a_stored_proposal_that_we_commit() {
    tried(
        |_| "left out",
        |room, comer| {
            let proposed = room.carol().propose_add(&key_package(&comer.client()));
            room.pool(&proposed.unwrap().message);
            let sealed = room.alice.commit().seal().unwrap();
            room.alice.discard(&sealed).unwrap();
            vec![sealed.welcome.map(drop).ok_or("left out".to_owned())]
        },
    );
}

/// Whoever enters a group, by Welcome or from outside, or follows it as a hub.
fn entered(theirs: &mut Group) -> Vec<Verdict> {
    let (erin, frank) = (client("erin", strict()), client("frank", strict()));
    let sealed = theirs.commit().add(&key_package(&erin)).seal().unwrap();
    let joined = verdict(erin.join(sealed.welcome.as_ref().unwrap()).map(drop));
    theirs.discard(&sealed).unwrap();
    let info = theirs.group_info().unwrap();
    let from_outside = verdict(frank.join_external(&info).seal().map(drop));
    vec![joined, from_outside, verdict(hub(theirs).map(drop))]
}

#[test]
fn door_11_the_tree_of_a_group_that_we_enter_or_follow() {
    tried(Attack::newcomer_rule, |_, comer| {
        let mut theirs = client("grace", lax()).create_group(config()).unwrap();
        let added = theirs.commit().add(&key_package(&comer.client()));
        let sealed = added.seal().unwrap();
        theirs.accept(&sealed).unwrap();
        entered(&mut theirs)
    });
}

#[test]
fn door_12_the_external_senders_of_a_group_that_we_enter_or_follow() {
    tried(Attack::newcomer_rule, |_, comer| {
        let key = key();
        let sender = ExternalSender {
            signature_key: key.public_key().into(),
            credential: comer.newcomer("bot", key.public_key()),
        };
        let config = config().external_sender(sender);
        let mut theirs = client("grace", lax()).create_group(config).unwrap();
        entered(&mut theirs)
    });
}

#[test]
fn door_13_a_group_that_we_found() {
    tried(Attack::newcomer_rule, |_, comer| {
        let key = key();
        let founder = builder(strict(), comer.newcomer("mallory", key.public_key()), &key);
        let founder = founder.build();
        let founded = founder.and_then(|founder| founder.create_group(config()));
        vec![verdict(founded.map(drop))]
    });
}

#[test]
fn door_14_a_member_who_joins_from_outside_in_their_own_place() {
    tried(Attack::successor_rule, |room, comer| {
        let key = room.carols.1.clone();
        let info = room.carol().group_info().unwrap();
        let successor = comer.successor("carol", key.public_key());
        let carol = builder(lax(), successor, &key).build().unwrap();
        let (_, sealed) = carol.join_external(&info).seal().unwrap();
        room.judge(&sealed.commit)
    });
}
