//! Acknowledgements (draft-ietf-mls-extensions-10, section 6.1): component `app_ack`, 0x0005.
//!
//! A Delivery Service can drop application messages, and nobody would know. So members say in commits
//! which messages of the epoch they have received. Who suppresses that suppresses the commit, and cannot
//! go on unnoticed.
//!
//! The engine counts every message, in the same step that sends or receives it ([`Traffic`]): read an
//! epoch's [`Log`] with `Group::log::<AppAck>(epoch)`, and ask its [`report`](Log::report) when the epoch
//! is over. Groups that want this require the component. Encrypt handshakes (`Framing::Private`), or the
//! Delivery Service sees who acknowledges what, and can single those commits out.
//!
//! | rule | says | and if not |
//! |---|---|---|
//! | ACK-1 | The data decodes, with nothing left over. | the commit is refused (AE-2) |
//! | ACK-2 | A range does not end before it begins. | an alarm; the range holds nothing |
//! | ACK-3 | Ranges are of members of the epoch. | an alarm |
//! | ACK-4 | Ranges may overlap and stand in any order. | |
//! | ACK-5 | Members acknowledge, each for themselves. | an alarm |
//! | ACK-6 | Messages of ours that are missing are [`suspected`](Report::suspected) to be lost. | |
//! | ACK-7 | Messages of others that a member has and we do not are [`gaps`](Report::gaps). | |
//! | ACK-8 | Messages of ours that we never sent are [`claimed`](Report::claimed). | |
//! | ACK-9 | An acknowledgement may be empty. | |
//! | ACK-11 | It is about the epoch that its commit ends. | |
//!
//! What is exact and what is not: generations are those of the messages themselves, ours included, and so
//! are gaps among the messages that came. A message that comes late is in the log of its epoch from then
//! on; its receiver can no longer acknowledge it, so *suspected* is not *lost*. Of a sender that leaves
//! more than 1024 gaps in an epoch the earliest messages are forgotten.
//!
//! On OpenMLS 0.9.2 an AppEphemeral cannot be sent by reference: only the committer of an epoch can
//! acknowledge it, and the others are [`silent`](Report::silent). See `docs/LIMITS.md`.
//!
//! ```
//! use mls_trellis_app_ack::{Acknowledgement, Log, Received, Span};
//! use mls_trellis_hooks::wire;
//!
//! let received: Received = [(3, [Span { first: 0, last: 41 }].into_iter().collect())]
//!     .into_iter()
//!     .collect();
//! let acknowledgement = Acknowledgement::of(&received);
//! assert_eq!(
//!     wire::encode(&acknowledgement)?,
//!     [12, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 41],
//! );
//! assert!(Log::default().report().is_clean());
//! # Ok::<(), wire::WireError>(())
//! ```
//!
//! [`Traffic`]: mls_trellis_hooks::Traffic

mod hooks;
mod state;
mod wire;

pub use hooks::{APP_ACK, AppAck, Schedule};
pub use state::{ByMember, Report};
pub use wire::{Acknowledgement, Generations, Log, MessageRange, Received, Span};
