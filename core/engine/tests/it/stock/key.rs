//! How a stock client signs.

use openmls_rust_crypto::RustCrypto;
use openmls_traits::{
    crypto::OpenMlsCrypto,
    signatures::{Signer, SignerError},
    types::SignatureScheme,
};

/// A signing key in the clear.
#[derive(Clone)]
pub(crate) struct Key {
    private: Vec<u8>,
    pub(crate) public: Vec<u8>,
}

impl Key {
    pub(crate) fn generate() -> Self {
        let crypto = RustCrypto::default();
        let pair = crypto.signature_key_gen(SignatureScheme::ED25519);
        let (private, public) = pair.unwrap();
        Self { private, public }
    }
}

impl Signer for Key {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        let crypto = RustCrypto::default();
        let signed = crypto.sign(SignatureScheme::ED25519, payload, &self.private);
        signed.map_err(SignerError::CryptoError)
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}
