//! What somebody would try.

use mls_trellis_hooks::{Actor, Change, CredentialType, EpochState, LeafIndex, LeafInfo, Sent};
use mls_trellis_mimi_room::{
    BasePolicy, Capability, Claim, Flag, Metadata, ParticipantList, Participants,
    ParticipantsUpdate, Policy, Preauth, PreauthEntry, Role, Roles, RoomMetadata, UserIndexRole,
    UserRole,
};

use crate::room::*;

fn nothing() -> Role {
    Role::new(BOBS, "bob's")
}

fn list(update_: &ParticipantsUpdate) -> Change {
    update::<ParticipantList>(update_)
}

fn gives(user: &str, role: u32) -> Change {
    list(&people().change(user, role).unwrap())
}

fn takes_off(user: &str) -> Change {
    list(&people().remove(user).unwrap())
}

#[test]
fn rp_10_a_right_that_comes_with_the_commit_is_none_in_it() {
    // Alice makes bob an admin; bob, in the same commit, kicks carol.
    let deeds = [(ALICE, gives("bob", ADMIN)), (BOB, remove(2))];
    assert_eq!(rule(commit_of(&room(nothing()), &ALICE, deeds)), "RP-17");
    // Or bob gives himself a role that may do everything, and uses it.
    let mut better = roles(nothing());
    better.roles[4] = Role {
        role_index: BOBS,
        ..admin()
    };
    let deeds = [update::<Policy<Roles>>(&better), remove(2)];
    let rewrites = nothing().with([Capability::CHANGE_ROLE_DEFINITIONS]);
    assert_eq!(rule(commit(&room(rewrites), &BOB, deeds)), "RP-17");
}

#[test]
fn mimi_3_each_proposal_is_judged_by_the_rights_of_its_own_sender() {
    let kicks = [(BOB, remove(2))];
    assert_eq!(rule(commit_of(&room(nothing()), &ALICE, kicks)), "RP-17");
    assert_eq!(
        rule(commit_of(&room(nothing()), &BOB, [(ALICE, remove(2))])),
        "ok"
    );
}

#[test]
fn rp_10_who_commits_lends_no_rights() {
    let deeds = [(BOB, gives("bob", ADMIN))];
    assert_eq!(rule(commit_of(&room(nothing()), &ALICE, deeds)), "RP-19");
    // Nor needs any: bob commits what alice proposed.
    let deeds = [(ALICE, gives("carol", ADMIN))];
    assert_eq!(rule(commit_of(&room(nothing()), &BOB, deeds)), "ok");
}

#[test]
fn rp_10_the_culprit_is_named_by_its_position() {
    let deeds = [(ALICE, remove(2)), (BOB, takes_off("frank"))];
    let reject = commit_of(&room(nothing()), &ALICE, deeds).unwrap_err();
    assert_eq!((reject.rule(), reject.culprit()), ("RP-14", Some(1)));
    insta::assert_snapshot!(reject, @"RP-14: bob may not remove frank (forbidden by policy; refused by participant_list)");
}

#[test]
fn mimi_5_no_client_without_an_entry() {
    assert_eq!(
        rule(commit(&room(nothing()), &ALICE, [add("erin")])),
        "MIMI-5"
    );
    let entry = ParticipantsUpdate::add("erin", USER);
    assert_eq!(
        rule(commit(
            &room(nothing()),
            &ALICE,
            [add("erin"), list(&entry)]
        )),
        "ok"
    );
    let reject = commit(&room(nothing()), &ALICE, [remove(2), add("erin")]).unwrap_err();
    assert_eq!(reject.culprit(), Some(1));
}

#[test]
fn mimi_5_who_goes_goes_with_all_clients() {
    // Carol has a second client.
    let room = room(nothing()).with_leaf(LeafIndex(3), LeafInfo::basic("carol"));
    for ends in [takes_off("carol"), gives("carol", 1)] {
        let alone = commit_of(&room, &ALICE, [(ALICE, ends.clone())]).unwrap_err();
        assert_eq!((alone.rule(), alone.culprit()), ("MIMI-5", Some(0)));
        assert_eq!(
            rule(commit(&room, &ALICE, [ends.clone(), remove(2)])),
            "MIMI-5"
        );
        let all = [ends, remove(2), remove(3)];
        assert_eq!(rule(commit(&room, &ALICE, all)), "ok");
    }
}

