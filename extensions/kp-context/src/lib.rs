//! What a KeyPackage is meant for (draft-mahy-mls-kp-context-00): the extension `kp_context` of
//! KeyPackages binds one to a group, a URI, a domain or a key.
//!
//! The extension is covered by the KeyPackage's signature, so nobody on the way can change it or take
//! it off. Its protection is that the owner refuses a Welcome to any other group; what others do is
//! help.
//!
//! The draft prints extension type 0x000B, which is not assigned and which another draft claims too.
//! The default here is 0xF00B, of the private range; a profile moves it
//! ([`Profile::assign_extension`](mls_trellis_hooks::Profile::assign_extension)).
//!
//! The draft says little: what it leaves open is decided here as follows.
//!
//! | rule | says | and if not |
//! |---|---|---|
//! | KPC-1 | The leaf of the KeyPackage lists the extension as supported (RFC 9420, section 7.2). | refused by OpenMLS; ours always does |
//! | KPC-2 | A client that does not know the extension ignores it. | |
//! | KPC-3 | The context is of a known type. | not added |
//! | KPC-4 | The context has a value. | not added |
//! | KPC-5, KPC-6 | A KeyPackage bound to a group is added to that group only. | not added |
//! | KPC-7 | We join no group but the one our KeyPackage is meant for. | the Welcome is refused, the KeyPackage stays |
//! | KPC-8 | URI, domain and key are what the application says of the group ([`Situation`]). | not added |
//! | KPC-9 | The extension is exactly one pair. | not added |
//! | KPC-S4 | Values are encoded as [`Context`] says. | not added |
//!
//! *Not added* means that no commit of ours does it, and that it is an alarm when another does. A
//! group that requires the extension
//! ([`require_extension`](https://docs.rs/mls-trellis-engine)) has agreed on the rules: there another's
//! commit is refused, but for KPC-8, which only those can tell who know the situation.
//!
//! The owner finds its KeyPackages by their context with `Client::stored_key_package` and
//! [`KpContext::context_of`].
//!
//! ```
//! use mls_trellis_hooks::{
//!     Actor, AddView, EpochState, KeyPackageExtension, LeafIndex, wire,
//! };
//! use mls_trellis_kp_context::{Context, ContextPair, KpContext};
//! # use mls_trellis_hooks::{AddedKeyPackage, LeafInfo};
//! # let key_package = AddedKeyPackage {
//! #     leaf: LeafInfo::basic("bob").into(),
//! #     dictionary: None,
//! #     extensions: Vec::new(),
//! # };
//!
//! let pair = ContextPair::from(&Context::group_id(&[1, 2, 3, 4])?);
//! assert_eq!(wire::encode(&pair)?, [1, 4, 1, 2, 3, 4]);
//!
//! let (room, alice) = (EpochState::new(b"room"), Actor::Member(LeafIndex(0)));
//! let cx = AddView { epoch: &room, from: &alice, key_package: &key_package };
//! let refused = KpContext::default().check_added(&cx, &pair).unwrap_err();
//! assert_eq!(refused.rule(), "KPC-5");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod hooks;
mod state;
mod wire;

pub use hooks::{KP_CONTEXT, KpContext};
pub use state::{Context, Situation};
pub use wire::{ContextPair, ContextType};
