//! Known answers: those of the draft's revision 01, and our own for revision 02.

use std::{fs, io::Write as _, path::PathBuf};

use mls_trellis_engine::EpochKeys;
use mls_trellis_hooks::{
    CipherSuite, EpochState, LeafIndex, LeafInfo, Letter, Secret, WireFormat, wire,
};
use mls_trellis_targeted_messages::{MlsMessage, Revision, TargetedMessages};
use serde::{Deserialize, Serialize};

use super::{Trio, rule};

/// One answer; `tests/vectors/README.md` says what the fields are.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    cipher_suite: u16,
    #[serde(with = "hex")]
    group_id: Vec<u8>,
    epoch: u64,
    #[serde(with = "hex")]
    exporter_secret: Vec<u8>,
    sender_leaf_index: u32,
    #[serde(with = "hex")]
    sender_leaf_node: Vec<u8>,
    recipient_leaf_index: u32,
    #[serde(with = "hex")]
    recipient_encryption_priv: Vec<u8>,
    #[serde(with = "hex")]
    authenticated_data: Vec<u8>,
    #[serde(with = "hex")]
    application_data: Vec<u8>,
    padding_length: usize,
    #[serde(with = "hex")]
    targeted_message: Vec<u8>,
}

impl Answer {
    /// The recipient, with its keys.
    fn recipient(&self) -> EpochKeys {
        let mut epoch = EpochState::new(&self.group_id);
        (epoch.epoch, epoch.cipher_suite) = (self.epoch, CipherSuite(self.cipher_suite));
        let mut leaf_node = &self.sender_leaf_node[..];
        let mut field = || {
            let field = <wire::Opaque as tls_codec::Deserialize>::tls_deserialize(&mut leaf_node);
            field.unwrap().0
        };
        let sender = LeafInfo {
            encryption_key: field().into(),
            signature_key: field().into(),
            ..LeafInfo::basic("sender")
        };
        let (sender_leaf, own) = (
            LeafIndex(self.sender_leaf_index),
            LeafIndex(self.recipient_leaf_index),
        );
        let epoch = epoch.with_leaf(sender_leaf, sender);
        EpochKeys::new(epoch.with_leaf(own, LeafInfo::basic("recipient")), own)
            .exporter_secret(Secret::from(self.exporter_secret.clone()))
            .leaf_key(Secret::from(self.recipient_encryption_priv.clone()))
    }

    fn check(&self, revision: Revision) {
        let message: MlsMessage = wire::decode(&self.targeted_message).unwrap();
        assert_eq!(wire::encode(&message).unwrap(), self.targeted_message);
        let format = TargetedMessages::revision(revision);
        let envelope =
            WireFormat::peek(&format, TargetedMessages::FORMAT, &self.targeted_message).unwrap();
        assert_eq!(
            (envelope.group_id, envelope.epoch),
            (self.group_id.clone(), self.epoch)
        );

        let keys = self.recipient();
        let opened = keys.open(&format, &self.targeted_message).unwrap();
        assert_eq!(opened.from.0, self.sender_leaf_index);
        assert_eq!(opened.body, self.application_data);
        assert_eq!(opened.authenticated_data, self.authenticated_data);
        let overhead = message.message.ciphertext.0.len() - self.application_data.len();
        // The length, one or two bytes here, and the tag.
        let prefix = if self.application_data.len() < 64 {
            1
        } else {
            2
        };
        assert_eq!(overhead, prefix + 16 + self.padding_length);

        let other = match revision {
            Revision::V01 => Revision::V02,
            Revision::V02 => Revision::V01,
        };
        let other = TargetedMessages::revision(other);
        assert_eq!(rule(keys.open(&other, &self.targeted_message)), "TM-8");
    }
}

#[test]
fn the_published_answers_of_revision_01() {
    let Some(folder) = std::env::var_os("TRELLIS_VECTORS") else {
        // Not captured, unlike eprintln.
        let skipped = b"SKIPPED targeted-messages-01.json: TRELLIS_VECTORS is not set\n";
        std::io::stderr().write_all(skipped).unwrap();
        return;
    };
    let text = fs::read(PathBuf::from(folder).join("targeted-messages-01.json")).unwrap();
    let answers: Vec<Answer> = serde_json::from_slice(&text).unwrap();
    assert_eq!(answers.len(), 3);
    answers
        .iter()
        .for_each(|answer| answer.check(Revision::V01));
}

fn own_answers() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/targeted-messages-02.json")
}

#[test]
fn our_own_answers_of_revision_02() {
    let answers: Vec<Answer> = serde_json::from_slice(&fs::read(own_answers()).unwrap()).unwrap();
    let suites: Vec<_> = answers.iter().map(|answer| answer.cipher_suite).collect();
    assert_eq!(suites, [1, 1, 2, 3]);
    answers
        .iter()
        .for_each(|answer| answer.check(Revision::V02));
}

/// Encapsulated keys are random, so this cannot be compared with what is there: run it to replace it,
/// with `--ignored`.
#[test]
#[ignore = "writes our own answers anew"]
fn write_our_own_answers() {
    let cases: [(u16, &[u8], &[u8], usize); 4] = [
        (1, b"", b"targeted", 0),
        (1, b"request 42", b"", 128),
        (2, b"in the clear", &[7; 80], 46),
        (3, b"in the clear", b"hello", 26),
    ];
    let answers = cases.map(|(suite, authenticated_data, body, padding_length)| {
        let suite = CipherSuite(suite);
        let trio = Trio::of(suite, |epoch| epoch);
        let (to, epoch) = (super::CAROL, trio.alice.epoch());
        let prefix = if body.len() < 64 { 1 } else { 2 };
        let padding = match padding_length {
            0 => 0,
            length => prefix + body.len() + length,
        };
        let format = TargetedMessages::default().padding(padding);
        let letter = Letter {
            to: to.into(),
            body,
            authenticated_data,
        };
        let sender = epoch.leaf(super::ALICE).unwrap();
        let key = |key: &[u8]| wire::encode(&wire::Opaque::from(key)).unwrap();
        let seed = [to.0 as u8 + 1; 32];
        let (leaf_key, _) = EpochKeys::leaf_key_pair(suite, &seed).unwrap();
        Answer {
            cipher_suite: suite.0,
            group_id: epoch.group_id.to_vec(),
            epoch: epoch.epoch,
            exporter_secret: vec![5; 32],
            sender_leaf_index: super::ALICE.0,
            sender_leaf_node: [key(&sender.encryption_key), key(&sender.signature_key)].concat(),
            recipient_leaf_index: to.0,
            recipient_encryption_priv: leaf_key.as_slice().to_vec(),
            authenticated_data: authenticated_data.to_vec(),
            application_data: body.to_vec(),
            padding_length,
            targeted_message: trio.alice.seal(&format, &letter).unwrap(),
        }
    });
    let text = serde_json::to_string_pretty(&answers).unwrap();
    fs::write(own_answers(), text + "\n").unwrap();
}
