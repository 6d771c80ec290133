//! Which right each deed needs: allowed with it, refused without.

use mls_trellis_hooks::{Actor, Change, Credential, CredentialType, EpochState, ExternalSender};
use mls_trellis_mimi_room::{
    AssetPolicy, AssetUploadLocation, BasePolicy, BotPolicy, Capability, Claim, Download,
    DownloadPrivacy, ExpirationPolicy, HistoryPolicy, JoinLinkList, JoinLinkPolicy, JoinLinks,
    JoinLinksUpdate, LinkPreviewPolicy, LoggingPolicy, Metadata, OperationalPolicy, Optionality,
    ParticipantList, ParticipantsUpdate, Policy, Preauth, PreauthEntry, ProxyUse, RichDescription,
    Role, RoomMetadata, StatusPolicy,
};

use crate::room::*;

type Moves = (u32, u32);

fn bobs(rights: &[Capability], moves: &[Moves]) -> Role {
    let role = Role::new(BOBS, "bob's").with(rights.iter().copied());
    moves
        .iter()
        .fold(role, |role, (from, to)| role.moving(*from, [*to]))
}

fn changes(user: &str, role: u32) -> Change {
    update::<ParticipantList>(&people().change(user, role).unwrap())
}

fn takes_off(user: &str) -> Change {
    update::<ParticipantList>(&people().remove(user).unwrap())
}

fn puts_on(user: &str, role: u32) -> Change {
    update::<ParticipantList>(&ParticipantsUpdate::add(user, role))
}

/// Bob does something: with the right and the move, without the right, without the move, and with a
/// move that is a little off.
#[track_caller]
fn row(rule_id: &str, right: Capability, moves: Option<Moves>, deeds: &[Change]) {
    let deeds = || deeds.iter().cloned();
    let verdict =
        |rights: &[_], moves: &[_]| rule(commit(&room(bobs(rights, moves)), &BOB, deeds()));
    let needed: Vec<_> = moves.into_iter().collect();
    assert_eq!(verdict(&[right], &needed), "ok");
    let others: Vec<_> = (0..=0x0700)
        .map(Capability)
        .filter(|other| *other != right)
        .collect();
    let others: Vec<_> = others
        .into_iter()
        .filter(|r| !also_allows(rule_id, *r))
        .collect();
    assert_eq!(verdict(&others, &needed), rule_id, "without the right");
    if let Some((from, to)) = moves {
        assert_eq!(verdict(&[right], &[]), rule_id, "without the move");
        for off in [(from + 7, to), (from, to + 7), (to, from)] {
            if off != (from, to) {
                assert_eq!(verdict(&[right], &[off]), rule_id, "with the move {off:?}");
            }
        }
    }
}

/// Rights that allow a deed besides the one that is named after it.
fn also_allows(rule: &str, right: Capability) -> bool {
    let others: &[Capability] = match rule {
        "RP-14" => &[Capability::KICK],
        "RP-20" => &[
            Capability::CHANGE_USER_ROLE,
            Capability::KICK,
            Capability::ADD_PARTICIPANT,
        ],
        "RP-21" => &[Capability::CHANGE_USER_ROLE],
        "RP-12" => &[],
        _ => &[],
    };
    right == Capability::OPEN_JOIN || others.contains(&right)
}

#[test]
fn rp_11_adding_a_user_needs_the_right_and_the_move() {
    let right = Capability::ADD_PARTICIPANT;
    row(
        "RP-11",
        right,
        Some((0, USER)),
        &[puts_on("erin", USER), add("erin")],
    );
    row(
        "RP-11",
        right,
        Some((0, USER)),
        &[puts_on("erin", USER), add("erin"), add("erin")],
    );
    // The entry alone, and clients of somebody who is listed already.
    row("RP-11", right, Some((0, ADMIN)), &[puts_on("erin", ADMIN)]);
    row("RP-11", right, Some((0, USER)), &[add("frank")]);
}

#[test]
fn rp_12_a_further_client_of_ones_own() {
    row("RP-12", Capability::ADD_OWN_CLIENT, None, &[add("bob")]);
    for from in [joiner("bob"), candidate("bob")] {
        let verdict = |rights: &[_]| {
            let room = room(bobs(rights, &[]));
            rule(match &from {
                Actor::Joiner(_) => commit(&room, &from, []),
                _ => commit_of(&room, &ALICE, [(from.clone(), add("bob"))]),
            })
        };
        assert_eq!(verdict(&[Capability::ADD_OWN_CLIENT]), "ok");
        assert_eq!(verdict(&[Capability::ADD_PARTICIPANT]), "RP-12");
    }
}

