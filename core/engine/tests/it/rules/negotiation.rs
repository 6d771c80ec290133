//! Component lists, wire formats and GREASE (draft-ietf-mls-extensions-10, sections 5 and 7.1; RFC
//! 9420, section 13.5).

use std::sync::Arc;

use mls_trellis_engine::{Error, GroupConfig, MemoryStore, PublicGroup};
use mls_trellis_hooks::{ComponentId, ExtensionType, RawExtension, WireFormatId, wire};
use openmls::{
    credentials::Credential,
    extensions::{Extension, RequiredCapabilitiesExtension},
    messages::proposals::CustomProposal,
    messages::proposals::Proposal,
};

use crate::{
    forge,
    sample::{TALLY, basic_only, plugins},
    stock::{Hostile, Leaf, Stock, StockMember, raw},
    verdict::rule_of,
    world::{Room, client, client_with},
};

const LISTS: [ComponentId; 2] = [ComponentId::APP_COMPONENTS, ComponentId::SAFE_AAD];
const FORMAT: WireFormatId = WireFormatId(0xf00d);

/// A leaf that supports no component but the two that all must.
fn unable() -> Leaf {
    Leaf::default().listing(LISTS[0], &LISTS).listing(LISTS[1], &[])
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
    let more = [LISTS[0], LISTS[1], ComponentId(0x0777), ComponentId(0x2a2a), TALLY, ComponentId(0)];
    let leaf = Leaf::default().listing(LISTS[0], &more).listing(LISTS[1], &more);
    room.admit_with(Stock::named("stan"), &leaf);
    room.goes_on();
}

#[test]
fn neg_2_add_of_a_leaf_that_lacks_a_required_component() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let key_package = Stock::named("old").key_package(&unable());
    assert_eq!(rule_of(room.members[0].commit().add(&key_package).seal()), "NEG-2");
    let old = Stock::named("old").bundle(&unable(), &[]);
    let commit = stan.commit(Hostile { adds: vec![old], ..Hostile::default() });
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
    assert_eq!(rule_of(room.members[0].commit().add(&key_package).seal()), "NEG-3");
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
    let built = stan.try_commit(Hostile { adds: vec![bundle], ..Hostile::default() });
    let (_, welcome) = built.unwrap();
    assert_eq!(rule_of(bob.join(&welcome.unwrap()).map(|_| ())), "NEG-4");
    assert_eq!(bob.stored_key_packages().unwrap().len(), 1);
}

#[test]
fn neg_5_a_path_that_drops_a_required_component() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let commit = stan.commit(Hostile { leaf: unable().parameters(), ..Hostile::default() });
    room.accepts(&commit, &["NEG-2"]);
}

#[test]
fn neg_5_an_update_that_drops_a_required_component_is_not_committed_by_us() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let proposal = stan.propose(openmls::prelude::Propose::Update(unable().parameters()));
    room.pools(&proposal);
    room.members[0].commit().path().seal().map(|sealed| room.deliver(0, &sealed)).unwrap();
    room.agree();
    let stan = room.hub.epoch().leaf(mls_trellis_hooks::LeafIndex(2)).unwrap();
    assert!(stan.components().contains(&TALLY));
}