#[test]
fn mimi_5_a_banned_user_does_not_come_back() {
    let room = room(nothing());
    assert_eq!(rule(commit(&room, &joiner("dave"), [])), "MIMI-5");
    assert_eq!(rule(commit(&room, &ALICE, [add("dave")])), "MIMI-5");
    let asks = [(candidate("dave"), add("dave"))];
    assert_eq!(rule(commit_of(&room, &ALICE, asks)), "MIMI-5");
    // Lifting the ban in one's own external commit is no way either.
    let lifts = people().change("dave", USER).unwrap();
    assert_eq!(
        rule(commit(&room, &joiner("dave"), [list(&lifts)])),
        "RP-19"
    );
    let again = ParticipantsUpdate::add("dave", USER);
    assert_eq!(
        rule(commit(&room, &joiner("dave"), [list(&again)])),
        "MIMI-25"
    );
}

#[test]
fn rp_28_the_last_admin_stays() {
    let mut roles = roles(nothing());
    roles.roles[3].minimum_participants_constraint = 1;
    let room = room_with(&roles);
    let steps_down = [(ALICE, gives("carol", ADMIN)), (ALICE, Change::SelfRemove)];
    let listed = Preauth {
        preauthorized_entries: vec![PreauthEntry {
            claimset: vec![Claim::new(CredentialType::BASIC, "", b"alice")],
            target_role: Role::new(USER, "user"),
        }],
    };
    let preauthorized = with::<Policy<Preauth>>(room.clone(), &listed);
    let reject = commit(&preauthorized, &ALICE, [gives("alice", USER)]).unwrap_err();
    assert_eq!((reject.rule(), reject.culprit()), ("RP-28", Some(0)));
    // With another one it may.
    let update = ParticipantsUpdate {
        changed_role_participants: [(0, USER), (2, ADMIN)]
            .map(|(user_index, role_index)| UserIndexRole {
                user_index,
                role_index,
            })
            .to_vec(),
        ..Default::default()
    };
    assert_eq!(rule(commit(&preauthorized, &ALICE, [list(&update)])), "ok");
    // The list is what counts; whether clients must be there is another limit.
    assert_eq!(rule(commit_of(&room, &BOB, steps_down.clone())), "ok");
    roles.roles[3].minimum_active_participants_constraint = 1;
    let steps_down = &steps_down[1..];
    assert_eq!(
        rule(commit_of(
            &room_with(&roles),
            &BOB,
            steps_down.iter().cloned()
        )),
        "RP-28"
    );
}

#[test]
fn rp_27_two_additions_of_which_each_alone_would_do() {
    let mut roles = roles(nothing());
    roles.roles[2].maximum_participants_constraint = Some(3); // carol and frank are there
    let room = room_with(&roles);
    let one = list(&ParticipantsUpdate::add("erin", USER));
    let two = list(&ParticipantsUpdate::add("grace", USER));
    for alone in [&one, &two] {
        assert_eq!(rule(commit(&room, &ALICE, [alone.clone()])), "ok");
    }
    let reject = commit(&room, &ALICE, [one.clone(), two]).unwrap_err();
    assert_eq!((reject.rule(), reject.culprit()), ("RP-27", Some(1)));
    let swap = ParticipantsUpdate {
        removed_indices: vec![4],
        added_participants: vec![UserRole::new("grace", USER), UserRole::new("heidi", USER)],
        ..Default::default()
    };
    assert_eq!(rule(commit(&room, &ALICE, [list(&swap)])), "ok");
    // Too many already is no reason to refuse what adds none.
    roles.roles[2].maximum_participants_constraint = Some(1);
    let crowded = room_with(&roles);
    assert_eq!(rule(commit(&crowded, &ALICE, [takes_off("frank")])), "ok");
    assert_eq!(rule(commit(&crowded, &ALICE, [one])), "RP-27");
}

#[test]
fn rp_27_a_role_takes_so_many_users_with_clients() {
    let mut roles = roles(nothing());
    roles.roles[2].maximum_active_participants_constraint = Some(1); // carol is
    let room = room_with(&roles);
    let reject = commit(&room, &ALICE, [add("frank")]).unwrap_err();
    assert_eq!((reject.rule(), reject.culprit()), ("RP-27", Some(0)));
    assert_eq!(rule(commit(&room, &ALICE, [remove(2), add("frank")])), "ok");
    assert_eq!(
        rule(commit(&room, &CAROL, [add("carol")])),
        "ok",
        "no further user"
    );
}

#[test]
fn rp_2_roles_do_not_change_together_with_the_list() {
    let changed = update::<Policy<Roles>>(&roles(nothing()));
    let room = room(nothing());
    for change in [
        takes_off("frank"),
        gives("carol", ADMIN),
        list(&ParticipantsUpdate::add("erin", USER)),
    ] {
        assert_eq!(
            rule(commit(&room, &ALICE, [changed.clone(), change])),
            "RP-2"
        );
    }
    assert_eq!(rule(commit(&room, &ALICE, [changed, remove(2)])), "ok");
}

