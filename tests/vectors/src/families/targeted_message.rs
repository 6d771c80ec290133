//! Targeted messages, in the revisions 01 and 02, which differ in what HPKE binds.
//!
//! ```
//! use mls_trellis_vectors::families::{Family, targeted_message::TargetedMessage};
//!
//! for case in TargetedMessage::cases() {
//!     assert_eq!(case.open(&case.message).unwrap(), case.application_data.0);
//!     let other = TargetedMessage { revision: 3 - case.revision, ..case.clone() };
//!     assert_eq!(other.open(&case.message), None);
//! }
//! ```

use aes_gcm::{
    Aes128Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Family, filler, seed};
use crate::{
    Hex,
    crypto::{self, NH, expand_with_label, labelled, mls_exporter},
    hpke::{self, Psk},
    tls::{Reader, Writer},
};

/// One vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetedMessage {
    /// The revision of the draft: 1 or 2.
    pub revision: u8,
    /// The group's id.
    pub group_id: Hex,
    /// The epoch.
    pub epoch: u64,
    /// The epoch's `exporter_secret`.
    pub exporter_secret: Hex,
    /// The leaf of the sender.
    pub sender_leaf_index: u32,
    /// The private signature key of the sender: an Ed25519 seed.
    pub sender_signature_priv: Hex,
    /// The public signature key of the sender.
    pub sender_signature_key: Hex,
    /// The leaf of the recipient.
    pub recipient_leaf_index: u32,
    /// The private encryption key of the recipient's leaf.
    pub recipient_encryption_priv: Hex,
    /// The sender's ephemeral private key, which is drawn at random in earnest.
    pub ephemeral_private_key: Hex,
    /// The authenticated data.
    pub authenticated_data: Hex,
    /// What is sent.
    pub application_data: Hex,
    /// How many zeros follow it.
    pub padding_length: usize,
    /// The encoding of the MLSMessage.
    pub message: Hex,
}

impl TargetedMessage {
    /// `group_id`, `epoch` and `recipient_leaf_index`, with which three structures begin.
    fn head(&self) -> Writer {
        let head = Writer::new().opaque(&self.group_id).u64(self.epoch);
        head.u32(self.recipient_leaf_index)
    }

    /// The `info` of HPKE.
    fn info(&self, sender: u32) -> Vec<u8> {
        let label = Writer::new().opaque(b"MLS 1.0 TargetedMessageData");
        match self.revision {
            1 => label.opaque(b"").done(),
            _ => label.u32(self.recipient_leaf_index).u32(sender).done(),
        }
    }

    /// The `aad` of HPKE: in revision 01 TargetedMessageTBM, in revision 02 the authenticated data.
    fn aad(&self, sender: u32, kem_output: &[u8]) -> Vec<u8> {
        let tbm = self.head().opaque(&self.authenticated_data).u32(sender);
        match self.revision {
            1 => tbm.opaque(kem_output).done(),
            _ => self.authenticated_data.0.clone(),
        }
    }

    /// TargetedMessageTBS.
    fn tbs(&self, sender: u32, kem_output: &[u8], ciphertext: &[u8]) -> Vec<u8> {
        Writer::new()
            .u16(1)
            .u16(6)
            .raw(&self.head().done())
            .opaque(&self.authenticated_data)
            .u32(sender)
            .opaque(kem_output)
            .opaque(&Sha256::digest(ciphertext))
            .done()
    }

    fn exported(&self, context: &[u8]) -> Vec<u8> {
        mls_exporter(
            &self.exporter_secret,
            b"targeted message",
            context,
            NH as u16,
        )
    }

    /// The PSKId, with its key from the exporter.
    fn psk(&self) -> (Vec<u8>, Vec<u8>) {
        let id = Writer::new().opaque(&self.group_id).u64(self.epoch);
        let id = id.opaque(b"MLS 1.0 targeted message psk").done();
        (self.exported(b"psk"), id)
    }

    /// The cipher and nonce of the sender data.
    fn sender_data_cipher(&self, ciphertext: &[u8]) -> Option<(Aes128Gcm, Vec<u8>)> {
        let secret = self.exported(b"sender auth data secret");
        let sample = ciphertext.get(..NH).unwrap_or(ciphertext);
        let key = expand_with_label(&secret, b"key", sample, 16);
        let nonce = expand_with_label(&secret, b"nonce", sample, 12);
        Some((Aes128Gcm::new_from_slice(&key).ok()?, nonce))
    }

