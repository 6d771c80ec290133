//! Test vectors of the extension drafts, as files in `data/`, each with a page that describes it.
//!
//! This crate holds what computes them: a small reference written from the texts alone, on the
//! primitives of RustCrypto. It names neither the engine nor a plugin nor OpenMLS. The tests compare
//! the files with what the reference computes, and then check each file by other code: the engine and
//! the plugins in real groups, stock OpenMLS, OpenMLS's cryptographic provider, and `mls-spec`, a
//! codec of other authors.
//!
//! ```
//! use mls_trellis_vectors::{crypto, families};
//!
//! // The exporter tree has 2^16 leaves, whatever the size of the group.
//! let secret = families::exporter_tree::leaf(&[7; 32], 0x8001);
//! assert_ne!(secret, crypto::derive_secret(&[7; 32], b"application_export"));
//! ```
//!
//! Cipher suite 0x0001 throughout: X25519, HKDF-SHA256, AES-128-GCM, Ed25519. All keys are for tests.

pub mod crypto;
pub mod families;
pub mod file;
pub mod hpke;
pub mod member;
pub mod tls;

pub use file::{File, Hex};
