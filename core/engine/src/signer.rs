//! Who holds the signature key.
//!
//! The engine signs through [`Signer`] and never sees a private key, so a hardware module or the
//! keystore of an operating system can hold it. [`SoftwareSigner`] holds it in memory.
//!
//! ```
//! use mls_trellis_engine::{Signer, SoftwareSigner};
//! use mls_trellis_hooks::CipherSuite;
//!
//! let signer = SoftwareSigner::generate(CipherSuite(0x0001))?;
//! let kept = signer.to_secret(); // encrypt this, then store it
//! let again = SoftwareSigner::from_secret(&kept)?;
//! assert_eq!(again.public_key(), signer.public_key());
//! # Ok::<(), mls_trellis_engine::SignerError>(())
//! ```

use std::{cell::RefCell, fmt};

use mls_trellis_hooks::{CipherSuite, Secret, wire::Opaque};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::{crypto::OpenMlsCrypto, signatures, types};

use crate::witness::Witness;

/// A signature key of a client.
pub trait Signer: Send + Sync {
    /// The public key, as it appears in a LeafNode (RFC 9420, section 5.1.1).
    fn public_key(&self) -> &[u8];

    /// How the key signs. It must not change.
    fn scheme(&self) -> SignatureScheme;

    /// Signs. `payload` is everything to be signed, with its label, and must be signed as it is;
    /// ECDSA signatures are DER-encoded. It may block, for instance to ask a person.
    ///
    /// # Errors
    /// [`SignerError`] when there is no signature; the step that needed it changes nothing.
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError>;
}

/// A signature scheme, by its number in the TLS registry (RFC 9420, section 17.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SignatureScheme(pub u16);

impl SignatureScheme {
    /// ECDSA over P-256 with SHA-256.
    pub const ECDSA_SECP256R1_SHA256: Self = Self(0x0403);
    /// ECDSA over P-384 with SHA-384.
    pub const ECDSA_SECP384R1_SHA384: Self = Self(0x0503);
    /// Ed25519.
    pub const ED25519: Self = Self(0x0807);

    /// The scheme of a cipher suite, or `None` for a suite this build does not know.
    #[must_use]
    pub fn of(suite: CipherSuite) -> Option<Self> {
        let suite = types::Ciphersuite::try_from(suite.0).ok()?;
        Some(suite.signature_algorithm().into())
    }

    /// The scheme as the cryptographic provider names it.
    pub(crate) fn known(self) -> Result<types::SignatureScheme, SignerError> {
        self.0
            .try_into()
            .map_err(|_| SignerError::Unsupported(self))
    }

    /// Whether [`SoftwareSigner`] can sign with it.
    pub(crate) fn is_supported(self) -> bool {
        self.private_key_len().is_some()
    }

    /// The length of a private key that [`SoftwareSigner`] can hold.
    fn private_key_len(self) -> Option<usize> {
        match self {
            Self::ED25519 | Self::ECDSA_SECP256R1_SHA256 => Some(32),
            Self::ECDSA_SECP384R1_SHA384 => Some(48),
            _ => None,
        }
    }
}

impl From<types::SignatureScheme> for SignatureScheme {
    fn from(scheme: types::SignatureScheme) -> Self {
        Self(scheme as u16)
    }
}

impl fmt::Display for SignatureScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x}", self.0)
    }
}

impl fmt::Debug for SignatureScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignatureScheme({self})")
    }
}

/// Why there is no signature, or no signer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// This build does not know the cipher suite.
    #[error("cipher suite {0} is not known here; use 0x0001, 0x0002 or 0x0003")]
    UnknownSuite(CipherSuite),
    /// This build cannot sign with that scheme.
    #[error("signature scheme {0} is not supported here; use a suite with Ed25519, P-256 or P-384")]
    Unsupported(SignatureScheme),
    /// What was given as a stored key is none, or its halves do not belong together.
    #[error("the stored signature key is damaged; restore it, or generate a new one and rejoin")]
    Damaged,
    /// The keystore refused, is not reachable, or the person declined.
    #[error("the keystore did not sign: {0}")]
    Keystore(Box<dyn std::error::Error + Send + Sync>),
}

