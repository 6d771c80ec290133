//! What OpenMLS accepts in a commit, or builds into one, and should not.

use mls_trellis_engine::{Error, Received};
use mls_trellis_hooks::{
    ComponentId, ExtensionType, ProposalType, RawExtension, Secret, wire::Opaque,
};
use openmls::{
    extensions::{AppDataDictionaryExtension, Extension, RequiredCapabilitiesExtension},
    messages::proposals::CustomProposal,
    prelude::Propose,
};

use crate::{
    sample::{TALLY, Tally},
    stock::{Hostile, Leaf, Stock, app_data, proposal_types},
    verdict::rule_of,
    world::{Room, client, key_package},
};

/// The Tally's entry, as everybody computes it for one update by `who` on `tally`.
fn entry(tally: u64, update: u64, who: &str) -> Vec<u8> {
    let state = (
        tally.wrapping_mul(31).wrapping_add(update),
        Opaque::from(who.as_bytes()),
    );
    mls_trellis_hooks::wire::encode(&state).unwrap()
}

fn five() -> Option<Vec<u8>> {
    Some(5u64.to_be_bytes().to_vec())
}

#[test]
fn trap_1_eng_6_identical_inline_proposals_are_not_sent() {
    let mut room = Room::of(&["alice", "bob"]);
    let alice = &mut room.members[0];
    assert_eq!(
        rule_of(
            alice
                .commit()
                .update::<Tally>(&5)
                .update::<Tally>(&5)
                .seal()
        ),
        "ENG-6"
    );
    assert_eq!(
        rule_of(
            alice
                .commit()
                .ephemeral::<Tally>(&5)
                .ephemeral::<Tally>(&5)
                .seal()
        ),
        "ENG-6"
    );
    room.agree();
    assert_eq!(room.tally(), Some(0));

    // By reference they are told apart, and both count.
    for index in [0, 1] {
        let proposal = room.members[index]
            .propose_update::<Tally>(&5)
            .unwrap()
            .message;
        room.hub.receive(&proposal).unwrap();
        room.members[1 - index].receive(&proposal).unwrap();
    }
    let sealed = room.members[0].commit().seal().unwrap();
    room.deliver(0, &sealed);
    room.agree();
    assert_eq!(room.tally(), Some(5 * 31 + 5));
}

#[test]
fn trap_1_a_stock_commit_of_identical_inline_proposals_is_refused() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    // The commit carries one of them, and its sender applied both.
    let twice = entry(5, 5, "stan");
    let updates = [(TALLY.0, five()), (TALLY.0, five())];
    let commit = stan.app_data(&updates, &[(TALLY.0, Some(twice))]);
    room.members_refuse_the_tag(&commit);
    room.goes_on();
}

#[test]
fn trap_2_adu_3_adu_s3_remove_of_an_absent_component() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let sealed = room.members[0].commit().update::<Tally>(&5).seal().unwrap();
    room.deliver(0, &sealed);
    stan.receive(&sealed.commit, &[(TALLY.0, Some(entry(0, 5, "alice")))]);
    let drop = stan.app_data(&[(TALLY.0, None)], &[(TALLY.0, None)]);
    room.accepts(&drop, &[]);
    stan.merge();

    let again = stan.app_data(&[(TALLY.0, None)], &[(TALLY.0, None)]);
    room.refuses(&again, "ADU-3");
    assert_eq!(
        rule_of(room.members[0].commit().drop_state::<Tally>().seal()),
        "ADU-3"
    );
    assert_eq!(rule_of(room.members[0].propose_drop::<Tally>()), "ADU-3");
    room.goes_on();
}

#[test]
fn trap_2_adu_4_a_component_is_removed_twice() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let proposal = stan.propose(Propose::RemoveAppDataComponent {
        component_id: TALLY.0,
    });
    room.pools(&proposal);
    let commit = stan.app_data(&[(TALLY.0, None)], &[(TALLY.0, None)]);
    room.refuses(&commit, "ADU-4");
    room.goes_on();
}

