//! Rooms in the MIMI style: components of draft-ietf-mimi-protocol-06.
//!
//! One crate, because a room's components are judged together. It has the metadata of section 7.6:
//! component `room_metadata`, 0x0023, in the GroupContext. An update replaces the whole.
//!
//! | rule | says | and if not |
//! |---|---|---|
//! | MIMI-20 | Whoever changes the metadata is authorised. Without a room policy that is every member, and nobody else. | refused |
//! | MIMI-26 | A commit has one metadata update at most. | refused |
//! | MIMI-28 | Texts (`UTF8String`) are without NUL. | refused |
//! | MIMI-29 | The room's URI is one (RFC 3986). | an alarm; no commit of ours does it |
//! | MIMI-30 | The avatar's URI, if there is one, is an `https` URI. | an alarm; no commit of ours does it |
//!
//! MIMI-28 to MIMI-30 are what the draft's struct definitions say of their fields. It leaves the
//! syntax of its URIs open, so a client must not part from a group over one.
//!
//! ```
//! use mls_trellis_hooks::{ComponentId, EpochState, wire};
//! use mls_trellis_mimi_room::{Metadata, RichDescription, RoomMetadata};
//!
//! let mut metadata = Metadata::new("mimi://a.example/r/garden", "Garden");
//! metadata.room_descriptions.push(RichDescription::text("What grows, and when."));
//!
//! let epoch = EpochState::new(b"room")
//!     .with_data(ComponentId(0x0023), wire::encode(&metadata)?);
//! assert_eq!(epoch.state::<RoomMetadata>()?, Some(metadata));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod hooks;
mod state;
mod wire;

pub use hooks::{MIMI_ROOM, MimiRoom, RoomMetadata};
pub use wire::{Metadata, RichDescription};
