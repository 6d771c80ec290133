//! Which right each deed with users and clients needs: allowed with it, refused without.

use mls_trellis_hooks::{
    Actor, Change, Credential, CredentialType, EpochState, ExternalSender, LeafIndex, LeafInfo,
};
use mls_trellis_mimi_room::{
    Capability, Claim, ParticipantList, Participants, ParticipantsUpdate, Policy, Preauth,
    PreauthEntry, Role, UserRole,
};

use crate::room::*;

type Moves = (u32, u32);

pub(crate) fn bobs(rights: &[Capability], moves: &[Moves]) -> Role {
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
pub(crate) fn row(rule_id: &str, right: Capability, moves: Option<Moves>, deeds: &[Change]) {
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

pub(crate) fn preauth(entries: &[(&str, u32)]) -> Preauth {
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
fn rp_16_a_device_that_joins_from_outside_removes_no_other() {
    let room = room(Role::new(BOBS, "bob's").with([Capability::ADD_OWN_CLIENT]));
    let laptop = LeafInfo::basic("mimi://a.example/d/erin/laptop");
    let room = room.with_leaf(LeafIndex(3), laptop);
    let erin = Participants {
        participants: [
            people().participants,
            vec![UserRole::new("mimi://a.example/u/erin", BOBS)],
        ]
        .concat(),
    };
    let room = with::<ParticipantList>(room, &erin);
    let (same, other) = (
        joiner("mimi://a.example/d/erin/laptop"),
        joiner("mimi://a.example/d/erin/phone"),
    );
    assert_eq!(rule(commit(&room, &same, [remove(3)])), "ok");
    assert_eq!(rule(commit(&room, &other, [remove(3)])), "RP-16");
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
        let listed = preauth(&[("carol", ADMIN), ("bob", 0), ("bob", USER), ("bob", ADMIN)]);
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
