//! Component lists (draft-ietf-mls-extensions-10, section 5).

use std::sync::Arc;

use mls_trellis_engine::{GroupConfig, MemoryStore};
use mls_trellis_hooks::{ComponentId, wire};

use crate::{
    sample::{TALLY, basic_only},
    stock::{Hostile, Leaf, Stock, StockMember},
    verdict::rule_of,
    world::{Room, client, client_with},
};

const LISTS: [ComponentId; 2] = [ComponentId::APP_COMPONENTS, ComponentId::SAFE_AAD];

/// A leaf that supports no component but the two that all must.
fn unable() -> Leaf {
    Leaf::default()
        .listing(LISTS[0], &LISTS)
        .listing(LISTS[1], &[])
}

fn list(ids: &[ComponentId]) -> Option<Vec<u8>> {
    Some(wire::encode(&ids.to_vec()).unwrap())
}

fn sets(stan: &mut StockMember, id: ComponentId, list: Option<Vec<u8>>) -> Vec<u8> {
    stan.app_data(&[(id.0, list.clone())], &[(id.0, list)])
}

#[test]
fn neg_1_unknown_components_in_the_lists_of_leaves() {
    let mut room = Room::of(&["alice"]);
    let more = [
        LISTS[0],
        LISTS[1],
        ComponentId(0x0777),
        ComponentId(0x2a2a),
        TALLY,
        ComponentId(0),
    ];
    let leaf = Leaf::default()
        .listing(LISTS[0], &more)
        .listing(LISTS[1], &more);
    room.admit_with(Stock::named("stan"), &leaf);
    room.goes_on();
}

#[test]
fn neg_2_neg_s5_add_of_a_leaf_that_lacks_a_required_component() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let key_package = Stock::named("old").key_package(&unable());
    assert_eq!(
        rule_of(room.members[0].commit().add(&key_package).seal()),
        "NEG-2"
    );
    let old = Stock::named("old").bundle(&unable(), &[]);
    let commit = stan.commit(Hostile {
        adds: vec![old],
        ..Hostile::default()
    });
    room.accepts(&commit, &["NEG-2"]);
    // It is raised once, and does not stop us from then on.
    room.goes_on();
}

#[test]
fn neg_2_an_external_commit_of_a_leaf_that_lacks_a_required_component() {
    let mut room = Room::of(&["alice", "bob"]);
    let info = room.members[0].group_info().unwrap();
    let commit = Stock::named("old").join_external(&info, &unable()).1;
    room.accepts(&commit, &["NEG-2"]);
}

#[test]
fn neg_3_add_of_a_leaf_that_does_not_understand_an_aad_item() {
    let safe = GroupConfig::new(b"room").safe_aad([TALLY]);
    let mut room = Room::with(&["alice"], &safe);
    let leaf = Leaf::default().listing(LISTS[1], &[]);
    let key_package = Stock::named("old").key_package(&leaf);
    assert_eq!(
        rule_of(room.members[0].commit().add(&key_package).seal()),
        "NEG-3"
    );
}

#[test]
fn neg_4_join_by_welcome_where_a_required_component_is_not_linked() {
    // Somebody adds a client that does not claim to support what is required.
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let store = Arc::new(MemoryStore::default());
    let bob = client_with("old", basic_only(), Default::default(), store);
    let message = crate::world::key_package(&bob);
    let bundle = crate::stock::key_package_of(&message, &stan.client.provider);
    let built = stan.try_commit(Hostile {
        adds: vec![bundle],
        ..Hostile::default()
    });
    let (_, welcome) = built.unwrap();
    assert_eq!(rule_of(bob.join(&welcome.unwrap()).map(|_| ())), "NEG-4");
    assert_eq!(bob.stored_key_packages().unwrap().len(), 1);
}

#[test]
fn neg_5_a_path_that_drops_a_required_component() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let commit = stan.commit(Hostile {
        leaf: unable().parameters(),
        ..Hostile::default()
    });
    room.accepts(&commit, &["NEG-2"]);
}

