//! What updates do to the participant list, whoever sends them.

use mls_trellis_hooks::{Change, EpochState, LeafIndex, LeafInfo, Place};
use mls_trellis_mimi_room::{
    ParticipantList, Participants, ParticipantsUpdate, UserIndexRole, UserRole,
};
use proptest::prelude::*;

use crate::room::*;

/// A room with a list and without roles, where every member may do everything. Only alice has a client.
fn plain() -> EpochState {
    let epoch = EpochState::new(b"room").with_leaf(LeafIndex(0), LeafInfo::basic("alice"));
    with::<ParticipantList>(epoch, &list())
}

fn list() -> Participants {
    Participants::of([("alice", 3), ("bob", 2), ("carol", 2), ("dave", 1)])
}

fn after(updates: &[ParticipantsUpdate]) -> Result<Participants, String> {
    let updates = updates.iter().map(update::<ParticipantList>);
    match commit(&plain(), &ALICE, updates) {
        Ok(epoch) => Ok(epoch.state::<ParticipantList>().unwrap().unwrap()),
        Err(reject) => Err(format!("{} at {:?}", reject.rule(), reject.culprit())),
    }
}

fn changes(changes: &[(u32, u32)]) -> ParticipantsUpdate {
    let changes = changes
        .iter()
        .map(|(user_index, role_index)| UserIndexRole {
            user_index: *user_index,
            role_index: *role_index,
        });
    ParticipantsUpdate {
        changed_role_participants: changes.collect(),
        ..Default::default()
    }
}

fn removes(indices: &[u32]) -> ParticipantsUpdate {
    ParticipantsUpdate {
        removed_indices: indices.to_vec(),
        ..Default::default()
    }
}

#[test]
fn it_stands_in_the_group_context() {
    let plugins = plugins();
    let ids: Vec<_> = plugins.components().map(|e| (e.id.0, e.places())).collect();
    let expected = (0x22..=0x30).map(|id| (id, vec![Place::GroupContext]));
    assert_eq!(
        ids.into_iter()
            .filter(|(id, _)| *id >= 0x22)
            .collect::<Vec<_>>(),
        expected.collect::<Vec<_>>()
    );
}

#[test]
fn mimi_25_roles_change_then_users_go_then_users_come() {
    let update = ParticipantsUpdate {
        changed_role_participants: changes(&[(3, 2)]).changed_role_participants,
        removed_indices: vec![2, 1],
        added_participants: vec![UserRole::new("erin", 4), UserRole::new("frank", 2)],
    };
    let expected = Participants::of([("alice", 3), ("dave", 2), ("erin", 4), ("frank", 2)]);
    assert_eq!(after(&[update]), Ok(expected));
}

#[test]
fn mimi_25_nothing_changes_by_an_empty_update() {
    assert_eq!(after(&[ParticipantsUpdate::default()]), Ok(list()));
}

#[test]
fn mimi_25_an_index_out_of_range_is_refused() {
    for update in [changes(&[(4, 2)]), removes(&[4]), removes(&[u32::MAX])] {
        assert_eq!(after(&[update]), Err("MIMI-25 at Some(0)".into()));
    }
    assert!(after(&[changes(&[(3, 2)])]).is_ok());
}

#[test]
fn mimi_25_one_user_is_touched_once() {
    let at_once = ParticipantsUpdate {
        changed_role_participants: changes(&[(1, 3)]).changed_role_participants,
        removed_indices: vec![1],
        added_participants: Vec::new(),
    };
    let again = ParticipantsUpdate {
        removed_indices: vec![1],
        added_participants: vec![UserRole::new("bob", 2)],
        ..Default::default()
    };
    for update in [changes(&[(1, 3), (1, 2)]), removes(&[1, 1]), at_once, again] {
        assert_eq!(after(&[update]), Err("MIMI-25 at Some(0)".into()));
    }
    // The same by two updates: bob is a user, then an admin; or goes and comes back.
    let back = ParticipantsUpdate::add("bob", 2);
    for (one, two) in [
        (changes(&[(1, 3)]), changes(&[(1, 2)])),
        (removes(&[1]), back),
    ] {
        assert_eq!(after(&[one, two]), Err("MIMI-25 at Some(1)".into()));
    }
}

#[test]
fn mimi_25_a_later_update_refers_to_the_list_that_the_earlier_one_leaves() {
    let updates = [removes(&[1]), changes(&[(1, 3)])];
    let expected = Participants::of([("alice", 3), ("carol", 3), ("dave", 1)]);
    assert_eq!(after(&updates), Ok(expected));
    // A stale index is one that is out of range now.
    assert_eq!(
        after(&[removes(&[1]), removes(&[3])]),
        Err("MIMI-25 at Some(1)".into())
    );
}