#[test]
fn trap_2_adu_5_adu_s2_a_component_is_updated_and_removed() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    for updates in [
        [(TALLY.0, five()), (TALLY.0, None)],
        [(TALLY.0, None), (TALLY.0, five())],
    ] {
        let commit = stan.app_data(&updates, &[(TALLY.0, None)]);
        room.refuses(&commit, "ADU-5");
    }
    let alice = &mut room.members[0];
    let both = alice
        .commit()
        .update::<Tally>(&5)
        .drop_state::<Tally>()
        .seal();
    assert_eq!(rule_of(both), "ADU-5");
    room.goes_on();
}

#[test]
fn trap_3_changes_only_from_proposals() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let honest = (TALLY.0, Some(entry(0, 5, "stan")));
    let stranger = (0x8151, Some(b"planted".to_vec()));
    let lists = (ComponentId::APP_COMPONENTS.0, Some(vec![0]));
    let wrong = (TALLY.0, Some(entry(0, 6, "stan")));
    for changes in [
        vec![honest.clone(), stranger],
        vec![honest.clone(), lists],
        vec![wrong],
        vec![],
    ] {
        // Without any change at all, stock OpenMLS does not even build the commit.
        let hostile = Hostile {
            proposals: vec![app_data(TALLY.0, five())],
            dictionary: changes,
            ..Hostile::default()
        };
        if let Ok((commit, _)) = stan.try_commit(hostile) {
            room.members_refuse_the_tag(&commit);
        }
    }
    let commit = stan.app_data(&[(TALLY.0, five())], &[honest]);
    room.accepts(&commit, &[]);
    assert_eq!(room.tally(), Some(5));
}

#[test]
fn trap_4_adu_7_the_dictionary_changes_by_app_data_update_only() {
    let mut room = Room::of(&["alice", "bob"]);
    let required = room.hub.epoch().required.clone();
    assert!(
        required
            .extensions
            .contains(&ExtensionType::APP_DATA_DICTIONARY)
    );
    assert!(required.proposals.contains(&ProposalType::APP_DATA_UPDATE));
    // So OpenMLS builds no such commit, nor do we.
    let mut stan = room.admit("stan");
    let dictionary = Extension::AppDataDictionary(Default::default());
    let context = Some(stan.context(vec![dictionary]));
    let built = stan.try_commit(Hostile {
        context,
        ..Hostile::default()
    });
    assert!(built.unwrap_err().contains("ictionary"));
    let own = room.members[0].commit().context_extensions([RawExtension {
        extension_type: ExtensionType::APP_DATA_DICTIONARY,
        data: vec![0].into(),
    }]);
    assert!(matches!(
        own.seal(),
        Err(Error::Mls { .. } | Error::Rejected(_))
    ));
    room.goes_on();
}

#[test]
fn trap_4_adu_7_who_drops_the_requirement_first_is_found_out() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let weaker = RequiredCapabilitiesExtension::new(&[0x0006.into()], &[], &[]);
    let context = Some(stan.context(vec![Extension::RequiredCapabilities(weaker)]));
    let commit = stan.commit(Hostile {
        context,
        ..Hostile::default()
    });
    room.accepts(&commit, &["ADU-7"]);
    stan.merge();
    // From here on the draft allows it, and we say so; but not what breaks an invariant.
    for (tally, broken) in [(77, true), (7, false)] {
        let required = vec![2, 0x81, 0x50];
        let mut dictionary = openmls::extensions::AppDataDictionary::new();
        dictionary.insert(1, required);
        dictionary.insert(TALLY.0, entry(0, tally, "stan"));
        let dictionary = AppDataDictionaryExtension::new(dictionary);
        let context = Some(stan.context(vec![Extension::AppDataDictionary(dictionary)]));
        let commit = stan.commit(Hostile {
            context,
            ..Hostile::default()
        });
        match broken {
            true => room.refuses(&commit, "TALLY-5"),
            false => drop(room.accepts(&commit, &["ADU-7"])),
        }
    }
    assert_eq!(room.tally(), Some(7));
}

