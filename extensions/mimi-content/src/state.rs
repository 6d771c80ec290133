//! The rules of messages in a room: their names, what is plausible, and what becomes of them.
//!
//! ```
//! use mls_trellis_mimi_content::{Content, NestedPart, Posted, Salt, Timeline};
//!
//! let (bob, room) = ("mimi://b.example/u/bob", "mimi://a.example/r/garden");
//! let first = Content::new(Salt::from([1; 16]), NestedPart::text("Good mornign!"));
//! let first = Posted::new(&first.encode()?, bob, room, 1_000)?;
//! let better = NestedPart::text("Good morning!");
//! let better = first.edited(Salt::from([2; 16]), better).encode()?;
//! let better = Posted::new(&better, bob, room, 2_000)?;
//!
//! let mut timeline = Timeline::default();
//! timeline.add(first.clone())?;
//! timeline.add(better.clone())?;
//! assert_eq!(timeline.current(&first.id), Some(&better));
//! # Ok::<(), mls_trellis_hooks::Reject>(())
//! ```

mod timeline;

use mls_trellis_hooks::{MediaType, Payload, Reject};
use sha2::{Digest as _, Sha256};

pub use timeline::Timeline;

use crate::{Content, Expiration, MEDIA_TYPE, MessageId, NestedPart, Part, Salt};

/// How far the hub's clock may be ahead of ours, in milliseconds.
const AHEAD: u64 = 5 * 60 * 1000;
/// How far away a message may expire, in seconds.
const YEAR: u64 = 366 * 24 * 60 * 60;

impl MessageId {
    /// The name of a message: of its bytes as they were received, and not encoded again (MCT-1).
    ///
    /// # Errors
    /// When they are no message ([`Content::decode`]); MCT-1 when a URI is longer than 65535 bytes.
    pub fn of(bytes: &[u8], sender_uri: &str, room_uri: &str) -> Result<Self, Reject> {
        Self::salted(bytes, &Content::decode(bytes)?.salt, sender_uri, room_uri)
    }

    fn salted(bytes: &[u8], salt: &Salt, sender_uri: &str, room_uri: &str) -> Result<Self, Reject> {
        let mut hash = Sha256::new();
        for uri in [sender_uri, room_uri] {
            let len = u16::try_from(uri.len());
            let len = len.map_err(|_| Reject::misuse("MCT-1", "a URI is too long to be hashed"))?;
            hash.update(len.to_be_bytes());
            hash.update(uri);
        }
        hash.update(bytes);
        hash.update(salt.as_slice());
        let mut id = [Self::HASH; 32];
        for (to, from) in id.iter_mut().skip(1).zip(hash.finalize()) {
            *to = from;
        }
        Ok(Self(id))
    }
}

/// A message as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Its name.
    pub id: MessageId,
    /// What it says.
    pub content: Content,
    /// Who sent it.
    pub sender_uri: String,
    /// Where.
    pub room_uri: String,
    /// When the hub accepted it, in milliseconds of Unix time.
    pub accepted_at: u64,
}

impl Posted {
    /// Reads a message that came in. Sender and room are those that are known otherwise: from the
    /// credential of the member that sent it, and from the group.
    ///
    /// # Errors
    /// When it is none ([`Content::decode`]); MCT-8 when it names another sender or room.
    pub fn new(
        bytes: &[u8],
        sender_uri: &str,
        room_uri: &str,
        accepted_at: u64,
    ) -> Result<Self, Reject> {
        let content = Content::decode(bytes)?;
        let said = [
            ("sender", content.extensions.sender_uri(), sender_uri),
            ("room", content.extensions.room_uri(), room_uri),
        ];
        for (what, said, known) in said {
            if said.is_some_and(|said| said != known) {
                let detail = format!("a message names another {what} than {known}");
                return Err(Reject::peer("MCT-8", detail));
            }
        }
        Ok(Self {
            id: MessageId::salted(bytes, &content.salt, sender_uri, room_uri)?,
            content,
            sender_uri: sender_uri.to_owned(),
            room_uri: room_uri.to_owned(),
            accepted_at,
        })
    }

    /// The first version of the message that this is a version of.
    #[must_use]
    pub fn first(&self) -> MessageId {
        self.content.replaces.unwrap_or(self.id)
    }

    /// Whether it deletes the message that it is a version of.
    #[must_use]
    pub fn is_deletion(&self) -> bool {
        self.content.replaces.is_some() && self.content.body.part == Part::Null
    }

    /// A new version of the message (MCT-4, MCT-5): everything but what it says stays.
    #[must_use]
    pub fn edited(&self, salt: Salt, body: NestedPart) -> Content {
        Content {
            salt,
            replaces: Some(self.first()),
            body,
            ..self.content.clone()
        }
    }

    /// A new version that deletes the message (MCT-5).
    #[must_use]
    pub fn deleted(&self, salt: Salt) -> Content {
        self.edited(salt, NestedPart::nothing(self.content.body.disposition))
    }

    /// Whether its times are plausible. It depends on a clock, so members may come to different
    /// verdicts: log and ignore what is refused. `now` and the room's age are in milliseconds of
    /// Unix time.
    ///
    /// # Errors
    /// MCT-8.
    pub fn plausible(&self, now: u64, room_created_at: u64) -> Result<(), Reject> {
        let reject = |what: &str| Err(Reject::peer("MCT-8", what));
        if self.accepted_at > now.saturating_add(AHEAD) {
            return reject("the message was accepted in the future");
        }
        if self.accepted_at < room_created_at {
            return reject("the message is older than its room");
        }
        let away = match self.content.expires {
            Some(Expiration::AfterReading(time)) => time.into(),
            Some(Expiration::At(time)) => (now / 1000).abs_diff(time.into()),
            None => 0,
        };
        match away > YEAR {
            true => reject("the message expires more than a year away"),
            false => Ok(()),
        }
    }
}

impl Content {
    /// The message as application data.
    ///
    /// # Errors
    /// As [`Content::encode`].
    pub fn to_payload(&self) -> Result<Payload, Reject> {
        Ok(Payload::typed(MediaType::new(MEDIA_TYPE), self.encode()?))
    }
}
