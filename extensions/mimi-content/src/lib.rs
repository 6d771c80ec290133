//! MIMI content (draft-ietf-mimi-content-08): what people say to each other, in deterministic CBOR.
//! Media type `application/mimi-content`; it has no code point. Status reports
//! (draft-mahy-mimi-message-status) are `application/mimi-message-status`.
//!
//! | rule | says | and if not |
//! |---|---|---|
//! | MCT-1 | A message has one encoding (RFC 8949, section 4.2.1), and its name is a hash over the bytes that were received. | the message is unusable |
//! | MCT-2 | Texts are UTF-8, a key of a map stands once and is an integer within 2^53 - 1 or a string, extensions are named by integers and texts of 1 to 255 bytes, and the only NaN is 0xf97e00. | the message is unusable |
//! | MCT-3 | Parts stand on four levels at most, and so do extensions. | the message is unusable |
//! | MCT-4 | A new version names the first one; an answer names the version it answers. | refused by [`Timeline::add`] |
//! | MCT-5 | A new version is of the sender of the first one, and changes nothing but what the message says; one that says nothing deletes it. | refused by [`Timeline::add`] |
//! | MCT-6 | Every client receives [`media_types`]. External content that is not encrypted has no key. | the message is unusable |
//! | MCT-7 | Of parts that are a unit all are processed, or none; each reaction is a part of its own. | [`NestedPart::chosen`] |
//! | MCT-8 | No unknown hash algorithm, no unknown semantics, no more than 1024 parts, no topic of more than 4096 bytes; and no message twice, of another sender, in the future, before the room, or to expire more than a year away. | unusable; refused by [`Timeline::add`], [`Posted::new`] or [`Posted::plausible`] |
//! | MCT-9 | An unknown disposition is as good as `render`, and what is referred to may be unknown. | |
//!
//! Nothing here fetches, shows or decrypts external content.
//!
//! ```
//! use mls_trellis_mimi_content::{Content, MessageId, NestedPart, Salt};
//!
//! let (alice, room) = ("mimi://a.example/u/alice", "mimi://a.example/r/garden");
//! let question = Content::new(Salt::from([1; 16]), NestedPart::text("Lunch?")).from_to(alice, room);
//! let payload = question.to_payload()?; // for Group::send
//! let id = MessageId::of(&payload.body, alice, room)?;
//!
//! let liked = Content::new(Salt::from([2; 16]), NestedPart::reactions(&["👍"])).answering(id);
//! assert_eq!(Content::decode(&liked.encode()?)?.in_reply_to, Some(id));
//! # Ok::<(), mls_trellis_hooks::Reject>(())
//! ```

mod hooks;
pub mod state;
pub mod wire;

pub use hooks::{MIMI_CONTENT, MessageStatus, MimiContent};
pub use state::{Posted, Timeline};
pub use wire::{
    Content, Disposition, Expiration, Extensions, ExternalPart, Key, MessageId, MultiPart,
    NestedPart, Part, Salt, Semantics, SinglePart, Status, StatusReport, Value, media_types,
};

/// The media type of messages.
pub const MEDIA_TYPE: &str = "application/mimi-content";
