//! The dictionary and its numbers (draft-ietf-mls-extensions-10, sections 4.1 and 4.6).

use std::sync::Arc;

use mls_trellis_engine::{Error, KeyPackageOptions, MemoryStore, PublicGroup};
use mls_trellis_hooks::{ComponentId, ExtensionType, wire};

use crate::{
    sample::{TALLY, Tally, plugins},
    stock::{Hostile, Leaf, Stock},
    verdict::rule_of,
    world::{Room, client, config, key_package},
};

/// A leaf with these bytes as its dictionary.
fn leaf_of(dictionary: &[u8]) -> Leaf {
    Leaf {
        dictionary: None,
        raw: vec![(0x0006, dictionary.to_vec())],
        ..Leaf::default()
    }
}

/// What our commit of an Add answers, and that it leaves the room as it was.
fn adding(room: &mut Room, key_package: &[u8]) -> Error {
    let refused = room.members[0]
        .commit()
        .add(key_package)
        .seal()
        .unwrap_err();
    room.agree();
    refused
}

#[test]
fn add_1_add_2_add_3_a_malformed_dictionary_in_a_key_package() {
    let mut room = Room::of(&["alice", "bob"]);
    let malformed: [(&[u8], &str); 6] = [
        (&[9, 0, 2, 1, 0, 0, 1, 2, 0, 1], "ADD-1"),
        (&[8, 0, 2, 1, 0, 0, 2, 1, 0], "ADD-2"),
        (&[4, 0, 2, 1, 0, 0], "ADD-3"),
        // An entry cut short, a length in more bytes than it needs, and no bytes at all.
        (&[4, 0, 2, 9, 0], "found 1 byte left"),
        (&[0x40, 4, 0, 2, 1, 0], "shortest form"),
        (&[], "found the end"),
    ];
    for (dictionary, detail) in malformed {
        let key_package = Stock::named("stan").key_package(&leaf_of(dictionary));
        let refused = adding(&mut room, &key_package);
        assert!(matches!(refused, Error::Malformed { .. }), "{refused:?}");
        assert!(refused.to_string().contains(detail), "{refused}");
    }
    room.goes_on();
}

#[test]
fn add_5_a_dictionary_without_its_capability() {
    let mut room = Room::of(&["alice", "bob"]);
    let leaf = Leaf {
        extensions: vec![0x0007, 0x0008],
        ..leaf_of(&[0])
    };
    let key_package = Stock::named("stan").key_package(&leaf);
    assert!(matches!(adding(&mut room, &key_package), Error::Mls { .. }));
}

#[test]
fn add_6_a_member_without_the_capability() {
    let mut room = Room::of(&["alice", "bob"]);
    let key_package = Stock::named("stan").key_package(&Leaf::plain());
    assert!(matches!(adding(&mut room, &key_package), Error::Mls { .. }));
    room.goes_on();
}

#[test]
fn add_7_gr_4_gr_11_unknown_entries_of_leaves_are_kept_as_they_are() {
    let mut room = Room::of(&["alice", "bob"]);
    let unknown = [
        ComponentId(0x0777),
        ComponentId(0x3a3a),
        ComponentId(0x9999),
        ComponentId(0),
    ];
    let leaf = unknown
        .iter()
        .fold(Leaf::default(), |leaf, id| leaf.with(*id, b"keep me"));
    room.admit_with(Stock::named("stan"), &leaf);
    for member in &mut room.members {
        let kept = member
            .epoch()
            .leaf(mls_trellis_hooks::LeafIndex(2))
            .unwrap();
        for id in unknown {
            assert_eq!(kept.data(id), Some(&b"keep me"[..]));
        }
    }
    // Byte for byte, or the tree hash would say so.
    room.add(&client("dave"));
    room.goes_on();
}

#[test]
fn add_7_gr_4_unknown_entries_of_key_packages_are_ignored() {
    let mut room = Room::of(&["alice"]);
    let stan = Stock::named("stan");
    let dictionary = [10, 0x09, 0x99, 2, 1, 2, 0x3a, 0x3a, 2, 3, 4];
    let bundle = stan.bundle(&Leaf::default(), &[(0x0006, dictionary.to_vec())]);
    let message = crate::stock::encode(openmls::prelude::MlsMessageOut::from(bundle));
    let sealed = room.members[0].commit().add(&message).seal().unwrap();
    room.deliver(0, &sealed);
    stan.join(sealed.welcome.as_ref().unwrap());
}

#[test]
fn add_8_a_leaf_that_lists_no_components_supports_the_two_that_all_must() {
    let mut room = Room::of(&["alice"]);
    let silent = Leaf {
        dictionary: None,
        ..Leaf::default()
    };
    // Where the group requires the tally, we do not add it.
    let key_package = Stock::named("stan").key_package(&silent);
    let refused = room.members[0].commit().add(&key_package).seal();
    assert_eq!(rule_of(refused), "NEG-2");
    // Where it requires nothing, we do.
    let mut room = Room::with(&["alice"], &mls_trellis_engine::GroupConfig::new(b"room"));
    room.admit_with(Stock::named("stan"), &silent);
    let leaf = room
        .hub
        .epoch()
        .leaf(mls_trellis_hooks::LeafIndex(1))
        .unwrap();
    let supported = [ComponentId::APP_COMPONENTS, ComponentId::SAFE_AAD];
    assert_eq!(leaf.components().into_iter().collect::<Vec<_>>(), supported);
}

