//! The kinds of vectors, and what computes them.
//!
//! ```
//! use mls_trellis_vectors::families::{Family, safe_aad::SafeAad};
//!
//! assert_eq!(SafeAad::NAME, "safe-aad");
//! assert!(SafeAad::cases().iter().any(|case| case.rule.as_deref() == Some("AAD-3")));
//! ```

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{File, Hex, tls::Writer};

pub mod app_data_update;
pub mod app_ephemeral;
pub mod application_framing;
pub mod application_psk;
pub mod component_label;
pub mod credential_binding;
pub mod exporter_tree;
pub mod kp_context;
pub mod participant_list;
pub mod safe_aad;
pub mod safe_encrypt;
pub mod safe_sign;
pub mod targeted_message;
pub mod wire_formats;

/// One kind of vectors: a value of the type is one vector.
pub trait Family: Serialize + DeserializeOwned + PartialEq + fmt::Debug {
    /// The name of the file, without its ending.
    const NAME: &'static str;
    /// The document and section.
    const SOURCE: &'static str;

    /// Computes all vectors of the kind, each time the same.
    fn cases() -> Vec<Self>;

    /// The file as it should be.
    #[must_use]
    fn file() -> File<Self> {
        File {
            family: Self::NAME.into(),
            source: Self::SOURCE.into(),
            cases: Self::cases(),
        }
    }
}

/// An entry of a dictionary, an item of a SafeAAD, an AppEphemeral: a component's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentData {
    /// The component.
    pub component_id: u16,
    /// Its bytes.
    pub data: Hex,
}

impl ComponentData {
    /// Some data of a component.
    #[must_use]
    pub fn new(component_id: u16, data: &[u8]) -> Self {
        Self {
            component_id,
            data: data.into(),
        }
    }
}

/// `struct { ComponentID component_id; opaque data<V>; } items<V>`, in the order given.
#[must_use]
pub fn component_data(items: &[ComponentData]) -> Vec<u8> {
    let item = |w: Writer, item: &ComponentData| w.u16(item.component_id).opaque(&item.data);
    Writer::new().vector(items, item).done()
}

/// `length` bytes that look like nothing, the same for the same seed.
#[must_use]
pub fn filler(seed: &str, length: usize) -> Vec<u8> {
    let prk = crate::crypto::extract(b"mls-trellis-vectors", seed.as_bytes());
    crate::crypto::expand(&prk, b"", length)
}

/// 32 bytes of [`filler`], as for a private key.
#[must_use]
#[allow(clippy::expect_used)]
pub(crate) fn seed(name: &str) -> [u8; 32] {
    filler(name, 32).try_into().expect("32 bytes")
}