#[test]
fn trap_5_apsk_s6_psks_by_reference_and_inline_in_one_commit() {
    let mut room = Room::of(&["alice", "bob", "carol"]);
    let proposal = room.members[1]
        .propose_psk::<Tally>(b"well known")
        .unwrap()
        .message;
    room.hub.receive(&proposal).unwrap();
    for index in [0, 2] {
        room.members[index].receive(&proposal).unwrap();
    }
    let sealed = room.members[0]
        .commit()
        .psk::<Tally>(b"well known")
        .seal()
        .unwrap();
    room.deliver(0, &sealed);
    room.agree();

    // Without the pool, its pre-shared keys stay out of the key schedule too.
    let proposal = room.members[1]
        .propose_psk::<Tally>(b"well known")
        .unwrap()
        .message;
    room.hub.receive(&proposal).unwrap();
    for index in [0, 2] {
        room.members[index].receive(&proposal).unwrap();
    }
    let sealed = room.members[0]
        .commit()
        .without_pool()
        .path()
        .seal()
        .unwrap();
    room.deliver(0, &sealed);
    room.agree();
}

#[test]
fn trap_6_a_welcome_with_a_missing_psk_keeps_the_key_package() {
    let mut room = Room::of(&["alice"]);
    let carol = client("carol");
    let key_package = key_package(&carol);
    room.members[0]
        .client()
        .put_psk::<Tally>(b"extra", &Secret::from(b"key".to_vec()))
        .unwrap();
    let sealed = room.members[0]
        .commit()
        .add(&key_package)
        .psk::<Tally>(b"extra")
        .seal()
        .unwrap();
    let welcome = sealed.welcome.as_ref().unwrap();
    assert!(matches!(carol.join(welcome), Err(Error::Mls { .. })));
    assert_eq!(carol.stored_key_packages().unwrap().len(), 1);
    assert!(carol.groups().unwrap().is_empty());

    carol
        .put_psk::<Tally>(b"extra", &Secret::from(b"key".to_vec()))
        .unwrap();
    let joined = carol.join(welcome).unwrap();
    assert!(carol.stored_key_packages().unwrap().is_empty());
    room.deliver(0, &sealed);
    room.members.push(joined);
    room.agree();
}

#[test]
fn trap_9_a_commit_that_names_a_proposal_we_never_saw() {
    let mut room = Room::of(&["alice", "bob"]);
    let proposal = room.members[1].propose_update::<Tally>(&5).unwrap().message;
    room.members[0].receive(&proposal).unwrap();
    let sealed = room.members[0].commit().seal().unwrap();
    // Bob proposed it himself; the hub did not see it.
    room.hub.receive(&sealed.commit).unwrap_err();
    assert!(matches!(
        room.members[1].receive(&sealed.commit),
        Ok(Received::Epoch(..))
    ));
    room.hub.receive(&proposal).unwrap();
    room.hub.receive(&sealed.commit).unwrap();
    room.members[0].accept(&sealed).unwrap();
    room.agree();
    assert_eq!(room.tally(), Some(5));
}

#[test]
fn eng_10_a_proposal_of_an_unknown_type_does_not_poison_the_epoch() {
    let mut room = Room::of(&["alice", "bob"]);
    let mut stan = room.admit("stan");
    let proposal = stan.propose(Propose::Custom(CustomProposal::new(0xf123, b"?".to_vec())));
    room.pools(&proposal);
    let inbox = room.members[0].inbox().unwrap();
    let mls_trellis_engine::Event::Proposal(proposed) = &inbox.last().unwrap().event else {
        panic!("no proposal");
    };
    assert_eq!(proposed.refused.as_ref().unwrap().rule, "ENG-10");
    // Our commits leave it out.
    let sealed = room.members[0].commit().update::<Tally>(&5).seal().unwrap();
    room.deliver(0, &sealed);
    room.agree();
}

#[test]
fn leaf_2_required_proposals_that_a_member_lacks() {
    let mut room = Room::of(&["alice", "bob"]);
    let able = Leaf {
        proposals: vec![0x0008, 0x0009, 0x000a, 0xf123],
        ..Leaf::default()
    };
    let mut stan = room.admit_with(Stock::named("stan"), &able);
    let old = stan
        .group
        .extensions()
        .required_capabilities()
        .unwrap()
        .clone();
    let more = proposal_types(&[0x0008, 0x0009, 0xf123]);
    let required = RequiredCapabilitiesExtension::new(old.extension_types(), &more, &[]);
    let context = Some(stan.context(vec![Extension::RequiredCapabilities(required)]));
    let commit = stan.commit(Hostile {
        context,
        ..Hostile::default()
    });
    room.refuses(&commit, "LEAF-2");
    room.goes_on();
}
