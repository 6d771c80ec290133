//! SafeSignWithLabel with Ed25519.
//!
//! ```
//! use mls_trellis_vectors::{crypto, families::{Family, safe_sign::SafeSign}};
//!
//! let case = &SafeSign::cases()[0];
//! assert!(!crypto::verify(&case.public_key, &case.content, &case.signature)); // labelled
//! ```

use serde::{Deserialize, Serialize};

use super::{Family, component_label::labelled_content, seed};
use crate::{Hex, crypto};

/// One vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SafeSign {
    /// The private key: an Ed25519 seed.
    pub private_key: Hex,
    /// Its public key.
    pub public_key: Hex,
    /// The component.
    pub component_id: u16,
    /// The component's label.
    pub label: Hex,
    /// What is signed.
    pub content: Hex,
    /// The signature.
    pub signature: Hex,
}

/// TEST 1 of RFC 8032, section 7.1.
const TEST_1: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];

impl Family for SafeSign {
    const NAME: &'static str = "safe-sign";
    const SOURCE: &'static str = "draft-ietf-mls-extensions-10, section 4.3";

    fn cases() -> Vec<Self> {
        let other = seed("a signature key");
        let case = |key: &[u8; 32], component_id: u16, label: &[u8], content: &[u8]| Self {
            private_key: key.into(),
            public_key: crypto::public_key(key).into(),
            component_id,
            label: label.into(),
            content: content.into(),
            signature: crypto::sign(key, &labelled_content(component_id, label, content)).into(),
        };
        vec![
            case(&TEST_1, 0x8001, b"example", b"hello"),
            case(&TEST_1, 0x8002, b"example", b"hello"),
            case(&TEST_1, 0x8001, b"another", b"hello"),
            case(&other, 0x8001, b"example", b"hello"),
            case(&other, 0x8003, b"", b""),
        ]
    }
}
