//! The rules of a room's metadata.

use mls_trellis_hooks::{Actor, EpochState, Reject, Sent};

use super::room::is_governed;
use crate::Metadata;

impl Metadata {
    /// MIMI-28.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        let texts = [
            ("name", &self.room_name),
            ("subject", &self.room_subject),
            ("mood", &self.room_mood),
        ];
        match texts.iter().find(|(_, text)| text.0.contains('\0')) {
            Some((what, _)) => Err(Reject::peer(
                "MIMI-28",
                format!("the room's {what} contains NUL"),
            )),
            None => Ok(()),
        }
    }

    /// MIMI-29, MIMI-30.
    pub(crate) fn concerns(&self) -> Vec<Reject> {
        let (room, avatar) = (&self.room_uri.0, &self.room_avatar.0);
        let room = uri_scheme(room)
            .is_none()
            .then(|| Reject::peer("MIMI-29", format!("the room's URI {room:?} is none")));
        let https =
            || uri_scheme(avatar).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        let avatar = (!avatar.is_empty() && !https()).then(|| {
            Reject::peer(
                "MIMI-30",
                format!("the room's avatar {avatar:?} is no https URI"),
            )
        });
        room.into_iter().chain(avatar).collect()
    }
}

/// The metadata after all updates of one commit.
pub(crate) fn fold(
    before: &EpochState,
    state: Option<Metadata>,
    updates: &[Sent<Metadata>],
) -> Result<Metadata, Reject> {
    let update = match updates {
        [] => return state.ok_or_else(|| Reject::misuse("MIMI-26", "there is no metadata")),
        [update] => update,
        [_, second, ..] => {
            let reject = Reject::peer("MIMI-26", "a second metadata update in the same commit");
            return Err(reject.culprit_at(second.position));
        }
    };
    authorised(before, &update.from)
        .and_then(|()| update.body.check())
        .map_err(|reject| reject.culprit_at(update.position))?;
    Ok(update.body.clone())
}

/// MIMI-20, where the room has no policy: members change what there is, and nobody else does. Where it
/// has one, the judge decides, who sees the whole commit.
pub(crate) fn authorised(before: &EpochState, from: &Actor) -> Result<(), Reject> {
    match from {
        Actor::Member(_) => Ok(()),
        _ if is_governed(before) => Ok(()),
        _ => Err(Reject::peer(
            "MIMI-20",
            format!("{from} is not a member and changes the room"),
        )),
    }
}

/// The scheme of a URI, or `None` when the text is none (RFC 3986, sections 2 and 3.1).
fn uri_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let in_rest = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    let scheme_is_one =
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(in_scheme);
    (scheme_is_one && !rest.is_empty() && rest.chars().all(in_rest)).then_some(scheme)
}
