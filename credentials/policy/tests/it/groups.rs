//! The policy in real groups: members and a hub come to the same verdict.

use std::sync::{Arc, Mutex};

use mls_trellis_engine::{
    Client, Error, Group, GroupConfig, KeyPackageOptions, MemoryStore, PublicGroup, Received,
    SoftwareSigner,
};
use mls_trellis_hooks::{
    CipherSuite, Component, ComponentId, Draft, FoldView, GroupState, Hooks, LeafIndex, Origin,
    Plugin, Plugins, Reject, Sent,
};
use mls_trellis_policy::{CredentialPolicy, Document, Layer, Local, Record, Rules};

use crate::{
    POLICY,
    badge::{Badge, Holder, plugins},
};

/// The component of somebody who does not keep its rules.
#[derive(Default)]
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
        updates: &[Sent<Rules>],
    ) -> Result<Rules, Reject> {
        let last = updates.last().map(|update| update.body.clone());
        last.or(state)
            .ok_or_else(|| Reject::misuse("LAX", "nothing"))
    }
}

impl Plugin for Lax {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self).group_state();
    }
}

fn lax() -> Plugins {
    Plugins::builder()
        .add(mls_trellis_basic::BASIC.make(), Origin::here())
        .add(Arc::new(Badge), Origin::here())
        .add(Arc::new(Lax), Origin::here())
        .build()
        .unwrap()
}

fn strict() -> Plugins {
    plugins(CredentialPolicy::default())
}

fn client(holder: &Holder, plugins: Plugins) -> Client {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    Client::builder(plugins)
        .identity(holder.credential(), Arc::new(signer))
        .build()
        .unwrap()
}

fn key_package(client: &Client) -> Vec<u8> {
    client
        .key_package(&KeyPackageOptions::default())
        .unwrap()
        .message
}

fn admin() -> Holder {
    Holder::of("admin/1", "admin")
}

fn stranger() -> Holder {
    Holder {
        client: "mimi://c.example/d/mallory".to_owned(),
        ..Holder::of("", "mallory")
    }
}

fn rules(document: &str) -> Rules {
    Document::parse(document).unwrap().rules().clone()
}

fn config() -> GroupConfig {
    GroupConfig::new(b"room").with::<CredentialPolicy>(&rules(POLICY))
}

fn rule<T: std::fmt::Debug>(refused: Result<T, Error>) -> String {
    match refused.unwrap_err() {
        Error::Rejected(reject) => format!("{} {}", reject.plugin(), reject.rule()),
        other => panic!("{other:?}"),
    }
}

/// A room of the administrator, of alice, and of carol, who keeps no rules; and a hub.
struct Room {
    admin: Group,
    alice: Group,
    carol: Group,
    hub: PublicGroup,
}

impl Room {
    fn new() -> Self {
        let mut admin = client(&admin(), strict()).create_group(config()).unwrap();
        let (info, store) = (
            admin.group_info().unwrap(),
            Arc::new(MemoryStore::default()),
        );
        let mut hub = PublicGroup::follow(strict(), store, &info, None).unwrap();
        let alice = client(&Holder::alice(), strict());
        let carol = client(&Holder::of("carol/1", "carol"), lax());
        let sealed = admin
            .commit()
            .add(&key_package(&alice))
            .add(&key_package(&carol))
            .seal()
            .unwrap();
        hub.receive(&sealed.commit).unwrap();
        admin.accept(&sealed).unwrap();
        let welcome = sealed.welcome.unwrap();
        Self {
            alice: alice.join(&welcome).unwrap(),
            carol: carol.join(&welcome).unwrap(),
            admin,
            hub,
        }
    }

    /// By which rule all that keep the rules refuse a commit: the same.
    fn refuse(&mut self, commit: &[u8]) -> String {
        let by_alice = rule(self.alice.receive(commit));
        assert_eq!(rule(self.admin.receive(commit)), by_alice);
        assert_eq!(rule(self.hub.receive(commit)), by_alice);
        by_alice
    }

    fn accept(&mut self, commit: &[u8]) {
        for group in [&mut self.alice, &mut self.carol] {
            let received = group.receive(commit).unwrap();
            assert!(matches!(received, Received::Epoch(..)), "{received:?}");
        }
        self.hub.receive(commit).unwrap();
    }
}

#[test]
fn nobody_brings_in_whom_the_group_does_not_want() {
    let mut room = Room::new();
    let mallory = key_package(&client(&stranger(), lax()));
    assert_eq!(
        rule(room.alice.commit().add(&mallory).seal()),
        "credential_policy POL-3"
    );
    let obstacles = room.alice.why_not(&mallory).unwrap();
    assert!(
        obstacles
            .iter()
            .any(|obstacle| obstacle.reject.rule() == "POL-3")
    );

    let sealed = room.carol.commit().add(&mallory).seal().unwrap();
    assert_eq!(room.refuse(&sealed.commit), "credential_policy POL-3");

    let info = room.admin.group_info().unwrap();
    let outsider = client(&stranger(), lax());
    let (_, sealed) = outsider.join_external(&info).seal().unwrap();
    assert_eq!(room.refuse(&sealed.commit), "credential_policy POL-3");
}