    /// Seals `application_data` with the ephemeral key.
    fn seal(&self) -> Option<Vec<u8>> {
        let content = Writer::new().opaque(&self.application_data);
        let content = content.raw(&vec![0; self.padding_length]).done();
        let sender = self.sender_leaf_index;
        let ephemeral = self.ephemeral_private_key.array();
        let kem_output = hpke::public_key(&ephemeral);
        let (psk, psk_id) = self.psk();
        let sealed = hpke::seal(
            &hpke::public_key(&self.recipient_encryption_priv.array()),
            &ephemeral,
            &self.info(sender),
            &self.aad(sender, &kem_output),
            &content,
            &Psk {
                psk: &psk,
                psk_id: &psk_id,
            },
        );
        let tbs = self.tbs(sender, &kem_output, &sealed.ciphertext);
        let key = self.sender_signature_priv.array();
        let signature = crypto::sign(&key, &labelled(b"TargetedMessageTBS", &tbs));
        let data = Writer::new().u32(sender).opaque(&signature);
        let data = data.opaque(&kem_output).done();
        let (cipher, nonce) = self.sender_data_cipher(&sealed.ciphertext)?;
        let payload = Payload {
            msg: &data,
            aad: &self.head().done(),
        };
        let encrypted = cipher.encrypt(nonce.as_slice().into(), payload).ok()?;
        let message = Writer::new().u16(1).u16(6).raw(&self.head().done());
        let message = message.opaque(&self.authenticated_data).opaque(&encrypted);
        Some(message.opaque(&sealed.ciphertext).done())
    }

    /// Opens a message with the recipient's key, whatever the other fields of its content.
    #[must_use]
    pub fn open(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut reader = Reader::new(message);
        let head = Writer::new().u16(1).u16(6).raw(&self.head().done()).done();
        if reader.take(head.len())? != head || reader.opaque()? != &*self.authenticated_data {
            return None;
        }
        let (encrypted, ciphertext) = (reader.opaque()?, reader.opaque()?);
        let (cipher, nonce) = self.sender_data_cipher(ciphertext)?;
        let payload = Payload {
            msg: encrypted,
            aad: &self.head().done(),
        };
        let data = cipher.decrypt(nonce.as_slice().into(), payload).ok()?;
        let mut data = Reader::new(&data);
        let sender = u32::try_from(data.uint(4)?).ok()?;
        let (signature, kem_output) = (data.opaque()?, data.opaque()?);
        let tbs = labelled(
            b"TargetedMessageTBS",
            &self.tbs(sender, kem_output, ciphertext),
        );
        if sender != self.sender_leaf_index
            || !crypto::verify(&self.sender_signature_key, &tbs, signature)
        {
            return None;
        }
        let (psk, psk_id) = self.psk();
        let content = hpke::open(
            &self.recipient_encryption_priv.array(),
            kem_output,
            &self.info(sender),
            &self.aad(sender, kem_output),
            ciphertext,
            &Psk {
                psk: &psk,
                psk_id: &psk_id,
            },
        )?;
        let mut content = Reader::new(&content);
        let application_data = content.opaque()?.to_vec();
        let zeros = content.rest().iter().all(|byte| *byte == 0);
        (zeros && reader.rest().is_empty()).then_some(application_data)
    }
}

impl Family for TargetedMessage {
    const NAME: &'static str = "targeted-message";
    const SOURCE: &'static str =
        "draft-ietf-mls-targeted-messages-02 (editor's copy of 2026-08-19), and -01";

    fn cases() -> Vec<Self> {
        let case = |revision, number: u32, application_data: &[u8], padding_length| {
            let signature_key = seed(&format!("the signature key of member {number}"));
            let mut case = Self {
                revision,
                group_id: filler("a group", 16).into(),
                epoch: 1 << (number * 20),
                exporter_secret: filler(&format!("exporter secret {number}"), NH).into(),
                sender_leaf_index: number,
                sender_signature_priv: (&signature_key).into(),
                sender_signature_key: crypto::public_key(&signature_key).into(),
                recipient_leaf_index: 300 - number,
                recipient_encryption_priv: (&seed(&format!("leaf key {number}"))).into(),
                ephemeral_private_key: (&seed(&format!("ephemeral key {number}"))).into(),
                authenticated_data: filler("authenticated data", number as usize * 7).into(),
                application_data: application_data.into(),
                padding_length,
                message: Hex::default(),
            };
            case.message = case.seal().unwrap_or_default().into();
            case
        };
        let of = |revision| {
            [
                case(revision, 0, b"hello", 0),
                case(revision, 1, b"", 0),
                case(revision, 2, b"padded", 250),
            ]
        };
        [of(2), of(1)].concat()
    }
}
