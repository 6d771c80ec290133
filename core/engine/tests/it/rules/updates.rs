//! AppDataUpdate (draft-ietf-mls-extensions-10, section 4.7).

use mls_trellis_engine::{Error, GroupConfig, Requirements};
use mls_trellis_hooks::{
    ComponentId,
    wire::{self, Opaque},
};
use tls_codec::Serialize as _;

use crate::{
    forge,
    sample::{TALLY, Tally},
    stock::{Hostile, Leaf, Stock, StockMember, app_data, ephemeral},
    verdict::rule_of,
    world::{Room, client, config},
};

pub(super) const UNKNOWN: u16 = 0x8999;

/// An update of the tally.
fn add(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

/// The tally's entry.
fn entry(tally: u64, last: &str) -> Vec<u8> {
    wire::encode(&(tally, Opaque::from(last.as_bytes()))).unwrap()
}

/// The dictionary of a room with this tally.
fn dictionary(tally: u64, last: &str) -> Vec<(ComponentId, Vec<u8>)> {
    let required = wire::encode(&vec![TALLY]).unwrap();
    vec![
        (ComponentId::APP_COMPONENTS, required),
        (TALLY, entry(tally, last)),
    ]
}

pub(super) fn forged(
    stan: &StockMember,
    proposals: &[openmls::messages::proposals::Proposal],
    tally: u64,
) -> Vec<u8> {
    let bytes: Vec<_> = proposals
        .iter()
        .map(|p| p.tls_serialize_detached().unwrap())
        .collect();
    let last = if tally == 0 { "" } else { "stan" };
    forge::commit(stan, &[], &bytes, &dictionary(tally, last))
}

#[test]
fn adu_2_update_of_an_unknown_component() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let planted = Some(b"planted".to_vec());
    let commit = stan.app_data(&[(UNKNOWN, planted.clone())], &[(UNKNOWN, planted)]);
    room.refuses(&commit, "ADU-2");
    room.goes_on();
}

#[test]
fn adu_2_ae_1_cid_2_cid_3_gr_10_the_reserved_number_and_grease_are_unknown() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    for id in [0x0000, 0x0a0a, 0x7a7a] {
        let planted = Some(b"planted".to_vec());
        let commit = stan.app_data(&[(id, planted.clone())], &[(id, planted)]);
        room.refuses(&commit, "ADU-2");
        let commit = stan.commit(Hostile {
            proposals: vec![ephemeral(id, b"told")],
            ..Hostile::default()
        });
        room.refuses(&commit, "AE-1");
    }
}

#[test]
fn adu_6_what_the_component_rejects() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let honest = Some(entry(13, "stan"));
    let commit = stan.app_data(&[(TALLY.0, Some(add(13)))], &[(TALLY.0, honest.clone())]);
    room.refuses(&commit, "TALLY-1");
    let commit = stan.app_data(&[(TALLY.0, Some(vec![1]))], &[(TALLY.0, honest)]);
    room.refuses(&commit, "ADU-6");
    assert_eq!(room.tally(), Some(0));
    room.goes_on();
}

#[test]
fn adu_8_adu_s1_ae_7_ae_s1_a_member_lacks_the_proposal_types() {
    let plain = GroupConfig::new(b"room").requirements(Requirements::Plain);
    let mut room = Room::with(&["alice", "bob"], &plain);
    room.admit_with(Stock::named("old"), &Leaf::plain());
    let alice = &mut room.members[0];
    let refused = alice.commit().update::<Tally>(&5).seal();
    assert!(
        matches!(refused, Err(Error::Mls { .. } | Error::Rejected(_))),
        "{refused:?}"
    );
    let refused = alice.commit().ephemeral::<Tally>(&5).seal();
    assert!(matches!(refused, Err(Error::Mls { .. })), "{refused:?}");
    room.goes_on();
}

#[test]
fn adu_8_in_a_draft_group_such_a_member_cannot_be_added() {
    let mut room = Room::of(&["alice", "bob"]);
    for lacking in [0x0008, 0x0009] {
        let leaf = Leaf {
            proposals: vec![0x0008 + 0x0009 - lacking, 0x000a],
            ..Leaf::default()
        };
        let key_package = Stock::named("old").key_package(&leaf);
        let refused = room.members[0].commit().add(&key_package).seal();
        assert!(matches!(refused, Err(Error::Mls { .. })), "{refused:?}");
    }
}

