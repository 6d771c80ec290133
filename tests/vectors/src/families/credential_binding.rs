//! CredentialBinding: a credential that vouches for the signature key of a leaf, with Ed25519.
//!
//! ```
//! use mls_trellis_vectors::{crypto, families::{Family, credential_binding::CredentialBinding}};
//!
//! for case in CredentialBinding::cases() {
//!     let content = crypto::labelled(b"CredentialBindingTBS", &case.tbs);
//!     assert!(crypto::verify(&case.credential_key, &content, &case.signature));
//! }
//! ```

use serde::{Deserialize, Serialize};

use super::{Family, seed};
use crate::{Hex, crypto, tls::Writer};

/// One vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialBinding {
    /// The suite of the credential's key.
    pub cipher_suite: u16,
    /// The identity of the credential, which is a basic one.
    pub identity: Hex,
    /// The private key of the credential: an Ed25519 seed.
    pub credential_private_key: Hex,
    /// The public key of the credential.
    pub credential_key: Hex,
    /// The signature key of the leaf.
    pub signature_key: Hex,
    /// The encoding of the CredentialBindingTBS.
    pub tbs: Hex,
    /// The signature over it, labelled "CredentialBindingTBS".
    pub signature: Hex,
    /// The encoding of the CredentialBinding.
    pub binding: Hex,
    /// The content of a multi or weak-multi credential with this binding alone.
    pub multi_credential: Hex,
}

impl Family for CredentialBinding {
    const NAME: &'static str = "credential-binding";
    const SOURCE: &'static str = "draft-ietf-mls-extensions-10, section 6.5";

    fn cases() -> Vec<Self> {
        let leaf = crypto::public_key(&seed("the key of a leaf"));
        let other = crypto::public_key(&seed("the key of another leaf"));
        let case = |cipher_suite, identity: &[u8], key: &str, signature_key: &[u8]| {
            let private = seed(key);
            let public = crypto::public_key(&private);
            let credential = Writer::new().u16(cipher_suite).u16(0x0001).opaque(identity);
            let head = credential.opaque(&public);
            let tbs = head.clone().opaque(signature_key).done();
            let content = crypto::labelled(b"CredentialBindingTBS", &tbs);
            let signature = crypto::sign(&private, &content);
            let binding = head.opaque(&signature).done();
            Self {
                cipher_suite,
                identity: identity.into(),
                credential_private_key: (&private).into(),
                credential_key: public.into(),
                signature_key: signature_key.into(),
                tbs: tbs.into(),
                signature: signature.into(),
                multi_credential: Writer::new().opaque(&binding).done().into(),
                binding: binding.into(),
            }
        };
        vec![
            case(0x0001, b"alice", "alice's key", &leaf),
            case(0x0001, b"alice", "alice's key", &other),
            case(0x0003, b"alice", "alice's other key", &leaf),
            case(0x0001, b"", "nobody's key", &leaf),
        ]
    }
}
