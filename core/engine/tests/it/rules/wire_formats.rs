//! Wire formats (draft-ietf-mls-extensions-10, section 7.1).

use mls_trellis_engine::{Error, GroupConfig};
use mls_trellis_hooks::{ExtensionType, RawExtension, WireFormatId, wire};
use openmls::extensions::{Extension, RequiredCapabilitiesExtension};

use crate::{
    stock::{Hostile, Leaf, Stock, StockMember, raw},
    verdict::rule_of,
    world::{Room, client},
};

const FORMAT: WireFormatId = WireFormatId(0xf00d);

fn requires(formats: &[WireFormatId]) -> RawExtension {
    RawExtension {
        extension_type: ExtensionType::REQUIRED_WIRE_FORMATS,
        data: wire::encode(&formats.to_vec()).unwrap().into(),
    }
}

/// A GroupContext that requires these wire formats.
fn context_with(stan: &StockMember, extension: Extension) -> Hostile {
    let old = stan.group.extensions().required_capabilities().cloned();
    let mut types = old
        .as_ref()
        .map(|old| old.extension_types().to_vec())
        .unwrap_or_default();
    let id = extension.extension_type();
    if !types.contains(&id) {
        types.push(id);
    }
    let proposals = old
        .as_ref()
        .map(|old| old.proposal_types().to_vec())
        .unwrap_or_default();
    let required = RequiredCapabilitiesExtension::new(&types, &proposals, &[]);
    let context = stan.context(vec![Extension::RequiredCapabilities(required), extension]);
    Hostile {
        context: Some(context),
        ..Hostile::default()
    }
}

#[test]
fn wf_1_a_member_that_does_not_know_the_extension() {
    let mut room = Room::with(&["alice"], &GroupConfig::new(b"room"));
    let leaf = Leaf {
        extensions: vec![0x0006],
        ..Leaf::default()
    };
    let mut stan = room.admit_with(Stock::named("stan"), &leaf);
    let refused = room.members[0].commit().require_wire_formats([]).seal();
    assert!(
        matches!(refused, Err(Error::Mls { .. } | Error::Rejected(_))),
        "{refused:?}"
    );
    assert!(
        {
            let hostile = context_with(&stan, raw(0x0008, vec![0]));
            stan.try_commit(hostile)
        }
        .is_err()
    );
    let carrying = Leaf {
        raw: vec![(0x0007, vec![0])],
        extensions: vec![0x0006],
        ..Leaf::default()
    };
    let key_package = Stock::named("odd").key_package(&carrying);
    assert!(room.members[0].commit().add(&key_package).seal().is_err());
    room.goes_on();
}

#[test]
fn wf_2_wf_3_wf_s4_a_required_wire_format_that_a_member_lacks() {
    let mut room = Room::with(&["alice", "bob"], &GroupConfig::new(b"room"));
    let mut stan = room.admit("stan");
    let refused = room.members[0]
        .commit()
        .require_wire_formats([FORMAT])
        .seal();
    assert_eq!(rule_of(refused), "WF-2");
    let extension = raw(0x0008, requires(&[FORMAT]).data.0);
    let hostile = context_with(&stan, extension);
    let commit = stan.commit(hostile);
    room.accepts(&commit, &["WF-2", "WF-2", "WF-2"]);
    // WF-7: nobody of us joins it.
    let info = room.members[0].group_info().unwrap();
    assert_eq!(
        rule_of(client("dave").join_external(&info).seal().map(|_| ())),
        "WF-7"
    );
}

#[test]
fn wf_2_wf_7_wf_8_the_list_of_a_leaf_counts() {
    let able = |raw: Vec<u8>| Leaf {
        raw: vec![(0x0007, raw)],
        ..Leaf::default()
    };
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
        let alarms: &[&str] = if supports {
            &["WF-2"]
        } else {
            &["WF-2", "WF-2"]
        };
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
    assert_eq!(
        rule_of(client("dave").join_external(&info).seal().map(|_| ())),
        "WF-4"
    );
}

#[test]
fn wf_4_a_leaf_with_a_list_of_odd_length() {
    for odd in [vec![1, 0], vec![2, 0, 6, 0], vec![]] {
        carrying(0x0007, odd, "WF-4");
    }
}

#[test]
fn wf_5_the_extension_of_the_group_context_in_a_leaf() {
    carrying(0x0008, vec![2, 0, 6], "WF-5");
}

/// We add no leaf that carries this; when another does, it is an alarm and no more.
fn carrying(extension: u16, data: Vec<u8>, rule: &str) {
    let mut room = Room::with(&["alice", "bob"], &GroupConfig::new(b"room"));
    let mut stan = room.admit("stan");
    let leaf = Leaf {
        raw: vec![(extension, data)],
        ..Leaf::default()
    };
    let odd = Stock::named("odd");
    let refused = room.members[0].commit().add(&odd.key_package(&leaf)).seal();
    assert_eq!(rule_of(refused), rule);
    let commit = stan.commit(Hostile {
        adds: vec![odd.bundle(&leaf, &[])],
        ..Hostile::default()
    });
    room.accepts(&commit, &[rule]);
    room.goes_on();
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