#[test]
fn rp_12_a_client_that_rejoins_replaces_itself() {
    let room = room(bobs(&[Capability::ADD_OWN_CLIENT], &[]));
    assert_eq!(rule(commit(&room, &joiner("bob"), [remove(1)])), "ok");
    // But not somebody else.
    assert_eq!(rule(commit(&room, &joiner("bob"), [remove(2)])), "RP-17");
}

fn strangers(role: Role) -> EpochState {
    let mut roles = roles(bobs(&[], &[]));
    roles.roles[0] = role;
    room_with(&roles)
}

#[test]
fn rp_13_strangers_join_openly_or_with_a_code() {
    let stranger = || Role::new(0, "stranger");
    let join = |room: &EpochState| rule(commit(room, &joiner("erin"), [puts_on("erin", USER)]));
    for right in [Capability::OPEN_JOIN, Capability::USE_JOIN_CODE] {
        assert_eq!(
            join(&strangers(stranger().with([right]).moving(0, [USER]))),
            "ok"
        );
        assert_eq!(
            join(&strangers(stranger().with([right]).moving(0, [ADMIN]))),
            "RP-13"
        );
        assert_eq!(join(&strangers(stranger().with([right]))), "RP-13");
    }
    let others = (5..0x0700)
        .map(Capability)
        .filter(|r| *r != Capability::USE_JOIN_CODE);
    assert_eq!(
        join(&strangers(stranger().with(others).moving(0, [USER]))),
        "RP-13"
    );
    assert_eq!(join(&room(bobs(&[], &[]))), "RP-13");
    // Nobody comes without an entry, and nobody brings friends.
    let open = strangers(stranger().with([Capability::OPEN_JOIN]).moving(0, [USER]));
    assert_eq!(rule(commit(&open, &joiner("erin"), [])), "MIMI-5");
    let two = [puts_on("erin", USER), puts_on("mallory", USER)];
    assert_eq!(rule(commit(&open, &joiner("erin"), two)), "RP-11");
}

fn preauth(entries: &[(&str, u32)]) -> Preauth {
    let entry = |(name, role): &(&str, u32)| PreauthEntry {
        claimset: vec![Claim::new(CredentialType::BASIC, "", name.as_bytes())],
        target_role: Role::new(*role, ""),
    };
    Preauth {
        preauthorized_entries: entries.iter().map(entry).collect(),
    }
}

#[test]
fn rp_3_the_first_match_preauthorizes_strangers() {
    let may_join = bobs(&[Capability::JOIN_IF_PREAUTHORIZED], &[]);
    let listed = [
        ("carol", ADMIN),
        ("erin", BOBS),
        ("erin", USER),
        ("dave", BOBS),
    ];
    let room = with::<Policy<Preauth>>(room(may_join), &preauth(&listed));
    let join = |name, role| rule(commit(&room, &joiner(name), [puts_on(name, role)]));
    assert_eq!(join("erin", BOBS), "ok");
    assert_eq!(join("erin", USER), "RP-13", "it is not the first match");
    assert_eq!(join("mallory", BOBS), "RP-13", "another claim");
    // Who is on the list gains nothing: dave is banned, and carol is no admin.
    assert_eq!(rule(commit(&room, &joiner("dave"), [])), "MIMI-5");
    assert_eq!(join("dave", BOBS), "MIMI-25");
    assert_eq!(
        rule(commit(&room, &CAROL, [takes_off("bob"), remove(1)])),
        "RP-14"
    );
}

#[test]
fn rp_3_all_claims_of_an_entry_must_match() {
    let may_join = bobs(&[Capability::JOIN_IF_PREAUTHORIZED], &[]);
    let mut both = preauth(&[("erin", BOBS)]);
    let more = Claim::new(CredentialType::BASIC, "domain", b"a.example");
    both.preauthorized_entries[0].claimset.push(more);
    let room = with::<Policy<Preauth>>(room(may_join), &both);
    let erin = rule(commit(&room, &joiner("erin"), [puts_on("erin", BOBS)]));
    assert_eq!(erin, "RP-13");
}

#[test]
fn rp_13_preauthorization_needs_a_role_that_takes_it() {
    let room = with::<Policy<Preauth>>(room(bobs(&[], &[])), &preauth(&[("erin", BOBS)]));
    let erin = rule(commit(&room, &joiner("erin"), [puts_on("erin", BOBS)]));
    assert_eq!(erin, "RP-13");
}

