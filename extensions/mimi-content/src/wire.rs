//! Messages, as draft-ietf-mimi-content describes them.
//!
//! ```
//! use mls_trellis_mimi_content::{Content, NestedPart, Salt};
//!
//! let body = NestedPart::text("Hi everyone!");
//! let message = Content::new(Salt::from([7; 16]), body);
//! let bytes = message.encode()?;
//! assert_eq!(Content::decode(&bytes)?, message);
//! # Ok::<(), mls_trellis_hooks::Reject>(())
//! ```

mod cbor;
mod extensions;
mod parts;
mod read;
mod status;
mod write;

use std::fmt;

use mls_trellis_hooks::Secret;

pub use extensions::{Extensions, Key, Value};
pub use parts::{
    Disposition, ExternalPart, MultiPart, NestedPart, Part, Semantics, SinglePart, media_types,
};
pub use status::{Status, StatusReport};

/// A message: `mimiContent` of the draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Sixteen random bytes.
    pub salt: Salt,
    /// The first version of the message that this one is a new version of.
    pub replaces: Option<MessageId>,
    /// What groups messages; empty for nothing. At most 4096 bytes.
    pub topic_id: Vec<u8>,
    /// When it is to be forgotten.
    pub expires: Option<Expiration>,
    /// The message, in a certain version, that this one answers.
    pub in_reply_to: Option<MessageId>,
    /// Further fields.
    pub extensions: Extensions,
    /// What it says.
    pub body: NestedPart,
}

impl Content {
    /// A message without relations to others.
    #[must_use]
    pub fn new(salt: Salt, body: NestedPart) -> Self {
        Self {
            salt,
            replaces: None,
            topic_id: Vec::new(),
            expires: None,
            in_reply_to: None,
            extensions: Extensions::default(),
            body,
        }
    }

    /// The same message, saying who sent it and where. Franking needs both.
    #[must_use]
    pub fn from_to(mut self, sender_uri: &str, room_uri: &str) -> Self {
        self.extensions
            .insert(Key::SENDER_URI, Value::text(sender_uri));
        self.extensions.insert(Key::ROOM_URI, Value::text(room_uri));
        self
    }

    /// The same message as an answer to another.
    #[must_use]
    pub fn answering(mut self, message: MessageId) -> Self {
        self.in_reply_to = Some(message);
        self
    }
}

/// The random bytes of a message. They are the key that franks it, so they are not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt(Secret);

impl Salt {
    /// The sixteen bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The bytes, to be wiped when dropped.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        self.0.clone()
    }
}

impl From<[u8; 16]> for Salt {
    /// The bytes must be random, and used for one message only.
    fn from(bytes: [u8; 16]) -> Self {
        Self(Secret::from(bytes.to_vec()))
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt")
    }
}

/// When a message is to be forgotten. It is a hint to those who receive it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiration {
    /// So many seconds after it was read.
    AfterReading(u32),
    /// At this time, in seconds of Unix time.
    At(u32),
}

/// The name of one version of a message: a hash over it, its sender and its room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub(crate) [u8; 32]);

impl MessageId {
    /// The hash algorithm that names are made with: SHA-256, in the registry of named information.
    pub const HASH: u8 = 0x01;

    /// The name as it stands in messages.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({self})")
    }
}
