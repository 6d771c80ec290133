//! The credentials and rules of Trellis for groups of stock mls-rs.
//!
//! [`Identities`] is an `IdentityProvider`: it hands each credential to its kind, then asks the
//! components of the group that say who may be in it, by the same functions as the engine of Trellis.
//! An application on mls-rs judges members as its peers on Trellis do, and names the same rules.
//!
//! | mls-rs asks | and is answered by |
//! |---|---|
//! | `validate_member`, for a commit or a new group | the credential's kind in that group, and its components (`Eligibility`) |
//! | `validate_member`, without a group: a KeyPackage | the kind alone |
//! | `validate_external_sender` | the kind, and the group's components |
//! | `valid_successor` | CRED-3, what the kind demands of two of its own, and the group's components once more |
//! | `identity` | whom the kind says the credential speaks of; no two members may be the same |
//!
//! **A verdict needs no clock**, so the time that mls-rs passes is not looked at. What we think by a
//! clock ourselves is asked apart, before we add somebody or enter a group: [`Identities::assess`].
//!
//! What mls-rs does not tell:
//!
//! - the group, when it asks who follows whom: of a token that is bound to the group's id, a component's
//!   rules on succession (POL-9) are not asked;
//! - that rules have changed for those who stay: ask [`Identities::check_roster`] before such a commit is
//!   applied;
//! - the external senders of a group that we found ourselves; it asks when somebody enters or a commit
//!   names them;
//! - members, to whoever is asked about one: a component that looks at others sees an empty group.
//!
//! ```
//! use mls_rs_core::identity::{IdentityProvider, MemberValidationContext};
//! use mls_trellis_hooks::{CipherSuite, Credential, Plugins};
//! use mls_trellis_mls_rs::{Identities, signing_identity};
//!
//! let identities = Identities::new(Plugins::default(), CipherSuite(0x0001));
//! let alice = signing_identity(&Credential::basic("alice"), b"key")?;
//! let refused = identities.validate_member(&alice, None, MemberValidationContext::None);
//! assert_eq!(refused.unwrap_err().rule(), Some("CRED-1")); // no kind is linked
//! # Ok::<(), mls_trellis_mls_rs::Refused>(())
//! ```

mod hooks;
mod state;
mod wire;

pub use hooks::Identities;
pub use state::Refused;
pub use wire::{credential, signing_identity};
