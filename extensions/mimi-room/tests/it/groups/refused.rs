//! What unruly members do, and everybody else refuses.

use super::*;

/// What a commit is to have.
type Edit<'a> = dyn Fn(Commit<'_>) -> Commit<'_> + 'a;

#[test]
fn mimi_20_what_an_unruly_member_commits_is_refused_by_members_and_hub() {
    let mut room = Room::of(&["bob"]);
    room.admit("mallory", &client("mallory", unruly()));
    let list = room.list();
    let mallory = 2;
    let erin = key_package(&client("erin", plugins()));
    let raise = list.change(&user("mallory"), ADMIN).unwrap();
    let others = list.remove(&user("bob")).unwrap();

    let mut attempt = |edit: &Edit<'_>, rule| {
        let sealed = edit(room.members[mallory].commit()).seal().unwrap();
        room.refused(Some(mallory), &sealed.commit, rule);
        room.members[mallory].discard(&sealed).unwrap();
    };
    attempt(&|c| c.update::<ParticipantList>(&raise), "RP-19");
    attempt(&|c| c.remove(LeafIndex(1)), "RP-17");
    attempt(
        &|c| c.update::<ParticipantList>(&others).remove(LeafIndex(1)),
        "RP-14",
    );
    attempt(&|c| c.add(&erin), "MIMI-5");
    attempt(
        &|c| c.add(&erin).update::<ParticipantList>(&joins("erin", USER)),
        "RP-11",
    );
    attempt(&|c| c.update::<Policy<Roles>>(&roles()), "RP-22");
    // Nothing is the matter with the room.
    room.admit("carol", &client("carol", plugins()));
}

#[test]
fn rp_27_of_two_proposals_that_are_one_too_many_the_second_is_left_out() {
    let mut room = Room::of(&["bob", "carol"]);
    room.admit("dave", &client("dave", plugins()));
    room.admit("mallory", &client("mallory", unruly()));
    for name in ["bob", "carol"] {
        let raise = room.list().change(&user(name), ADMIN).unwrap();
        let proposal = room.members[0]
            .propose_update::<ParticipantList>(&raise)
            .unwrap();
        room.hear(Some(0), &proposal.message);
    }
    // An unruly member commits both, and is refused; another commits one of them.
    let sealed = room.members[4].commit().seal().unwrap();
    room.refused(Some(4), &sealed.commit, "RP-27");
    room.members[4].discard(&sealed).unwrap();
    let sealed = room.members[3].commit().seal().unwrap();
    room.take(3, &sealed);
    room.agree();
    let raised = room
        .list()
        .participants
        .iter()
        .filter(|p| p.role_index == ADMIN)
        .count();
    assert_eq!(raised, 2, "alice and bob");
}

#[test]
fn mimi_5_a_banned_user_does_not_come_back_from_outside() {
    let mut room = Room::of(&["bob"]);
    let ban = room.list().change(&user("bob"), 1).unwrap();
    let sealed = room.members[0]
        .commit()
        .update::<ParticipantList>(&ban)
        .remove(LeafIndex(1));
    let sealed = sealed.seal().unwrap();
    room.take(0, &sealed);
    let info = room.members[0].group_info().unwrap();

    // An honest client notices by itself; the others refuse what an unruly one commits.
    let refused = client("bob/new", plugins()).join_external(&info).seal();
    assert_eq!(reason(&refused.err().unwrap()), "MIMI-5");
    let (_, sealed) = client("bob/new", unruly())
        .join_external(&info)
        .seal()
        .unwrap();
    room.refused(None, &sealed.commit, "MIMI-5");
    // Nor does a stranger come by putting itself on the list.
    let mallory = client("mallory", unruly());
    let joins = joins("mallory", USER);
    let join = mallory
        .join_external(&info)
        .update::<ParticipantList>(&joins);
    let (_, sealed) = join.seal().unwrap();
    room.refused(None, &sealed.commit, "RP-13");
}
