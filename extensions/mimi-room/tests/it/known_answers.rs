//! Bytes written down by hand, and bytes that are none.

use mls_trellis_hooks::{ComponentId, CredentialType, wire};
use mls_trellis_mimi_room::*;

const GARDEN: &[u8] = b"\x0dmimi://a/r/b!\x02\xc3\xa4\
    \x10\x00\x00\x02hi\x03a/b\x02en\x03\x00\xff\x01\
    \x09https://c\x01s\x00";

#[test]
fn metadata() {
    let mut garden = Metadata::new("mimi://a/r/b!", "ä");
    garden.room_descriptions = vec![
        RichDescription::text("hi"),
        RichDescription {
            media_type: b"a/b".into(),
            language_tag: b"en".into(),
            description_content: b"\x00\xff\x01".into(),
        },
    ];
    garden.room_avatar = "https://c".into();
    garden.room_subject = "s".into();
    assert_eq!(wire::encode(&garden).unwrap(), GARDEN);
    assert_eq!(wire::decode::<Metadata>(GARDEN).unwrap(), garden);
}

#[test]
fn an_empty_room() {
    assert_eq!(wire::encode(&Metadata::new("", "")).unwrap(), [0; 6]);
}

#[test]
fn what_is_none_does_not_decode() {
    for len in 0..GARDEN.len() {
        assert!(wire::decode::<Metadata>(&GARDEN[..len]).is_err(), "{len}");
    }
    assert!(wire::decode::<Metadata>(&[GARDEN, b"\0"].concat()).is_err());
    let not_utf8 = b"\x00\x01\xff\x00\x00\x00\x00";
    assert!(wire::decode::<Metadata>(not_utf8).is_err());
}

/// `value` has this encoding and no other.
#[track_caller]
fn known<T: wire::Wire>(value: &T, bytes: &[&[u8]]) {
    let bytes = bytes.concat();
    assert_eq!(wire::encode(value).unwrap(), bytes);
    assert_eq!(wire::decode::<T>(&bytes).unwrap(), *value);
    assert!(wire::decode::<T>(&[&bytes, &[0][..]].concat()).is_err());
}

#[test]
fn a_participant_list_and_an_update() {
    let list = Participants::of([("ab", 3)]);
    known(&list, &[b"\x07\x02ab\0\0\0\x03"]);
    assert!(wire::decode::<Participants>(b"\x40\x07\x02ab\0\0\0\x03").is_err());
    let mut update = list.change("ab", 4).unwrap();
    update.changed_role_participants[0].user_index = 1;
    update.removed_indices.push(2);
    update.added_participants.push(UserRole::new("e", 2));
    let (changed, removed) = (b"\x08\0\0\0\x01\0\0\0\x04", b"\x04\0\0\0\x02");
    known(&update, &[changed, removed, b"\x06\x01e\0\0\0\x02"]);
}

const ROLE: &[u8] = b"\0\0\0\x02\x01u\0\x02\0\x06\0\0\0\0\x01\0\0\0\x05\0\0\0\0\0\
    \x09\0\0\0\x02\x04\0\0\0\0";

fn role() -> Role {
    let role = Role::new(2, "u").with([Capability::REMOVE_SELF]);
    Role {
        maximum_participants_constraint: Some(5),
        ..role.moving(2, [0])
    }
}

#[test]
fn roles() {
    known(
        &Roles {
            roles: vec![role()],
        },
        &[&[34], ROLE],
    );
    known(&Roles::default(), &[&[0]]);
}

#[test]
fn preauthorizations() {
    let entry = PreauthEntry {
        claimset: vec![Claim::new(CredentialType::BASIC, "x", b"yz")],
        target_role: role(),
    };
    let preauth = Preauth {
        preauthorized_entries: vec![entry],
    };
    known(&preauth, &[&[42], b"\x07\0\x01\x01x\x02yz", ROLE]);
}

#[test]
fn a_base_policy() {
    let base = BasePolicy {
        fixed_membership: Flag(true),
        max_clients: Some(7),
        persistent_room: Flag(true),
        policy_component_ids: vec![ComponentId(0x25)],
        ..BasePolicy::default()
    };
    known(&base, &[b"\x01\0\0\x01\x01\0\0\0\x07\0\0\x01\0\x02\0\x25"]);
}

#[test]
fn policies_with_a_choice() {
    let previews = LinkPreviewPolicy {
        autodetect_hyperlinks_in_text: Optionality::Optional,
        send_link_previews: Optionality::Optional,
        automatic_link_previews: Optionality::Forbidden,
        link_preview_proxy_use: ProxyUse::Required("p".into()),
    };
    known(&previews, &[b"\0\0\x02\x01\x01p"]);
    let history = History {
        roles_that_can_share: vec![2],
        automatically_share: Flag(true),
        max_time_period: 60,
    };
    let bytes = b"\x04\0\0\0\x02\x01\0\0\0\x3c";
    known(&HistoryPolicy::Optional(history.clone()), &[&[0], bytes]);
    known(&HistoryPolicy::Required(history), &[&[1], bytes]);
    known(&HistoryPolicy::Forbidden, &[&[2]]);
    assert!(wire::decode::<HistoryPolicy>(&[3]).is_err());
    let expiration = Expiration {
        min_expiration_duration: 1,
        max_expiration_duration: 2,
        default_expiration_duration: Some(3),
    };
    let bytes = b"\0\0\0\x01\0\0\0\x02\x01\0\0\0\x03";
    known(&ExpirationPolicy::Required(expiration), &[&[1], bytes]);
    let status = StatusPolicy {
        delivery_notifications: Optionality::Required,
        read_receipts: Optionality::Forbidden,
    };
    known(&status, &[&[1, 2]]);
    assert!(wire::decode::<StatusPolicy>(&[1, 3]).is_err());
}

#[test]
fn join_links_and_an_update() {
    let links = JoinLinks {
        links: vec![b"x".into()],
    };
    known(&links, &[b"\x02\x01x"]);
    let update = JoinLinksUpdate {
        removed_indices: vec![7],
        added_links: vec![b"y".into()],
    };
    known(&update, &[b"\x04\0\0\0\x07", b"\x02\x01y"]);
}

#[test]
fn an_operational_policy() {
    let mut policy = OperationalPolicy::default();
    known(&policy, &[&[0; 145]]);
    policy.pending_proposal_policy = PendingProposals::RandomDelay {
        minimum_delay_ms: 1,
        maximum_delay_ms: 2,
    };
    let delay = b"\x02\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02";
    known(&policy, &[&[0; 33], delay, &[0; 111]]);
}