#[test]
fn rp_2_who_is_preauthorized_changes_together_with_removals_only() {
    let changed = update::<Policy<Preauth>>(&Preauth::default());
    let room = room(nothing());
    for change in [
        gives("carol", ADMIN),
        list(&ParticipantsUpdate::add("erin", USER)),
    ] {
        assert_eq!(
            rule(commit(&room, &ALICE, [changed.clone(), change])),
            "RP-2"
        );
    }
    let removes = [changed, takes_off("frank")];
    assert_eq!(rule(commit(&room, &ALICE, removes)), "ok");
}

#[test]
fn rp_4_users_of_a_fixed_membership_stay_and_clients_go() {
    let fixed = BasePolicy {
        fixed_membership: Flag(true),
        ..BasePolicy::default()
    };
    let mut roles = roles(nothing());
    let adds = |right: &Capability| *right == Capability::ADD_PARTICIPANT;
    roles.roles[3]
        .role_capabilities
        .retain(|right| !adds(right));
    let room = with::<Policy<BasePolicy>>(room_with(&roles), &fixed);
    assert_eq!(rule(commit(&room, &ALICE, [takes_off("frank")])), "RP-4");
    let leaves = [(CAROL, takes_off("carol")), (CAROL, Change::SelfRemove)];
    assert_eq!(rule(commit_of(&room, &ALICE, leaves)), "RP-4");
    let erin = list(&ParticipantsUpdate::add("erin", 1));
    assert_eq!(rule(commit(&room, &ALICE, [erin])), "RP-4");
    assert_eq!(
        rule(commit_of(&room, &ALICE, [(CAROL, Change::SelfRemove)])),
        "ok"
    );
    assert_eq!(
        rule(commit(&room, &ALICE, [gives("carol", 1), remove(2)])),
        "ok"
    );
}

/// A commit that changes entries past AppDataUpdate, as where the group does not require it.
#[test]
fn mimi_20_nothing_changes_that_nobody_proposed() {
    let before = with::<RoomMetadata>(room(nothing()), &Metadata::new("mimi://a", "Garden"));
    let everybody = Participants::of([("alice", ADMIN), ("bob", ADMIN), ("carol", USER)]);
    let renamed = Metadata::new("mimi://a", "Roses");
    for after in [
        with::<ParticipantList>(before.clone(), &everybody),
        with::<Policy<Roles>>(before.clone(), &roles(admin_of(BOBS))),
        with::<Policy<Preauth>>(before.clone(), &Preauth::default()),
        with::<RoomMetadata>(before.clone(), &renamed),
    ] {
        let proposals = [Sent {
            from: BOB,
            by_reference: false,
            position: 0,
            body: Change::GroupContextExtensions(Vec::new()),
        }];
        assert_eq!(rule(judge(&before, &BOB, &proposals, &after)), "MIMI-20");
    }
    let mut without = before.clone();
    without.dictionary = None;
    assert_eq!(rule(judge(&before, &BOB, &[], &without)), "MIMI-20");
    assert_eq!(rule(judge(&before, &BOB, &[], &before)), "ok");
}

fn admin_of(role_index: u32) -> Role {
    Role {
        role_index,
        ..admin()
    }
}

#[test]
fn rp_26_unknown_rights_are_kept_and_give_none() {
    let unknown = nothing().with([Capability(0x0799), Capability(0xffff)]);
    let room = room(unknown.clone());
    let kept = room.state::<Policy<Roles>>().unwrap().unwrap();
    assert_eq!(kept.roles[4], unknown);
    assert_eq!(rule(commit(&room, &BOB, [remove(2)])), "RP-17");
}

#[test]
fn a_room_without_a_list_is_none_of_the_judges_business() {
    let plain = EpochState::new(b"room").with_leaf(LeafIndex(0), LeafInfo::basic("alice"));
    let plain = with::<RoomMetadata>(plain, &Metadata::new("mimi://a", "Garden"));
    assert_eq!(rule(commit(&plain, &ALICE, [add("erin")])), "ok");
    let founded = [update::<ParticipantList>(&ParticipantsUpdate::add(
        "alice", 3,
    ))];
    assert_eq!(rule(commit(&plain, &ALICE, founded)), "ok");
    // Once there is a list, members without an entry are too many.
    let two = plain.with_leaf(LeafIndex(1), LeafInfo::basic("bob"));
    let founded = [update::<ParticipantList>(&ParticipantsUpdate::add(
        "alice", 3,
    ))];
    assert_eq!(rule(commit(&two, &ALICE, founded)), "MIMI-5");
    assert!(matches!(BOB, Actor::Member(_)));
}
