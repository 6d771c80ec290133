//! GREASE (draft-ietf-mls-extensions-10, section 5.1; RFC 9420, section 13.5).

use std::sync::Arc;

use mls_trellis_engine::{Error, MemoryStore, PublicGroup, Settings};
use mls_trellis_hooks::{ComponentId, ExtensionType, LeafIndex, RawExtension, wire};
use openmls::{
    credentials::Credential,
    extensions::{Extension, RequiredCapabilitiesExtension},
    messages::proposals::{CustomProposal, Proposal},
    prelude::MlsMessageOut,
};

use crate::{
    forge,
    sample::{TALLY, plugins},
    stock::{Leaf, Stock, StockMember, raw},
    verdict::rule_of,
    world::{Room, client_with, config},
};

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
    let message = crate::stock::encode(MlsMessageOut::from(bundle));
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
    let founder =
        Stock::named("stan").found(&listing(0x0a0a), vec![raw(0x0a0a, b"noise".to_vec())]);
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
    let dictionary = [(ComponentId::APP_COMPONENTS, required), (TALLY, tally)];
    let commit = forge::commit(&stan, &[], &[grease.unwrap()], &dictionary);
    let errors = room.errors(&commit);
    assert!(
        errors
            .iter()
            .all(|error| matches!(error, Error::Mls { .. })),
        "{errors:?}"
    );
    room.goes_on();
}

#[test]
fn gr_8_gr_9_nobody_supports_a_required_grease_value() {
    // Every member lists it, and means nothing by it.
    let required = |extensions: &[u16], proposals: &[u16]| {
        let extensions: Vec<_> = extensions.iter().map(|e| (*e).into()).collect();
        let proposals: Vec<_> = proposals.iter().map(|p| (*p).into()).collect();
        Extension::RequiredCapabilities(RequiredCapabilitiesExtension::new(
            &extensions,
            &proposals,
            &[],
        ))
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
    let leaf = Leaf {
        credentials: vec![0x0001, 0x0a0a],
        ..Leaf::default()
    };
    let key_package = stan.key_package(&leaf);
    let refused = room.members[0].commit().add(&key_package).seal();
    assert!(
        matches!(refused, Err(Error::Rejected(_) | Error::Mls { .. })),
        "{refused:?}"
    );
    room.agree();
}

/// The GREASE entries of a leaf that a client makes with these settings.
fn noise(settings: Settings) -> Vec<Vec<u8>> {
    let store = Arc::new(MemoryStore::default());
    let alice = client_with("alice", plugins(), settings, store);
    let group = alice.create_group(config()).unwrap();
    let leaf = group.epoch().leaf(LeafIndex(0)).unwrap();
    let entries = leaf.dictionary.as_ref().unwrap().iter();
    let grease = entries.filter(|(id, _)| id.is_grease());
    grease.map(|(_, data)| data.0.clone()).collect()
}

#[test]
fn gr_s4_grease_is_random_and_short() {
    let noises: Vec<_> = (0..4).map(|_| noise(Settings::default())).collect();
    assert!(noises.iter().all(|noise| noise.len() == 1));
    assert!(noises.iter().all(|noise| noise[0].len() <= 32));
    let first = &noises[0];
    assert!(noises.iter().any(|noise| noise != first), "{noises:?}");
}

#[test]
fn gr_s5_grease_can_be_switched_off() {
    let settings = Settings {
        grease: false,
        ..Settings::default()
    };
    assert!(noise(settings).is_empty());
}
