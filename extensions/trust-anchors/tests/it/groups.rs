//! What members and a hub make of each rule, and how companies come, go and change their authorities.

use std::sync::Arc;

use mls_trellis_engine::{Client, Received, Signer as _, SoftwareSigner};
use mls_trellis_hooks::{CipherSuite, Credential, ExternalSender, LeafIndex};
use mls_trellis_issuer::Company;
use mls_trellis_policy::{CredentialPolicy, Document};
use mls_trellis_trust_anchors::{TrustAnchors, Update};

use crate::room::{
    Lax, Room, a, anchor, b, believing, certified, client, config, key_package, knowing, lax,
    new_a, rule, strict,
};

const BOB: LeafIndex = LeafIndex(1);
const CAROL: LeafIndex = LeafIndex(2);

fn named(credential: Credential) -> Client {
    let key = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    Client::builder(lax(&[a(), b()]))
        .identity(credential, Arc::new(key))
        .build()
        .unwrap()
}

#[test]
fn anc_2_nobody_speaks_for_anothers_domain() {
    let mut room = Room::new();
    let mine = Update::put("b.example", [anchor(&Company::of("b.example", 9))]);
    let sealed = room.alice.commit().update::<TrustAnchors>(&mine).seal();
    assert_eq!(rule(sealed), "trust_anchors ANC-2");
    let sealed = room.carol.commit().update::<Lax>(&mine).seal().unwrap();
    assert_eq!(room.refuse(&sealed.commit), "trust_anchors ANC-2");
    room.carol.discard(&sealed).unwrap();

    // bob's own, even if it is alice who commits it.
    let new = Update::put(
        "b.example",
        [anchor(&b()), anchor(&Company::of("b.example", 9))],
    );
    let proposal = room.bob.propose_update::<TrustAnchors>(&new).unwrap();
    room.alice.receive(&proposal.message).unwrap();
    room.carol.receive(&proposal.message).unwrap();
    room.hub.receive(&proposal.message).unwrap();
    let sealed = room.alice.commit().seal().unwrap();
    room.accept("alice", &sealed);
    assert_eq!(room.vouched().domains[&"b.example".into()].len(), 2);
}

#[test]
fn anc_3_nobody_falls_back_to_a_name_alone() {
    let mut room = Room::new();
    let mallory = key_package(&named(Credential::basic("mimi://a.example/d/mallory/1")));
    let added = room.alice.commit().add(&mallory).seal();
    assert_eq!(rule(added), "trust_anchors ANC-3");
    let sealed = room.carol.commit().add(&mallory).seal().unwrap();
    assert_eq!(room.refuse(&sealed.commit), "trust_anchors ANC-3");
    room.carol.discard(&sealed).unwrap();

    // Nor is a company let in that the group does not know, or a name without a company.
    for credential in [Credential::basic("mallory"), certified(&c(), "mallory").0] {
        let mallory = key_package(&named(credential));
        assert!(room.alice.commit().add(&mallory).seal().is_err());
    }
    let key = SoftwareSigner::generate(CipherSuite(0x0001)).unwrap();
    let sender = ExternalSender {
        signature_key: key.public_key().into(),
        credential: Credential::basic("mimi://a.example/d/bot/1"),
    };
    let founded =
        client(&a(), "alice", strict(believing())).create_group(config().external_sender(sender));
    assert_eq!(rule(founded.map(drop)), "trust_anchors ANC-3");
}

fn c() -> Company {
    Company::of("c.example", 7)
}

#[test]
fn anc_4_anchors_are_not_dropped_as_a_whole() {
    let mut room = Room::new();
    let dropped = room.alice.commit().drop_state::<TrustAnchors>().seal();
    assert_eq!(rule(dropped), "trust_anchors ANC-4");
    let sealed = room.carol.commit().drop_state::<Lax>().seal().unwrap();
    assert_eq!(room.refuse(&sealed.commit), "trust_anchors ANC-4");
}

#[test]
fn anc_6_members_and_a_hub_believe_the_groups_anchors_alone() {
    // alice knows the new authority already; the group does not.
    let mut room = Room::with(config(), knowing(&[a(), b(), new_a()]));
    let dora = key_package(&client(&new_a(), "dora", strict(believing())));
    assert_eq!(rule(room.alice.commit().add(&dora).seal()), "x509 X5-21");
    let sealed = room.carol.commit().add(&dora).seal().unwrap();
    assert_eq!(room.refuse(&sealed.commit), "x509 X5-21");
    room.carol.discard(&sealed).unwrap();

    let info = room.carol.group_info().unwrap();
    let outsider = client(&new_a(), "dora", lax(&[a(), b(), new_a()]));
    let (_, sealed) = outsider.join_external(&info).seal().unwrap();
    assert_eq!(room.refuse(&sealed.commit), "x509 X5-21");
}

#[test]
fn anc_6_an_anchor_that_is_none_keeps_its_domain_out() {
    let mut room = Room::new();
    let mut broken = anchor(&a());
    broken.data.0.truncate(20);
    let update = Update::put("a.example", [anchor(&a()), broken]);
    let sealed = room.alice.commit().update::<TrustAnchors>(&update).seal();
    assert_eq!(rule(sealed), "x509 ANC-6");
    let sealed = room.carol.commit().update::<Lax>(&update).seal().unwrap();
    assert_eq!(room.refuse(&sealed.commit), "x509 ANC-6");
}

