//! The room's policy answers for others.

use mls_trellis_hooks::{Action, Actor, EpochState, Sent};
use mls_trellis_mimi_room::{Capability, ParticipantList, ParticipantsUpdate, Role};

use crate::room::*;

fn answer(epoch: &EpochState, from: &Actor, action: Action<'_>) -> Option<String> {
    epoch.may(from, &action).map(rule)
}

fn bobs(right: Capability) -> EpochState {
    room(Role::new(BOBS, "bob's").with([right]))
}

#[test]
fn rp_29_actions_need_the_right_that_is_theirs() {
    for (action, right) in [
        (Action::new("message", "send"), Capability::SEND_MESSAGE),
        (
            Action::new("message", "receive"),
            Capability::RECEIVE_MESSAGE,
        ),
        (Action::new("message", "report"), Capability::REPORT_ABUSE),
        (Action::new("room", "destroy"), Capability::DESTROY_ROOM),
        (
            Action::new("room_metadata", "name"),
            Capability::CHANGE_ROOM_NAME,
        ),
        (
            Action::new("room_metadata", "description"),
            Capability::CHANGE_ROOM_DESCRIPTION,
        ),
        (
            Action::new("room_metadata", "avatar"),
            Capability::CHANGE_ROOM_AVATAR,
        ),
        (
            Action::new("room_metadata", "subject"),
            Capability::CHANGE_ROOM_SUBJECT,
        ),
        (
            Action::new("room_metadata", "mood"),
            Capability::CHANGE_ROOM_MOOD,
        ),
        (Action::new("poll", "close"), Capability::CLOSE_POLL),
    ] {
        let epoch = bobs(right);
        assert_eq!(
            answer(&epoch, &BOB, action).as_deref(),
            Some("ok"),
            "{action}"
        );
        assert_eq!(
            answer(&epoch, &CAROL, action).as_deref(),
            Some("RP-29"),
            "{action}"
        );
        assert_eq!(
            answer(&epoch, &joiner("erin"), action).as_deref(),
            Some("RP-29")
        );
    }
}

#[test]
fn rp_29_no_opinion_on_what_the_room_does_not_speak_of() {
    let epoch = bobs(Capability::SEND_MESSAGE);
    assert_eq!(answer(&epoch, &BOB, Action::new("poll", "close")), None);
    assert_eq!(answer(&epoch, &BOB, Action::new("poll", "open")), None);
    assert_eq!(answer(&epoch, &BOB, Action::new("other", "close")), None);
}

#[test]
fn rp_29_no_opinion_without_roles() {
    let epoch = EpochState::new(b"room").with_plugins(&plugins());
    let send = Action::new("message", "send");
    assert_eq!(answer(&epoch, &ALICE, send), None);
    let listed = with::<ParticipantList>(epoch, &people());
    assert_eq!(answer(&listed, &ALICE, send), None);
}

/// The room as a hub sees it that has accepted an update which nobody has committed yet.
fn accepted(update: ParticipantsUpdate) -> EpochState {
    let mut user = Role::new(BOBS, "bob's");
    user = user.with([Capability::SEND_MESSAGE]);
    let update = Sent {
        from: ALICE,
        by_reference: false,
        position: 0,
        body: update,
    };
    let list = people().updated(&[update]).unwrap();
    with::<ParticipantList>(room(user), &list)
}

#[test]
fn mimi_6_who_is_removed_or_banned_says_no_more() {
    let send = Action::new("message", "send");
    let says = |update| answer(&accepted(update), &BOB, send);
    assert_eq!(says(ParticipantsUpdate::default()).as_deref(), Some("ok"));
    let (gone, banned) = (people().remove("bob"), people().change("bob", 1));
    assert_eq!(says(gone.unwrap()).as_deref(), Some("RP-29"));
    assert_eq!(says(banned.unwrap()).as_deref(), Some("RP-29"));
}

#[test]
fn mimi_7_a_role_counts_for_the_hub_as_soon_as_it_is_accepted() {
    let raised = people().change("carol", BOBS).unwrap();
    let send = Action::new("message", "send");
    assert_eq!(
        answer(&accepted(raised), &CAROL, send).as_deref(),
        Some("ok")
    );
    let nothing = accepted(ParticipantsUpdate::default());
    assert_eq!(answer(&nothing, &CAROL, send).as_deref(), Some("RP-29"));
}

#[test]
fn rp_29_a_refusal_says_what_and_whose() {
    let reject = bobs(Capability::SEND_MESSAGE).may(&CAROL, &Action::new("message", "send"));
    insta::assert_snapshot!(reject.unwrap().unwrap_err(), @"RP-29: carol may not message send (forbidden by policy; refused by participant_list)");
}
