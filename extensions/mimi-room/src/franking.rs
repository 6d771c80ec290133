//! Franking (draft-ietf-mimi-protocol-06, section 5.4.1): a hub vouches for a message that it cannot
//! read.
//!
//! The sender commits to what it encrypts by a tag in the SafeAAD, made with the salt inside of the
//! message. The hub attaches a [`Frank`]: a MAC of its own over tag, sender, room and time, for when
//! the message is reported to it, and a signature by which receivers see that no provider on the way
//! altered any of these.
//!
//! Everybody links [`Franking`]; a hub gives it a [`HubKey`]. The message must be of a format that is
//! linked too, such as MIMI content, and say who sent it and where; the room's URI is that of
//! [`RoomMetadata`](crate::RoomMetadata). Whatever lacks one of these is sent without a frank.
//!
//! ```
//! use mls_trellis_hooks::Secret;
//! use mls_trellis_mimi_room::franking::{FrankContext, HubKey, franking_tag};
//!
//! let salt = [7; 16]; // of the message
//! let tag = franking_tag(&salt, b"what is encrypted");
//! let context = FrankContext {
//!     sender_uri: "mimi://b.example/u/bob".into(),
//!     room_uri: "mimi://a.example/r/garden".into(),
//!     accepted_timestamp: 1_700_000_000_000,
//! };
//!
//! // A report has all of it but the MAC, which the hub alone can check.
//! let key = HubKey::from(Secret::from(vec![1; 32]));
//! let frank = key.server_frank(&tag, &context)?;
//! assert!(key.made(&frank, &tag, &context));
//! assert!(!key.made(&frank, &franking_tag(&salt, b"something else"), &context));
//! # Ok::<(), mls_trellis_hooks::wire::WireError>(())
//! ```

mod hooks;
mod state;
mod wire;

pub use hooks::{FRANKING, FrankTag, Franking, FrankingKey};
pub use state::{HubKey, franking_tag};
pub use wire::{Frank, FrankAad, FrankContext, FrankingAgent};
