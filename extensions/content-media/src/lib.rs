//! Content advertisement and ApplicationFraming (draft-ietf-mls-extensions-10, section 6.2):
//! component `content_media_types`, 0x0003, in leaves and in the GroupContext.
//!
//! A leaf lists the media types that its client can receive. A group may list those that every
//! member must be able to receive; each application message then says what it is.
//!
//! | rule | says | and if not |
//! |---|---|---|
//! | CA-1 | A list has at least one media type. | refused |
//! | CA-2, CA-3 | In a group with a list, a message is exactly one ApplicationFraming. | the message is unusable |
//! | CA-4 | A media type without a name has no parameters. | the message is unusable |
//! | CA-5 | A media type without a name stands for the first one of the group's list. | |
//! | CA-6 | In a group without a list, messages are not framed. | |
//! | CA-7 | Every media type in a list has a name. | refused |
//! | CA-8 | Names are `type/subtype`, of the characters of RFC 6838, and compared without regard to case. | the message is unusable; an alarm in a list |
//! | CA-9 | Parameter names are tokens, and each stands once. | the message is unusable; an alarm in a list |
//! | CA-10 | Parameters may be many and long, and their values any bytes. | |
//! | CA-11, CA-12 | Every member can receive what the group requires, whoever adds them and also when we join. | an alarm; no commit of ours does it |
//! | CA-13 | A message of a type nobody handles is not an error: [`Routed::Unhandled`]. | |
//! | CA-14 | A message is read by the list of its own epoch. | |
//!
//! The draft leaves two things open. How types are matched: here, one that is advertised without
//! parameters stands for all parameters, and one with parameters for exactly these, in any order.
//! And what an AppDataUpdate carries: here, the whole new list.
//!
//! ```
//! use mls_trellis_content_media::{ContentMedia, MediaTypeList, Routed, Router};
//! use mls_trellis_hooks::{ComponentId, EpochState, MediaType, Payload, PayloadFraming, wire};
//!
//! let text = MediaType::new("text/plain").with_parameter("charset", "UTF-8");
//! let required = MediaTypeList::new([text.clone()])?;
//! let epoch = EpochState::new(b"room").with_data(ComponentId(0x0003), wire::encode(&required)?);
//!
//! let plugin = ContentMedia::default();
//! let bytes = plugin.wrap(&epoch, &Payload::plain("hi"))?;
//! assert_eq!(bytes, [0, 0, 2, b'h', b'i']);
//!
//! let router = Router::new().on("text/plain", |payload| payload.body.len());
//! let message = plugin.unwrap(&epoch, &bytes)?;
//! assert_eq!(message.media_type, Some(text));
//! assert_eq!(router.route(&message), Routed::Handled(2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod hooks;
mod router;
mod state;
mod wire;

pub use hooks::{CONTENT_MEDIA, ContentMedia};
pub use router::{Routed, Router};
pub use wire::{ApplicationFraming, MediaTypeList, Parameter, RawMediaType};
