//! The policies as values: what they look like, what is none, and that no bytes upset them.

use mls_trellis_hooks::{
    ComponentEntry, ComponentId, FoldView, Place, Sent,
    wire::{self, Wire},
};
use mls_trellis_mimi_room::*;
use proptest::prelude::*;

use crate::room::{ALICE, BOBS, commit, plugins, room, rule, update, with};

pub(crate) fn assets() -> AssetPolicy {
    AssetPolicy {
        asset_upload_location: AssetUploadLocation::LocalProvider,
        upload_domains: vec![ProviderUploadDomains {
            provider: b"a.example".into(),
            asset_upload_destinations: vec![b"cdn.a.example".into()],
        }],
        download_privacy: DownloadPrivacy {
            allowed_download_types: vec![Download::HubProxy, Download::Ohttp],
            forbidden_download_types: vec![Download::Direct],
            default_download_type: Download::Ohttp,
        },
        max_image: 1,
        max_audio: 2,
        max_video: 3,
        max_attachment: 4,
        forbidden_media_types: vec![MediaRange {
            media_type: b"a/b".into(),
            parameters: Vec::new(),
        }],
        permitted_media_types: Some(MediaRanges::default()),
    }
}

fn history(roles: &[u32]) -> HistoryPolicy {
    HistoryPolicy::Optional(History {
        roles_that_can_share: roles.to_vec(),
        automatically_share: Flag(true),
        max_time_period: 60,
    })
}

fn bot(local: bool, bot_role_index: u32) -> BotPolicy {
    BotPolicy {
        allowed_bots: vec![Bot {
            name: b"Hal".into(),
            description: b"Opens doors".into(),
            homepage: "https://hal.example".into(),
            local_client_bot: Flag(local),
            bot_role_index,
            can_target_message_in_group: Flag(false),
            per_user_content: Flag(false),
        }],
    }
}

fn previews(autodetect: Optionality) -> LinkPreviewPolicy {
    LinkPreviewPolicy {
        autodetect_hyperlinks_in_text: autodetect,
        send_link_previews: Optionality::Optional,
        automatic_link_previews: Optionality::Forbidden,
        link_preview_proxy_use: ProxyUse::Required("https://p".into()),
    }
}

fn logging(clients: &[&str]) -> LoggingPolicy {
    LoggingPolicy::Required(Logging {
        logging_clients: clients.iter().map(|uri| (*uri).into()).collect(),
        machine_readable_policy: "".into(),
        human_readable_policy: "".into(),
    })
}

fn operational() -> OperationalPolicy {
    OperationalPolicy {
        handshake_formats: vec![mls_trellis_hooks::WireFormatId::PUBLIC_MESSAGE],
        pending_proposal_policy: PendingProposals::RandomDelay {
            minimum_delay_ms: 1,
            maximum_delay_ms: 2,
        },
        ..OperationalPolicy::default()
    }
}

/// One value of each component, encoded.
fn values() -> Vec<(u16, Vec<u8>)> {
    fn bytes<T: Wire>(value: &T) -> Vec<u8> {
        wire::encode(value).unwrap()
    }
    let role = crate::room::admin();
    let preauth = Preauth {
        preauthorized_entries: vec![PreauthEntry {
            claimset: vec![Claim::new(
                mls_trellis_hooks::CredentialType::BASIC,
                "x",
                b"y",
            )],
            target_role: Role::new(2, "user").with([Capability::ADD_OWN_CLIENT]),
        }],
    };
    let join_links = JoinLinkPolicy {
        on_request: Flag(true),
        join_link: "https://a.example".into(),
        multiuser: Flag(false),
        expiration: 60,
    };
    let base = BasePolicy {
        max_users: Some(7),
        policy_component_ids: vec![ComponentId(0x25)],
        ..BasePolicy::default()
    };
    let status = StatusPolicy {
        delivery_notifications: Optionality::Required,
        read_receipts: Optionality::Forbidden,
    };
    let expiration = ExpirationPolicy::Optional(Expiration {
        min_expiration_duration: 1,
        max_expiration_duration: 2,
        default_expiration_duration: Some(1),
    });
    vec![
        (0x22, bytes(&crate::room::people())),
        (0x23, bytes(&Metadata::new("mimi://a", "Garden"))),
        (0x24, bytes(&operational())),
        (
            0x25,
            bytes(&Roles {
                roles: vec![Role::banned(), role],
            }),
        ),
        (0x26, bytes(&preauth)),
        (0x27, bytes(&base)),
        (0x28, bytes(&status)),
        (0x29, bytes(&join_links)),
        (
            0x2a,
            bytes(&JoinLinks {
                links: vec![b"one".into()],
            }),
        ),
        (0x2b, bytes(&previews(Optionality::Optional))),
        (0x2c, bytes(&assets())),
        (0x2d, bytes(&logging(&["mimi://a.example/d/log"]))),
        (0x2e, bytes(&history(&[2]))),
        (0x2f, bytes(&bot(false, 2))),
        (0x30, bytes(&expiration)),
    ]
}

