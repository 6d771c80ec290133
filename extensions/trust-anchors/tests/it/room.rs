//! A room of two companies that trust each other no further than the room says.

use std::sync::Arc;

use mls_trellis_engine::{
    Client, Error, Followed, Group, GroupConfig, KeyPackageOptions, MemoryStore, PublicGroup,
    Received, Sealed, Signer as _, SoftwareSigner, Store,
};
use mls_trellis_hooks::{
    CipherSuite, Component, ComponentId, Credential, CredentialType, Draft, FoldView, GroupState,
    Hooks, Origin, Plugin, Plugins, Reject, Sent,
};
use mls_trellis_issuer::{Company, Kind};
use mls_trellis_trust_anchors::{Anchor, TrustAnchors, Update, Vouched};
use mls_trellis_x509::{Chain, Policy, X509};

pub(crate) fn a() -> Company {
    Company::of("a.example", 1)
}

pub(crate) fn b() -> Company {
    Company::of("b.example", 2)
}

/// The authority of a.example with new keys.
pub(crate) fn new_a() -> Company {
    Company::of("a.example", 3)
}

/// The anchor of a company.
pub(crate) fn anchor(company: &Company) -> Anchor {
    Anchor::new(CredentialType::X509, company.root().issue())
}

/// Takes the group's word for whom to believe.
pub(crate) fn believing() -> X509 {
    X509::new(Policy::default().believe_groups())
}

/// Has the anchors of these companies itself.
pub(crate) fn knowing(companies: &[Company]) -> X509 {
    let policy = companies.iter().fold(Policy::default(), |policy, company| {
        let root = company.root().issue();
        policy.anchor(&root, [company.domain()]).unwrap()
    });
    X509::new(policy)
}

pub(crate) fn plugins(x509: X509, component: Arc<dyn Plugin>) -> Plugins {
    Plugins::builder()
        .add(mls_trellis_basic::BASIC.make(), Origin::here())
        .add(mls_trellis_policy::CREDENTIAL_POLICY.make(), Origin::here())
        .add(Arc::new(x509), Origin::here())
        .add(component, Origin::here())
        .build()
        .unwrap()
}

pub(crate) fn strict(x509: X509) -> Plugins {
    plugins(x509, Arc::new(TrustAnchors::default()))
}

/// Believes these companies, and keeps no rules.
pub(crate) fn lax(companies: &[Company]) -> Plugins {
    plugins(knowing(companies), Arc::new(Lax))
}

/// The component of somebody who does not keep its rules.
pub(crate) struct Lax;

impl Component for Lax {
    const NAME: &'static str = "trust_anchors";
    const DEFAULT_ID: ComponentId = TrustAnchors::DEFAULT_ID;
    const DRAFT: Draft = TrustAnchors::DRAFT;
}

impl GroupState for Lax {
    type State = Vouched;
    type Update = Update;

    fn fold(
        &self,
        _: &FoldView<'_>,
        state: Option<Vouched>,
        updates: &[Sent<Update>],
    ) -> Result<Vouched, Reject> {
        let mut vouched = state.unwrap_or_default();
        for update in updates {
            match update.body.clone() {
                Update::Put { domain, anchors } => vouched.domains.insert(domain, anchors),
                Update::Drop { domain } => vouched.domains.remove(&domain),
            };
        }
        Ok(vouched)
    }
}

impl Plugin for Lax {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self).group_state();
    }
}

/// A signer, and a credential of the company for it, with the whole chain.
pub(crate) fn certified(company: &Company, name: &str) -> (Credential, Arc<SoftwareSigner>) {
    let key = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let spki = Kind::Ed25519.spki(key.public_key());
    let leaf = company
        .certificate(&spki, &format!("{name}/1"), name)
        .issue();
    let chain = [leaf, company.authority().issue(), company.root().issue()];
    let chain = Chain::new(chain.iter().map(Vec::as_slice)).unwrap();
    (
        chain.credential(&Default::default()).unwrap(),
        Arc::new(key),
    )
}

pub(crate) fn client(company: &Company, name: &str, plugins: Plugins) -> Client {
    let (credential, key) = certified(company, name);
    let client = Client::builder(plugins).identity(credential, key);
    client.build().unwrap()
}

