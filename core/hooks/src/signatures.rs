//! Verifying signatures: pure, and without keys of our own.
//!
//! A plugin that holds signatures inside its data, as a binding between two credentials does, must
//! not bring cryptography of its own: it asks the view. The schemes are those of MLS cipher suites.
//!
//! ```
//! use mls_trellis_hooks::{CipherSuite, SignatureKey, Signatures, Verifier};
//!
//! /// Believes whatever the key itself has written.
//! struct Toy;
//! impl Verifier for Toy {
//!     fn knows(&self, suite: CipherSuite) -> bool {
//!         suite == CipherSuite(0x0001)
//!     }
//!     fn verify(&self, key: &SignatureKey<'_>, _payload: &[u8], signature: &[u8]) -> bool {
//!         signature == key.bytes
//!     }
//! }
//!
//! let signatures = Signatures::of(&Toy);
//! let key = SignatureKey { cipher_suite: CipherSuite(0x0001), bytes: b"key" };
//! assert!(signatures.verify(&key, "PollTBS", b"content", b"key"));
//! assert!(!Signatures::none().verify(&key, "PollTBS", b"content", b"key"));
//! ```

use std::fmt;

use crate::{
    CipherSuite, SignatureKey,
    wire::{self, Opaque, WireError},
};

/// Verifies signatures of MLS cipher suites. The engine has one; tests may bring their own.
pub trait Verifier: Send + Sync {
    /// Whether signatures of that suite can be verified at all.
    fn knows(&self, suite: CipherSuite) -> bool;

    /// Whether `signature` is the key's over exactly `payload`. False for a suite that is not known.
    fn verify(&self, key: &SignatureKey<'_>, payload: &[u8], signature: &[u8]) -> bool;
}

/// The signatures that a view can verify.
#[derive(Clone, Copy)]
pub struct Signatures<'a>(Option<&'a dyn Verifier>);

impl<'a> Signatures<'a> {
    /// Knows no suite and finds no signature genuine. For views made by hand.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Verified by that verifier.
    #[must_use]
    pub fn of(verifier: &'a dyn Verifier) -> Self {
        Self(Some(verifier))
    }

    /// Whether signatures of that suite can be verified at all.
    #[must_use]
    pub fn knows(&self, suite: CipherSuite) -> bool {
        self.0.is_some_and(|verifier| verifier.knows(suite))
    }

    /// VerifyWithLabel (RFC 9420, section 5.1.2); `label` is without "MLS 1.0 ".
    #[must_use]
    pub fn verify(
        &self,
        key: &SignatureKey<'_>,
        label: &str,
        content: &[u8],
        signature: &[u8],
    ) -> bool {
        let Ok(payload) = sign_content(label, content) else {
            return false;
        };
        self.0
            .is_some_and(|verifier| verifier.verify(key, &payload, signature))
    }
}

impl fmt::Debug for Signatures<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "Signatures",
            None => "Signatures(none)",
        })
    }
}

/// The bytes that SignWithLabel signs (RFC 9420, section 5.1.2); `label` is without "MLS 1.0 ".
///
/// ```
/// let bytes = mls_trellis_hooks::signatures::sign_content("PollTBS", b"soup")?;
/// assert_eq!(bytes, b"\x0fMLS 1.0 PollTBS\x04soup");
/// # Ok::<(), mls_trellis_hooks::wire::WireError>(())
/// ```
///
/// # Errors
/// [`WireError::Unencodable`], when the content is longer than a vector can be.
pub fn sign_content(label: &str, content: &[u8]) -> Result<Vec<u8>, WireError> {
    let label = [b"MLS 1.0 ", label.as_bytes()].concat();
    let mut bytes = wire::encode(&Opaque::from(label))?;
    bytes.extend(wire::encode(&Opaque::from(content))?);
    Ok(bytes)
}
