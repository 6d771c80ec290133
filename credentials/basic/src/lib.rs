//! The basic credential (RFC 9420, section 5.3): credential type 0x0001, a bare identity.
//!
//! **It proves nothing.** Whoever makes a leaf writes whatever identity they like into it, and this
//! plugin takes everyone at their word. RFC 9420 leaves it to the application, as the authentication
//! service of section 5.3.1, to know which signature key belongs to whom; an application that does
//! not ask has encryption to a name, not to a person. Use it where something else vouches for the
//! keys, and in tests.
//!
//! | rule | says |
//! |---|---|
//! | BASIC-1 | The identity is not empty: an empty one names nobody whom an authentication service could vouch for (RFC 9420, section 5.3.1). |
//!
//! The identity is the credential's bytes as they are. They are compared as bytes: no case folding,
//! no Unicode normalisation, and no need to be text at all.
//!
//! ```
//! use mls_trellis_basic::Basic;
//! use mls_trellis_hooks::{CredentialKind, Identity, Kinds};
//!
//! assert_eq!(Basic.identify(b"alice", &Kinds::none())?, Identity::from("alice"));
//! assert_eq!(Basic.identify(b"", &Kinds::none()).unwrap_err().rule(), "BASIC-1");
//! # Ok::<(), mls_trellis_hooks::Reject>(())
//! ```

mod hooks;
mod wire;

pub use hooks::{BASIC, Basic};