#[test]
fn neg_6_a_requirement_that_strands_a_member() {
    let mut room = Room::with(&["alice", "bob"], &GroupConfig::new(b"room"));
    let mut stan = room.admit_with(Stock::named("stan"), &unable());
    assert_eq!(rule_of(room.members[0].commit().require_components([TALLY]).seal()), "NEG-2");
    assert_eq!(rule_of(room.members[0].commit().require_aad([TALLY]).seal()), "NEG-3");
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
        for odd in [vec![1, 0], vec![3, 0, 1, 0], vec![2, 0, 1, 0], vec![4, 0, 1], vec![]] {
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
    let leaf = Leaf::default().listing(LISTS[0], &all).listing(LISTS[1], &all);
    let mut stan = room.admit_with(Stock::named("stan"), &leaf);
    let grease = ComponentId(0x4a4a);
    assert!(room.members[0].commit().require_components([grease]).seal().is_err());
    assert!(room.members[0].commit().require_aad([grease]).seal().is_err());
    let commit = sets(&mut stan, LISTS[0], list(&[grease]));
    let change = room.hub.receive(&commit).unwrap();
    let mls_trellis_engine::Followed::Epoch(change) = change else {
        panic!("no epoch");
    };
    assert!(change.alarms.iter().any(|alarm| alarm.rule == "NEG-8"), "{:?}", change.alarms);
}

#[test]
fn neg_9_neg_10_no_list_requires_nothing_and_understands_the_framing() {
    let mut room = Room::with(&["alice"], &GroupConfig::new(b"room").safe_aad([]));
    let mut leaf = unable();
    leaf.dictionary = Some([(LISTS[0], list(&LISTS).unwrap().into())].into_iter().collect());
    let mut stan = room.admit_with(Stock::named("stan"), &leaf);
    // Without the entry nothing is required either.
    let commit = stan.app_data(&[(1, None)], &[(1, None)]);
    let _ = room.accepts(&commit, &[]);
    assert_eq!(room.hub.epoch().required_components().unwrap(), None);
    room.goes_on();
}

fn requires(formats: &[WireFormatId]) -> RawExtension {
    RawExtension {
        extension_type: ExtensionType::REQUIRED_WIRE_FORMATS,
        data: wire::encode(&formats.to_vec()).unwrap().into(),
    }
}

/// A GroupContext that requires these wire formats.
fn context_with(stan: &StockMember, extension: Extension) -> Hostile {
    let old = stan.group.extensions().required_capabilities().cloned();
    let mut types = old.as_ref().map(|old| old.extension_types().to_vec()).unwrap_or_default();
    let id = extension.extension_type();
    if !types.contains(&id) {
        types.push(id);
    }
    let proposals = old.as_ref().map(|old| old.proposal_types().to_vec()).unwrap_or_default();
    let required = RequiredCapabilitiesExtension::new(&types, &proposals, &[]);
    let context = stan.context(vec![Extension::RequiredCapabilities(required), extension]);
    Hostile { context: Some(context), ..Hostile::default() }
}

#[test]
fn wf_1_a_member_that_does_not_know_the_extension() {
    let mut room = Room::with(&["alice"], &GroupConfig::new(b"room"));
    let leaf = Leaf { extensions: vec![0x0006], ..Leaf::default() };
    let mut stan = room.admit_with(Stock::named("stan"), &leaf);
    let refused = room.members[0].commit().require_wire_formats([]).seal();
    assert!(matches!(refused, Err(Error::Mls { .. } | Error::Rejected(_))), "{refused:?}");
    assert!({
        let hostile = context_with(&stan, raw(0x0008, vec![0]));
        stan.try_commit(hostile)
    }.is_err());
    let carrying = Leaf { raw: vec![(0x0007, vec![0])], extensions: vec![0x0006], ..Leaf::default() };
    let key_package = Stock::named("odd").key_package(&carrying);
    assert!(room.members[0].commit().add(&key_package).seal().is_err());
    room.goes_on();
}

#[test]
fn wf_2_wf_3_a_required_wire_format_that_a_member_lacks() {
    let mut room = Room::with(&["alice", "bob"], &GroupConfig::new(b"room"));
    let mut stan = room.admit("stan");
    let refused = room.members[0].commit().require_wire_formats([FORMAT]).seal();
    assert_eq!(rule_of(refused), "WF-2");
    let extension = raw(0x0008, requires(&[FORMAT]).data.0);
    let hostile = context_with(&stan, extension);
    let commit = stan.commit(hostile);
    room.accepts(&commit, &["WF-2", "WF-2", "WF-2"]);
    // WF-7: nobody of us joins it.
    let info = room.members[0].group_info().unwrap();
    assert_eq!(rule_of(client("dave").join_external(&info).seal().map(|_| ())), "WF-7");
}

#[test]
fn wf_2_wf_7_wf_8_the_list_of_a_leaf_counts() {
    let able = |raw: Vec<u8>| Leaf { raw: vec![(0x0007, raw)], ..Leaf::default() };
    for (leaf, supports) in [
        (able(vec![2, 0xf0, 0x0d]), true),
        // Unknown values and default ones are ignored.
        (able(vec![6, 0x0a, 0x0a, 0xf0, 0x0d, 0, 1]), true),
        // An absent or empty list supports the default ones only.
        (able(vec![0]), false),
        (Leaf::default(), false),
    ] {
        let mut room = Room::with(&["alice"], &GroupConfig::new(b"room"));
        let mut stan = room.admit_with(Stock::named("stan"), &leaf);
        let hostile = context_with(&stan, raw(0x0008, requires(&[FORMAT]).data.0));
        let commit = stan.commit(hostile);
        // Alice lacks it in any case.
        let alarms: &[&str] = if supports { &["WF-2"] } else { &["WF-2", "WF-2"] };
        room.accepts(&commit, alarms);
    }
}

#[test]
fn wf_4_a_list_of_wire_formats_of_odd_length() {
    let mut room = Room::with(&["alice", "bob"], &GroupConfig::new(b"room"));
    let mut stan = room.admit("stan");
    let hostile = context_with(&stan, raw(0x0008, vec![1, 0]));
    let commit = stan.commit(hostile);
    room.accepts(&commit, &["WF-4"]);
    let info = room.members[0].group_info().unwrap();
    assert_eq!(rule_of(client("dave").join_external(&info).seal().map(|_| ())), "WF-4");
}

#[test]
fn wf_5_the_extension_of_leaves_in_the_group_context() {
    let mut room = Room::with(&["alice", "bob"], &GroupConfig::new(b"room"));
    let mut stan = room.admit("stan");
    let hostile = context_with(&stan, raw(0x0007, vec![0]));
    let commit = stan.commit(hostile);
    room.accepts(&commit, &["WF-5"]);
}

#[test]
fn wf_6_wf_8_default_wire_formats_require_nothing() {
    let mut room = Room::with(&["alice", "bob"], &GroupConfig::new(b"room"));
    let mut stan = room.admit("stan");
    let defaults = requires(&[WireFormatId::PUBLIC_MESSAGE, WireFormatId::PRIVATE_MESSAGE]);
    let hostile = context_with(&stan, raw(0x0008, defaults.data.0));
    let commit = stan.commit(hostile);
    room.accepts(&commit, &[]);
    room.add(&client("dave"));
}

#[test]
fn wf_9_an_unknown_wire_format_is_an_error_and_no_more() {
    let mut room = Room::of(&["alice"]);
    let message = [0, 1, 0xf0, 0x0d, 1, 2, 3];
    assert_eq!(rule_of(room.members[0].receive(&message)), "WF-9");
    assert_eq!(rule_of(room.hub.receive(&message)), "WF-9");
    room.goes_on();
}

#[test]
fn gr_1_gr_2_grease_and_unknown_values_in_capabilities_are_the_same() {
    for value in [0x0a0a, 0xeaea, 0xf00d, 0x7777] {
        let mut room = Room::of(&["alice"]);
        let leaf = Leaf {
            extensions: vec![0x0006, 0x0007, 0x0008, value],
            proposals: vec![0x0008, 0x0009, 0x000a, value],
            ..Leaf::default()
        };
        room.admit_with(Stock::named("stan"), &leaf);
        room.goes_on();
    }
}

#[test]
fn gr_3_unknown_extensions_of_key_packages_and_leaves() {
    let mut room = Room::of(&["alice"]);
    let leaf = Leaf {
        extensions: vec![0x0006, 0x0007, 0x0008, 0xf00d],
        raw: vec![(0xf00d, b"anything".to_vec())],
        ..Leaf::default()
    };
    let stan = Stock::named("stan");
    let bundle = stan.bundle(&leaf, &[(0xf00d, b"anything".to_vec())]);
    let message = crate::stock::encode(openmls::prelude::MlsMessageOut::from(bundle));
    let sealed = room.members[0].commit().add(&message).seal().unwrap();
    room.deliver(0, &sealed);
    room.agree();
    room.goes_on();
}

/// A leaf that lists this value wherever it can.
fn listing(value: u16) -> Leaf {
    Leaf {
        extensions: vec![0x0006, 0x0007, 0x0008, value],
        proposals: vec![0x0008, 0x0009, 0x000a, value],
        ..Leaf::default()
    }
}

#[test]
fn gr_5_a_grease_extension_in_the_group_context() {
    let founder = Stock::named("stan").found(&listing(0x0a0a), vec![raw(0x0a0a, b"noise".to_vec())]);
    assert_eq!(rule_of(follow(&founder)), "LEAF-2");
    let mut room = Room::of(&["alice"]);
    let refused = room.members[0].commit().context_extensions([RawExtension {
        extension_type: ExtensionType(0x0a0a),
        data: vec![1].into(),
    }]);
    assert!(refused.seal().is_err());
    room.goes_on();
}

/// What a hub answers that is to follow a group.
fn follow(founder: &StockMember) -> Result<(), Error> {
    let store = Arc::new(MemoryStore::default());
    PublicGroup::follow(plugins(), store, &founder.group_info(), None).map(|_| ())
}

#[test]
fn gr_6_a_grease_proposal_in_a_commit() {
    let mut room = Room::of(&["alice"]);
    let stan = room.admit_with(Stock::named("stan"), &listing(0x0a0a));
    let grease = tls_codec::Serialize::tls_serialize_detached(&Proposal::Custom(Box::new(
        CustomProposal::new(0x0a0a, b"noise".to_vec()),
    )));
    let required = wire::encode(&vec![TALLY]).unwrap();
    let tally = room.hub.epoch().data(TALLY).unwrap().to_vec();
    let dictionary = [(LISTS[0], required), (TALLY, tally)];
    let commit = forge::commit(&stan, &[], &[grease.unwrap()], &dictionary);
    let errors = room.errors(&commit);
    assert!(errors.iter().all(|error| matches!(error, Error::Mls { .. })), "{errors:?}");
    room.goes_on();
}

#[test]
fn gr_8_gr_9_nobody_supports_a_required_grease_value() {
    // Every member lists it, and means nothing by it.
    let required = |extensions: &[u16], proposals: &[u16]| {
        let extensions: Vec<_> = extensions.iter().map(|e| (*e).into()).collect();
        let proposals: Vec<_> = proposals.iter().map(|p| (*p).into()).collect();
        Extension::RequiredCapabilities(RequiredCapabilitiesExtension::new(&extensions, &proposals, &[]))
    };
    for required in [required(&[0x0a0a], &[]), required(&[], &[0x0a0a])] {
        let founder = Stock::named("stan").found(&listing(0x0a0a), vec![required]);
        assert_eq!(rule_of(follow(&founder)), "LEAF-2");
    }
}

#[test]
fn gr_7_a_grease_credential() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = Stock::named("stan");
    stan.credential = Credential::new(0x0a0a.into(), b"noise".to_vec());
    let leaf = Leaf { credentials: vec![0x0001, 0x0a0a], ..Leaf::default() };
    let key_package = stan.key_package(&leaf);
    let refused = room.members[0].commit().add(&key_package).seal();
    assert!(matches!(refused, Err(Error::Rejected(_) | Error::Mls { .. })), "{refused:?}");
    room.agree();
}
