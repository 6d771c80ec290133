//! The participant list (draft-ietf-mimi-protocol-06, section 7.5).

use mls_trellis_hooks::wire::Opaque;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// Who takes part in a room, and as what: `ParticipantListData` of the draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Participants {
    /// The users, in the order in which they came. Updates name them by their position.
    pub participants: Vec<UserRole>,
}

/// A user with a role: `UserRolePair` of the draft.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct UserRole {
    /// The user, such as `mimi://a.example/u/alice`.
    pub user: Opaque,
    /// The role's index.
    pub role_index: u32,
}

/// A listed user with a new role: `UserindexRolePair` of the draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct UserIndexRole {
    /// The user's position in the list before the update.
    pub user_index: u32,
    /// The index of the new role.
    pub role_index: u32,
}

/// A change of the list: `ParticipantListUpdate` of the draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ParticipantsUpdate {
    /// Who gets another role. These come first.
    pub changed_role_participants: Vec<UserIndexRole>,
    /// Who goes, by position in the list before the update. These come second.
    pub removed_indices: Vec<u32>,
    /// Who comes. They are appended.
    pub added_participants: Vec<UserRole>,
}

impl UserRole {
    /// A user with a role.
    #[must_use]
    pub fn new(user: &str, role_index: u32) -> Self {
        Self {
            user: user.as_bytes().into(),
            role_index,
        }
    }
}

impl Participants {
    /// A list of users with their roles.
    pub fn of<'a>(users: impl IntoIterator<Item = (&'a str, u32)>) -> Self {
        let users = users.into_iter();
        let participants = users.map(|(user, role)| UserRole::new(user, role));
        Self {
            participants: participants.collect(),
        }
    }

    /// A user's position, if the user is listed.
    #[must_use]
    pub fn position(&self, user: &str) -> Option<u32> {
        let mut positions = (0..).zip(&self.participants);
        let found = positions.find(|(_, listed)| listed.user.as_slice() == user.as_bytes());
        found.map(|(position, _)| position)
    }

    /// The update that gives a listed user another role.
    #[must_use]
    pub fn change(&self, user: &str, role_index: u32) -> Option<ParticipantsUpdate> {
        let user_index = self.position(user)?;
        Some(ParticipantsUpdate {
            changed_role_participants: vec![UserIndexRole {
                user_index,
                role_index,
            }],
            ..ParticipantsUpdate::default()
        })
    }

    /// The update that takes a user off the list.
    #[must_use]
    pub fn remove(&self, user: &str) -> Option<ParticipantsUpdate> {
        let position = self.position(user)?;
        Some(ParticipantsUpdate {
            removed_indices: vec![position],
            ..ParticipantsUpdate::default()
        })
    }
}

impl ParticipantsUpdate {
    /// The update that puts a user on the list.
    #[must_use]
    pub fn add(user: &str, role_index: u32) -> Self {
        Self {
            added_participants: vec![UserRole::new(user, role_index)],
            ..Self::default()
        }
    }
}