fn component(id: u16) -> ComponentEntry {
    plugins().component(ComponentId(id)).unwrap().clone()
}

#[test]
fn each_value_is_one_of_its_component() {
    for (id, value) in values() {
        let entry = component(id);
        assert_eq!(
            entry.group_state.as_ref().unwrap().check_state(&value),
            Ok(()),
            "{}",
            entry.name
        );
        let shown = entry.show(Place::GroupContext, &value);
        assert!(shown.is_some(), "{}", entry.name);
    }
}

#[test]
fn what_is_cut_off_or_too_long_is_none() {
    for (id, value) in values() {
        let state = component(id).group_state.unwrap();
        for len in 0..value.len() {
            assert!(
                state.check_state(&value[..len]).is_err(),
                "{id:#x} cut at {len}"
            );
        }
        assert!(
            state
                .check_state(&[value.as_slice(), &[0]].concat())
                .is_err(),
            "{id:#x}"
        );
    }
}

#[test]
fn rp_5_a_bool_is_nought_or_one() {
    let mut base = wire::encode(&BasePolicy::default()).unwrap();
    assert!(wire::decode::<BasePolicy>(&base).is_ok());
    base[0] = 2;
    assert!(wire::decode::<BasePolicy>(&base).is_err());
}

#[test]
fn rp_8_assets_are_where_the_policy_says() {
    let mut policy = assets();
    assert!(policy.allows_host("a.example", "cdn.a.example"));
    assert!(
        !policy.allows_host("b.example", "cdn.a.example"),
        "another provider's"
    );
    assert!(!policy.allows_host("a.example", "localhost"));
    policy.asset_upload_location = AssetUploadLocation::Hub;
    assert!(
        policy.allows_host("b.example", "cdn.a.example"),
        "the hub's, for everybody"
    );
    assert!(!policy.allows_host("b.example", "b.example"));
    policy.asset_upload_location = AssetUploadLocation::Unspecified;
    assert!(policy.allows_host("b.example", "b.example"));
}

#[test]
fn rp_9_strangers_and_the_banned_share_no_history() {
    let verdict = |roles: &[u32]| {
        rule(commit(
            &room(Role::new(BOBS, "")),
            &ALICE,
            [update::<Policy<_>>(&history(roles))],
        ))
    };
    assert_eq!(verdict(&[2]), "ok");
    assert_eq!(verdict(&[2, 0]), "RP-9");
    assert_eq!(verdict(&[1]), "RP-9");
    // Nor does a role that takes no clients.
    let mut silent = Role::new(BOBS, "");
    silent.maximum_active_participants_constraint = Some(0);
    let mut roles = crate::room::roles(silent);
    let shares = |roles: &Roles| {
        let epoch = with::<Policy<HistoryPolicy>>(crate::room::room_with(roles), &history(&[BOBS]));
        rule(crate::room::holds(&epoch))
    };
    assert_eq!(shares(&roles), "RP-9");
    roles.roles[4].maximum_active_participants_constraint = Some(1);
    assert_eq!(shares(&roles), "ok");
}

