//! What holds in every epoch: at founding, after a commit, for whoever joins.

use mls_trellis_hooks::{EpochState, LeafIndex, LeafInfo};
use mls_trellis_mimi_room::{
    BasePolicy, Capability, Flag, ParticipantList, Participants, Policy, Preauth, PreauthEntry,
    Role, Roles,
};

use crate::room::*;

fn epoch() -> EpochState {
    room(Role::new(BOBS, "bob's"))
}

fn listing<'a>(users: impl IntoIterator<Item = (&'a str, u32)>) -> String {
    rule(holds(&with::<ParticipantList>(
        epoch(),
        &Participants::of(users),
    )))
}

fn with_roles(change: impl Fn(&mut Vec<Role>)) -> EpochState {
    let mut roles = roles(Role::new(BOBS, "bob's"));
    change(&mut roles.roles);
    room_with(&roles)
}

fn with_base(change: impl Fn(&mut BasePolicy)) -> String {
    let mut base = BasePolicy::default();
    change(&mut base);
    rule(holds(&with::<Policy<BasePolicy>>(epoch(), &base)))
}

#[test]
fn the_room_of_the_tests_is_one() {
    assert_eq!(rule(holds(&epoch())), "ok");
    assert_eq!(concerns(&epoch()), [""; 0]);
}

#[test]
fn mimi_5_every_client_has_a_participant() {
    assert_eq!(
        listing([("alice", ADMIN), ("bob", BOBS), ("carol", USER)]),
        "ok"
    );
    assert_eq!(listing([("alice", ADMIN), ("bob", BOBS)]), "MIMI-5");
    assert_eq!(
        listing([("alice", ADMIN), ("bob", BOBS), ("carol", 1)]),
        "MIMI-5"
    );
}

#[test]
fn mimi_5_a_user_is_found_by_its_devices() {
    let device = LeafInfo::basic("mimi://a.example/d/erin/phone");
    let epoch = EpochState::new(b"room").with_leaf(LeafIndex(0), device);
    let users = |user| with::<ParticipantList>(epoch.clone(), &Participants::of([(user, 2)]));
    assert_eq!(rule(holds(&users("mimi://a.example/u/erin"))), "ok");
    assert_eq!(rule(holds(&users("mimi://b.example/u/erin"))), "MIMI-5");
}

#[test]
fn mimi_25_a_list_that_is_none() {
    let all = [("alice", ADMIN), ("bob", BOBS), ("carol", USER)];
    for more in [("alice", ADMIN), ("", USER), ("erin", 0)] {
        assert_eq!(listing(all.into_iter().chain([more])), "MIMI-25");
    }
}

#[test]
fn rp_1_each_participant_has_a_role_that_is_there() {
    let all = [
        ("alice", ADMIN),
        ("bob", BOBS),
        ("carol", USER),
        ("erin", 9),
    ];
    assert_eq!(listing(all), "RP-1");
    let gone = with_roles(|roles| roles.retain(|role| role.role_index != BOBS));
    assert_eq!(rule(holds(&gone)), "RP-1");
}

#[test]
fn rp_1_roles_are_told_apart() {
    let twice = with_roles(|roles| roles.push(Role::new(USER, "other")));
    assert_eq!(rule(holds(&twice)), "RP-1");
    let named = with_roles(|roles| roles[1] = Role::new(1, "outcasts"));
    assert_eq!(rule(holds(&named)), "RP-1");
    for index in [1, USER] {
        let open = with_roles(|roles| {
            roles[index as usize]
                .role_capabilities
                .push(Capability::OPEN_JOIN);
        });
        assert_eq!(rule(holds(&open)), "RP-1");
    }
    let open = with_roles(|roles| roles[0].role_capabilities.push(Capability::OPEN_JOIN));
    assert_eq!(rule(holds(&open)), "ok");
}

#[test]
fn rp_1_updates_that_are_no_roles_are_refused() {
    let twice = Roles {
        roles: vec![Role::new(USER, "user"), Role::new(USER, "other")],
    };
    let deeds = [update::<Policy<Roles>>(&twice)];
    let reject = commit(&epoch(), &ALICE, deeds).unwrap_err();
    assert_eq!((reject.rule(), reject.culprit()), ("RP-1", Some(0)));
}

