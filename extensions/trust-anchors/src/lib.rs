//! Trust anchors per domain, kept by the group itself.
//!
//! Who may vouch for members of a domain stands in the GroupContext, so that all members and every hub
//! judge credentials by the same anchors, and see when they change. An authority is rotated by naming
//! the new one beside the old, renewing credentials, and dropping the old; a company goes by its entry
//! being dropped in the commit that removes its members.
//!
//! draft-mahy-mls-group-anchors-00 (expired) has an extension of its own for this. Here it is a
//! component, so that one domain's entry changes without the others': component 0x8044 (private use)
//! called `trust_anchors`, version 1, over draft-ietf-mls-extensions-10. An anchor is for one type of
//! credential, whose kind says what it is: a certificate in DER for X.509, an issuer with its keys for
//! SD-JWT. A kind whose credentials nobody vouches for, such as basic, has an empty one.
//!
//! | rule | says |
//! |---|---|
//! | ANC-1 | An entry is of a domain, the host of URIs in small letters, and has anchors, none of them twice. |
//! | ANC-2 | A domain's entry is put and dropped by its members, or by whom the group's authority lets (`trust_anchors`, `change`); only members and external senders ask. |
//! | ANC-3 | Everybody in the group, and every external sender, is of a domain that has an anchor of their credential's type. |
//! | ANC-4 | The whole is dropped only by somebody who may drop every entry. |
//! | ANC-5 | There are bounds: [`MAX_DOMAINS`], [`MAX_ANCHORS`] for each, [`MAX_ANCHOR_LEN`]. |
//! | ANC-6 | Kinds of credentials believe the group's anchors and no others ([`EpochState::anchors`]). |
//! | ANC-7 | A kind's own anchors decide besides whom we bring in ourselves, and which groups we enter. |
//!
//! [`EpochState::anchors`]: mls_trellis_hooks::EpochState::anchors
//!
//! ```
//! use mls_trellis_hooks::{Actor, CredentialType, EpochState, LeafIndex, LeafInfo};
//! use mls_trellis_trust_anchors::{Anchor, Update, Vouched};
//!
//! let alice = LeafInfo::basic("mimi://a.example/d/alice/phone");
//! let epoch = EpochState::new(b"room").with_leaf(LeafIndex(0), alice);
//! let alice = Actor::Member(LeafIndex(0));
//!
//! let root = Anchor::new(CredentialType::X509, b"the root's DER");
//! let vouched = Vouched::default();
//! let vouched = vouched.after(&Update::put("a.example", [root.clone()]), &alice, &epoch)?;
//! assert_eq!(vouched.anchors().of(CredentialType::X509, "a.example"), [b"the root's DER"]);
//!
//! // Nobody speaks for somebody else's domain.
//! let foreign = Update::put("b.example", [root]);
//! assert_eq!(vouched.after(&foreign, &alice, &epoch).unwrap_err().rule(), "ANC-2");
//! # Ok::<(), mls_trellis_hooks::Reject>(())
//! ```

mod hooks;
mod state;
mod wire;

pub use hooks::{TRUST_ANCHORS, TrustAnchors};
pub use state::{MAX_ANCHOR_LEN, MAX_ANCHORS, MAX_DOMAINS};
pub use wire::{Anchor, Update, Vouched};
