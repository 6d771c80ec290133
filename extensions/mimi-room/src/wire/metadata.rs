//! What stands in the GroupContext, and in updates of it (draft-ietf-mimi-protocol-06, section 7.6).

use mls_trellis_hooks::wire::{Opaque, Text};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// What people are shown of a room: `RoomMetaData` of the draft, and its `RoomMetaUpdate`.
///
/// Everything but the URI may be empty.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Metadata {
    /// The room itself, such as `mimi://a.example/r/garden`.
    pub room_uri: Text,
    /// Its name.
    pub room_name: Text,
    /// What it is about, in several languages and formats.
    pub room_descriptions: Vec<RichDescription>,
    /// An `https` URI of a picture.
    pub room_avatar: Text,
    /// What is talked about now.
    pub room_subject: Text,
    /// In which mood.
    pub room_mood: Text,
}

/// A description in one language and one format.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct RichDescription {
    /// The media type of the content; empty for `text/plain;charset=utf-8`.
    pub media_type: Opaque,
    /// The language (RFC 5646).
    pub language_tag: Opaque,
    /// The description itself.
    pub description_content: Opaque,
}

impl Metadata {
    /// A room with a URI and a name.
    #[must_use]
    pub fn new(room_uri: &str, room_name: &str) -> Self {
        Self {
            room_uri: room_uri.into(),
            room_name: room_name.into(),
            room_descriptions: Vec::new(),
            room_avatar: Text::default(),
            room_subject: Text::default(),
            room_mood: Text::default(),
        }
    }
}

impl RichDescription {
    /// Plain text in no particular language.
    #[must_use]
    pub fn text(description: &str) -> Self {
        Self {
            media_type: Opaque::default(),
            language_tag: Opaque::default(),
            description_content: description.as_bytes().into(),
        }
    }
}
