//! The labelled functions of RFC 9420, sections 5.1.2 and 8, on SHA-256 and Ed25519.
//!
//! ```
//! use mls_trellis_vectors::crypto;
//!
//! let content = crypto::labelled(b"LeafNodeTBS", b"text");
//! let signature = crypto::sign(&[1; 32], &content);
//! assert!(crypto::verify(&crypto::public_key(&[1; 32]), &content, &signature));
//! ```

use ed25519_dalek::{Signer as _, SigningKey, Verifier as _, VerifyingKey};
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};

use crate::tls::Writer;

/// `KDF.Nh`: the length of a secret.
pub const NH: usize = 32;

/// `KDF.Extract(salt, ikm)`.
#[must_use]
pub fn extract(salt: &[u8], ikm: &[u8]) -> Vec<u8> {
    Hkdf::<Sha256>::extract(Some(salt), ikm).0.to_vec()
}

/// `KDF.Expand(prk, info, length)`.
///
/// # Panics
/// When `prk` is shorter than a hash, or `length` is more than HKDF gives.
#[must_use]
#[allow(clippy::expect_used)] // Only tests call this.
pub fn expand(prk: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let mut out = vec![0; length];
    let hkdf = Hkdf::<Sha256>::from_prk(prk).expect("a secret of KDF.Nh bytes");
    hkdf.expand(info, &mut out).expect("a length HKDF gives");
    out
}

/// `ExpandWithLabel(secret, label, context, length)` (section 8).
#[must_use]
pub fn expand_with_label(secret: &[u8], label: &[u8], context: &[u8], length: u16) -> Vec<u8> {
    let info = Writer::new()
        .u16(length)
        .raw(&labelled(label, context))
        .done();
    expand(secret, &info, length.into())
}

/// `DeriveSecret(secret, label)` (section 8).
#[must_use]
pub fn derive_secret(secret: &[u8], label: &[u8]) -> Vec<u8> {
    expand_with_label(secret, label, b"", NH as u16)
}

/// `MLS-Exporter(label, context, length)` of an epoch (section 8.5).
#[must_use]
pub fn mls_exporter(exporter_secret: &[u8], label: &[u8], context: &[u8], length: u16) -> Vec<u8> {
    let secret = derive_secret(exporter_secret, label);
    expand_with_label(&secret, b"exported", &Sha256::digest(context), length)
}

/// `SignContent` (section 5.1.2) and `EncryptContext` (section 5.1.3), which are alike: the label
/// with "MLS 1.0 " before it, and the content or context.
#[must_use]
pub fn labelled(label: &[u8], content: &[u8]) -> Vec<u8> {
    let label = [b"MLS 1.0 ", label].concat();
    Writer::new().opaque(&label).opaque(content).done()
}

/// The Ed25519 signature over all of `content`, by the key of this seed.
#[must_use]
pub fn sign(seed: &[u8; 32], content: &[u8]) -> Vec<u8> {
    SigningKey::from_bytes(seed).sign(content).to_vec()
}

/// The Ed25519 public key of a seed.
#[must_use]
pub fn public_key(seed: &[u8; 32]) -> Vec<u8> {
    SigningKey::from_bytes(seed)
        .verifying_key()
        .to_bytes()
        .to_vec()
}

/// Whether an Ed25519 signature over all of `content` holds.
#[must_use]
pub fn verify(public_key: &[u8], content: &[u8], signature: &[u8]) -> bool {
    let key = public_key.try_into().map(VerifyingKey::from_bytes);
    let (Ok(Ok(key)), Ok(signature)) = (key, signature.try_into()) else {
        return false;
    };
    key.verify(content, &signature).is_ok()
}
