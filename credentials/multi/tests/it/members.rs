//! Who must understand what, from the leaves of an epoch.

use mls_trellis_hooks::{
    CipherSuite, Credential, CredentialType, EpochState, LeafIndex, LeafInfo, Plugins, Profile,
    Reject,
};
use mls_trellis_multi::Bindings;

use crate::{
    DIRECTORY, LEAF_KEY, MULTI, OTHER_SUITE, SUITE, WEAK, bind, bind_as, entry, multi, plugins,
    weak, with_profile,
};

fn leaf(name: &str, types: &[CredentialType], suites: &[CipherSuite]) -> LeafInfo {
    let mut leaf = LeafInfo::basic(name);
    leaf.capabilities.credentials = types.iter().copied().collect();
    leaf.capabilities.cipher_suites = suites.iter().copied().collect();
    leaf
}

const ALL: &[CredentialType] = &[CredentialType::BASIC, MULTI, WEAK, DIRECTORY];
const BOTH: &[CipherSuite] = &[SUITE, OTHER_SUITE];

fn holds(plugins: &Plugins, epoch: &EpochState) -> Result<(), Reject> {
    let [rule] = plugins.invariants() else {
        panic!("{plugins:?}");
    };
    rule.rule.holds(epoch)
}

/// The verdict on a group of alice, who has the credential, and bob.
fn group(credential: Credential, types: &[CredentialType], suites: &[CipherSuite]) -> &'static str {
    let mut alice = leaf("alice", ALL, BOTH);
    alice.credential = credential;
    let bob = leaf("bob", types, suites);
    let epoch = EpochState::new(b"room")
        .with_leaf(LeafIndex(0), alice)
        .with_leaf(LeafIndex(1), bob);
    match holds(&plugins(), &epoch) {
        Ok(()) => "fine",
        Err(reject) => rules(reject.rule()),
    }
}

fn rules(rule: &str) -> &'static str {
    let all = ["MC-1", "MC-2", "MC-4", "MC-5", "MC-7"];
    all.into_iter().find(|known| *known == rule).unwrap()
}

fn two_suites() -> [mls_trellis_multi::CredentialBinding; 2] {
    [
        bind(&entry("alice")),
        bind_as(&Credential::basic("alice"), OTHER_SUITE, LEAF_KEY),
    ]
}

#[test]
fn a_group_without_multi_credentials_needs_none() {
    assert_eq!(group(Credential::basic("alice"), &[], &[]), "fine");
}

#[test]
fn mc_1_every_member_lists_multi() {
    assert_eq!(group(multi(two_suites()), ALL, BOTH), "fine");
    let without = &[CredentialType::BASIC, WEAK, DIRECTORY];
    assert_eq!(group(multi(two_suites()), without, BOTH), "MC-1");
}

#[test]
fn mc_2_every_member_supports_every_binding_of_a_multi() {
    let without = &[CredentialType::BASIC, MULTI, WEAK];
    assert_eq!(group(multi(two_suites()), without, BOTH), "MC-2");
    assert_eq!(group(multi(two_suites()), ALL, &[SUITE]), "MC-2");
    assert_eq!(group(multi(two_suites()), ALL, &[OTHER_SUITE]), "MC-2");
}

#[test]
fn mc_4_every_member_lists_weak_multi() {
    let without = &[CredentialType::BASIC, MULTI, DIRECTORY];
    assert_eq!(group(weak(two_suites()), without, BOTH), "MC-4");
    let without_multi = &[CredentialType::BASIC, WEAK, DIRECTORY];
    assert_eq!(group(weak(two_suites()), without_multi, BOTH), "fine");
}

#[test]
fn mc_5_every_member_supports_a_binding_of_a_weak_multi() {
    for (types, suites, verdict) in [
        (&[WEAK, DIRECTORY][..], &[SUITE][..], "fine"),
        (&[WEAK, CredentialType::BASIC], &[OTHER_SUITE], "fine"),
        (&[WEAK, DIRECTORY], &[OTHER_SUITE], "MC-5"),
        (&[WEAK, CredentialType::BASIC], &[SUITE], "MC-5"),
        (&[WEAK], &[SUITE, OTHER_SUITE], "MC-5"),
    ] {
        assert_eq!(group(weak(two_suites()), types, suites), verdict);
    }
}

#[test]
fn the_holder_itself_counts() {
    let mut alice = leaf("alice", &[CredentialType::BASIC, DIRECTORY], BOTH);
    alice.credential = multi(two_suites());
    let epoch = EpochState::new(b"room").with_leaf(LeafIndex(0), alice);
    assert_eq!(holds(&plugins(), &epoch).unwrap_err().rule(), "MC-1");
}

#[test]
fn the_numbers_in_force_count() {
    let moved = CredentialType(0xf003);
    let plugins = with_profile(Profile::new("moved").assign_credential("multi", moved));
    let bindings = Bindings::new(two_suites()).unwrap();
    let mut alice = leaf("alice", ALL, BOTH);
    alice.credential = bindings.multi(plugins.ids()).unwrap();
    let mut epoch = EpochState::new(b"room").with_leaf(LeafIndex(0), alice);
    epoch.ids = plugins.ids().clone();
    assert_eq!(holds(&plugins, &epoch).unwrap_err().rule(), "MC-1");
}

#[test]
fn many_members_are_asked() {
    let mut epoch = EpochState::new(b"room");
    for index in 0..100 {
        let name = format!("member {index}");
        let mut leaf = leaf(&name, ALL, BOTH);
        leaf.credential = multi([bind(&entry(&name))]);
        epoch = epoch.with_leaf(LeafIndex(index), leaf);
    }
    assert_eq!(holds(&plugins(), &epoch), Ok(()));
    let last = leaf("last", &[MULTI], BOTH);
    let epoch = epoch.with_leaf(LeafIndex(100), last);
    assert_eq!(holds(&plugins(), &epoch).unwrap_err().rule(), "MC-2");
}