#[test]
fn rp_30_finding_links_is_never_required() {
    let verdict = |autodetect| {
        let deeds = [update::<Policy<_>>(&previews(autodetect))];
        rule(commit(&room(Role::new(BOBS, "")), &ALICE, deeds))
    };
    assert_eq!(verdict(Optionality::Required), "RP-30");
    assert_eq!(verdict(Optionality::Forbidden), "ok");
}

#[test]
fn rp_31_logging_without_a_logger_is_an_alarm() {
    let concerns = |clients: &[&str]| {
        let epoch = with::<Policy<LoggingPolicy>>(room(Role::new(BOBS, "")), &logging(clients));
        crate::room::concerns(&epoch)
    };
    assert_eq!(concerns(&[]), ["RP-31"]);
    assert_eq!(concerns(&["mimi://a.example/d/log"]), [""; 0]);
}

#[test]
fn rp_32_a_bot_inside_of_a_client_has_no_role() {
    let verdict = |local, role| {
        let deeds = [update::<Policy<_>>(&bot(local, role))];
        rule(commit(&room(Role::new(BOBS, "")), &ALICE, deeds))
    };
    assert_eq!(verdict(true, 2), "RP-32");
    assert_eq!(verdict(true, 0), "ok");
    assert_eq!(verdict(false, 2), "ok");
}

#[test]
fn rp_33_join_links_that_are_removed_are_there() {
    let links = JoinLinks {
        links: vec![b"one".into(), b"two".into(), b"three".into()],
    };
    let room = with::<JoinLinkList>(room(Role::new(BOBS, "")), &links);
    let after = |removed: &[u32]| {
        let update_ = JoinLinksUpdate {
            removed_indices: removed.to_vec(),
            added_links: vec![b"four".into()],
        };
        let after = commit(&room, &ALICE, [update::<JoinLinkList>(&update_)]);
        after.map(|epoch| epoch.state::<JoinLinkList>().unwrap().unwrap().links)
    };
    assert_eq!(
        after(&[0, 2]).unwrap(),
        [b"two".into(), wire::Opaque::from(b"four")]
    );
    assert_eq!(rule(after(&[3])), "RP-33");
    assert_eq!(rule(after(&[1, 1])), "RP-33");
}

/// Bytes with something wrong: a bit, a byte too many or too few, another number.
fn mutated() -> impl Strategy<Value = (u16, Vec<u8>)> {
    let value = prop::sample::select(values());
    let place = any::<prop::sample::Index>();
    (value, place, 0u8..4, any::<u8>()).prop_map(|((id, mut value), place, how, byte)| {
        let at = place.index(value.len());
        match how {
            0 => value[at] ^= 1 << (byte % 8),
            1 => value[at] = byte,
            2 => value.insert(at, byte),
            _ => drop(value.remove(at)),
        }
        (id, value)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12_000))]

    /// Whatever the bytes: they are refused, or they are the one encoding of something that can be
    /// shown and judged.
    #[test]
    fn no_bytes_upset_a_room((id, value) in mutated()) {
        let entry = component(id);
        let state = entry.group_state.as_ref().unwrap();
        let room = room(Role::new(BOBS, ""));
        if state.check_state(&value).is_ok() {
            prop_assert!(entry.show(Place::GroupContext, &value).is_some());
            let epoch = room.clone().with_data(ComponentId(id), value.clone());
            let _ = crate::room::holds(&epoch);
            let _ = crate::room::concerns(&epoch);
            let _ = commit(&epoch, &ALICE, [crate::room::remove(2)]);
        }
        // An update of the whole value leaves the same bytes.
        let cx = FoldView { id: entry.id, before: &room, committer: &ALICE };
        let update = Sent { from: ALICE, by_reference: false, position: 0, body: value.clone().into() };
        match state.fold(&cx, None, &[update]) {
            Ok(folded) if ![0x22, 0x2a].contains(&id) => prop_assert_eq!(folded, value),
            _ => {}
        }
    }
}