#[test]
fn neg_5_an_update_that_drops_a_required_component_is_not_committed_by_us() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let proposal = stan.propose(openmls::prelude::Propose::Update(unable().parameters()));
    room.pools(&proposal);
    room.members[0]
        .commit()
        .path()
        .seal()
        .map(|sealed| room.deliver(0, &sealed))
        .unwrap();
    room.agree();
    let stan = room
        .hub
        .epoch()
        .leaf(mls_trellis_hooks::LeafIndex(2))
        .unwrap();
    assert!(stan.components().contains(&TALLY));
}

#[test]
fn neg_6_a_requirement_that_strands_a_member() {
    let mut room = Room::with(&["alice", "bob"], &GroupConfig::new(b"room"));
    let mut stan = room.admit_with(Stock::named("stan"), &unable());
    assert_eq!(
        rule_of(room.members[0].commit().require_components([TALLY]).seal()),
        "NEG-2"
    );
    assert_eq!(
        rule_of(room.members[0].commit().require_aad([TALLY]).seal()),
        "NEG-3"
    );
    let commit = sets(&mut stan, LISTS[0], list(&[TALLY]));
    room.accepts(&commit, &["NEG-2"]);
    stan.merge();
    let commit = sets(&mut stan, LISTS[1], list(&[TALLY]));
    room.accepts(&commit, &["NEG-3"]);
}

#[test]
fn neg_7_a_list_of_odd_length() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    for id in LISTS {
        for odd in [
            vec![1, 0],
            vec![3, 0, 1, 0],
            vec![2, 0, 1, 0],
            vec![4, 0, 1],
            vec![],
        ] {
            let commit = sets(&mut stan, id, Some(odd));
            room.refuses(&commit, "NEG-7");
        }
    }
    room.goes_on();
}

#[test]
fn neg_8_grease_in_the_lists_of_the_group() {
    let mut room = Room::with(&["alice", "bob"], &GroupConfig::new(b"room"));
    // Even a member that lists them all supports none.
    let all = [&LISTS[..], &[TALLY], &ComponentId::GREASE].concat();
    let leaf = Leaf::default()
        .listing(LISTS[0], &all)
        .listing(LISTS[1], &all);
    let mut stan = room.admit_with(Stock::named("stan"), &leaf);
    let grease = ComponentId(0x4a4a);
    assert!(
        room.members[0]
            .commit()
            .require_components([grease])
            .seal()
            .is_err()
    );
    assert!(
        room.members[0]
            .commit()
            .require_aad([grease])
            .seal()
            .is_err()
    );
    let commit = sets(&mut stan, LISTS[0], list(&[grease]));
    // Who happens to have drawn another GREASE value is named by NEG-2 besides.
    let mls_trellis_engine::Followed::Epoch(change) = room.hub.receive(&commit).unwrap() else {
        panic!("no epoch");
    };
    assert!(change.alarms.iter().any(|alarm| alarm.rule == "NEG-8"));
    for member in &mut room.members {
        let mls_trellis_engine::Received::Epoch(_, told) = member.receive(&commit).unwrap() else {
            panic!("no epoch");
        };
        assert_eq!(told.alarms, change.alarms);
    }
}

#[test]
fn neg_s4_grease_is_no_support_of_ours() {
    let mut room = Room::with(&["alice", "bob"], &GroupConfig::new(b"room"));
    let mut stan = room.admit("stan");
    let commit = sets(&mut stan, LISTS[0], list(&[ComponentId(0x4a4a)]));
    room.hub.receive(&commit).unwrap();
    room.members[0].receive(&commit).unwrap();
    let info = room.members[0].group_info().unwrap();
    let joined = client("dave").join_external(&info).seal();
    assert_eq!(rule_of(joined.map(|_| ())), "NEG-4");
}

#[test]
fn neg_9_neg_10_no_list_requires_nothing_and_understands_the_framing() {
    let mut room = Room::with(&["alice"], &GroupConfig::new(b"room").safe_aad([]));
    let mut leaf = unable();
    leaf.dictionary = Some(
        [(LISTS[0], list(&LISTS).unwrap().into())]
            .into_iter()
            .collect(),
    );
    let mut stan = room.admit_with(Stock::named("stan"), &leaf);
    // Without the entry nothing is required either.
    let commit = stan.app_data(&[(1, None)], &[(1, None)]);
    let _ = room.accepts(&commit, &[]);
    assert_eq!(room.hub.epoch().required_components().unwrap(), None);
    room.goes_on();
}
