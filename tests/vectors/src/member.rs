//! A member that only reads: it writes a KeyPackage and computes the first epoch it is in from the
//! Welcome, with nothing but this crate. So a real group can be held against the reference.
//!
//! ```
//! use mls_trellis_vectors::member::Member;
//!
//! let member = Member::new("bob", 1_700_000_000);
//! assert_eq!(member.key_package(&[])[..4], [0, 1, 0, 5]);
//! assert!(member.join(b"no Welcome", &|_| None).is_none());
//! ```

use aes_gcm::{
    Aes128Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};

use crate::{
    crypto::{self, NH, derive_secret, expand_with_label, extract, labelled},
    families::{ComponentData, application_psk::psk_secret, component_data, seed},
    hpke::{self, Psk},
    tls::{Reader, Writer},
};

const MLS10: u16 = 1;
const SUITE: u16 = 1;
const DICTIONARY: u16 = 0x0006;

/// The keys of a client that is not yet in a group.
#[derive(Clone, Debug)]
pub struct Member {
    name: String,
    now: u64,
    signature_private: [u8; 32],
    init_private: [u8; 32],
    leaf_private: [u8; 32],
}

/// What a member knows of its first epoch.
#[derive(Clone, Debug)]
pub struct Epoch {
    /// The encoding of the GroupContext.
    pub group_context: Vec<u8>,
    /// The encodings of the PreSharedKeyIDs in the Welcome, with the keys.
    pub psks: Vec<(Vec<u8>, Vec<u8>)>,
    /// What these make.
    pub psk_secret: Vec<u8>,
    /// `epoch_secret` (RFC 9420, section 8).
    pub epoch_secret: Vec<u8>,
}

impl Epoch {
    /// A secret of the epoch, by its label.
    #[must_use]
    pub fn secret(&self, label: &[u8]) -> Vec<u8> {
        derive_secret(&self.epoch_secret, label)
    }
}

impl Member {
    /// A client with the keys that its name gives. `now` is in seconds since 1970.
    #[must_use]
    pub fn new(name: &str, now: u64) -> Self {
        let key = |what| seed(&format!("{name}: {what}"));
        Self {
            name: name.into(),
            now,
            signature_private: key("signature key"),
            init_private: key("init key"),
            leaf_private: key("leaf key"),
        }
    }

    /// The private key of its leaf.
    #[must_use]
    pub fn leaf_private_key(&self) -> &[u8; 32] {
        &self.leaf_private
    }

    /// The message with its KeyPackage, whose leaf has this dictionary (RFC 9420, sections 7.2
    /// and 10).
    #[must_use]
    pub fn key_package(&self, dictionary: &[ComponentData]) -> Vec<u8> {
        let u16s = |w: Writer, values: &[u16]| w.vector(values, |w, value| w.u16(*value));
        let leaf = Writer::new()
            .opaque(&hpke::public_key(&self.leaf_private))
            .opaque(&crypto::public_key(&self.signature_private))
            .u16(1) // basic
            .opaque(self.name.as_bytes());
        let leaf = u16s(leaf, &[MLS10]);
        let leaf = u16s(leaf, &[SUITE]);
        let leaf = u16s(leaf, &[DICTIONARY, 0x0007, 0x0008]);
        let leaf = u16s(leaf, &[0x0008, 0x0009, 0x000a]);
        let leaf = u16s(leaf, &[1])
            .u8(1) // key_package
            .u64(self.now - 3600)
            .u64(self.now + 30 * 24 * 3600);
        let extension = Writer::new()
            .u16(DICTIONARY)
            .opaque(&component_data(dictionary));
        let leaf = self.signed(b"LeafNodeTBS", leaf.opaque(&extension.done()).done());
        let package = Writer::new()
            .u16(MLS10)
            .u16(SUITE)
            .opaque(&hpke::public_key(&self.init_private))
            .raw(&leaf)
            .opaque(b"");
        let package = self.signed(b"KeyPackageTBS", package.done());
        Writer::new().u16(MLS10).u16(5).raw(&package).done()
    }

    /// Appends the signature over `tbs`.
    fn signed(&self, label: &[u8], tbs: Vec<u8>) -> Vec<u8> {
        let signature = crypto::sign(&self.signature_private, &labelled(label, &tbs));
        Writer::new().raw(&tbs).opaque(&signature).done()
    }

    /// The epoch that a message with a Welcome leads to (RFC 9420, section 12.4.3.1), with the keys
    /// that `psk` knows by their encoded ids. `None` when anything in it is not as it should be.
    #[must_use]
    pub fn join(&self, welcome: &[u8], psk: &dyn Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Epoch> {
        let mut reader = Reader::new(welcome);
        if reader.take(6)? != [0, 1, 0, 3, 0, 1] {
            return None;
        }
        let mut secrets = Reader::new(reader.opaque()?);
        let encrypted_info = reader.opaque()?;
        let group_secrets = std::iter::from_fn(|| {
            let (_, kem_output, ciphertext) =
                (secrets.opaque()?, secrets.opaque()?, secrets.opaque()?);
            Some((kem_output, ciphertext))
        });
        let group_secrets = group_secrets.filter_map(|(kem_output, ciphertext)| {
            let info = labelled(b"Welcome", encrypted_info);
            hpke::open(
                &self.init_private,
                kem_output,
                &info,
                b"",
                ciphertext,
                &Psk::NONE,
            )
        });
        let group_secrets = { group_secrets }.next()?;

        let mut reader = Reader::new(&group_secrets);
        let joiner_secret = reader.opaque()?;
        if reader.uint(1)? == 1 {
            reader.opaque()?; // the path secret
        }
        let mut ids = Reader::new(reader.opaque()?);
        let mut psks = Vec::new();
        while !ids.rest().is_empty() {
            let start = ids.rest();
            // Application PSKs only.
            let (3, _, _, _) = (ids.uint(1)?, ids.uint(2)?, ids.opaque()?, ids.opaque()?) else {
                return None;
            };
            let id = start.get(..start.len() - ids.rest().len())?;
            psks.push((id.to_vec(), psk(id)?));
        }
        let pairs: Vec<_> = psks.iter().map(|(id, psk)| (&id[..], &psk[..])).collect();
        let psk_secret = psk_secret(&pairs);
        let member_secret = extract(joiner_secret, &psk_secret);
        let group_info = open_group_info(&member_secret, encrypted_info)?;
        let group_context = group_context(&group_info)?;
        Some(Epoch {
            epoch_secret: expand_with_label(&member_secret, b"epoch", group_context, NH as u16),
            group_context: group_context.to_vec(),
            psks,
            psk_secret,
        })
    }
}

fn open_group_info(member_secret: &[u8], encrypted: &[u8]) -> Option<Vec<u8>> {
    let secret = derive_secret(member_secret, b"welcome");
    let cipher = Aes128Gcm::new_from_slice(&expand_with_label(&secret, b"key", b"", 16)).ok()?;
    let nonce = expand_with_label(&secret, b"nonce", b"", 12);
    let payload = Payload {
        msg: encrypted,
        aad: b"",
    };
    cipher.decrypt(nonce.as_slice().into(), payload).ok()
}

/// The GroupContext at the beginning of a GroupInfo (section 8.1).
fn group_context(group_info: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(group_info);
    reader.take(4)?; // version, cipher suite
    reader.opaque()?; // group id
    reader.uint(8)?; // epoch
    reader.opaque()?; // tree hash
    reader.opaque()?; // confirmed transcript hash
    reader.opaque()?; // extensions
    group_info.get(..group_info.len() - reader.rest().len())
}
