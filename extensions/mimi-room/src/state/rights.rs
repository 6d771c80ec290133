//! Which right each part of a commit needs: the table of draft-ietf-mimi-room-policy-03, section 8,
//! row by row.

use mls_trellis_hooks::{Actor, LeafIndex, LeafInfo, Reject};

use super::{
    participants::{Touch, name},
    room::{Room, stranger},
    standing::Standing,
};
use crate::{BANNED, Capability, JoinLinksUpdate, Metadata, NO_ROLE};

/// A change of a user's role, which is also how users come (from role 0) and go (to role 0).
pub(crate) fn touch(by: &Standing<'_>, touch: &Touch) -> Result<(), Reject> {
    let (from, to) = (touch.from, touch.to);
    let own = by.is(&touch.user.as_slice().into());
    let moves = |capabilities: &[Capability]| by.may_move(capabilities, from, to);
    let whom = name(touch);
    match (from, to) {
        (NO_ROLE, _) if own => by.needs("RP-13", by.may_join(to), &format!("join as role {to}")),
        (_, NO_ROLE) if own => by.needs("RP-15", moves(&[Capability::REMOVE_SELF]), "leave"),
        _ if own => {
            let due = by.to_take == Some(to) && by.may(Capability::CHANGE_OWN_ROLE);
            by.needs("RP-19", due, &format!("take role {to}"))
        }
        (NO_ROLE, BANNED) => {
            let right = moves(&[Capability::BAN, Capability::ADD_PARTICIPANT]);
            by.needs("RP-20", right, &format!("ban {whom}"))
        }
        (NO_ROLE, _) => {
            let right = moves(&[Capability::ADD_PARTICIPANT]);
            by.needs("RP-11", right, &format!("add {whom} as role {to}"))
        }
        (_, NO_ROLE) => {
            let right = moves(&[Capability::REMOVE_PARTICIPANT]);
            by.needs("RP-14", right, &format!("remove {whom}"))
        }
        (_, BANNED) => {
            let right = moves(&[Capability::BAN, Capability::CHANGE_USER_ROLE]);
            by.needs("RP-20", right, &format!("ban {whom}"))
        }
        (BANNED, _) => {
            let right = moves(&[Capability::UNBAN, Capability::CHANGE_USER_ROLE]);
            by.needs("RP-21", right, &format!("unban {whom} as role {to}"))
        }
        _ => {
            let right = moves(&[Capability::CHANGE_USER_ROLE]);
            by.needs("RP-18", right, &format!("give {whom} role {to}"))
        }
    }
}

/// A client that comes, by an Add or by an external commit.
pub(crate) fn add(
    by: &Standing<'_>,
    before: &Room<'_>,
    after: &Room<'_>,
    leaf: &LeafInfo,
) -> Result<(), Reject> {
    let user = after.user(leaf);
    if !after.takes_part(&user) {
        return Err(Reject::peer("MIMI-5", stranger(after, &user)));
    }
    let role = after.role_of(&user);
    if !by.is(&user) {
        let right = by.may_move(&[Capability::ADD_PARTICIPANT], NO_ROLE, role);
        return by.needs("RP-11", right, &format!("add clients of {user}"));
    }
    // Who comes with the first client was judged as it was put on the list.
    let known = before.role_of(&user) != NO_ROLE;
    let right = !known || by.may(Capability::ADD_OWN_CLIENT);
    by.needs("RP-12", right, "add a further client")
}

/// A client that goes.
pub(crate) fn remove(
    by: &Standing<'_>,
    actor: &Actor,
    before: &Room<'_>,
    after: &Room<'_>,
    index: LeafIndex,
) -> Result<(), Reject> {
    let Some(leaf) = before.epoch.leaf(index) else {
        return Ok(()); // The engine refuses it.
    };
    let user = before.user(leaf);
    let (was, is) = (before.role_of(&user), after.role_of(&user));
    let leaves = is == NO_ROLE || is == BANNED;
    if by.is(&user) {
        // A client that comes again replaces itself, and that is judged as an addition.
        let replaces = matches!(actor, Actor::Joiner(new) if new.identity == leaf.identity);
        let right = leaves || replaces || by.may(Capability::REMOVE_OWN_CLIENT);
        return by.needs("RP-16", right, "remove a client of its own");
    }
    let kick = by.may(Capability::KICK);
    let (rule, right) = match is {
        NO_ROLE => (
            "RP-14",
            by.may_move(&[Capability::REMOVE_PARTICIPANT], was, NO_ROLE),
        ),
        BANNED => ("RP-20", by.may_move(&[Capability::BAN], was, BANNED)),
        _ => ("RP-17", false),
    };
    by.needs(rule, right || kick, &format!("remove clients of {user}"))
}

/// Each changed field of the metadata: RP-23.
pub(crate) fn metadata(
    by: &Standing<'_>,
    before: Option<&Metadata>,
    after: Option<&Metadata>,
) -> Result<(), Reject> {
    let empty = Metadata::new("", "");
    let (old, new) = (before.unwrap_or(&empty), after.unwrap_or(&empty));
    let fields = [
        (
            old.room_name != new.room_name,
            Capability::CHANGE_ROOM_NAME,
            "name",
        ),
        (
            old.room_descriptions != new.room_descriptions,
            Capability::CHANGE_ROOM_DESCRIPTION,
            "descriptions",
        ),
        (
            old.room_avatar != new.room_avatar,
            Capability::CHANGE_ROOM_AVATAR,
            "avatar",
        ),
        (
            old.room_subject != new.room_subject,
            Capability::CHANGE_ROOM_SUBJECT,
            "subject",
        ),
        (
            old.room_mood != new.room_mood,
            Capability::CHANGE_ROOM_MOOD,
            "mood",
        ),
    ];
    for (_, capability, what) in fields.iter().filter(|(changed, ..)| *changed) {
        by.needs(
            "RP-23",
            by.may(*capability),
            &format!("change the room's {what}"),
        )?;
    }
    // No right covers the room's own URI: it is set once.
    let renamed = before.is_some() && old.room_uri != new.room_uri;
    by.needs("RP-23", !renamed, "change the room's URI")
}

/// Join links that come and go: RP-22, with the rights that the draft reserves for it.
pub(crate) fn join_links(by: &Standing<'_>, update: &JoinLinksUpdate) -> Result<(), Reject> {
    let adds = update.added_links.is_empty() || by.may(Capability::CREATE_JOIN_CODE);
    by.needs("RP-22", adds, "make join links")?;
    let removes = update.removed_indices.is_empty() || by.may(Capability::DELETE_JOIN_CODE);
    by.needs("RP-22", removes, "withdraw join links")
}
