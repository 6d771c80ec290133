//! Verifying signatures for plugins, with the cryptography that OpenMLS uses too.

use std::sync::LazyLock;

use mls_trellis_hooks::{CipherSuite, SignatureKey, Verifier};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::crypto::OpenMlsCrypto;

use crate::signer::SignatureScheme;

/// Verifies signatures of all suites that a client of this build can sign with. It holds nothing, so
/// every verdict of it is a function of the bytes.
pub(crate) struct StockVerifier;

static CRYPTO: LazyLock<RustCrypto> = LazyLock::new(RustCrypto::default);

impl Verifier for StockVerifier {
    fn knows(&self, suite: CipherSuite) -> bool {
        SignatureScheme::of(suite).is_some_and(SignatureScheme::is_supported)
    }

    fn verify(&self, key: &SignatureKey<'_>, payload: &[u8], signature: &[u8]) -> bool {
        let scheme = SignatureScheme::of(key.cipher_suite);
        let scheme = scheme.and_then(|scheme| scheme.known().ok());
        scheme.is_some_and(|scheme| {
            CRYPTO
                .verify_signature(scheme, payload, key.bytes, signature)
                .is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Signer, SoftwareSigner};

    #[test]
    fn it_verifies_what_a_signer_of_each_known_suite_signed() {
        let mut known = 0;
        for suite in (0..=0x0010).map(CipherSuite) {
            assert_eq!(
                StockVerifier.knows(suite),
                SoftwareSigner::generate(suite).is_ok(),
                "{suite}"
            );
            let Ok(signer) = SoftwareSigner::generate(suite) else {
                continue;
            };
            known += 1;
            let key = SignatureKey {
                cipher_suite: suite,
                bytes: signer.public_key(),
            };
            let signature = signer.sign(b"payload").unwrap_or_default();
            assert!(StockVerifier.verify(&key, b"payload", &signature));
            assert!(!StockVerifier.verify(&key, b"other", &signature));
            assert!(!StockVerifier.verify(&key, b"payload", b""));
            for bytes in [&b""[..], b"\x04", &[0; 32], &[0xff; 65]] {
                let key = SignatureKey { bytes, ..key };
                assert!(!StockVerifier.verify(&key, b"payload", &signature));
            }
        }
        assert!(known >= 3, "{known}");
    }

    #[test]
    fn it_knows_no_suite_that_has_no_number() {
        assert!(!StockVerifier.knows(CipherSuite(0x0a0a)));
        let key = SignatureKey {
            cipher_suite: CipherSuite(0x0a0a),
            bytes: b"key",
        };
        assert!(!StockVerifier.verify(&key, b"payload", b"signature"));
    }
}