#[test]
fn adu_9_identical_inline_updates_are_two_updates() {
    let mut room = Room::of(&["alice", "bob"]);
    let stan = room.admit("stan");
    let twice = [
        app_data(TALLY.0, Some(add(5))),
        app_data(TALLY.0, Some(add(5))),
    ];
    let commit = forged(&stan, &twice, 5 * 31 + 5);
    let change = room.accepts(&commit, &[]);
    assert_eq!(change.data.len(), 2);
    assert_eq!(room.tally(), Some(5 * 31 + 5));
    room.goes_on();
}

#[test]
fn adu_9_updates_by_reference_and_inline_are_folded_in_the_order_of_the_commit() {
    let mut room = Room::of(&["alice", "bob", "carol"]);
    let one = room.members[2].propose_update::<Tally>(&1).unwrap().message;
    let two = room.members[1].propose_update::<Tally>(&2).unwrap().message;
    for (from, message) in [(2, &one), (1, &two)] {
        room.hub.receive(message).unwrap();
        for index in (0..3).filter(|index| *index != from) {
            room.members[index].receive(message).unwrap();
        }
    }
    let sealed = room.members[0].commit().update::<Tally>(&3).seal().unwrap();
    room.deliver(0, &sealed);
    room.agree();
    let event = room.members[1].inbox().unwrap().pop().unwrap().into_event();
    let mls_trellis_engine::Event::Epoch(change) = event else {
        panic!("no epoch");
    };
    let order: Vec<_> = change
        .updates_of::<Tally>(&room.hub.epoch().ids)
        .map(|(who, number)| (who.name(), number))
        .collect();
    let folded = order
        .iter()
        .fold(0u64, |tally, (_, number)| tally * 31 + number);
    assert_eq!(order.len(), 3);
    assert_eq!(order[2], ("alice".to_owned(), 3));
    assert_eq!(room.tally(), Some(folded));
}

/// The last extension of the GroupContext, as stock OpenMLS has it.
fn last_extension(member: &StockMember) -> u16 {
    let last = member.group.extensions().iter().last().unwrap();
    last.extension_type().into()
}

#[test]
fn adu_10_the_dictionary_stays_sorted_and_last() {
    let mut room = Room::of(&["alice"]);
    let mut stan = room.admit("stan");
    assert_eq!(last_extension(&stan), 0x0006);
    let sealed = room.members[0]
        .commit()
        .require_aad([TALLY])
        .update::<Tally>(&5)
        .seal()
        .unwrap();
    room.deliver(0, &sealed);
    let list = wire::encode(&vec![TALLY]).unwrap();
    stan.receive(
        &sealed.commit,
        &[(2, Some(list)), (TALLY.0, Some(entry(5, "alice")))],
    );
    assert_eq!(last_extension(&stan), 0x0006);
    let dictionary = stan
        .group
        .extensions()
        .app_data_dictionary()
        .unwrap()
        .dictionary()
        .clone();
    let ids: Vec<_> = dictionary
        .entries()
        .map(openmls::component::ComponentData::id)
        .collect();
    assert_eq!(ids, [1, 2, TALLY.0]);
}

#[test]
fn adu_11_adu_s7_ae_8_ae_s4_no_path_is_needed() {
    let mut room = Room::of(&["alice", "bob"]);
    let sealed = room.members[0]
        .commit()
        .update::<Tally>(&5)
        .ephemeral::<Tally>(&1)
        .seal();
    let sealed = sealed.unwrap();
    let before = room.members[1].epoch().leaves.clone();
    room.deliver(0, &sealed);
    assert_eq!(room.members[1].epoch().leaves, before);
    let stan = room.admit("stan");
    let commit = forged(&stan, &[app_data(TALLY.0, Some(add(5)))], 5 * 31 + 5);
    room.accepts(&commit, &[]);
}

#[test]
fn adu_12_an_update_in_an_external_commit() {
    let mut room = Room::of(&["alice", "bob"]);
    let info = room.members[0].group_info().unwrap();
    let (dave, sealed) = client("dave")
        .join_external(&info)
        .update::<Tally>(&5)
        .seal()
        .unwrap();
    let change = room.accepts(&sealed.commit, &[]);
    assert_eq!(change.data[0].from.name(), "dave");
    room.members.push(dave);
    room.agree();
    assert_eq!(room.tally(), Some(5));
    // The component may refuse it there as anywhere; then nothing is joined.
    let info = room.members[0].group_info().unwrap();
    let erin = client("erin");
    let refused = erin
        .join_external(&info)
        .update::<Tally>(&13)
        .seal()
        .map(|_| ());
    assert_eq!(rule_of(refused), "TALLY-1");
    assert!(erin.groups().unwrap().is_empty());
}