impl SignerError {
    /// A failure of a keystore.
    pub fn keystore(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Keystore(error.into())
    }
}

/// A signature key held in memory, wiped when dropped.
pub struct SoftwareSigner {
    scheme: SignatureScheme,
    public_key: Vec<u8>,
    private_key: Secret,
    crypto: RustCrypto,
}

impl SoftwareSigner {
    /// A new random key for groups of this cipher suite, and of others with its scheme.
    ///
    /// # Errors
    /// [`SignerError::UnknownSuite`] for a suite this build does not know;
    /// [`SignerError::Unsupported`] for a scheme other than Ed25519, P-256 and P-384;
    /// [`SignerError::Keystore`] when the system has no randomness.
    pub fn generate(suite: CipherSuite) -> Result<Self, SignerError> {
        let crypto = RustCrypto::default();
        let scheme = SignatureScheme::of(suite).ok_or(SignerError::UnknownSuite(suite))?;
        scheme
            .private_key_len()
            .ok_or(SignerError::Unsupported(scheme))?;
        let (private_key, public_key) = crypto
            .signature_key_gen(scheme.known()?)
            .map_err(SignerError::keystore)?;
        Ok(Self {
            scheme,
            public_key,
            private_key: private_key.into(),
            crypto,
        })
    }

    /// Everything needed to have this signer again, for [`from_secret`](Self::from_secret). It
    /// holds the private key: keep it encrypted.
    ///
    /// It is the scheme in two bytes, the private key, whose length the scheme gives, and the
    /// public key.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        let scheme = self.scheme.0.to_be_bytes();
        let bytes = [&scheme, self.private_key.as_slice(), &self.public_key].concat();
        Secret::from(bytes)
    }

    /// A signer from what [`to_secret`](Self::to_secret) gave.
    ///
    /// # Errors
    /// [`SignerError::Damaged`] when the bytes are not such a key, or the private key does not
    /// belong to the public one; [`SignerError::Unsupported`] for a scheme of another build.
    pub fn from_secret(secret: &Secret) -> Result<Self, SignerError> {
        let (scheme, keys) = secret
            .as_slice()
            .split_first_chunk()
            .ok_or(SignerError::Damaged)?;
        let scheme = SignatureScheme(u16::from_be_bytes(*scheme));
        let (private_key, public_key) = scheme
            .private_key_len()
            .ok_or(SignerError::Unsupported(scheme))
            .and_then(|len| keys.split_at_checked(len).ok_or(SignerError::Damaged))?;
        let signer = Self {
            scheme,
            public_key: public_key.to_vec(),
            private_key: private_key.to_vec().into(),
            crypto: RustCrypto::default(),
        };
        signer.check()?;
        Ok(signer)
    }

    /// Checks that the halves of the key belong together.
    fn check(&self) -> Result<(), SignerError> {
        let payload = b"trellis signer check";
        let signature = self.sign(payload).map_err(|_| SignerError::Damaged)?;
        self.crypto
            .verify_signature(self.scheme.known()?, payload, &self.public_key, &signature)
            .map_err(|_| SignerError::Damaged)
    }
}

impl Signer for SoftwareSigner {
    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.crypto
            .sign(self.scheme.known()?, payload, self.private_key.as_slice())
            .map_err(SignerError::keystore)
    }
}

impl fmt::Debug for SoftwareSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareSigner")
            .field("scheme", &self.scheme)
            .field("public_key", &Opaque::from(self.public_key.as_slice()))
            .finish_non_exhaustive()
    }
}

/// A signer as OpenMLS wants it, which shows the witness what was signed.
pub(crate) struct WitnessingSigner<'a> {
    signer: &'a dyn Signer,
    witness: &'a Witness,
    fault: RefCell<Option<SignerError>>,
}

impl<'a> WitnessingSigner<'a> {
    pub(crate) fn new(signer: &'a dyn Signer, witness: &'a Witness) -> Self {
        Self {
            signer,
            witness,
            fault: RefCell::default(),
        }
    }

    /// The last error of the signer, which OpenMLS does not hand through.
    pub(crate) fn take_fault(&self) -> Option<SignerError> {
        self.fault.borrow_mut().take()
    }
}

