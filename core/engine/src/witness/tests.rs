#![allow(clippy::unwrap_used)]

use mls_trellis_hooks::{WireFormatId, wire::encode};
use openmls::prelude::LeafNodeParameters;

use super::*;
use crate::{
    signer::WitnessingSigner,
    storage::party::{GROUP, two_members},
};

/// The signed bytes of an application message with that content, from leaf 0.
fn framed(content: u8) -> Vec<u8> {
    let framing = [
        0, 1, 0, 2, 1, 9, 0, 0, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0, 0, 0, 1, 1, content,
    ];
    let context = [0, 1, 0, 1, 1, 9, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0];
    [&framing[..], &context[..]].concat()
}

fn sign_content(label: &[u8], content: Vec<u8>) -> Vec<u8> {
    encode(&(Opaque::from(label), Opaque::from(content))).unwrap()
}

#[test]
fn the_last_framed_content_is_kept() {
    let witness = Witness::default();
    witness.observe(&sign_content(LABEL, framed(7)));
    witness.observe(&sign_content(LABEL, framed(8)));
    let signed = witness.take().unwrap();
    assert_eq!(signed.wire_format, WireFormatId::PRIVATE_MESSAGE);
    assert_eq!(encode(&signed).unwrap(), framed(8));
    assert_eq!(witness.take().unwrap_err().rule(), "ENG-0");
}

#[test]
fn what_is_not_a_framed_content_is_not_seen() {
    let witness = Witness::default();
    witness.observe(&sign_content(b"MLS 1.0 LeafNodeTBS", framed(7)));
    witness.observe(&sign_content(b"MLS 1.0 FramedContentTBS ", framed(7)));
    witness.observe(&[sign_content(LABEL, framed(7)), vec![0]].concat());
    witness.observe(&[]);
    assert!(witness.take().is_err());

    witness.observe(&sign_content(LABEL, framed(7)));
    witness.observe(&sign_content(b"MLS 1.0 GroupInfoTBS", framed(8)));
    assert_eq!(encode(&witness.take().unwrap()).unwrap(), framed(7));
}

#[test]
fn arming_forgets() {
    let witness = Witness::default();
    witness.observe(&sign_content(LABEL, framed(7)));
    witness.arm();
    assert!(witness.take().is_err());
}

#[test]
fn eng_0_what_does_not_decode_exactly() {
    let witness = Witness::default();
    witness.observe(&sign_content(LABEL, [framed(7), vec![0]].concat()));
    assert_eq!(witness.take().unwrap_err().rule(), "ENG-0");
    witness.observe(&sign_content(LABEL, framed(7)));
    assert_eq!(witness.take_commit().unwrap_err().rule(), "ENG-0");
}

#[test]
fn a_commit_of_openmls_is_seen_whole() {
    let (alice, _) = two_members();
    let witness = Witness::default();
    alice.in_group(|group, provider, _| {
        let signer = WitnessingSigner::new(&alice.key, &witness);
        let epoch = group.epoch().as_u64();
        group
            .self_update(provider, &signer, LeafNodeParameters::default())
            .unwrap();
        let signed = witness.take().unwrap();
        assert_eq!(signed.content.group_id.as_slice(), GROUP);
        assert_eq!(signed.content.epoch, epoch);
        assert_eq!(signed.group_context.as_ref().unwrap().epoch, epoch);
        let path = signed.into_commit().unwrap().path.unwrap();
        let staged = group.pending_commit().unwrap();
        let leaf = staged.update_path_leaf_node().unwrap();
        assert_eq!(
            path.leaf_node.signature_key.as_slice(),
            leaf.signature_key().as_slice()
        );
    });
}

#[test]
fn a_witness_can_be_shared() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&Witness::default());
}
