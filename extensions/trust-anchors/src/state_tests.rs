#![allow(clippy::unwrap_used)]

use mls_trellis_hooks::{CredentialType, LeafIndex, LeafInfo};
use proptest::{collection, prelude::*};

use super::*;

const ALICE: Actor = Actor::Member(LeafIndex(0));
const BOB: Actor = Actor::Member(LeafIndex(1));
/// A member whose name is no URI.
const CAROL: Actor = Actor::Member(LeafIndex(2));

fn epoch() -> EpochState {
    let names = [
        "mimi://a.example/d/alice",
        "mimi://b.example/d/bob",
        "a.example",
    ];
    (0..)
        .zip(names)
        .fold(EpochState::new(b"room"), |epoch, (index, name)| {
            epoch.with_leaf(LeafIndex(index), LeafInfo::basic(name))
        })
}

fn x509(name: &str) -> Anchor {
    Anchor::new(CredentialType::X509, name.as_bytes())
}

fn both() -> Vouched {
    let of_a = Update::put("a.example", [x509("root a")]);
    let of_b = Update::put("b.example", [x509("root b")]);
    let vouched = Vouched::default().after(&of_a, &ALICE, &epoch()).unwrap();
    vouched.after(&of_b, &BOB, &epoch()).unwrap()
}

#[track_caller]
fn refused(rule: &str, update: &Update, from: &Actor) {
    let after = both().after(update, from, &epoch());
    assert_eq!(after.unwrap_err().rule(), rule);
}

#[test]
fn anc_1_an_entry_is_of_a_domain_and_has_anchors() {
    refused("ANC-1", &Update::put("a.example", []), &ALICE);
    refused(
        "ANC-1",
        &Update::put("a.example", [x509("1"), x509("2"), x509("1")]),
        &ALICE,
    );
    let gone = both()
        .after(&Update::drop("a.example"), &ALICE, &epoch())
        .unwrap();
    let again = gone.after(&Update::drop("a.example"), &ALICE, &epoch());
    assert_eq!(again.unwrap_err().rule(), "ANC-1");

    // Only an authority gets so far with a name that nobody is of.
    for domain in [
        "",
        "A.example",
        "a.example.",
        "a.example:443",
        "me@a.example",
    ] {
        let mut vouched = both();
        vouched.domains.insert(domain.into(), vec![x509("root")]);
        assert_eq!(vouched.check().unwrap_err().rule(), "ANC-1", "{domain:?}");
    }
}

#[test]
fn anc_2_an_entry_is_its_own_domains() {
    refused("ANC-2", &Update::put("b.example", [x509("mine")]), &ALICE);
    refused("ANC-2", &Update::drop("b.example"), &ALICE);
    refused("ANC-2", &Update::put("c.example", [x509("mine")]), &ALICE);
    refused("ANC-2", &Update::drop("a.example"), &CAROL);
    refused(
        "ANC-2",
        &Update::drop("a.example"),
        &Actor::Member(LeafIndex(9)),
    );
    refused("ANC-2", &Update::drop("a.example"), &Actor::External(0));
    let joiner = LeafInfo::basic("mimi://a.example/d/dora");
    refused(
        "ANC-2",
        &Update::drop("a.example"),
        &Actor::Joiner(joiner.into()),
    );
}

#[test]
fn anc_4_all_is_dropped_by_whom_all_lets() {
    let refused = |vouched: Vouched, from| {
        let refused = vouched.may_remove(from, &epoch()).unwrap_err();
        assert_eq!(refused.rule(), "ANC-4");
    };
    refused(both(), &ALICE);
    let alone = both()
        .after(&Update::drop("b.example"), &BOB, &epoch())
        .unwrap();
    refused(alone.clone(), &BOB);
    assert_eq!(alone.may_remove(&ALICE, &epoch()), Ok(()));
}

#[test]
fn anc_5_there_are_bounds() {
    let many = |count: usize| (0..count).map(|n| x509(&n.to_string()));
    refused(
        "ANC-5",
        &Update::put("a.example", many(MAX_ANCHORS + 1)),
        &ALICE,
    );
    let long = |len| Anchor::new(CredentialType::X509, vec![0; len]);
    refused(
        "ANC-5",
        &Update::put("a.example", [long(MAX_ANCHOR_LEN + 1)]),
        &ALICE,
    );
    let most = many(MAX_ANCHORS - 1).chain([long(MAX_ANCHOR_LEN)]);
    let full = both().after(&Update::put("a.example", most), &ALICE, &epoch());
    let mut full = full.unwrap();
    for n in 2..MAX_DOMAINS {
        let domain = format!("c{n}.example");
        full.domains
            .insert(domain.as_str().into(), vec![x509("root")]);
    }
    assert_eq!(full.check(), Ok(()));
    full.domains.insert("d.example".into(), vec![x509("root")]);
    assert_eq!(full.check().unwrap_err().rule(), "ANC-5");
}

fn update() -> impl Strategy<Value = (Actor, Update)> {
    let from = prop::sample::select(vec![ALICE, BOB, CAROL]);
    let domain = prop::sample::select(vec!["a.example", "b.example", "c.example", "A"]);
    let anchors = collection::vec(prop::sample::select(vec!["1", "2", "3"]), 0..3);
    let update = (domain, prop::option::of(anchors)).prop_map(|(domain, anchors)| match anchors {
        Some(anchors) => Update::put(domain, anchors.into_iter().map(x509)),
        None => Update::drop(domain),
    });
    (from, update)
}

proptest! {
    /// Whatever members send: the state keeps its rules, and an entry is what its own domain said last.
    #[test]
    fn a_domain_has_the_last_word_on_itself(updates in collection::vec(update(), 0..40)) {
        let mut vouched = Vouched::default();
        let mut of_a = None;
        for (from, update) in updates {
            let Ok(after) = vouched.clone().after(&update, &from, &epoch()) else {
                continue;
            };
            prop_assert_eq!(after.check(), Ok(()));
            if from == ALICE {
                of_a = match update {
                    Update::Put { anchors, .. } => Some(anchors),
                    Update::Drop { .. } => None,
                };
            }
            prop_assert_eq!(after.domains.get(&"a.example".into()), of_a.as_ref());
            vouched = after;
        }
    }
}