impl signatures::Signer for WitnessingSigner<'_> {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, signatures::SignerError> {
        let scheme = self.signer.scheme();
        let signature = scheme.known().and_then(|_| self.signer.sign(payload));
        let signature = signature.map_err(|error| {
            *self.fault.borrow_mut() = Some(error);
            signatures::SignerError::SigningError
        })?;
        self.witness.observe(payload);
        Ok(signature)
    }

    fn signature_scheme(&self) -> types::SignatureScheme {
        // Ed448 stands for a scheme without a name: no suite of this build uses it, and nothing is
        // ever signed for it.
        let scheme = self.signer.scheme().known();
        scheme.unwrap_or(types::SignatureScheme::ED448)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// Ed25519, P-256 and P-384. The last is of a suite whose other parts this build lacks.
    const SUITES: [CipherSuite; 3] = [CipherSuite(1), CipherSuite(2), CipherSuite(7)];

    fn verifies(signer: &dyn Signer, payload: &[u8], signature: &[u8]) -> bool {
        let scheme = signer.scheme().known().unwrap();
        RustCrypto::default()
            .verify_signature(scheme, payload, signer.public_key(), signature)
            .is_ok()
    }

    #[test]
    fn a_signer_that_was_kept_signs_for_the_same_key() {
        for suite in SUITES {
            let signer = SoftwareSigner::generate(suite).unwrap();
            let again = SoftwareSigner::from_secret(&signer.to_secret()).unwrap();
            let signature = again.sign(b"text").unwrap();
            assert!(verifies(&signer, b"text", &signature));
            assert!(!verifies(&signer, b"other", &signature));
        }
    }

    #[test]
    fn damaged_secrets_are_refused_and_do_not_panic() {
        for suite in SUITES {
            let signer = SoftwareSigner::generate(suite).unwrap();
            let kept = signer.to_secret();
            let kept = kept.as_slice();
            for len in 0..kept.len() {
                let cut = Secret::from(kept[..len].to_vec());
                assert!(
                    SoftwareSigner::from_secret(&cut).is_err(),
                    "{suite} cut at {len}"
                );
            }
            for at in 0..kept.len() {
                let mut bytes = kept.to_vec();
                bytes[at] ^= 0x10;
                let damaged = Secret::from(bytes);
                assert!(
                    SoftwareSigner::from_secret(&damaged).is_err(),
                    "{suite} changed at {at}"
                );
            }
        }
    }

    #[test]
    fn debug_shows_no_private_key() {
        let signer = SoftwareSigner::generate(CipherSuite(1)).unwrap();
        let private: String = signer
            .private_key
            .as_slice()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let public: String = signer
            .public_key()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let shown = format!("{signer:?}");
        assert!(
            shown.contains(&public) && !shown.contains(&private),
            "{shown}"
        );
    }

    /// A keystore that never signs.
    struct Locked(SignatureScheme);

    impl Signer for Locked {
        fn public_key(&self) -> &[u8] {
            &[]
        }
        fn scheme(&self) -> SignatureScheme {
            self.0
        }
        fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
            Err(SignerError::keystore("locked"))
        }
    }

    #[test]
    fn a_keystore_that_refuses_is_heard() {
        for (scheme, reason) in [(0x0807, "locked"), (0xffff, "0xffff is not supported")] {
            let (witness, locked) = (Witness::default(), Locked(SignatureScheme(scheme)));
            let signer = WitnessingSigner::new(&locked, &witness);
            assert!(signatures::Signer::sign(&signer, b"text").is_err());
            let fault = signer.take_fault().unwrap().to_string();
            assert!(fault.contains(reason), "{fault}");
        }
    }

    #[test]
    fn suites_without_a_software_key_are_refused() {
        assert!(matches!(
            SoftwareSigner::generate(CipherSuite(0x0004)),
            Err(SignerError::Unsupported(SignatureScheme(0x0808)))
        ));
        assert!(matches!(
            SoftwareSigner::generate(CipherSuite(0xfff0)),
            Err(SignerError::UnknownSuite(CipherSuite(0xfff0)))
        ));
    }
}