#[test]
fn rp_14_removing_a_user_with_its_clients() {
    let right = Capability::REMOVE_PARTICIPANT;
    row(
        "RP-14",
        right,
        Some((USER, 0)),
        &[takes_off("carol"), remove(2)],
    );
    row("RP-14", right, Some((USER, 0)), &[takes_off("frank")]);
    row("RP-14", right, Some((1, 0)), &[takes_off("dave")]);
}

#[test]
fn rp_15_leaving() {
    let deeds = || [(BOB, takes_off("bob")), (BOB, Change::SelfRemove)];
    let verdict =
        |rights: &[_], moves: &[_]| rule(commit_of(&room(bobs(rights, moves)), &ALICE, deeds()));
    assert_eq!(verdict(&[Capability::REMOVE_SELF], &[(BOBS, 0)]), "ok");
    assert_eq!(verdict(&[Capability::REMOVE_SELF], &[]), "RP-15");
    assert_eq!(
        verdict(&[Capability::REMOVE_PARTICIPANT], &[(BOBS, 0)]),
        "RP-15"
    );
    // Who leaves cannot commit it, for its own client would stay.
    let room = room(bobs(&[Capability::REMOVE_SELF], &[(BOBS, 0)]));
    assert_eq!(rule(commit(&room, &BOB, [takes_off("bob")])), "MIMI-5");
}

#[test]
fn rp_16_a_client_goes_and_its_user_stays() {
    for deed in [Change::SelfRemove, remove(1)] {
        let verdict = |rights: &[_]| {
            let deeds = [(BOB, deed.clone())];
            rule(commit_of(&room(bobs(rights, &[])), &ALICE, deeds))
        };
        assert_eq!(verdict(&[Capability::REMOVE_OWN_CLIENT]), "ok");
        assert_eq!(
            verdict(&[Capability::KICK, Capability::REMOVE_SELF]),
            "RP-16"
        );
    }
}

#[test]
fn rp_17_kicking() {
    row("RP-17", Capability::KICK, None, &[remove(2)]);
}

#[test]
fn rp_18_the_role_of_another() {
    let right = Capability::CHANGE_USER_ROLE;
    row(
        "RP-18",
        right,
        Some((USER, ADMIN)),
        &[changes("carol", ADMIN)],
    );
    row(
        "RP-18",
        right,
        Some((USER, ADMIN)),
        &[changes("frank", ADMIN)],
    );
}

#[test]
fn rp_19_ones_own_role() {
    let verdict = |rights: &[_], moves: &[_], target| {
        let listed = preauth(&[("carol", ADMIN), ("bob", USER), ("bob", ADMIN)]);
        let room = with::<Policy<Preauth>>(room(bobs(rights, moves)), &listed);
        rule(commit(&room, &BOB, [changes("bob", target)]))
    };
    assert_eq!(verdict(&[Capability::CHANGE_OWN_ROLE], &[], USER), "ok");
    assert_eq!(
        verdict(&[Capability::CHANGE_OWN_ROLE], &[(BOBS, ADMIN)], ADMIN),
        "RP-19"
    );
    assert_eq!(
        verdict(&[Capability::CHANGE_USER_ROLE], &[(BOBS, USER)], USER),
        "RP-19"
    );
}

#[test]
fn rp_20_banning() {
    row(
        "RP-20",
        Capability::BAN,
        Some((USER, 1)),
        &[changes("carol", 1), remove(2)],
    );
    row(
        "RP-20",
        Capability::BAN,
        Some((USER, 1)),
        &[changes("frank", 1)],
    );
    row(
        "RP-20",
        Capability::BAN,
        Some((0, 1)),
        &[puts_on("erin", 1)],
    );
    // A role changed to that of the banned is a ban, and kicks.
    let rights = [Capability::CHANGE_USER_ROLE, Capability::KICK];
    let ban = || [changes("carol", 1), remove(2)];
    assert_eq!(
        rule(commit(&room(bobs(&rights, &[(USER, 1)])), &BOB, ban())),
        "ok"
    );
    let no_kick = room(bobs(&rights[..1], &[(USER, 1)]));
    assert_eq!(rule(commit(&no_kick, &BOB, ban())), "RP-20");
}

#[test]
fn rp_21_lifting_a_ban() {
    row(
        "RP-21",
        Capability::UNBAN,
        Some((1, USER)),
        &[changes("dave", USER)],
    );
    // It is no right to add clients.
    let room = room(bobs(&[Capability::UNBAN], &[(1, USER)]));
    let back = [changes("dave", USER), add("dave")];
    assert_eq!(rule(commit(&room, &BOB, back)), "RP-11");
    let dave = [
        (BOB, changes("dave", USER)),
        (candidate("dave"), add("dave")),
    ];
    assert_eq!(rule(commit_of(&room, &BOB, dave)), "RP-12");
}

