//! Which right each change of what the room says needs.

use mls_trellis_hooks::Change;
use mls_trellis_mimi_room::{
    BasePolicy, BotPolicy, Capability, ExpirationPolicy, HistoryPolicy, JoinLinkList,
    JoinLinkPolicy, JoinLinks, JoinLinksUpdate, LinkPreviewPolicy, LoggingPolicy, Metadata,
    OperationalPolicy, Optionality, Policy, ProxyUse, RichDescription, Roles, RoomMetadata,
    StatusPolicy,
};

use crate::{
    matrix::{bobs, preauth, row},
    room::*,
};

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
    row(
        "RP-22",
        other,
        None,
        &[update::<Policy<_>>(&crate::policies::assets())],
    );
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
        &[drop_state::<Policy<Roles>>()],
    );
}

#[test]
fn rp_22_join_links_come_and_go_by_different_rights() {
    let links = JoinLinks {
        links: vec![b"one".into()],
    };
    let verdict = |right, links_update: &JoinLinksUpdate| {
        let room = with::<JoinLinkList>(room(bobs(&[right], &[])), &links);
        rule(commit(&room, &BOB, [update::<JoinLinkList>(links_update)]))
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
    type Edit = fn(&mut Metadata);
    let fields: [(Capability, Edit); 5] = [
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
