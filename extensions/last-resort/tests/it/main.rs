//! The marker as the engine meets it: over bytes, through the table of plugins.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod groups;
mod mutants;

use std::sync::Arc;

use mls_trellis_hooks::{
    AddedKeyPackage, ComponentEntry, ComponentId, Dictionary, EpochState, ExtensionType, LeafIndex,
    LeafInfo, Origin, Place, Plugins, Profile, RawExtension, wire,
};
use mls_trellis_last_resort::{LAST_RESORT, choose, is_last_resort};

const ID: ComponentId = ComponentId(0x0004);
const LEGACY: ExtensionType = ExtensionType(0x000a);

fn plugins(profile: Profile) -> Plugins {
    let builder = Plugins::builder().add(LAST_RESORT.make(), Origin::here());
    builder.profile(profile).build().unwrap()
}

fn entry() -> ComponentEntry {
    plugins(Profile::default()).component(ID).unwrap().clone()
}

fn leaf() -> LeafInfo {
    let mut leaf = LeafInfo::basic("alice");
    leaf.capabilities.extensions.insert(ExtensionType(0x0006));
    leaf
}

fn added(components: &[ComponentId], extensions: &[ExtensionType]) -> AddedKeyPackage {
    let entries = components.iter().map(|id| (*id, b"".into()));
    let extensions = extensions.iter().map(|extension_type| RawExtension {
        extension_type: *extension_type,
        data: b"".into(),
    });
    AddedKeyPackage {
        leaf: Arc::new(leaf()),
        dictionary: Some(entries.collect()),
        extensions: extensions.collect(),
    }
}

#[test]
fn lr_s2_it_stands_in_key_packages() {
    assert_eq!(entry().places(), [Place::KeyPackage]);
}

#[test]
fn lr_1_lr_s1_the_entry_has_no_data() {
    let dictionary: Dictionary = [(ID, b"".into())].into_iter().collect();
    assert_eq!(wire::encode(&dictionary).unwrap(), [3, 0x00, 0x04, 0]);

    let mark = entry().key_package_data.unwrap();
    assert_eq!(mark.check_mark(&added(&[ID], &[]), b""), Ok(()));
    assert_eq!(
        mark.check_mark(&added(&[ID], &[]), b"\0")
            .unwrap_err()
            .rule(),
        "ADD-9"
    );
}

#[test]
fn lr_2_only_key_packages_have_the_marker() {
    let invariant = entry().invariant.unwrap();
    let room = || EpochState::new(b"room").with_leaf(LeafIndex(0), leaf());
    assert_eq!(invariant.concerns(&room()), []);

    let marked_leaf = leaf().with_data(ID, Vec::new());
    let epoch = room()
        .with_data(ID, Vec::new())
        .with_leaf(LeafIndex(1), marked_leaf);
    let concerns = invariant.concerns(&epoch);
    assert!(concerns.iter().all(|concern| concern.rule() == "LR-2"));
    let [group, leaf] = concerns.as_slice() else {
        unreachable!("{concerns:?}");
    };
    assert!(group.detail().starts_with("the GroupContext"));
    assert!(leaf.detail().starts_with("the leaf of alice (leaf 1)"));
    // The draft only implies the rule, so another's commit is not refused by it.
    assert_eq!(invariant.holds(&epoch), Ok(()));
}

#[test]
fn lr_3_the_leaf_supports_dictionaries() {
    let mark = entry().key_package_data.unwrap();
    let mut without = added(&[ID], &[]);
    without.leaf = Arc::new(LeafInfo::basic("alice"));
    let reject = mark.check_mark(&without, b"").unwrap_err();
    assert_eq!(reject.rule(), "LR-3");
    assert_eq!(reject.plugin(), "last_resort_key_package");
}

#[test]
fn lr_4_a_member_sees_the_marker_in_an_add() {
    let ids = plugins(Profile::default()).ids().clone();
    assert!(is_last_resort(&added(&[ID], &[]), &ids));
    assert!(!is_last_resort(&added(&[], &[]), &ids));
    assert!(!is_last_resort(&added(&[ComponentId(0x0a0a)], &[]), &ids));
}

#[test]
fn lr_4_a_committer_leaves_the_last_resort_for_last() {
    let ids = plugins(Profile::default()).ids().clone();
    let (once, again) = (added(&[], &[]), added(&[ID], &[]));
    let old = added(&[], &[LEGACY]);
    for (offered, chosen) in [
        (vec![], None),
        (vec![&once], Some(0)),
        (vec![&again], Some(0)),
        (vec![&again, &old, &once, &once], Some(2)),
        (vec![&once, &again], Some(0)),
        (vec![&old, &again], Some(0)),
    ] {
        assert_eq!(choose(offered.iter().copied(), &ids), chosen, "{offered:?}");
    }
}

#[test]
fn lr_4_the_number_in_force_counts() {
    let moved = ComponentId(0x8004);
    let profile = Profile::new("moved").assign("last_resort_key_package", moved);
    let ids = plugins(profile).ids().clone();
    assert!(is_last_resort(&added(&[moved], &[]), &ids));
    assert!(!is_last_resort(&added(&[ID], &[]), &ids));
}

#[test]
fn lr_7_the_private_keys_are_kept_for_a_well_formed_marker_only() {
    let mark = entry().key_package_data.unwrap();
    assert!(mark.keep_after_join(b""));
    assert!(!mark.keep_after_join(b"\0"));
}

#[test]
fn lr_8_the_older_extension_means_the_same() {
    let ids = plugins(Profile::default()).ids().clone();
    assert!(is_last_resort(&added(&[], &[LEGACY]), &ids));
    assert!(!is_last_resort(&added(&[], &[ExtensionType(0x000b)]), &ids));
}

#[test]
fn lr_9_both_markers_are_one() {
    let ids = plugins(Profile::default()).ids().clone();
    assert!(is_last_resort(&added(&[ID], &[LEGACY]), &ids));
}