fn assets() -> AssetPolicy {
    AssetPolicy {
        asset_upload_location: AssetUploadLocation::Hub,
        upload_domains: Vec::new(),
        download_privacy: DownloadPrivacy {
            allowed_download_types: vec![Download::Direct],
            forbidden_download_types: Vec::new(),
            default_download_type: Download::Direct,
        },
        max_image: 1,
        max_audio: 1,
        max_video: 1,
        max_attachment: 1,
        forbidden_media_types: Vec::new(),
        permitted_media_types: None,
    }
}

#[test]
fn rp_22_each_policy_has_its_right() {
    let style = Capability::CHANGE_ROOM_MEMBERSHIP_STYLE;
    let other = Capability::CHANGE_OTHER_POLICY_ATTRIBUTE;
    let roles = roles(bobs(&[], &[]));
    row(
        "RP-22",
        Capability::CHANGE_ROLE_DEFINITIONS,
        None,
        &[update::<Policy<_>>(&roles)],
    );
    let listed = preauth(&[("erin", USER)]);
    let right = Capability::CHANGE_PREAUTHORIZED_USER_LIST;
    row("RP-22", right, None, &[update::<Policy<_>>(&listed)]);
    row(
        "RP-22",
        style,
        None,
        &[update::<Policy<_>>(&BasePolicy::default())],
    );
    let right = Capability::CHANGE_MLS_OPERATIONAL_POLICIES;
    row(
        "RP-22",
        right,
        None,
        &[update::<Policy<_>>(&OperationalPolicy::default())],
    );
    let status = StatusPolicy {
        delivery_notifications: Optionality::Optional,
        read_receipts: Optionality::Forbidden,
    };
    row("RP-22", other, None, &[update::<Policy<_>>(&status)]);
    let links = JoinLinkPolicy {
        on_request: Default::default(),
        join_link: "https://a.example/join".into(),
        multiuser: Default::default(),
        expiration: 60,
    };
    row("RP-22", other, None, &[update::<Policy<_>>(&links)]);
    let previews = LinkPreviewPolicy {
        autodetect_hyperlinks_in_text: Optionality::Optional,
        send_link_previews: Optionality::Optional,
        automatic_link_previews: Optionality::Forbidden,
        link_preview_proxy_use: ProxyUse::Forbidden,
    };
    row("RP-22", other, None, &[update::<Policy<_>>(&previews)]);
    row("RP-22", other, None, &[update::<Policy<_>>(&assets())]);
    row(
        "RP-22",
        other,
        None,
        &[update::<Policy<_>>(&LoggingPolicy::Forbidden)],
    );
    row(
        "RP-22",
        other,
        None,
        &[update::<Policy<_>>(&HistoryPolicy::Forbidden)],
    );
    row(
        "RP-22",
        other,
        None,
        &[update::<Policy<_>>(&BotPolicy::default())],
    );
    row(
        "RP-22",
        other,
        None,
        &[update::<Policy<_>>(&ExpirationPolicy::Forbidden)],
    );
}

#[test]
fn rp_22_dropping_a_policy_is_changing_it() {
    row(
        "RP-22",
        Capability::CHANGE_ROLE_DEFINITIONS,
        None,
        &[drop_state::<Policy<mls_trellis_mimi_room::Roles>>()],
    );
}

#[test]
fn rp_22_join_links_come_and_go_by_different_rights() {
    let links = JoinLinks {
        links: vec![b"one".into()],
    };
    let verdict = |right, update: &JoinLinksUpdate| {
        let room = with::<JoinLinkList>(room(bobs(&[right], &[])), &links);
        rule(commit(
            &room,
            &BOB,
            [crate::room::update::<JoinLinkList>(update)],
        ))
    };
    let comes = JoinLinksUpdate {
        added_links: vec![b"two".into()],
        ..JoinLinksUpdate::default()
    };
    let goes = JoinLinksUpdate {
        removed_indices: vec![0],
        ..JoinLinksUpdate::default()
    };
    assert_eq!(verdict(Capability::CREATE_JOIN_CODE, &comes), "ok");
    assert_eq!(verdict(Capability::CREATE_JOIN_CODE, &goes), "RP-22");
    assert_eq!(verdict(Capability::DELETE_JOIN_CODE, &goes), "ok");
    assert_eq!(verdict(Capability::DELETE_JOIN_CODE, &comes), "RP-22");
    let drop = |right| {
        let room = with::<JoinLinkList>(room(bobs(&[right], &[])), &links);
        rule(commit(&room, &BOB, [drop_state::<JoinLinkList>()]))
    };
    assert_eq!(drop(Capability::DELETE_JOIN_CODE), "ok");
    assert_eq!(drop(Capability::CREATE_JOIN_CODE), "RP-22");
}

