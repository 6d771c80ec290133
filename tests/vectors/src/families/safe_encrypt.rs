//! SafeEncryptWithLabel with X25519, HKDF-SHA256 and AES-128-GCM.
//!
//! ```
//! use mls_trellis_vectors::families::{Family, safe_encrypt::SafeEncrypt};
//!
//! for case in SafeEncrypt::cases() {
//!     assert_eq!(case.ciphertext.len(), case.plaintext.len() + 16);
//! }
//! ```

use serde::{Deserialize, Serialize};

use super::{Family, component_label::labelled_content, seed};
use crate::{
    Hex,
    hpke::{self, Psk},
};

/// One vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SafeEncrypt {
    /// The recipient's private key.
    pub private_key: Hex,
    /// The recipient's public key.
    pub public_key: Hex,
    /// The sender's ephemeral private key, which is drawn at random in earnest.
    pub ephemeral_private_key: Hex,
    /// The component.
    pub component_id: u16,
    /// The component's label.
    pub label: Hex,
    /// The context.
    pub context: Hex,
    /// What is encrypted.
    pub plaintext: Hex,
    /// The encapsulated key.
    pub kem_output: Hex,
    /// The ciphertext with its tag.
    pub ciphertext: Hex,
}

impl Family for SafeEncrypt {
    const NAME: &'static str = "safe-encrypt";
    const SOURCE: &'static str = "draft-ietf-mls-extensions-10, section 4.2";

    fn cases() -> Vec<Self> {
        let private = seed("an encryption key");
        let public = hpke::public_key(&private);
        let case = |number, component_id, label: &[u8], context: &[u8], plaintext: &[u8]| {
            let ephemeral = seed(&format!("ephemeral key {number}"));
            let info = labelled_content(component_id, label, context);
            let sealed = hpke::seal(&public, &ephemeral, &info, b"", plaintext, &Psk::NONE);
            Self {
                private_key: (&private).into(),
                public_key: (&public).into(),
                ephemeral_private_key: (&ephemeral).into(),
                component_id,
                label: label.into(),
                context: context.into(),
                plaintext: plaintext.into(),
                kem_output: sealed.kem_output.into(),
                ciphertext: sealed.ciphertext.into(),
            }
        };
        vec![
            case(0, 0x8001, b"example", b"", b"hello"),
            case(1, 0x8001, b"example", b"context", b"hello"),
            case(2, 0x8002, b"example", b"context", b"hello"),
            case(3, 0x8001, b"", b"", b""),
        ]
    }
}
