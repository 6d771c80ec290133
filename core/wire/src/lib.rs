//! Read-only structures of MLS (RFC 9420 and draft-ietf-mls-extensions-10), decoded offline, with
//! the byte offset of every field.
//!
//! There is no engine and no cryptography here: this crate says what stands in the bytes, not
//! whether it is true.
//!
//! * [`decode()`] turns one object into a tree of [`Node`]s; [`render`] prints it.
//! * [`Node::components`] finds the data of application components anywhere in it.
//! * [`check_message`] refuses malformed messages of peers without building a tree.
//! * [`peek()`] reads the head of a message: wire format, group, epoch, sender.
//!
//! Decoding is strict: lengths in their shortest form, vectors that end where they say, presence
//! octets of 0 or 1, no bytes left over. A [`WireError`] says what was expected at which offset. No
//! input makes it panic, and none makes it use memory out of proportion to its own size.
//!
//! ```
//! use mls_trellis_wire::{ObjectType, decode, render};
//!
//! // A GroupContext extension list with one app_data_dictionary: app_components = [1, 0x8001].
//! let input = [0x0c, 0, 6, 9, 8, 0, 1, 5, 4, 0, 1, 0x80, 0x01];
//! let node = decode(ObjectType::Extensions, &input)?;
//! let component = node.components().next().unwrap();
//! assert_eq!((component.component, component.data), (0x0001, &input[8..]));
//! println!("{}", render::text(&node));
//!
//! let error = decode(ObjectType::Extensions, &input[..9]).unwrap_err();
//! assert_eq!(error.offset, 0);
//! # Ok::<(), mls_trellis_wire::WireError>(())
//! ```

mod decode;
mod error;
pub mod label;
mod node;
mod object;
mod peek;
mod reader;
pub mod render;
mod varint;

pub use error::WireError;
pub use node::{ComponentBytes, Node, Place, Secret, Value, Walk};
pub use object::{ObjectType, UnknownObjectType, check_message, decode, decode_within};
pub use peek::{ContentType, Framing, Header, Sender, peek};