#[test]
fn anc_7_our_own_anchors_decide_whom_we_bring_in() {
    // alice knows a.example only, so she does not enter a room with bob, nor bring him in.
    let founder = client(&b(), "bob", strict(believing()));
    let mut bob = founder.create_group(config()).unwrap();
    let alice = client(&a(), "alice", strict(knowing(&[a()])));
    let sealed = bob.commit().add(&key_package(&alice)).seal().unwrap();
    let refused = alice.join(sealed.welcome.as_ref().unwrap());
    assert_eq!(rule(refused.map(drop)), "x509_anchors ANC-7");

    let mut alice = alice.create_group(config()).unwrap();
    let bob = client(&b(), "bob", strict(believing()));
    let added = alice.commit().add(&key_package(&bob)).seal();
    assert_eq!(rule(added), "x509_anchors ANC-7");

    // What another does is an alarm.
    let carol = client(&a(), "carol", strict(believing()));
    let sealed = alice.commit().add(&key_package(&carol)).seal().unwrap();
    alice.accept(&sealed).unwrap();
    let mut carol = carol.join(&sealed.welcome.unwrap()).unwrap();
    let sealed = carol.commit().add(&key_package(&bob)).seal().unwrap();
    match alice.receive(&sealed.commit).unwrap() {
        Received::Epoch(_, change) => {
            let alarms: Vec<_> = change.alarms.iter().map(|alarm| &alarm.rule).collect();
            assert_eq!(alarms, ["ANC-7"]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_authority_is_rotated_without_anybody_left_behind() {
    let mut room = Room::new();
    // Not at once: alice and carol are certified by the old one.
    let at_once = Update::put("a.example", [anchor(&new_a())]);
    let sealed = room.alice.commit().update::<TrustAnchors>(&at_once).seal();
    assert_eq!(rule(sealed), "x509 X5-21");

    let beside = Update::put("a.example", [anchor(&a()), anchor(&new_a())]);
    let sealed = room.alice.commit().update::<TrustAnchors>(&beside).seal();
    room.accept("alice", &sealed.unwrap());

    // alice has a new certificate for a new key; carol stays behind, and must go.
    let (store, old) = room.alices.clone();
    let (credential, key) = certified(&new_a(), "alice");
    let alice = Client::builder(strict(believing()))
        .store(store)
        .identity(credential, key)
        .formerly(old);
    room.alice = alice.build().unwrap().group(b"room").unwrap();
    let sealed = room.alice.commit().renew_leaf().seal().unwrap();
    room.accept("alice", &sealed);
    let gone = Update::put("a.example", [anchor(&new_a())]);
    let sealed = room.alice.commit().update::<TrustAnchors>(&gone).seal();
    assert_eq!(rule(sealed), "x509 X5-21");
    let commit = room.alice.commit().update::<TrustAnchors>(&gone);
    let sealed = commit.remove(CAROL).seal().unwrap();
    room.accept("alice", &sealed);

    let late = key_package(&client(&a(), "late", strict(believing())));
    assert_eq!(rule(room.bob.commit().add(&late).seal()), "x509 X5-21");
    let dora = key_package(&client(&new_a(), "dora", strict(believing())));
    assert!(room.bob.commit().add(&dora).seal().is_ok());
}

#[test]
fn a_company_goes_with_its_members() {
    let policy = r#"
        language = 1
        version = 1
        administrators = ["mimi://a.example/u/alice"]

        [domains."a.example"]
        credentials = ["x509"]

        [domains."b.example"]
        credentials = ["x509"]
    "#;
    let rules = Document::parse(policy).unwrap().rules().clone();
    let mut room = Room::with(config().with::<CredentialPolicy>(&rules), believing());
    let update = Update::drop("b.example");

    // Nobody of it may stay.
    let sealed = room.alice.commit().update::<TrustAnchors>(&update).seal();
    assert_eq!(rule(sealed), "x509 X5-26");
    // And only the administrator may put it to the door.
    let commit = room.carol.commit().update::<Lax>(&update).remove(BOB);
    let sealed = commit.seal().unwrap();
    assert_eq!(room.refuse(&sealed.commit), "trust_anchors ANC-2");
    room.carol.discard(&sealed).unwrap();

    let commit = room.alice.commit().update::<TrustAnchors>(&update);
    let sealed = commit.remove(BOB).seal().unwrap();
    room.accept("alice", &sealed);
    let bob = key_package(&client(&b(), "bob", strict(believing())));
    assert_eq!(rule(room.alice.commit().add(&bob).seal()), "x509 X5-26");
}

#[test]
fn anc_2_who_joins_from_outside_does_not_speak_for_a_domain() {
    let mut room = Room::new();
    let info = room.alice.group_info().unwrap();
    let mine = Update::put("a.example", [anchor(&a()), anchor(&new_a())]);
    let dora = client(&a(), "dora", lax(&[a(), b()]));
    let (_, sealed) = dora
        .join_external(&info)
        .update::<Lax>(&mine)
        .seal()
        .unwrap();
    assert_eq!(room.refuse(&sealed.commit), "trust_anchors ANC-2");
}
