//! What honest members do, and what their own clients keep them from.

use super::*;

#[test]
fn rp_10_a_user_comes_and_goes_and_all_agree() {
    let mut room = Room::of(&["bob", "carol"]);
    let laptop = client("bob/laptop", plugins());
    let sealed = room.members[1]
        .commit()
        .add(&key_package(&laptop))
        .seal()
        .unwrap();
    let joined = laptop.join(sealed.welcome.as_ref().unwrap()).unwrap();
    room.take(1, &sealed);
    room.members.push(joined);
    room.agree();

    // Bob goes, with both clients; one left behind is refused where the commit is made.
    let gone = room.list().remove(&user("bob")).unwrap();
    let half = room.members[0]
        .commit()
        .update::<ParticipantList>(&gone)
        .remove(LeafIndex(1));
    assert_eq!(reason(&half.seal().unwrap_err()), "MIMI-5");
    let whole = room.members[0].commit().update::<ParticipantList>(&gone);
    let sealed = whole
        .remove(LeafIndex(1))
        .remove(LeafIndex(3))
        .seal()
        .unwrap();
    room.take(0, &sealed);
    room.agree();
    assert_eq!(room.members.len(), 2);
}

#[test]
fn rp_10_a_role_that_comes_with_the_commit_cannot_be_used_in_it() {
    let mut room = Room::of(&["bob", "carol"]);
    // Bob proposes to remove carol. Alice makes him an admin; that comes too late for his proposal,
    // which is left out.
    let kick = room.members[1].propose_remove(LeafIndex(2)).unwrap();
    room.hear(Some(1), &kick.message);
    let raise = room.list().change(&user("bob"), ADMIN).unwrap();
    let sealed = room.members[0]
        .commit()
        .update::<ParticipantList>(&raise)
        .seal()
        .unwrap();
    room.take(0, &sealed);
    room.agree();
    assert_eq!(room.members.len(), 3);
}

#[test]
fn rp_15_leaving_is_proposed_and_committed_by_another() {
    let mut room = Room::of(&["bob", "carol"]);
    let gone = room.list().remove(&user("bob")).unwrap();
    let list = room.members[1]
        .propose_update::<ParticipantList>(&gone)
        .unwrap();
    room.hear(Some(1), &list.message);
    let leaf = room.members[1].propose_leave().unwrap();
    room.hear(Some(1), &leaf.message);
    let sealed = room.members[2].commit().seal().unwrap();
    room.take(2, &sealed);
    room.agree();
    assert_eq!(room.members.len(), 2);
    assert_eq!(room.list().position(&user("bob")), None);
}

#[test]
fn rp_12_a_new_device_joins_from_outside() {
    let mut room = Room::of(&["bob"]);
    let info = room.members[0].group_info().unwrap();
    let phone = client("bob/phone", plugins());
    let (joined, sealed) = phone.join_external(&info).seal().unwrap();
    room.hub.receive(&sealed.commit).unwrap();
    for member in &mut room.members {
        member.receive(&sealed.commit).unwrap();
    }
    room.members.push(joined);
    room.agree();
}

#[test]
fn rp_7_the_hub_kicks_by_the_right_for_which_it_is_preauthorized() {
    let mut room = Room::of(&["bob", "carol"]);
    let kick = {
        let outsider = room.hub.speak_as(&room.hub_signer).unwrap();
        outsider.propose_remove(LeafIndex(1)).unwrap()
    };
    room.hear(None, &kick);
    let sealed = room.members[2].commit().seal().unwrap();
    room.take(2, &sealed);
    room.agree();
    assert_eq!(room.members.len(), 2);
    assert!(
        room.list().position(&user("bob")).is_some(),
        "kicked, not removed"
    );
}

/// Another draft has taken the numbers, so this deployment moved its rooms.
#[test]
fn rp_10_a_room_is_judged_under_whatever_numbers() {
    let moved = || {
        let profile = Profile::new("moved").assign("participant_list", ComponentId(0x8122));
        let profile = profile.assign("roles_list", ComponentId(0x8125));
        with_profile(profile.assign("preauth_list", ComponentId(0x0022)))
    };
    let config = GroupConfig::new(b"room")
        .with::<ParticipantList>(&Participants::of([(user("alice").as_str(), ADMIN)]))
        .with::<Policy<Roles>>(&roles())
        .with::<Policy<Preauth>>(&Preauth::default());
    let mut alice = client("alice", moved()).create_group(config).unwrap();
    assert!(alice.epoch().data(ComponentId(0x8122)).is_some());
    let bob = client("bob", moved());
    let commit = alice.commit().add(&key_package(&bob));
    let sealed = commit
        .update::<ParticipantList>(&joins("bob", USER))
        .seal()
        .unwrap();
    alice.accept(&sealed).unwrap();
    let mut at_bob = bob.join(&sealed.welcome.unwrap()).unwrap();
    let refused = at_bob.commit().remove(LeafIndex(0)).seal();
    assert_eq!(reason(&refused.err().unwrap()), "RP-17");
    let refused = at_bob
        .commit()
        .update::<Policy<Preauth>>(&Preauth::default())
        .seal();
    assert_eq!(reason(&refused.err().unwrap()), "RP-22");
    let refused = alice
        .commit()
        .add(&key_package(&client("erin", moved())))
        .seal();
    assert_eq!(reason(&refused.err().unwrap()), "MIMI-5");
}

#[test]
fn rp_29_the_room_decides_who_ends_polls() {
    let mut room = Room::of(&["bob"]);
    let question = Update::open("Lunch?", ["soup", "rice"]);
    let sealed = room.members[1]
        .commit()
        .update::<Poll>(&question)
        .seal()
        .unwrap();
    room.take(1, &sealed);
    // Only enforcers have the right; bob, who asked, is none.
    let refused = room.members[1]
        .commit()
        .update::<Poll>(&Update::Close)
        .seal();
    assert_eq!(reason(&refused.err().unwrap()), "RP-29");
}