#[test]
fn mimi_25_two_updates_in_one_commit_are_none_of_ours() {
    let plugins = plugins();
    let judge = plugins
        .component(mls_trellis_hooks::ComponentId(0x22))
        .unwrap()
        .judge
        .clone()
        .unwrap();
    let concerns = |updates: &[ParticipantsUpdate]| {
        let before = plain();
        let proposals: Vec<_> = (0..)
            .zip(updates)
            .map(|(position, body)| mls_trellis_hooks::Sent {
                from: ALICE,
                by_reference: false,
                position,
                body: update::<ParticipantList>(body),
            })
            .collect();
        let cx = mls_trellis_hooks::CommitView {
            id: mls_trellis_hooks::ComponentId(0x22),
            committer: &ALICE,
            proposals: &proposals,
            path: None,
            before: &before,
            after: &before,
        };
        let concerns = judge.concerns(&cx);
        concerns
            .iter()
            .map(|r| (r.rule().to_owned(), r.culprit()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        concerns(&[removes(&[1]), removes(&[1])]),
        [("MIMI-25".into(), Some(1))]
    );
    assert_eq!(concerns(&[removes(&[1])]), []);
}

#[test]
fn mimi_25_a_listed_user_is_not_added_again() {
    for user in ["bob", "dave"] {
        let again = ParticipantsUpdate::add(user, 2);
        assert_eq!(after(&[again]), Err("MIMI-25 at Some(0)".into()));
    }
}

#[test]
fn mimi_25_users_have_a_name_and_a_role() {
    for update in [
        ParticipantsUpdate::add("", 2),
        ParticipantsUpdate::add("erin", 0),
        changes(&[(1, 0)]),
    ] {
        assert_eq!(after(&[update]), Err("MIMI-25 at Some(0)".into()));
    }
}

#[test]
fn mimi_20_without_roles_members_change_the_list_and_nobody_else() {
    let erin = || {
        [update::<ParticipantList>(&ParticipantsUpdate::add(
            "erin", 2,
        ))]
    };
    assert_eq!(rule(commit(&plain(), &ALICE, erin())), "ok");
    assert_eq!(rule(commit(&plain(), &joiner("erin"), erin())), "MIMI-20");
    let from_outside = [(mls_trellis_hooks::Actor::External(0), erin()[0].clone())];
    assert_eq!(rule(commit_of(&plain(), &ALICE, from_outside)), "MIMI-20");
}

#[test]
fn mimi_20_a_list_is_never_dropped() {
    let drop: [Change; 1] = [drop_state::<ParticipantList>()];
    assert_eq!(rule(commit(&plain(), &ALICE, drop.clone())), "MIMI-20");
    let governed = room(mls_trellis_mimi_room::Role::new(BOBS, ""));
    assert_eq!(rule(commit(&governed, &ALICE, drop)), "MIMI-20");
}

#[test]
fn updates_are_made_from_the_list() {
    assert_eq!(list().change("carol", 3), Some(changes(&[(2, 3)])));
    assert_eq!(list().remove("bob"), Some(removes(&[1])));
    assert_eq!(list().remove("erin"), None);
}

fn updates() -> impl Strategy<Value = Vec<ParticipantsUpdate>> {
    let change = (0u32..6, 0u32..4);
    let added = (
        prop::sample::select(vec!["alice", "erin", "frank", ""]),
        0u32..4,
    );
    let one = (
        prop::collection::vec(change, 0..3),
        prop::collection::vec(0u32..6, 0..3),
        prop::collection::vec(added, 0..3),
    );
    let one = one.prop_map(|(changed, removed_indices, added)| ParticipantsUpdate {
        changed_role_participants: changes(&changed).changed_role_participants,
        removed_indices,
        added_participants: added.iter().map(|(u, r)| UserRole::new(u, *r)).collect(),
    });
    prop::collection::vec(one, 0..3)
}

proptest! {
    /// Whatever is sent: the list stays one, and users whom no update touches keep their roles and
    /// their order.
    #[test]
    fn mimi_25_a_list_stays_a_list(updates in updates()) {
        let updates: Vec<_> = updates.iter().map(update::<ParticipantList>).collect();
        if let Ok(epoch) = commit(&plain(), &ALICE, updates) {
            let list = epoch.state::<ParticipantList>().unwrap().unwrap().participants;
            let mut users: Vec<_> = list.iter().map(|listed| listed.user.clone()).collect();
            prop_assert!(list.iter().all(|listed| listed.role_index != 0));
            users.sort();
            users.dedup();
            prop_assert_eq!(users.len(), list.len());
        }
    }
}