#[test]
fn rp_23_each_field_of_the_metadata_has_its_right() {
    let garden = Metadata::new("mimi://a.example/r/garden", "Garden");
    let fields: [(Capability, fn(&mut Metadata)); 5] = [
        (Capability::CHANGE_ROOM_NAME, |m| {
            m.room_name = "Roses".into()
        }),
        (Capability::CHANGE_ROOM_DESCRIPTION, |m| {
            m.room_descriptions
                .push(RichDescription::text("What grows."));
        }),
        (Capability::CHANGE_ROOM_AVATAR, |m| {
            m.room_avatar = "https://a.example/x".into()
        }),
        (Capability::CHANGE_ROOM_SUBJECT, |m| {
            m.room_subject = "Weeds".into()
        }),
        (Capability::CHANGE_ROOM_MOOD, |m| {
            m.room_mood = "green".into()
        }),
    ];
    let verdict = |rights: &[_], metadata: &Metadata| {
        let room = with::<RoomMetadata>(room(bobs(rights, &[])), &garden);
        rule(commit(&room, &BOB, [update::<RoomMetadata>(metadata)]))
    };
    for (right, change) in fields {
        let mut changed = garden.clone();
        change(&mut changed);
        assert_eq!(verdict(&[right], &changed), "ok", "{right:?}");
        let others = (0..=0x0700).map(Capability).filter(|r| *r != right);
        let others: Vec<_> = others.filter(|r| *r != Capability::OPEN_JOIN).collect();
        assert_eq!(verdict(&others, &changed), "RP-23", "{right:?}");
    }
    assert_eq!(verdict(&[], &garden), "ok", "nothing changes");
    let mut moved = garden.clone();
    moved.room_uri = "mimi://b.example/r/garden".into();
    let all: Vec<_> = (0x0300..=0x0304).map(Capability).collect();
    assert_eq!(verdict(&all, &moved), "RP-23");
}

#[test]
fn rp_23_metadata_that_comes_or_goes_changes_its_fields() {
    let garden = Metadata::new("mimi://a.example/r/garden", "Garden");
    let room_of = |right| room(bobs(&[right], &[]));
    let name = Capability::CHANGE_ROOM_NAME;
    let comes = |right| {
        rule(commit(
            &room_of(right),
            &BOB,
            [update::<RoomMetadata>(&garden)],
        ))
    };
    assert_eq!(comes(name), "ok");
    assert_eq!(comes(Capability::CHANGE_ROOM_MOOD), "RP-23");
    let there = with::<RoomMetadata>(room_of(name), &garden);
    assert_eq!(
        rule(commit(&there, &BOB, [drop_state::<RoomMetadata>()])),
        "RP-23"
    );
}

#[test]
fn rp_24_continuing_elsewhere() {
    row(
        "RP-24",
        Capability::SEND_MLS_REINIT_PROPOSAL,
        None,
        &[Change::ReInit],
    );
}

#[test]
fn rp_7_external_senders_have_the_rights_for_which_they_are_preauthorized() {
    let hub = Actor::External(0);
    let verdict = |rights: &[_], claimed: &str, change: Change| {
        let listed = preauth(&[(claimed, BOBS)]);
        let mut room = with::<Policy<Preauth>>(room(bobs(rights, &[(USER, 0)])), &listed);
        room.external_senders = vec![ExternalSender {
            signature_key: b"key".as_slice().into(),
            credential: Credential::basic("hub"),
        }]
        .into();
        rule(commit_of(&room, &ALICE, [(hub.clone(), change)]))
    };
    assert_eq!(verdict(&[Capability::KICK], "hub", remove(2)), "ok");
    assert_eq!(verdict(&[Capability::KICK], "other", remove(2)), "RP-17");
    assert_eq!(verdict(&[], "hub", remove(2)), "RP-17");
    let right = Capability::REMOVE_PARTICIPANT;
    assert_eq!(verdict(&[right], "hub", takes_off("frank")), "ok");
    assert_eq!(verdict(&[right], "other", takes_off("frank")), "RP-14");
}
