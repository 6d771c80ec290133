//! What the group says, rule by rule.

use mls_trellis_hooks::{Actor, Door, Facts, LeafIndex, LeafInfo, Reject, Verified};
use mls_trellis_policy::Compiled;
use proptest::prelude::*;

use crate::{
    POLICY,
    badge::{Holder, broken, compiled, decide, epoch, judge, sender},
};

/// By which rules somebody is kept out who is as alice, but for one thing.
fn but(change: impl FnOnce(&mut Holder)) -> Vec<&'static str> {
    let mut holder = Holder::alice();
    change(&mut holder);
    broken(&decide(POLICY, &holder))
}

#[test]
fn whoever_fits_is_let_in() {
    assert_eq!(but(|_| {}), [""; 0]);
}

#[test]
fn everything_that_speaks_against_somebody_is_told() {
    let holder = Holder {
        issuer: "https://evil.example".to_owned(),
        level: "guest".to_owned(),
        days: 91,
        ..Holder::alice()
    };
    let decision = decide(POLICY, &holder);
    insta::assert_snapshot!(decision, @r"
    deny
      POL-5: https://evil.example vouches for nobody of a.example (badge)
      POL-6: badge.level is none of staff, board
      POL-7: the badge credential is valid for 7862400 s, not 7776000
    ");
    let reject = decision.verdict().unwrap_err();
    assert_eq!(reject.rule(), "POL-5");
    insta::assert_snapshot!(reject, @"POL-5: https://evil.example vouches for nobody of a.example (badge); and by POL-6, POL-7 (forbidden by policy)");
}

#[test]
fn pol_1_another_language_is_refused() {
    let mut rules = compiled(POLICY).rules().clone();
    rules.language = 2;
    assert_eq!(rule(Compiled::new(rules)), "POL-1");
}

#[test]
fn pol_2_rules_that_make_no_sense_are_refused() {
    let mut rules = compiled(POLICY).rules().clone();
    for domain in rules.domains.values_mut() {
        domain.credentials.clear();
    }
    assert_eq!(rule(Compiled::new(rules)), "POL-2");
}

#[test]
fn pol_3_everybody_is_of_a_domain_with_an_entry() {
    for client in [
        "mimi://c.example/d/alice",
        "mimi://evil@a.example/d/alice",
        "mimi://A.example/d/alice",
        "mimi:a.example/d/alice",
        "alice",
        "",
    ] {
        assert_eq!(
            but(|who| who.client = client.to_owned()),
            ["POL-3"],
            "{client}"
        );
    }
}

#[test]
fn pol_4_a_domain_has_credentials_of_its_kinds_only() {
    let client = "mimi://a.example/d/alice/phone";
    let basic = |client: &str| {
        let verified = Verified::new(client.into());
        broken(&judge(
            POLICY,
            Door::Add,
            &LeafInfo::basic(client),
            None,
            &verified,
        ))
    };
    assert!(basic(client).contains(&"POL-4"));
    assert_eq!(basic("mimi://b.example/d/bob"), [""; 0]);
}

#[test]
fn pol_4_what_is_inside_counts_as_well() {
    let alice = Holder::alice();
    let holding = |inside: &[&str]| {
        let facts = inside.iter().fold(Facts::default(), |facts, kind| {
            facts.holding(*kind, alice.facts())
        });
        let verified = Verified::new(alice.client.as_str().into()).with_facts(facts);
        broken(&judge(POLICY, Door::Add, &alice.leaf(), None, &verified))
    };
    assert_eq!(holding(&["badge"]), [""; 0]);
    assert_eq!(holding(&["badge", "basic"]), ["POL-4"]);
    assert_eq!(holding(&["badge", "badge"]), ["POL-4"]);
}

#[test]
fn pol_5_an_issuer_vouches_for_its_domains_only() {
    let other = "https://id.b.example".to_owned();
    assert_eq!(but(|who| who.issuer = other), ["POL-5"]);
}

#[test]
fn pol_6_a_claim_that_is_demanded_is_there() {
    assert_eq!(but(|who| who.level = "board".to_owned()), [""; 0]);
    assert_eq!(but(|who| who.level = "guest".to_owned()), ["POL-6"]);
    let demand = |claim: &str| {
        let policy = POLICY
            .replace("badge.level", claim)
            .replace("\"board\"", "\"lift\"");
        broken(&decide(&policy, &Holder::alice()))
    };
    assert_eq!(demand("badge.keys"), [""; 0]); // One of a list.
    assert_eq!(demand("badge.level.of"), ["POL-6"]);
    assert_eq!(demand("badge.nothing"), ["POL-6"]);
}

#[test]
fn pol_7_nothing_is_valid_for_longer_than_allowed() {
    assert_eq!(but(|who| who.days = 91), ["POL-7"]);
    let alice = Holder::alice();
    let mut verified = alice.verified();
    verified.facts.validity = None;
    let decision = judge(POLICY, Door::Add, &alice.leaf(), None, &verified);
    assert_eq!(broken(&decision), ["POL-7"]);
}

#[test]
fn pol_8_a_user_has_so_many_clients() {
    let rules = compiled(POLICY);
    let clients = |clients: &[(&str, &str)]| {
        let clients = (0..).zip(clients);
        let epoch = clients.fold(epoch(), |epoch, (at, (client, user))| {
            epoch.with_leaf(LeafIndex(at), Holder::of(client, user).leaf())
        });
        rules
            .clients_of_users(&epoch)
            .map_err(|reject| reject.rule().to_owned())
    };
    let two = [("alice/1", "alice"), ("alice/2", "alice"), ("bob/1", "bob")];
    assert_eq!(clients(&two), Ok(()));
    let three = [&two[..], &[("alice/3", "alice")]].concat();
    assert_eq!(clients(&three), Err("POL-8".to_owned()));
}

#[test]
fn pol_9_a_successor_is_of_the_same_user_and_of_a_kind_that_may_follow() {
    let alice = Holder::alice();
    let follow = |old: &LeafInfo, new: &LeafInfo, verified: &Verified| {
        broken(&judge(POLICY, Door::Path, new, Some(old), verified))
    };
    let basic = LeafInfo::basic(&alice.client);
    assert_eq!(follow(&basic, &alice.leaf(), &alice.verified()), [""; 0]);
    assert_eq!(
        follow(&alice.leaf(), &alice.leaf(), &alice.verified()),
        [""; 0]
    );

    let other = Holder::of("alice/phone", "bob");
    assert_eq!(
        follow(&alice.leaf(), &other.leaf(), &other.verified()),
        ["POL-9"]
    );

    // No way back, even where either kind may be had.
    let client = "mimi://b.example/d/bob";
    let mut badge = alice.leaf();
    badge.user = None;
    let bob = Verified::new(client.into());
    assert_eq!(follow(&badge, &LeafInfo::basic(client), &bob), ["POL-9"]);
}

#[test]
fn pol_10_external_senders_have_entries_of_their_own() {
    let rules = compiled(POLICY);
    let judge_sender = |client: &str, door| {
        let (verified, leaf) = (Verified::new(client.into()), LeafInfo::basic(client));
        let decision = sender(door, &leaf.credential, &verified, |who| rules.decide(who));
        broken(&decision)
    };
    // When it is listed, and whenever the rules change.
    for door in [Door::ExternalSender, Door::Rules, Door::Review] {
        assert_eq!(judge_sender("mimi://hub.example/s", door), [""; 0]);
        assert_eq!(judge_sender("mimi://b.example/d/bob", door), ["POL-10"]);
    }
    // Nor is a hub a member.
    let hub = "mimi://hub.example/s";
    let verified = Verified::new(hub.into());
    let decision = judge(POLICY, Door::Add, &LeafInfo::basic(hub), None, &verified);
    assert_eq!(broken(&decision), ["POL-3"]);
}

#[test]
fn administrators_are_members_by_client_or_by_user() {
    let rules = compiled(POLICY);
    let epoch = epoch()
        .with_leaf(LeafIndex(0), Holder::of("admin/1", "admin").leaf())
        .with_leaf(LeafIndex(1), Holder::alice().leaf());
    assert!(rules.administers(&Actor::Member(LeafIndex(0)), &epoch));
    assert!(!rules.administers(&Actor::Member(LeafIndex(1)), &epoch));
    assert!(!rules.administers(&Actor::External(0), &epoch));
    let joiner = Actor::Joiner(Holder::of("admin/2", "admin").leaf().into());
    assert!(!rules.administers(&joiner, &epoch));
}

fn rule<T>(refused: Result<T, Reject>) -> String {
    refused
        .err()
        .map_or_else(String::new, |reject| reject.rule().to_owned())
}

proptest! {
    /// The order in which a document says something does not matter, nor who asks, nor how often.
    #[test]
    fn a_decision_is_a_function_of_what_is_said(
        level in "staff|board|guest", issuer in "https://id\\.(a|b)\\.example", days in 80u64..100,
    ) {
        let holder = Holder { level, issuer, days, ..Holder::alice() };
        let mut tables: Vec<_> = POLICY.split("\n[").map(str::to_owned).collect();
        let head = tables.remove(0);
        tables.reverse();
        let turned = format!("{head}\n[{}", tables.join("\n["));
        let (one, other) = (compiled(&turned), compiled(POLICY));
        prop_assert_eq!(one.rules(), other.rules());
        prop_assert_eq!(decide(&turned, &holder), decide(POLICY, &holder));
    }
}
