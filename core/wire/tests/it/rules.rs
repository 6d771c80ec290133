//! The numbered rules that belong to the encoding.

use mls_trellis_wire::{ObjectType, WireError, check_message, decode};

use crate::build::{self, cat, codes, dictionary, extension, list, message, u16, v};

#[track_caller]
fn refused(object: ObjectType, bytes: &[u8], rule: &str, offset: usize) -> WireError {
    let error = decode(object, bytes).unwrap_err();
    assert_eq!((error.rule, error.offset), (Some(rule), offset), "{error}");
    assert!(
        error.to_string().contains(&format!("): {rule}: expected ")),
        "{error}"
    );
    error
}

/// An MLSMessage with a KeyPackage that has these extensions in its leaf.
fn key_package_message(extensions: &[&[u8]]) -> Vec<u8> {
    let leaf = build::leaf_node(&cat(&[&[1], &[0; 16]]), extensions);
    message(
        5,
        &cat(&[&u16(1), &u16(1), &v(b"init"), &leaf, &list(&[]), &v(b"sig")]),
    )
}

#[test]
fn add_1_entries_out_of_order() {
    let bytes = list(&[&dictionary(&[(9, b""), (8, b"")])]);
    let error = refused(ObjectType::Extensions, &bytes, "ADD-1", 8);
    assert_eq!(
        error.to_string(),
        "at byte 8 (Extensions[0].extension_data.component_data[1].component_id): \
         ADD-1: expected a component id above 0x0009, found 0x0008"
    );
    let message = key_package_message(&[&dictionary(&[(9, b""), (8, b"")])]);
    assert_eq!(check_message(&message).unwrap_err().rule, Some("ADD-1"));
}

#[test]
fn add_2_the_same_entry_twice() {
    let bytes = list(&[&dictionary(&[(9, b""), (9, b"")])]);
    refused(ObjectType::Extensions, &bytes, "ADD-2", 8);
    let message = key_package_message(&[&dictionary(&[(9, b""), (9, b"")])]);
    assert_eq!(check_message(&message).unwrap_err().rule, Some("ADD-2"));
}

#[test]
fn add_3_bytes_after_the_entries() {
    let bytes = list(&[&extension(6, &[0, 0xff])]);
    refused(ObjectType::Extensions, &bytes, "ADD-3", 5);
}

#[test]
fn add_4_the_dictionary_twice() {
    let bytes = list(&[&dictionary(&[]), &dictionary(&[])]);
    refused(ObjectType::Extensions, &bytes, "ADD-4", 5);
    let message = key_package_message(&[&dictionary(&[]), &dictionary(&[])]);
    assert_eq!(check_message(&message).unwrap_err().rule, Some("ADD-4"));
}

#[test]
fn add_11_a_dictionary_without_entries() {
    assert!(decode(ObjectType::Extensions, &list(&[&dictionary(&[])])).is_ok());
}

#[test]
fn any_other_extension_twice() {
    let bytes = list(&[&extension(0x7777, b""), &extension(0x7777, b"")]);
    refused(ObjectType::Extensions, &bytes, "RFC 9420 §13.4", 4);
}

#[test]
fn adu_1_unknown_operation() {
    for op in [0, 3, 255] {
        refused(ObjectType::AppDataUpdate, &[0x80, 1, op, 0], "ADU-1", 2);
    }
}

#[test]
fn apsk_9_unknown_psk_type() {
    for psk_type in [0, 4] {
        refused(ObjectType::Psk, &[psk_type, 0, 0], "APSK-9", 0);
    }
}

#[test]
fn aad_1_cut_item() {
    refused(ObjectType::SafeAad, &[4, 0x80, 1, 2, 0xaa], "AAD-1", 3);
}

#[test]
fn aad_2_bytes_after_the_items() {
    refused(ObjectType::SafeAad, &[0, 0], "AAD-2", 1);
}

#[test]
fn aad_3_items_out_of_order() {
    refused(ObjectType::SafeAad, &[6, 0, 9, 0, 0, 8, 0], "AAD-3", 4);
}

#[test]
fn aad_4_the_same_item_twice() {
    refused(ObjectType::SafeAad, &[6, 0, 9, 0, 0, 9, 0], "AAD-4", 4);
}

#[test]
fn aad_5_no_bytes_at_all() {
    refused(ObjectType::SafeAad, &[], "AAD-5", 0);
}

