//! The base policy of a room (draft-ietf-mimi-room-policy-03, section 5).

use std::io::{Read, Write};

use mls_trellis_hooks::{ComponentId, wire::Text};
use tls_codec::{Deserialize, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize};

/// What holds in the whole room: `BaseRoomPolicy` of the draft.
///
/// The draft writes `Uri parent_room<V>`; it is read as one URI, which may be empty.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct BasePolicy {
    /// Users neither come nor go after the room was made.
    pub fixed_membership: Flag,
    /// The participants are some of those of another room.
    pub parent_dependent: Flag,
    /// That room; empty if there is none.
    pub parent_room: Text,
    /// A user may have several clients at a time.
    pub multi_device: Flag,
    /// At most so many clients.
    pub max_clients: Option<u32>,
    /// At most so many users that are not banned.
    pub max_users: Option<u32>,
    /// Credentials may speak of pseudonyms.
    pub pseudonyms_allowed: Flag,
    /// The room outlives its MLS group.
    pub persistent_room: Flag,
    /// The room can be searched for.
    pub discoverable: Flag,
    /// The other components that make the room's policy.
    pub policy_component_ids: Vec<ComponentId>,
}

impl Default for BasePolicy {
    /// A room of its own, without limits, where users may have several clients.
    fn default() -> Self {
        Self {
            fixed_membership: Flag(false),
            parent_dependent: Flag(false),
            parent_room: Text::default(),
            multi_device: Flag(true),
            max_clients: None,
            max_users: None,
            pseudonyms_allowed: Flag(false),
            persistent_room: Flag(false),
            discoverable: Flag(false),
            policy_component_ids: Vec::new(),
        }
    }
}

/// `bool` of the draft: one byte, 0 or 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flag(pub bool);

impl Size for Flag {
    fn tls_serialized_len(&self) -> usize {
        1
    }
}

impl Serialize for Flag {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, tls_codec::Error> {
        u8::from(self.0).tls_serialize(writer)
    }
}

impl Deserialize for Flag {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, tls_codec::Error> {
        match u8::tls_deserialize(bytes)? {
            0 => Ok(Self(false)),
            1 => Ok(Self(true)),
            _ => Err(tls_codec::Error::DecodingError(
                "a bool is neither 0 nor 1".into(),
            )),
        }
    }
}