#[test]
fn pol_8_a_third_client_is_refused_by_all() {
    let mut room = Room::new();
    let second = key_package(&client(&Holder::of("alice/tablet", "alice"), strict()));
    let third = key_package(&client(&Holder::of("alice/watch", "alice"), strict()));
    let sealed = room.admin.commit().add(&second).seal().unwrap();
    room.accept(&sealed.commit);
    room.admin.accept(&sealed).unwrap();
    assert_eq!(
        rule(room.admin.commit().add(&third).seal()),
        "credential_policy POL-8"
    );
    let sealed = room.carol.commit().add(&third).seal().unwrap();
    assert_eq!(room.refuse(&sealed.commit), "credential_policy POL-8");
}

#[test]
fn pol_2_only_administrators_change_the_policy() {
    let mut room = Room::new();
    let next = rules(
        &POLICY
            .replace("version = 1", "version = 2")
            .replace("= 90", "= 365"),
    );
    let update = room.alice.commit().update::<CredentialPolicy>(&next).seal();
    assert_eq!(rule(update), "credential_policy POL-2");
    let sealed = room.carol.commit().update::<Lax>(&next).seal().unwrap();
    assert_eq!(room.refuse(&sealed.commit), "credential_policy POL-2");
    room.carol.discard(&sealed).unwrap();
    let sealed = room.carol.commit().drop_state::<Lax>().seal().unwrap();
    assert_eq!(room.refuse(&sealed.commit), "credential_policy POL-2");

    // Nor does an old version come back.
    let same = room
        .admin
        .commit()
        .update::<CredentialPolicy>(&rules(POLICY))
        .seal();
    assert_eq!(rule(same), "credential_policy POL-2");

    let sealed = room
        .admin
        .commit()
        .update::<CredentialPolicy>(&next)
        .seal()
        .unwrap();
    room.accept(&sealed.commit);
    room.admin.accept(&sealed).unwrap();
    assert_eq!(room.hub.state::<CredentialPolicy>().unwrap(), Some(next));
}

#[test]
fn rules_that_would_keep_a_member_out_need_their_removal() {
    let mut room = Room::new();
    let next = POLICY.replace("version = 1", "version = 2");
    let next = rules(
        &next
            .replace("clients_per_user = 2", "")
            .replace("[\"staff\", \"board\"]", "[\"board\"]"),
    );
    let sealed = room.admin.commit().update::<CredentialPolicy>(&next).seal();
    assert_eq!(rule(sealed), "credential_policy POL-6");

    // In one commit with the removals it goes, once the administrator fits as well.
    let next = rules(&POLICY.replace("version = 1", "version = 2").replace(
        "[domains.\"b.example\"]\ncredentials = [\"basic\", \"badge\"]\n",
        "",
    ));
    let sealed = room
        .admin
        .commit()
        .remove(LeafIndex(1))
        .update::<CredentialPolicy>(&next)
        .seal()
        .unwrap();
    room.hub.receive(&sealed.commit).unwrap();
    room.carol.receive(&sealed.commit).unwrap();
    room.admin.accept(&sealed).unwrap();
}

#[test]
fn a_group_begins_with_rules_that_make_sense() {
    let mut rules = rules(POLICY);
    rules.language = 2;
    let config = GroupConfig::new(b"room").with::<CredentialPolicy>(&rules);
    let refused = client(&admin(), strict()).create_group(config);
    assert_eq!(rule(refused.map(drop)), "credential_policy POL-1");

    let refused = client(&stranger(), strict()).create_group(self::config());
    assert_eq!(rule(refused.map(drop)), "credential_policy POL-3");
}

#[test]
fn every_decision_is_on_record_and_the_record_has_no_say() {
    let records = Arc::new(Mutex::new(Vec::<Record>::new()));
    let log = records.clone();
    let policy = CredentialPolicy::default()
        .ours(Local::default())
        .audited(move |record: &Record| log.lock().unwrap().push(record.clone()));
    let signer = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let client = Client::builder(plugins(policy))
        .identity(admin().credential(), Arc::new(signer))
        .clock(|| 1095 * 86_400)
        .build()
        .unwrap();
    // The badge is over; the group has no opinion on that.
    assert_eq!(
        rule(client.create_group(config()).map(drop)),
        "credential_policy POL-12"
    );
    let records = records.lock().unwrap();
    let of = |layer| records.iter().find(|record| record.layer == layer).unwrap();
    let (group, ours) = (of(Layer::Group), of(Layer::Ours));
    assert!(group.decision.is_allowed());
    assert_eq!(group.time, None);
    insta::assert_snapshot!(serde_json::to_string_pretty(ours).unwrap(), @r#"
    {
      "layer": "ours",
      "identity": "mimi://a.example/d/admin/1",
      "credential": "ad025c568828e9f3d6f25970049a986a09a6b3aa5d9a7cfec3e428c992863f1d",
      "door": "Founding",
      "version": null,
      "time": 94608000,
      "decision": {
        "findings": [
          {
            "rule": "POL-12",
            "detail": "the credential is over since 432000 s"
          }
        ]
      }
    }
    "#);
}