#[test]
fn aad_7_unknown_items_are_fine() {
    assert!(decode(ObjectType::SafeAad, &[3, 0x7f, 0xff, 0]).is_ok());
}

#[test]
fn cid_1_unknown_ids_are_fine_anywhere() {
    let entries = [(4, &b"?"[..]), (0x0a0a, b"?"), (0xffff, b"?")];
    check_message(&key_package_message(&[&dictionary(&entries)])).unwrap();
    assert!(decode(ObjectType::Extensions, &list(&[&dictionary(&entries)])).is_ok());
}

/// A tree shows what is wrong; a check leaves it to those who know the component.
#[test]
fn neg_7_component_list_of_odd_length() {
    let odd = dictionary(&[(1, &v(&[0, 1, 0]))]);
    let error = refused(ObjectType::Extensions, &list(&[&odd]), "NEG-7", 11);
    assert_eq!(
        error.place(),
        "Extensions[0].extension_data.component_data[0].data.component_ids[1]"
    );
    refused(
        ObjectType::Extensions,
        &list(&[&dictionary(&[(2, &[0, 0])])]),
        "NEG-7",
        9,
    );
    refused(
        ObjectType::Extensions,
        &list(&[&dictionary(&[(2, &[])])]),
        "NEG-7",
        8,
    );

    let message = key_package_message(&[&odd]);
    assert_eq!(
        decode(ObjectType::Message, &message).unwrap_err().rule,
        Some("NEG-7")
    );
    check_message(&message).unwrap();
}

#[test]
fn neg_11_lists_may_be_unsorted_and_repeat() {
    let bytes = list(&[&dictionary(&[(1, &codes(&[3, 1, 3]))])]);
    assert!(decode(ObjectType::Extensions, &bytes).is_ok());
}

#[test]
fn sr_5_self_remove_has_no_content() {
    assert!(decode(ObjectType::Proposal, &[0, 0x0a]).is_ok());
    assert_eq!(
        decode(ObjectType::Proposal, &[0, 0x0a, 0])
            .unwrap_err()
            .offset,
        2
    );
}

#[test]
fn wf_4_odd_length() {
    for code in [7, 8] {
        let odd = extension(code, &v(&[0, 6, 0]));
        refused(ObjectType::Extensions, &list(&[&odd]), "WF-4", 7);
        check_message(&key_package_message(&[&odd])).unwrap();
    }
}

#[test]
fn wf_9_unknown_wire_format() {
    let bytes = [0, 1, 0xf0, 0x01, 1, 2, 3];
    refused(ObjectType::Message, &bytes, "WF-9", 2);
    assert_eq!(check_message(&bytes).unwrap_err().rule, Some("WF-9"));
}

#[test]
fn a_version_other_than_mls10_is_refused() {
    let error = decode(ObjectType::Message, &[0, 2, 0, 3, 0, 1, 0, 0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "at byte 0 (MLSMessage.version): expected version 0x0001 (mls10), found 0x0002"
    );
}

#[test]
fn selectors_of_rfc_9420_are_closed() {
    let leaf = |source: u8| build::leaf_node(&[source], &[]);
    assert!(decode(ObjectType::LeafNode, &leaf(2)).is_ok());
    for (object, bytes, place) in [
        (ObjectType::LeafNode, leaf(0), "LeafNode.leaf_node_source"),
        (ObjectType::LeafNode, leaf(4), "LeafNode.leaf_node_source"),
        (
            ObjectType::RatchetTree,
            vec![2, 1, 3],
            "RatchetTree[0].node_type",
        ),
        (ObjectType::RatchetTree, vec![1, 2], "RatchetTree[0]"),
        (
            ObjectType::Commit,
            vec![2, 3, 0, 0],
            "Commit.proposals[0].type",
        ),
        (ObjectType::Psk, vec![2, 0, 0], "PreSharedKey.psk.usage"),
        (ObjectType::Psk, vec![2, 4, 0], "PreSharedKey.psk.usage"),
    ] {
        assert_eq!(decode(object, &bytes).unwrap_err().place(), place);
    }
    for (sender, content, place) in [
        (0, 1, "sender.sender_type"),
        (5, 1, "sender.sender_type"),
        (4, 0, "content_type"),
        (4, 4, "content_type"),
    ] {
        let bytes = build::public_message(&[sender], &[content, 0], &[]);
        let error = decode(ObjectType::Message, &bytes).unwrap_err();
        assert_eq!(
            error.place(),
            format!("MLSMessage.public_message.content.{place}")
        );
    }
}
