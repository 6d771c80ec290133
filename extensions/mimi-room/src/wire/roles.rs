//! Roles and their capabilities (draft-ietf-mimi-room-policy-03, sections 3, 8 and 10.2).

use mls_trellis_hooks::wire::Opaque;
use std::fmt;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// The role of those who are not on the list.
pub const NO_ROLE: u32 = 0;
/// The role of those who must not come back.
pub const BANNED: u32 = 1;

/// All roles of a room: `RoleData` of the draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Roles {
    /// The roles. Their indexes need not be contiguous.
    pub roles: Vec<Role>,
}

/// What participants of one kind may do.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Role {
    /// The number by which it is referred to: [`NO_ROLE`], [`BANNED`], or any other.
    pub role_index: u32,
    /// Its name, for people.
    pub role_name: Opaque,
    /// What it is for; may be empty.
    pub role_description: Opaque,
    /// What its holders may do. Unknown numbers are kept and give no right that is known here.
    pub role_capabilities: Vec<Capability>,
    /// At least so many users have it; zero for any number.
    pub minimum_participants_constraint: u32,
    /// At most so many users have it.
    pub maximum_participants_constraint: Option<u32>,
    /// At least so many users with clients have it; zero for any number.
    pub minimum_active_participants_constraint: u32,
    /// At most so many users with clients have it.
    pub maximum_active_participants_constraint: Option<u32>,
    /// From which role to which others its holders may move users.
    pub authorized_role_changes: Vec<RoleChanges>,
}

/// Where users of one role may be moved: `SingleSourceRoleChangeTargets` of the draft.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct RoleChanges {
    /// From this role,
    pub from_role_index: u32,
    /// to any of these.
    pub target_role_indexes: Vec<u32>,
}

/// A right: `CapabilityType` of the draft, with the values of its registry.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, TlsSize, TlsSerialize, TlsDeserialize,
)]
pub struct Capability(pub u16);

impl fmt::Debug for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x}", self.0)
    }
}

/// Those that a client or hub can enforce. What is only reserved is marked so.
impl Capability {
    /// Adds another user to the list, and clients of it to the group.
    pub const ADD_PARTICIPANT: Self = Self(0x0000);
    /// Takes another user off the list, with all its clients.
    pub const REMOVE_PARTICIPANT: Self = Self(0x0001);
    /// Adds further clients of its own.
    pub const ADD_OWN_CLIENT: Self = Self(0x0002);
    /// Removes clients of its own and stays on the list.
    pub const REMOVE_OWN_CLIENT: Self = Self(0x0003);
    /// On role 0 only: anybody joins.
    pub const OPEN_JOIN: Self = Self(0x0004);
    /// Who is preauthorized for the role joins with it.
    pub const JOIN_IF_PREAUTHORIZED: Self = Self(0x0005);
    /// Leaves.
    pub const REMOVE_SELF: Self = Self(0x0006);
    /// Makes join links (reserved by the draft).
    pub const CREATE_JOIN_CODE: Self = Self(0x0007);
    /// Withdraws join links (reserved by the draft).
    pub const DELETE_JOIN_CODE: Self = Self(0x0008);
    /// Joins with a code that the hub takes.
    pub const USE_JOIN_CODE: Self = Self(0x0009);
    /// Bans another user.
    pub const BAN: Self = Self(0x000a);
    /// Lifts a ban.
    pub const UNBAN: Self = Self(0x000b);
    /// Removes another user's clients and leaves the user on the list.
    pub const KICK: Self = Self(0x000c);
    /// Gives another user another role.
    pub const CHANGE_USER_ROLE: Self = Self(0x000f);
    /// Takes the role for which it is preauthorized.
    pub const CHANGE_OWN_ROLE: Self = Self(0x0010);
    /// Sends messages.
    pub const SEND_MESSAGE: Self = Self(0x0100);
    /// Receives messages.
    pub const RECEIVE_MESSAGE: Self = Self(0x0101);
    /// Reports abuse.
    pub const REPORT_ABUSE: Self = Self(0x0103);
    /// Changes the room's name.
    pub const CHANGE_ROOM_NAME: Self = Self(0x0300);
    /// Changes its descriptions.
    pub const CHANGE_ROOM_DESCRIPTION: Self = Self(0x0301);
    /// Changes its avatar.
    pub const CHANGE_ROOM_AVATAR: Self = Self(0x0302);
    /// Changes its subject.
    pub const CHANGE_ROOM_SUBJECT: Self = Self(0x0303);
    /// Changes its mood.
    pub const CHANGE_ROOM_MOOD: Self = Self(0x0304);
    /// Destroys the room.
    pub const DESTROY_ROOM: Self = Self(0x0501);
    /// Changes the base policy.
    pub const CHANGE_ROOM_MEMBERSHIP_STYLE: Self = Self(0x0502);
    /// Changes what roles are.
    pub const CHANGE_ROLE_DEFINITIONS: Self = Self(0x0503);
    /// Changes who is preauthorized.
    pub const CHANGE_PREAUTHORIZED_USER_LIST: Self = Self(0x0504);
    /// Changes any other policy (reserved by the draft).
    pub const CHANGE_OTHER_POLICY_ATTRIBUTE: Self = Self(0x0505);
    /// Changes the operational policy (reserved by the draft).
    pub const CHANGE_MLS_OPERATIONAL_POLICIES: Self = Self(0x0600);
    /// Proposes a ReInit.
    pub const SEND_MLS_REINIT_PROPOSAL: Self = Self(0x0601);
    /// Ends polls: one of our own, for private use.
    pub const CLOSE_POLL: Self = Self(0xf042);
    /// The first one for private use.
    pub const PRIVATE_USE: Self = Self(0xf000);
}

impl Role {
    /// A role without rights and limits.
    #[must_use]
    pub fn new(role_index: u32, name: &str) -> Self {
        Self {
            role_index,
            role_name: name.as_bytes().into(),
            role_description: Opaque::default(),
            role_capabilities: Vec::new(),
            minimum_participants_constraint: 0,
            maximum_participants_constraint: None,
            minimum_active_participants_constraint: 0,
            maximum_active_participants_constraint: None,
            authorized_role_changes: Vec::new(),
        }
    }

    /// The role of users that are banned: no rights, and no clients.
    #[must_use]
    pub fn banned() -> Self {
        Self {
            maximum_active_participants_constraint: Some(0),
            ..Self::new(BANNED, "banned")
        }
    }

    /// The same role with these rights too.
    #[must_use]
    pub fn with(mut self, capabilities: impl IntoIterator<Item = Capability>) -> Self {
        self.role_capabilities.extend(capabilities);
        self
    }

    /// The same role, whose holders may also move users from one role to others.
    #[must_use]
    pub fn moving(mut self, from: u32, to: impl IntoIterator<Item = u32>) -> Self {
        self.authorized_role_changes.push(RoleChanges {
            from_role_index: from,
            target_role_indexes: to.into_iter().collect(),
        });
        self
    }
}