#[test]
fn rp_4_nobody_adds_users_to_a_fixed_membership() {
    assert_eq!(with_base(|base| base.fixed_membership = Flag(true)), "RP-4");
    let adds = |right: &Capability| *right == Capability::ADD_PARTICIPANT;
    let fixed = BasePolicy {
        fixed_membership: Flag(true),
        ..BasePolicy::default()
    };
    let nobody = with_roles(|roles| roles[3].role_capabilities.retain(|right| !adds(right)));
    assert_eq!(
        rule(holds(&with::<Policy<BasePolicy>>(nobody, &fixed))),
        "ok"
    );
}

#[test]
fn rp_5_a_room_names_the_parent_it_depends_on() {
    assert_eq!(with_base(|base| base.parent_dependent = Flag(true)), "RP-5");
    assert_eq!(
        with_base(|base| base.parent_room = "mimi://a".into()),
        "RP-5"
    );
    assert_eq!(
        with_base(|base| {
            base.parent_dependent = Flag(true);
            base.parent_room = "mimi://a/r/parent".into();
        }),
        "ok"
    );
}

#[test]
fn rp_6_clients_and_users_are_counted() {
    assert_eq!(with_base(|base| base.max_clients = Some(3)), "ok");
    assert_eq!(with_base(|base| base.max_clients = Some(2)), "RP-6");
    // Dave is banned, and does not count.
    assert_eq!(with_base(|base| base.max_users = Some(4)), "ok");
    assert_eq!(with_base(|base| base.max_users = Some(3)), "RP-6");
}

#[test]
fn rp_6_one_client_each_where_that_is_the_rule() {
    assert_eq!(with_base(|base| base.multi_device = Flag(false)), "ok");
    let single = BasePolicy {
        multi_device: Flag(false),
        ..BasePolicy::default()
    };
    let two = epoch().with_leaf(LeafIndex(3), LeafInfo::basic("carol"));
    assert_eq!(
        rule(holds(&with::<Policy<BasePolicy>>(two, &single))),
        "RP-6"
    );
}

#[test]
fn rp_6_a_commit_that_ends_above_the_limit_is_refused() {
    let limited = BasePolicy {
        max_clients: Some(3),
        ..BasePolicy::default()
    };
    let room = with::<Policy<BasePolicy>>(epoch(), &limited);
    assert_eq!(rule(commit(&room, &ALICE, [add("frank")])), "RP-6");
    assert_eq!(rule(commit(&room, &ALICE, [remove(2), add("frank")])), "ok");
}

#[test]
fn rp_9_what_refers_to_no_role_is_an_alarm() {
    let to = with_roles(|roles| roles[3] = roles[3].clone().moving(USER, [9]));
    let from = with_roles(|roles| roles[3] = roles[3].clone().moving(9, [USER]));
    for epoch in [to, from] {
        assert_eq!(concerns(&epoch), ["RP-9"]);
        assert_eq!(rule(holds(&epoch)), "ok");
    }
    let preauth = |role| Preauth {
        preauthorized_entries: vec![PreauthEntry {
            claimset: vec![mls_trellis_mimi_room::Claim::new(
                mls_trellis_hooks::CredentialType::BASIC,
                "",
                b"erin",
            )],
            target_role: Role::new(role, ""),
        }],
    };
    let epoch = |role| with::<Policy<Preauth>>(epoch(), &preauth(role));
    assert_eq!(concerns(&epoch(9)), ["RP-9"]);
    assert_eq!(concerns(&epoch(USER)), [""; 0]);
}

#[test]
fn rp_25_preauthorizing_everybody_is_an_alarm() {
    let everybody = Preauth {
        preauthorized_entries: vec![PreauthEntry {
            claimset: Vec::new(),
            target_role: Role::new(USER, "user"),
        }],
    };
    let epoch = with::<Policy<Preauth>>(epoch(), &everybody);
    assert_eq!(concerns(&epoch), ["RP-25"]);
    assert_eq!(rule(holds(&epoch)), "ok");
}

#[test]
fn rp_34_a_policy_that_binds_nobody_is_an_alarm() {
    let plain = EpochState::new(b"room");
    let alone = with::<Policy<BasePolicy>>(plain, &BasePolicy::default());
    assert_eq!(concerns(&alone), ["RP-34"]);
}
