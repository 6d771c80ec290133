//! Targeted messages: the reference against the vectors of the draft, and ours against other code.

use std::{env, fs, path::PathBuf};

use mls_spec::{
    Parsable as _, Serializable as _,
    messages::{MlsMessage, MlsMessageContent},
};
use mls_trellis_bundle::targeted_messages::{Revision, TargetedMessages};
use mls_trellis_engine::EpochKeys;
use mls_trellis_hooks::{EpochState, LeafIndex, LeafInfo};
use mls_trellis_vectors::{Hex, families::targeted_message::TargetedMessage};
use serde::Deserialize;

use crate::published::published;

#[test]
fn another_codec_reads_the_messages() {
    for case in published::<TargetedMessage>() {
        let theirs = MlsMessage::from_tls_bytes(&case.message).unwrap();
        assert_eq!(theirs.to_tls_bytes().unwrap(), *case.message);
        let MlsMessageContent::MlsTargetedMessage(message) = theirs.content else {
            panic!("{theirs:?}");
        };
        assert_eq!(message.epoch, case.epoch);
        assert_eq!(message.recipient_leaf_index, case.recipient_leaf_index);
        assert_eq!(
            message.authenticated_data.as_slice(),
            &*case.authenticated_data
        );
    }
}

/// The recipient, and what it knows of the sender.
fn recipient(case: &TargetedMessage) -> EpochKeys {
    let mut epoch = EpochState::new(&case.group_id);
    epoch.epoch = case.epoch;
    let sender = LeafInfo {
        signature_key: (&*case.sender_signature_key).into(),
        ..LeafInfo::basic("sender")
    };
    let own = LeafIndex(case.recipient_leaf_index);
    let epoch = epoch.with_leaf(LeafIndex(case.sender_leaf_index), sender);
    EpochKeys::new(epoch.with_leaf(own, LeafInfo::basic("recipient")), own)
        .exporter_secret(case.exporter_secret.0.clone().into())
        .leaf_key(case.recipient_encryption_priv.0.clone().into())
}

#[test]
fn the_plugin_opens_the_messages_of_its_revision() {
    for case in published::<TargetedMessage>() {
        let (revision, other) = match case.revision {
            1 => (Revision::V01, Revision::V02),
            _ => (Revision::V02, Revision::V01),
        };
        let open = |revision| {
            let format = TargetedMessages::revision(revision);
            recipient(&case).open(&format, &case.message)
        };
        let opened = open(revision).unwrap();
        assert_eq!(opened.from, LeafIndex(case.sender_leaf_index));
        assert_eq!(opened.body, case.application_data.0);
        assert_eq!(opened.authenticated_data, case.authenticated_data.0);
        assert!(open(other).is_err());
    }
}

#[test]
fn any_other_byte_and_nothing_opens() {
    let case = &published::<TargetedMessage>()[0];
    assert_eq!(case.open(&case.message), Some(b"hello".to_vec()));
    for at in 0..case.message.len() {
        let mut damaged = case.message.0.clone();
        damaged[at] ^= 1;
        assert_eq!(case.open(&damaged), None, "byte {at}");
    }
    let longer = [&*case.message, &[0]].concat();
    assert_eq!(case.open(&longer), None);
}

/// A vector of the draft's appendix. What it does not have is not needed for opening.
#[derive(Deserialize)]
struct Theirs {
    group_id: Hex,
    epoch: u64,
    exporter_secret: Hex,
    sender_leaf_index: u32,
    sender_leaf_node: Hex,
    recipient_leaf_index: u32,
    recipient_encryption_priv: Hex,
    authenticated_data: Hex,
    application_data: Hex,
    targeted_message: Hex,
}

#[test]
fn the_reference_opens_the_vectors_of_revision_01() {
    let Some(folder) = env::var_os("TRELLIS_VECTORS") else {
        println!("SKIPPED: TRELLIS_VECTORS is not set");
        return;
    };
    let path = PathBuf::from(folder).join("targeted-messages-01.json");
    let Ok(text) = fs::read_to_string(&path) else {
        println!("SKIPPED: no {}", path.display());
        return;
    };
    let cases: Vec<Theirs> = serde_json::from_str(&text).unwrap();
    assert!(!cases.is_empty());
    for theirs in cases {
        // A LeafNode begins with the encryption key and the signature key.
        let signature_key = theirs.sender_leaf_node[34..66].to_vec();
        let case = TargetedMessage {
            revision: 1,
            group_id: theirs.group_id,
            epoch: theirs.epoch,
            exporter_secret: theirs.exporter_secret,
            sender_leaf_index: theirs.sender_leaf_index,
            sender_signature_priv: Hex::default(),
            sender_signature_key: signature_key.into(),
            recipient_leaf_index: theirs.recipient_leaf_index,
            recipient_encryption_priv: theirs.recipient_encryption_priv,
            ephemeral_private_key: Hex::default(),
            authenticated_data: theirs.authenticated_data,
            application_data: theirs.application_data.clone(),
            padding_length: 0,
            message: Hex::default(),
        };
        assert_eq!(
            case.open(&theirs.targeted_message),
            Some(theirs.application_data.0)
        );
    }
}
