//! The room's policy answers for other components.

use mls_trellis_hooks::{Action, Actor, Authority, EpochState, Reject};

use super::ParticipantList;
use crate::{
    Capability,
    state::{room::Room, standing::Standing},
};

/// Which right an action needs. The last ones are for private use, where the draft has none: a room
/// has an opinion on them only if one of its roles has the right.
const RIGHTS: &[(Action<'static>, Capability)] = &[
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
];

impl Authority for ParticipantList {
    fn may(
        &self,
        epoch: &EpochState,
        from: &Actor,
        action: &Action<'_>,
    ) -> Option<Result<(), Reject>> {
        let (_, capability) = RIGHTS.iter().find(|(known, _)| known == action)?;
        let room = Room::of(self.people.as_ref(), epoch).ok()??;
        let roles = room.roles()?;
        let somebody = roles.roles.iter().any(|role| role.may(*capability));
        if *capability >= Capability::PRIVATE_USE && !somebody {
            return None;
        }
        let by = Standing::of(&room, roles, from);
        Some(by.needs("RP-29", by.may(*capability), &format!("{action}")))
    }
}
