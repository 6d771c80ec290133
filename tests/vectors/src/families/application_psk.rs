//! Application PSKs: their ids, and the `psk_secret` that they make.
//!
//! ```
//! use mls_trellis_vectors::families::application_psk::{Psk, psk_secret};
//!
//! assert_eq!(psk_secret(&[]), [0; 32]);
//! ```

use serde::{Deserialize, Serialize};

use super::{Family, filler};
use crate::{
    Hex,
    crypto::{NH, expand_with_label, extract},
    tls::Writer,
};

/// One vector: the keys of one commit, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationPsk {
    /// The keys.
    pub psks: Vec<Psk>,
    /// What they make.
    pub psk_secret: Hex,
}

/// One pre-shared key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Psk {
    /// The component.
    pub component_id: u16,
    /// The component's name for the key.
    pub psk_id: Hex,
    /// The nonce of this use.
    pub psk_nonce: Hex,
    /// The key.
    pub psk: Hex,
    /// The encoding of the PreSharedKeyID.
    pub pre_shared_key_id: Hex,
}

impl Psk {
    /// A key, with its encoded id.
    #[must_use]
    pub fn new(component_id: u16, psk_id: &[u8], psk_nonce: &[u8], psk: &[u8]) -> Self {
        let id = Writer::new().u8(3).u16(component_id).opaque(psk_id);
        Self {
            component_id,
            psk_id: psk_id.into(),
            psk_nonce: psk_nonce.into(),
            psk: psk.into(),
            pre_shared_key_id: id.opaque(psk_nonce).done().into(),
        }
    }
}

/// `psk_secret` of encoded ids with their keys (RFC 9420, section 8.4).
///
/// # Panics
/// With more keys than a `uint16` counts.
#[must_use]
#[allow(clippy::expect_used)] // Only tests call this.
pub fn psk_secret(psks: &[(&[u8], &[u8])]) -> Vec<u8> {
    let count = u16::try_from(psks.len()).expect("few keys");
    (0..count)
        .zip(psks)
        .fold(vec![0; NH], |secret, (index, (id, psk))| {
            let label = Writer::new().raw(id).u16(index).u16(count).done();
            let extracted = extract(&[0; NH], psk);
            let input = expand_with_label(&extracted, b"derived psk", &label, NH as u16);
            extract(&input, &secret)
        })
}

impl Family for ApplicationPsk {
    const NAME: &'static str = "application-psk";
    const SOURCE: &'static str = "draft-ietf-mls-extensions-10, section 4.5; RFC 9420, section 8.4";

    fn cases() -> Vec<Self> {
        let nonce = |n: u8| filler(&format!("nonce {n}"), NH);
        let cases = [
            vec![Psk::new(0x8001, &[1, 2, 3], &[0; NH], b"secret")],
            vec![Psk::new(0x8002, &[1, 2, 3], &[0; NH], b"secret")],
            vec![Psk::new(0x8001, b"", &nonce(0), b"")],
            vec![
                Psk::new(0x8001, b"one", &nonce(1), b"secret one"),
                Psk::new(0x8001, b"two", &nonce(2), b"secret two"),
                Psk::new(0x8002, b"one", &nonce(3), &filler("a long secret", 100)),
            ],
            vec![
                Psk::new(0x8001, b"two", &nonce(2), b"secret two"),
                Psk::new(0x8001, b"one", &nonce(1), b"secret one"),
                Psk::new(0x8002, b"one", &nonce(3), &filler("a long secret", 100)),
            ],
        ];
        let cases = cases.into_iter().map(|psks| {
            let pairs: Vec<_> = psks
                .iter()
                .map(|p| (&*p.pre_shared_key_id, &*p.psk))
                .collect();
            let psk_secret = psk_secret(&pairs).into();
            Self { psks, psk_secret }
        });
        cases.collect()
    }
}
