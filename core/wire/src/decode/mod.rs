//! The structures, one function each. A function reads one structure into the field `name`.

pub(crate) mod extension;
pub(crate) mod group;
pub(crate) mod leaf;
pub(crate) mod message;
pub(crate) mod proposal;

use crate::reader::{ITEM, Reader, Result};

/// `struct { opaque kem_output<V>; opaque ciphertext<V>; } HPKECiphertext` (RFC 9420 §7.6).
fn hpke_ciphertext(r: &mut Reader<'_>, name: &'static str) -> Result {
    r.structure(name, "HPKECiphertext", |r| {
        r.opaque("kem_output", "opaque")?;
        r.opaque("ciphertext", "opaque")?;
        Ok(())
    })
}

/// A vector of 16-bit code points.
fn codes(
    r: &mut Reader<'_>,
    name: &'static str,
    kind: &'static str,
    label: fn(u16) -> Option<&'static str>,
) -> Result {
    r.list(name, kind, |r| r.code(ITEM, kind, label).map(drop))
}
