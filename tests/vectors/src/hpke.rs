//! HPKE (RFC 9180), one message, in the modes base and PSK: DHKEM(X25519, HKDF-SHA256),
//! HKDF-SHA256, AES-128-GCM.
//!
//! ```
//! use mls_trellis_vectors::hpke::{self, Psk};
//!
//! let public = hpke::public_key(&[1; 32]);
//! let sealed = hpke::seal(&public, &[2; 32], b"info", b"aad", b"text", &Psk::NONE);
//! let opened = hpke::open(&[1; 32], &sealed.kem_output, b"info", b"aad", &sealed.ciphertext, &Psk::NONE);
//! assert_eq!(opened.unwrap(), b"text");
//! ```

use aes_gcm::{
    Aes128Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::crypto::{expand, extract};

const KEM: &[u8] = b"KEM\x00\x20";
const SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x01";

/// What was sealed.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The encapsulated key.
    pub kem_output: Vec<u8>,
    /// The ciphertext with its tag.
    pub ciphertext: Vec<u8>,
}

/// A pre-shared key, or [`Psk::NONE`] for the base mode.
#[derive(Clone, Copy, Debug)]
pub struct Psk<'a> {
    /// The key.
    pub psk: &'a [u8],
    /// Its name.
    pub psk_id: &'a [u8],
}

impl Psk<'_> {
    /// Mode base.
    pub const NONE: Self = Self {
        psk: b"",
        psk_id: b"",
    };
}

/// The X25519 public key of a private one.
#[must_use]
pub fn public_key(private: &[u8; 32]) -> [u8; 32] {
    PublicKey::from(&StaticSecret::from(*private)).to_bytes()
}

/// Seals `plaintext` to `public` with this ephemeral private key, which a real sender draws at random.
///
/// # Panics
/// Never, for the lengths that the signature allows.
#[must_use]
#[allow(clippy::expect_used)] // Only tests call this.
pub fn seal(
    public: &[u8; 32],
    ephemeral: &[u8; 32],
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    psk: &Psk<'_>,
) -> Sealed {
    let kem_output = public_key(ephemeral);
    let dh = StaticSecret::from(*ephemeral).diffie_hellman(&PublicKey::from(*public));
    let shared = encapsulated(dh.as_bytes(), &kem_output, public);
    let (key, nonce) = schedule(&shared, info, psk);
    let cipher = Aes128Gcm::new_from_slice(&key).expect("16 bytes");
    let payload = Payload {
        msg: plaintext,
        aad,
    };
    Sealed {
        kem_output: kem_output.to_vec(),
        ciphertext: cipher
            .encrypt(nonce.as_slice().into(), payload)
            .expect("a short text"),
    }
}

/// Opens what was sealed; `None` when anything is not as it was sealed.
#[must_use]
pub fn open(
    private: &[u8; 32],
    kem_output: &[u8],
    info: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
    psk: &Psk<'_>,
) -> Option<Vec<u8>> {
    let theirs: [u8; 32] = kem_output.try_into().ok()?;
    let dh = StaticSecret::from(*private).diffie_hellman(&PublicKey::from(theirs));
    let shared = encapsulated(dh.as_bytes(), &theirs, &public_key(private));
    let (key, nonce) = schedule(&shared, info, psk);
    let cipher = Aes128Gcm::new_from_slice(&key).ok()?;
    let payload = Payload {
        msg: ciphertext,
        aad,
    };
    cipher.decrypt(nonce.as_slice().into(), payload).ok()
}

/// ExtractAndExpand (section 4.1).
fn encapsulated(dh: &[u8], kem_output: &[u8], recipient: &[u8]) -> Vec<u8> {
    let prk = labeled_extract(KEM, b"", b"eae_prk", dh);
    let context = [kem_output, recipient].concat();
    labeled_expand(KEM, &prk, b"shared_secret", &context, 32)
}

/// KeySchedule (section 5.1): the key, and the nonce of the first message.
fn schedule(shared: &[u8], info: &[u8], psk: &Psk<'_>) -> (Vec<u8>, Vec<u8>) {
    let mode: &[u8] = if psk.psk_id.is_empty() { &[0] } else { &[1] };
    let psk_id_hash = labeled_extract(SUITE, b"", b"psk_id_hash", psk.psk_id);
    let info_hash = labeled_extract(SUITE, b"", b"info_hash", info);
    let context = [mode, &psk_id_hash, &info_hash].concat();
    let secret = labeled_extract(SUITE, shared, b"secret", psk.psk);
    (
        labeled_expand(SUITE, &secret, b"key", &context, 16),
        labeled_expand(SUITE, &secret, b"base_nonce", &context, 12),
    )
}

fn labeled_extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Vec<u8> {
    extract(salt, &[b"HPKE-v1", suite, label, ikm].concat())
}

fn labeled_expand(suite: &[u8], prk: &[u8], label: &[u8], info: &[u8], length: u16) -> Vec<u8> {
    let info = [
        &length.to_be_bytes(),
        b"HPKE-v1".as_slice(),
        suite,
        label,
        info,
    ]
    .concat();
    expand(prk, &info, length.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        hex::decode(hex).unwrap().try_into().unwrap()
    }

    /// RFC 9180, appendix A.1.1.1: the first ciphertext of mode base.
    #[test]
    fn base_mode_is_that_of_rfc_9180() {
        let ephemeral = bytes("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736");
        let recipient = bytes("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8");
        let info = hex::decode("4f6465206f6e2061204772656369616e2055726e").unwrap();
        let plaintext = b"Beauty is truth, truth beauty";
        let public = public_key(&recipient);
        let sealed = seal(
            &public,
            &ephemeral,
            &info,
            b"Count-0",
            plaintext,
            &Psk::NONE,
        );
        assert_eq!(
            hex::encode(&sealed.ciphertext),
            "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9\
             6d8770ac83d07bea87e13c512a"
        );
        assert_eq!(
            hex::encode(&sealed.kem_output),
            "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"
        );
    }
}