#[test]
fn adu_13_an_empty_dictionary_is_not_an_absent_one() {
    let mut room = Room::with(&["alice"], &config());
    let mut stan = room.admit("stan");
    let both = [1, TALLY.0];
    let sealed = room.members[0].commit().update::<Tally>(&5).seal().unwrap();
    room.deliver(0, &sealed);
    stan.receive(&sealed.commit, &[(TALLY.0, Some(entry(5, "alice")))]);
    let removes: Vec<_> = both.iter().map(|id| (*id, None)).collect();
    let commit = stan.app_data(&removes, &removes);
    room.accepts(&commit, &[]);
    assert!(room.hub.epoch().dictionary.as_ref().unwrap().is_empty());
    room.goes_on();
}

#[test]
fn adu_14_a_member_that_lacks_the_extension() {
    let plain = GroupConfig::new(b"room").requirements(Requirements::Plain);
    let mut room = Room::with(&["alice", "bob"], &plain);
    let leaf = Leaf {
        proposals: vec![0x0008, 0x0009, 0x000a],
        ..Leaf::plain()
    };
    room.admit_with(Stock::named("old"), &leaf);
    let refused = room.members[0].commit().update::<Tally>(&5).seal();
    assert_eq!(rule_of(refused), "LEAF-2");
    room.goes_on();
}

#[test]
fn adu_s5_extensions_stand_before_updates_and_leave_the_dictionary_alone() {
    let mut room = Room::of(&["alice", "bob"]);
    let commit = room.members[0].commit().update::<Tally>(&5);
    let sealed = commit.require_wire_formats([]).seal().unwrap();
    let message = mls_trellis_wire::ObjectType::Message;
    let read = mls_trellis_wire::decode(message, &sealed.commit).unwrap();
    let text = mls_trellis_wire::render::text(&read);
    let at = |proposal: &str| text.find(proposal).unwrap();
    assert!(at("GroupContextExtensions") < at("AppDataUpdate"), "{text}");
    room.deliver(0, &sealed);
    room.agree();
    assert_eq!(room.tally(), Some(5));
}

/// A ReInit proposal into another group.
fn reinit() -> Vec<u8> {
    [&[0, 5][..], &forge::vector(b"elsewhere"), &[0, 1, 0, 1, 0]].concat()
}

#[test]
fn adu_15_a_reinit_shares_its_commit_with_nothing() {
    let mut room = Room::of(&["alice", "bob"]);
    let stan = room.admit("stan");
    let update = app_data(TALLY.0, Some(add(5)))
        .tls_serialize_detached()
        .unwrap();
    let told = ephemeral(TALLY.0, &7u32.to_be_bytes())
        .tls_serialize_detached()
        .unwrap();
    for (with, tally) in [(update, 5), (told, 0)] {
        let last = if tally == 0 { "" } else { "stan" };
        let commit = forge::commit(&stan, &[], &[reinit(), with], &dictionary(tally, last));
        room.refuses(&commit, "ADU-15");
    }
    room.goes_on();
}

#[test]
fn eng_11_a_reinit_in_the_pool_is_left_to_others() {
    let mut room = Room::of(&["alice", "bob"]);
    let stan = room.admit("stan");
    room.pools(&forge::proposal(&stan, &[], &reinit()));
    let event = room.members[0].inbox().unwrap().pop().unwrap().into_event();
    let mls_trellis_engine::Event::Proposal(proposed) = event else {
        panic!("no proposal");
    };
    assert_eq!(proposed.refused.unwrap().rule, "ENG-11");
    let sealed = room.members[0].commit().update::<Tally>(&5).seal().unwrap();
    room.deliver(0, &sealed);
    room.agree();
    // Alone in another's commit it is as RFC 9420 wants it; we say that we cannot follow.
    let stan = room.admit("stella");
    let commit = forge::commit(&stan, &[], &[reinit()], &dictionary(5, "alice"));
    room.accepts(&commit, &["ENG-11"]);
}
