//! Targeted messages (draft-ietf-mls-targeted-messages-02): wire format 0x0006,
//! `mls_targeted_message`, from one member of a group to another.
//!
//! A message is encrypted to the leaf key of its recipient, with a pre-shared key that only members
//! of the epoch have, and signed with the leaf key of its sender. The Delivery Service sees the
//! recipient and the authenticated data, and not the sender.
//!
//! Revision 02 is an editor's copy of 2026-08-19. Revision 01 is the last one that was published; it
//! looks the same on the wire and binds other values. Whoever must talk with it says
//! [`TargetedMessages::revision`]; the two do not read each other.
//!
//! | rule | says | and if not |
//! |---|---|---|
//! | TM-1 | The message is of this group. | it is not opened |
//! | TM-2 | It is of the current epoch, or of one that is retained ([`TargetedMessages::past_epochs`]). | it is stale, or not opened |
//! | TM-3 | It is for our leaf of that epoch. | it is not opened |
//! | TM-4 | Its sender data opens and decodes exactly. | it is not opened |
//! | TM-5 | Its sender is a member of that epoch. | it is not opened |
//! | TM-6 | The signature is that member's, over all of it. | it is not opened |
//! | TM-7 | The signature is checked before anything else is decrypted. | |
//! | TM-8 | The content opens with our leaf key and the pre-shared key. | it is not opened |
//! | TM-9 | The content decodes; its padding is zero. | it is not opened |
//! | TM-10 | Nothing of the content is handed out before all of this held. | |
//! | TM-11 | Version and wire format are `mls10` and 0x0006, and the message decodes exactly. | it is refused |
//! | TM-12 | Nobody writes to themselves. | we do not; another's is delivered with an alarm |
//! | TM-S1 | The recipient is a member. | we do not send it |
//! | TM-S6 | With a replay guard, a message has a nonce, and each is delivered once. | it is a duplicate, or not opened |
//!
//! What is wrong with a message that is not opened is for our own eyes; whoever sent it must not
//! learn (TM-15).
//!
//! There is no forward secrecy within an epoch, and no protection against replay unless it is asked
//! for ([`TargetedMessages::guarded`]). Reading one changes nothing in the group.
//!
//! ```
//! use mls_trellis_hooks::WireFormat;
//! use mls_trellis_targeted_messages::{Revision, TargetedMessages};
//!
//! let format = TargetedMessages::revision(Revision::V01).past_epochs(3).guarded();
//! assert_eq!(WireFormat::past_epochs(&format), 3);
//! ```

mod hooks;
mod state;
mod wire;

pub use hooks::{TARGETED_MESSAGES, TargetedMessages};
pub use state::Revision;
pub use wire::{MlsMessage, SenderAuthData, TargetedMessage};
