//! Every Trellis plugin, linked.
//!
//! [`plugins`] gives them all with their defaults. What is to differ is said to a
//! [`Registry`]; [`ALL`] makes sure that every plugin is there on every target, wasm32 and static
//! libraries included:
//!
//! ```
//! use mls_trellis_bundle::ALL;
//! use mls_trellis_hooks::Profile;
//! use mls_trellis_registry::Registry;
//!
//! let plugins = Registry::discover()
//!     .with_all(ALL)
//!     .profile(Profile::new("example-2026"))
//!     .build()?;
//! assert_eq!(plugins.report(), mls_trellis_bundle::plugins()?.report());
//! # Ok::<(), mls_trellis_hooks::PluginErrors>(())
//! ```
//!
//! # Features
//!
//! One for each plugin, named as its module here:
//!
//! | feature | what it links |
//! |---|---|
//! | `app-ack` | acknowledgements of messages, and reports of loss |
//! | `basic` | the basic credential |
//! | `content-media` | content advertisement, and framing with media types |
//! | `kp-context` | what a KeyPackage is meant for, a raw extension |
//! | `last-resort` | last-resort KeyPackages |
//! | `mimi-content` | MIMI messages and reports of their status, as formats of application data |
//! | `mimi-room` | MIMI rooms: participants, roles, policies, metadata, franking |
//! | `multi` | credentials of several credentials |
//! | `policy` | the group's rules on credentials, and our own |
//! | `poll` | polls, the worked example |
//! | `ratchet-tree-options` | where ratchet trees and GroupInfos are, a tree source |
//! | `sd-jwt` | SD-JWT credentials |
//! | `self-remove` | leaving a group, a type of proposal |
//! | `targeted-messages` | messages from member to member, a wire format |
//! | `trust-anchors` | whom the group believes, domain by domain |
//! | `x509` | X.509 credentials |
//!
//! The default, `all`, has every one of them but `policy`, `trust-anchors` and `x509`: an application that
//! has no rules and names no anchors has no use for them.
//!
//! # Plugins that are not in the bundle
//!
//! [`Registry::discover`] finds those too, if they are linked. A crate that is only listed in
//! `Cargo.toml` is not. Put `#![deny(unused_crate_dependencies)]` on top of the program: it names
//! every such crate, and `use the_crate as _;` links it.

use mls_trellis_hooks::{PluginErrors, Plugins};
use mls_trellis_registry::{Registration, Registry};

#[cfg(feature = "app-ack")]
pub use mls_trellis_app_ack as app_ack;
#[cfg(feature = "basic")]
pub use mls_trellis_basic as basic;
#[cfg(feature = "content-media")]
pub use mls_trellis_content_media as content_media;
#[cfg(feature = "kp-context")]
pub use mls_trellis_kp_context as kp_context;
#[cfg(feature = "last-resort")]
pub use mls_trellis_last_resort as last_resort;
#[cfg(feature = "mimi-content")]
pub use mls_trellis_mimi_content as mimi_content;
#[cfg(feature = "mimi-room")]
pub use mls_trellis_mimi_room as mimi_room;
#[cfg(feature = "multi")]
pub use mls_trellis_multi as multi;
#[cfg(feature = "policy")]
pub use mls_trellis_policy as policy;
#[cfg(feature = "poll")]
pub use mls_trellis_poll as poll;
#[cfg(feature = "ratchet-tree-options")]
pub use mls_trellis_ratchet_tree_options as ratchet_tree_options;
#[cfg(feature = "sd-jwt")]
pub use mls_trellis_sd_jwt as sd_jwt;
#[cfg(feature = "self-remove")]
pub use mls_trellis_self_remove as self_remove;
#[cfg(feature = "targeted-messages")]
pub use mls_trellis_targeted_messages as targeted_messages;
#[cfg(feature = "trust-anchors")]
pub use mls_trellis_trust_anchors as trust_anchors;
#[cfg(feature = "x509")]
pub use mls_trellis_x509 as x509;

/// Every plugin of the bundle, for [`Registry::with_all`].
///
/// In a native program, discovery finds the same:
///
/// ```standalone_crate
/// use mls_trellis_bundle::ALL;
/// use mls_trellis_registry::Registry;
///
/// let listed = Registry::empty().with_all(ALL).build()?;
/// let found = Registry::discover().build()?;
/// assert_eq!(listed.report(), found.report());
/// # Ok::<(), mls_trellis_hooks::PluginErrors>(())
/// ```
pub static ALL: &[&Registration] = &[
    #[cfg(feature = "app-ack")]
    &app_ack::APP_ACK,
    #[cfg(feature = "basic")]
    &basic::BASIC,
    #[cfg(feature = "content-media")]
    &content_media::CONTENT_MEDIA,
    #[cfg(feature = "kp-context")]
    &kp_context::KP_CONTEXT,
    #[cfg(feature = "last-resort")]
    &last_resort::LAST_RESORT,
    #[cfg(feature = "mimi-content")]
    &mimi_content::MIMI_CONTENT,
    #[cfg(feature = "mimi-room")]
    &mimi_room::MIMI_ROOM,
    #[cfg(feature = "mimi-room")]
    &mimi_room::franking::FRANKING,
    #[cfg(feature = "multi")]
    &multi::MULTI_CREDENTIALS,
    #[cfg(feature = "policy")]
    &policy::CREDENTIAL_POLICY,
    #[cfg(feature = "poll")]
    &poll::POLL,
    #[cfg(feature = "ratchet-tree-options")]
    &ratchet_tree_options::RATCHET_TREE_OPTIONS,
    #[cfg(feature = "sd-jwt")]
    &sd_jwt::SD_JWT,
    #[cfg(feature = "self-remove")]
    &self_remove::SELF_REMOVE,
    #[cfg(feature = "targeted-messages")]
    &targeted_messages::TARGETED_MESSAGES,
    #[cfg(feature = "trust-anchors")]
    &trust_anchors::TRUST_ANCHORS,
    #[cfg(feature = "x509")]
    &x509::X509_CREDENTIALS,
];

/// Every plugin of the bundle, and whatever else is linked, with default settings.
///
/// # Errors
/// When a plugin from elsewhere does not fit in: see [`Registry::build`].
pub fn plugins() -> Result<Plugins, PluginErrors> {
    Registry::discover().with_all(ALL).build()
}