#[test]
fn add_9_an_entry_where_its_component_has_no_place() {
    // The tally has a place in KeyPackages; its value must decode there.
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let odd = Stock::named("odd").bundle(
        &Leaf::default(),
        &[(0x0006, {
            let entry = [&TALLY.0.to_be_bytes()[..], &[2, 1, 2]].concat();
            [&[5][..], &entry].concat()
        })],
    );
    let message = crate::stock::encode(openmls::prelude::MlsMessageOut::from(odd.clone()));
    let refused = adding(&mut room, &message);
    assert_eq!(refused.as_reject().unwrap().plugin(), "tally");
    // When another adds it, we can only say so.
    let commit = stan.commit(Hostile {
        adds: vec![odd],
        ..Hostile::default()
    });
    let rule = refused.as_reject().unwrap().rule().to_owned();
    room.accepts(&commit, &[&rule]);
}

#[test]
fn add_10_neg_4_eng_4_a_group_with_state_that_we_could_not_follow() {
    let mut room = Room::of(&["alice"]);
    let plain = mls_trellis_engine::Settings::default();
    let bob = crate::world::client_with(
        "bob",
        crate::sample::basic_only(),
        plain,
        Arc::new(MemoryStore::default()),
    );
    let info = room.members[0].group_info().unwrap();
    let refused = bob.join_external(&info).seal().map(|_| ());
    assert_eq!(rule_of(refused), "NEG-4");
    let hub = PublicGroup::follow(
        crate::sample::basic_only(),
        Arc::new(MemoryStore::default()),
        &info,
        None,
    );
    assert_eq!(rule_of(hub.map(|_| ())), "NEG-4");

    // The entry is there, and nothing says that it is required.
    let sealed = room.members[0].commit().require_components([]).seal();
    assert_eq!(rule_of(sealed), "ENG-4");
    let mut stan = room.admit("stan");
    let none = Some(vec![0]);
    let commit = stan.app_data(&[(1, none.clone())], &[(1, none)]);
    room.accepts(&commit, &["ENG-4"]);
    let info = room.members[0].group_info().unwrap();
    let refused = bob.join_external(&info).seal().map(|_| ());
    assert_eq!(rule_of(refused), "ADD-10");
    assert!(bob.groups().unwrap().is_empty());
}

#[test]
fn add_11_zero_entries_are_legal() {
    let mut room = Room::with(&["alice"], &mls_trellis_engine::GroupConfig::new(b"room"));
    room.admit_with(Stock::named("stan"), &leaf_of(&[0]));
    let leaf = room
        .hub
        .epoch()
        .leaf(mls_trellis_hooks::LeafIndex(1))
        .unwrap();
    assert!(leaf.dictionary.as_ref().unwrap().is_empty());
}

#[test]
fn add_s2_add_s3_neg_s1_neg_s2_our_leaves_say_what_they_support() {
    let room = client("alice").create_group(config()).unwrap();
    let leaf = room.epoch().leaf(mls_trellis_hooks::LeafIndex(0)).unwrap();
    let extensions = &leaf.capabilities.extensions;
    assert!(extensions.contains(&ExtensionType::APP_DATA_DICTIONARY));
    let listed = leaf.data(ComponentId::APP_COMPONENTS).unwrap();
    let listed = wire::decode::<Vec<ComponentId>>(listed).unwrap();
    for id in [ComponentId::APP_COMPONENTS, ComponentId::SAFE_AAD, TALLY] {
        assert!(listed.contains(&id), "{id}");
    }
    assert!(leaf.data(ComponentId::SAFE_AAD).is_some());
}

#[test]
fn add_s6_neg_s3_grease_stands_in_our_leaves_and_never_in_the_groups() {
    let room = client("alice").create_group(config()).unwrap();
    let leaf = room.epoch().leaf(mls_trellis_hooks::LeafIndex(0)).unwrap();
    let entries = leaf.dictionary.as_ref().unwrap();
    assert!(entries.iter().any(|(id, _)| id.is_grease()));
    assert!(leaf.components().iter().any(|id| id.is_grease()));
    assert!(leaf.aad_components().iter().any(|id| id.is_grease()));
    let group = room.epoch().dictionary.as_ref().unwrap();
    assert!(!group.iter().any(|(id, _)| id.is_grease()));
    let required = room.epoch().required_components().unwrap().unwrap();
    assert!(!required.iter().any(|id| id.is_grease()));
}

#[test]
fn gr_s1_gr_s3_no_dictionary_is_made_for_grease_alone() {
    let alice = client("alice");
    let plain = alice
        .key_package(&KeyPackageOptions::default())
        .unwrap()
        .message;
    let marked = alice
        .key_package(&KeyPackageOptions::default().mark::<Tally>(&1))
        .unwrap()
        .message;
    let bundle = |message: &[u8]| {
        let provider = openmls_rust_crypto::OpenMlsRustCrypto::default();
        crate::stock::key_package_of(message, &provider)
    };
    assert!(bundle(&plain).extensions().app_data_dictionary().is_none());
    let marked = bundle(&marked);
    let dictionary = marked
        .extensions()
        .app_data_dictionary()
        .unwrap()
        .dictionary()
        .clone();
    let ids: Vec<_> = dictionary
        .entries()
        .map(|entry| ComponentId(entry.id()))
        .collect();
    assert!(
        ids.contains(&TALLY) && ids.iter().any(|id| id.is_grease()),
        "{ids:?}"
    );
    assert!(ids.is_sorted());
    let _ = (key_package(&alice), plugins());
}
