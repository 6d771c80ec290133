//! Bindings on the wire.

use mls_trellis_hooks::{
    CipherSuite, Credential, CredentialType, SignatureKey,
    signatures::sign_content,
    wire::{self, Opaque, WireError},
};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// The label of a binding's signature, without "MLS 1.0 ".
pub(crate) const LABEL: &str = "CredentialBindingTBS";

/// A credential inside of a multi-credential. Its body is one `opaque<V>`, as that of every credential
/// in a leaf: of kinds with another body it cannot be told where they end.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct InnerCredential {
    /// Its type.
    pub credential_type: CredentialType,
    /// What follows the type.
    pub content: Opaque,
}

impl InnerCredential {
    /// As it would stand in a leaf.
    #[must_use]
    pub fn as_credential(&self) -> Credential {
        Credential {
            credential_type: self.credential_type,
            content: self.content.as_slice().into(),
        }
    }
}

/// `CredentialBinding`: the holder of `credential` says that the leaf's signature key is theirs.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct CredentialBinding {
    /// How `credential_key` signs. It need not be the group's suite.
    pub cipher_suite: CipherSuite,
    /// The credential.
    pub credential: InnerCredential,
    /// The public key that the credential is for.
    pub credential_key: Opaque,
    /// Over [`tbs`](Self::tbs), with the private key of `credential_key`.
    pub signature: Opaque,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
struct CredentialBindingTbs {
    cipher_suite: CipherSuite,
    credential: InnerCredential,
    credential_key: Opaque,
    signature_key: Opaque,
}

impl CredentialBinding {
    /// A binding of `credential`, which is for `credential_key`, to the leaf that will have
    /// `signature_key`. `sign` signs the bytes it is given, as they are, with the private key of
    /// `credential_key`; it is asked once.
    ///
    /// # Errors
    /// What `sign` fails with; [`WireError`] when something is longer than a vector can be.
    pub fn sign<E: From<WireError>>(
        credential: &Credential,
        credential_key: &SignatureKey<'_>,
        signature_key: &[u8],
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let mut binding = Self {
            cipher_suite: credential_key.cipher_suite,
            credential: InnerCredential {
                credential_type: credential.credential_type,
                content: credential.content[..].into(),
            },
            credential_key: credential_key.bytes.into(),
            signature: Opaque::default(),
        };
        let payload = sign_content(LABEL, &binding.tbs(signature_key)?)?;
        binding.signature = sign(&payload)?.into();
        Ok(binding)
    }

    /// `CredentialBindingTBS`: what is signed, for a leaf with that signature key.
    ///
    /// # Errors
    /// When something is longer than a vector can be.
    pub fn tbs(&self, signature_key: &[u8]) -> Result<Vec<u8>, WireError> {
        wire::encode(&CredentialBindingTbs {
            cipher_suite: self.cipher_suite,
            credential: self.credential.clone(),
            credential_key: self.credential_key.clone(),
            signature_key: signature_key.into(),
        })
    }

    /// The key that signs the binding.
    #[must_use]
    pub fn key(&self) -> SignatureKey<'_> {
        SignatureKey {
            cipher_suite: self.cipher_suite,
            bytes: self.credential_key.as_slice(),
        }
    }
}

/// Reads `CredentialBinding bindings<V>`, whose length prefix is off already.
pub(crate) fn decode(content: &[u8]) -> Result<Vec<CredentialBinding>, WireError> {
    // A vector of bindings is framed as a vector of bytes is.
    wire::decode(&wire::encode(&Opaque::from(content))?)
}

/// Writes what [`decode`] reads.
pub(crate) fn encode(bindings: &Vec<CredentialBinding>) -> Result<Vec<u8>, WireError> {
    Ok(wire::decode::<Opaque>(&wire::encode(bindings)?)?.0)
}