pub(crate) fn key_package(client: &Client) -> Vec<u8> {
    let made = client.key_package(&KeyPackageOptions::default());
    made.unwrap().message
}

pub(crate) fn config() -> GroupConfig {
    let vouched = [a(), b()].map(|company| (company.domain().into(), vec![anchor(&company)]));
    GroupConfig::new(b"room").with::<TrustAnchors>(&Vouched {
        domains: vouched.into_iter().collect(),
    })
}

/// The plugin and rule that refused.
pub(crate) fn rule<T: std::fmt::Debug>(refused: Result<T, Error>) -> String {
    match refused.unwrap_err() {
        Error::Rejected(reject) => format!("{} {}", reject.plugin(), reject.rule()),
        other => panic!("{other:?}"),
    }
}

/// alice of a.example, bob of b.example, carol of a.example, who keeps no rules; and a hub.
pub(crate) struct Room {
    pub(crate) alice: Group,
    pub(crate) alices: (Arc<dyn Store>, Arc<SoftwareSigner>),
    pub(crate) bob: Group,
    pub(crate) carol: Group,
    pub(crate) hub: PublicGroup,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self::with(config(), believing())
    }

    /// A room where alice judges in this way.
    pub(crate) fn with(config: GroupConfig, alices_x509: X509) -> Self {
        let alices: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let (credential, key) = certified(&a(), "alice");
        let alice = Client::builder(strict(alices_x509))
            .store(alices.clone())
            .identity(credential, key.clone());
        let mut alice = alice.build().unwrap().create_group(config).unwrap();
        let (info, store) = (
            alice.group_info().unwrap(),
            Arc::new(MemoryStore::default()),
        );
        let mut hub = PublicGroup::follow(strict(believing()), store, &info, None).unwrap();
        let bob = client(&b(), "bob", strict(believing()));
        let carol = client(&a(), "carol", lax(&[a(), b(), new_a()]));
        let sealed = alice
            .commit()
            .add(&key_package(&bob))
            .add(&key_package(&carol))
            .seal()
            .unwrap();
        hub.receive(&sealed.commit).unwrap();
        alice.accept(&sealed).unwrap();
        let welcome = sealed.welcome.unwrap();
        Self {
            bob: bob.join(&welcome).unwrap(),
            carol: carol.join(&welcome).unwrap(),
            alice,
            alices: (alices, key),
            hub,
        }
    }

    /// By which rule all that keep the rules refuse a commit: the same, and nothing has changed.
    pub(crate) fn refuse(&mut self, commit: &[u8]) -> String {
        let before = self.hub.epoch().clone();
        let by_alice = rule(self.alice.receive(commit));
        assert_eq!(rule(self.bob.receive(commit)), by_alice);
        assert_eq!(rule(self.hub.receive(commit)), by_alice);
        assert_eq!(self.hub.epoch(), &before);
        assert_eq!(self.alice.epoch(), &before);
        by_alice
    }

    /// All but its sender merge a commit; the alarms that alice raises.
    pub(crate) fn accept(&mut self, by: &str, sealed: &Sealed) -> Vec<String> {
        let mut alarms = Vec::new();
        let members = [
            ("alice", &mut self.alice),
            ("bob", &mut self.bob),
            ("carol", &mut self.carol),
        ];
        for (name, group) in members {
            if name == by {
                group.accept(sealed).unwrap();
                continue;
            }
            match group.receive(&sealed.commit).unwrap() {
                Received::Epoch(_, change) if name == "alice" => {
                    alarms = change.alarms.into_iter().map(|alarm| alarm.rule).collect();
                }
                Received::Epoch(..) | Received::Removed(..) => {}
                other => panic!("{other:?}"),
            }
        }
        let followed = self.hub.receive(&sealed.commit).unwrap();
        assert!(matches!(followed, Followed::Epoch(_)), "{followed:?}");
        alarms
    }

    pub(crate) fn vouched(&self) -> Vouched {
        self.hub.state::<TrustAnchors>().unwrap().unwrap()
    }
}
