//! ComponentOperationLabel, and what it becomes in SignContent and EncryptContext.
//!
//! ```
//! use mls_trellis_vectors::families::component_label::operation_label;
//!
//! assert_eq!(operation_label(0x8001, b"x")[..14], *b"\x0dMLS Component");
//! ```

use serde::{Deserialize, Serialize};

use super::{Family, filler};
use crate::{Hex, crypto::labelled, tls::Writer};

/// One vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentLabel {
    /// The component.
    pub component_id: u16,
    /// The component's own label.
    pub label: Hex,
    /// What is signed, or the context of encryption.
    pub content: Hex,
    /// The encoding of the ComponentOperationLabel.
    pub operation_label: Hex,
    /// The encoding of the SignContent with it, which is that of the EncryptContext.
    pub labelled_content: Hex,
}

/// The encoding of a ComponentOperationLabel.
#[must_use]
pub fn operation_label(component_id: u16, label: &[u8]) -> Vec<u8> {
    let base = Writer::new().opaque(b"MLS Component");
    base.u16(component_id).opaque(label).done()
}

/// SignContent or EncryptContext of a component.
#[must_use]
pub fn labelled_content(component_id: u16, label: &[u8], content: &[u8]) -> Vec<u8> {
    labelled(&operation_label(component_id, label), content)
}

impl Family for ComponentLabel {
    const NAME: &'static str = "component-operation-label";
    const SOURCE: &'static str = "draft-ietf-mls-extensions-10, section 4.1";

    fn cases() -> Vec<Self> {
        let case = |component_id, label: &[u8], content: &[u8]| Self {
            component_id,
            label: label.into(),
            content: content.into(),
            operation_label: operation_label(component_id, label).into(),
            labelled_content: labelled_content(component_id, label, content).into(),
        };
        vec![
            case(0x8001, b"example", b"hello"),
            case(0x8001, b"example", b""),
            case(0x0001, b"", b""),
            case(0xffff, b"\xff\x00not text", b"hello"),
            // With what stands around it, the label is 64 bytes, so its prefix takes two.
            case(0x8001, &filler("a label", 39), b"hello"),
            case(
                0x8001,
                &filler("a long label", 100),
                &filler("content", 100),
            ),
        ]
    }
}
