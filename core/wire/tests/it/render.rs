//! What people and programs get to see.

use mls_trellis_wire::{ObjectType, decode, render};
use serde_json::json;

use crate::build::{self, cat, u16, v};

#[test]
fn text_of_a_proposal_message() {
    let bytes = build::messages().remove(1);
    let node = decode(ObjectType::Message, &bytes).unwrap();
    insta::assert_snapshot!(render::text(&node), @r#"
     0..130  MLSMessage
     0..2      version: 0x0001 mls10
     2..4      wire_format: 0x0001 mls_public_message
     4..130    public_message: PublicMessage
     4..31       content: FramedContent
     4..8          group_id: 676964 "gid"
     8..16         epoch: 3
    16..21         sender: Sender
    16..17           sender_type: 0x01 member
    17..21           leaf_index: 4
    21..28         authenticated_data: 05800102aabb
    28..29         content_type: 0x02 proposal
    29..31         proposal: Proposal
    29..31           proposal_type: 0x000a self_remove
    31..31           self_remove: SelfRemove
    31..97       auth: FramedContentAuthData
    31..97         signature: 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a... (64 bytes)
    97..130      membership_tag: 7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
    "#);
}

#[test]
fn text_of_a_key_package() {
    let bytes = build::key_package();
    let node = decode(ObjectType::KeyPackage, &bytes).unwrap();
    insta::assert_snapshot!(render::text(&node), @r#"
      0..327  KeyPackage
      0..2      version: 0x0001 mls10
      2..4      cipher_suite: 0x0001 MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
      4..37     init_key: 1111111111111111111111111111111111111111111111111111111111111111
     37..250    leaf_node: LeafNode
     37..70       encryption_key: e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1
     70..103      signature_key: 5151515151515151515151515151515151515151515151515151515151515151 "QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ"
    103..111      credential: Credential
    103..105        credential_type: 0x0001 basic
    105..111        identity: 616c696365 "alice"
    111..134      capabilities: Capabilities
    111..114        versions: [0x0001 mls10]
    114..119        cipher_suites: [0x0001 MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, 0x0a0a GREASE]
    119..124        extensions: [0x0006 app_data_dictionary, 0x0007 supported_wire_formats]
    124..131        proposals: [0x0008 app_data_update, 0x0009 app_ephemeral, 0x000a self_remove]
    131..134        credentials: [0x0001 basic]
    134..135      leaf_node_source: 0x01 key_package
    135..151      lifetime: Lifetime
    135..143        not_before: 1700000000
    143..151        not_after: 18446744073709551615
    151..184      extensions: Extension[3]
    152..174        [0] Extension
    152..154          extension_type: 0x0006 app_data_dictionary
    154..174          extension_data: AppDataDictionary
    155..174            component_data: ComponentData[3]
    156..166              [0] ComponentData
    156..158                component_id: 0x0001 app_components
    158..166                data: ComponentsList
    159..166                  component_ids: [0x0001 app_components, 0x0002 safe_aad, 0x8001]
    166..170              [1] ComponentData
    166..168                component_id: 0x0002 safe_aad
    168..170                data: ComponentsList
    169..170                  component_ids: []
    170..174              [2] ComponentData
    170..172                component_id: 0x1a1a GREASE
    172..174                data: 07
    174..180        [1] Extension
    174..176          extension_type: 0x0007 supported_wire_formats
    176..180          extension_data: WireFormats
    177..180            wire_formats: [0x0006 mls_targeted_message]
    180..184        [2] Extension
    180..182          extension_type: 0x2a2a GREASE
    182..184          extension_data: 3f
    184..250      signature: 5757575757575757575757575757575757575757575757575757575757575757... (64 bytes)
    250..261    extensions: Extension[2]
    251..258      [0] Extension
    251..253        extension_type: 0x0006 app_data_dictionary
    253..258        extension_data: AppDataDictionary
    254..258          component_data: ComponentData[1]
    255..258            [0] ComponentData
    255..257              component_id: 0x0004 last_resort_key_package
    257..258              data: empty
    258..261      [1] Extension
    258..260        extension_type: 0x000a last_resort
    260..261        extension_data: LastResort
    261..327    signature: 5858585858585858585858585858585858585858585858585858585858585858... (64 bytes)
    "#);
}

#[test]
fn text_of_a_ratchet_tree() {
    let bytes = build::ratchet_tree();
    let node = decode(ObjectType::RatchetTree, &bytes).unwrap();
    insta::assert_snapshot!(render::text(&node), @r#"
      0..248  optional<Node>[3]
      2..202    [0] Node
      3..4        node_type: 0x01 leaf
      4..202      leaf_node: LeafNode
      4..37         encryption_key: e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1
     37..70         signature_key: 5151515151515151515151515151515151515151515151515151515151515151 "QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ"
     70..78         credential: Credential
     70..72           credential_type: 0x0001 basic
     72..78           identity: 616c696365 "alice"
     78..101        capabilities: Capabilities
     78..81           versions: [0x0001 mls10]
     81..86           cipher_suites: [0x0001 MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, 0x0a0a GREASE]
     86..91           extensions: [0x0006 app_data_dictionary, 0x0007 supported_wire_formats]
     91..98           proposals: [0x0008 app_data_update, 0x0009 app_ephemeral, 0x000a self_remove]
     98..101          credentials: [0x0001 basic]
    101..102        leaf_node_source: 0x03 commit
    102..135        parent_hash: 9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a
    135..136        extensions: []
    136..202        signature: 5757575757575757575757575757575757575757575757575757575757575757... (64 bytes)
    202..247    [1] Node
    203..204      node_type: 0x02 parent
    204..247      parent_node: ParentNode
    204..237        encryption_key: e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2
    237..238        parent_hash: empty
    238..247        unmerged_leaves: [0, 2]
    247..248    [2] absent
    "#);
}

#[test]
fn text_of_a_commit_with_an_unknown_proposal() {
    let proposals = cat(&[
        &[1],
        &u16(0xf001),
        &v(b"\x1b[31mred"),
        &[1, 0, 8],
        &build::app_data_update(),
    ]);
    let bytes = cat(&[&v(&proposals), &[0]]);
    let node = decode(ObjectType::Commit, &bytes).unwrap();
    insta::assert_snapshot!(render::text(&node), @r#"
     0..23  Commit
     0..22    proposals: ProposalOrRef[2]
     1..13      [0] ProposalOrRef
     1..2         type: 0x01 proposal
     2..13        proposal: Proposal
     2..4           proposal_type: 0xf001
     4..13          body: 1b5b33316d726564  (unknown, read as one opaque<V>)
    13..22      [1] ProposalOrRef
    13..14        type: 0x01 proposal
    14..22        proposal: Proposal
    14..16          proposal_type: 0x0008 app_data_update
    16..22          app_data_update: AppDataUpdate
    16..18            component_id: 0x8001
    18..19            op: 0x01 update
    19..22            update: dead
    22..23    path: absent
    "#);
}

#[test]
fn text_of_group_secrets() {
    let bytes = build::group_secrets();
    let node = decode(ObjectType::GroupSecrets, &bytes).unwrap();
    insta::assert_snapshot!(render::text(&node), @r#"
      0..199  GroupSecrets
      0..33     joiner_secret: secret, 32 bytes
     33..67     path_secret: PathSecret
     34..67       path_secret: secret, 32 bytes
     67..199    psks: PreSharedKeyID[3]
     69..112      [0] PreSharedKeyID
     69..70         psktype: 0x01 external
     70..79         psk_id: 65787465726e616c "external"
     79..112        psk_nonce: 0000000000000000000000000000000000000000000000000000000000000000
    112..159      [1] PreSharedKeyID
    112..113        psktype: 0x02 resumption
    113..114        usage: 0x03 branch
    114..118        psk_group_id: 676964 "gid"
    118..126        psk_epoch: 2
    126..159        psk_nonce: 0000000000000000000000000000000000000000000000000000000000000000
    159..199      [2] PreSharedKeyID
    159..160        psktype: 0x03 application
    160..162        component_id: 0x8001
    162..166        psk_id: 010203
    166..199        psk_nonce: 0000000000000000000000000000000000000000000000000000000000000000
    "#);
}

#[test]
fn json_of_a_dictionary() {
    let bytes = build::list(&[&build::dictionary(&[(0x8001, b"hi")])]);
    let node = decode(ObjectType::Extensions, &bytes).unwrap();
    let expected = json!({
        "type": "Extension", "span": [0, 10], "header": 1, "items": [{
            "type": "Extension", "span": [1, 10], "fields": [
                {"name": "extension_type", "type": "ExtensionType", "span": [1, 3], "value": 6,
                    "label": "app_data_dictionary"},
                {"name": "extension_data", "type": "AppDataDictionary", "span": [3, 10],
                    "header": 1, "fields": [{
                    "name": "component_data", "type": "ComponentData", "span": [4, 10],
                    "header": 1, "items": [{
                        "type": "ComponentData", "span": [5, 10], "fields": [
                            {"name": "component_id", "type": "ComponentID", "span": [5, 7],
                                "value": 0x8001},
                            {"name": "data", "type": "opaque", "span": [7, 10], "header": 1,
                                "value": "6869",
                                "component": {"place": "group-context", "id": 0x8001,
                                    "data": "6869"}},
                        ],
                    }],
                }]},
            ],
        }],
    });
    assert_eq!(render::json(&node), expected);
}

#[test]
fn json_has_every_kind_of_value() {
    let secrets = render::json(&decode(ObjectType::GroupSecrets, &build::group_secrets()).unwrap());
    assert_eq!(secrets["fields"][0]["secret_bytes"], 32);
    assert_eq!(secrets["fields"][2]["items"][1]["fields"][3]["value"], "2");
    assert_eq!(
        secrets["fields"][2]["items"][2]["fields"][1]["value"],
        0x8001
    );

    let commit = render::json(&decode(ObjectType::Commit, &[0, 0]).unwrap());
    assert_eq!(commit["fields"][1]["value"], serde_json::Value::Null);
}

#[test]
fn a_note_is_printed_and_opens_a_one_line_list() {
    let bytes = build::leaf_node(&[2], &[]);
    let mut node = decode(ObjectType::LeafNode, &bytes).unwrap();
    node.visit_mut(&mut |node| {
        if node.kind == "CipherSuite" && node.as_uint() == Some(0x0a0a) {
            node.note = Some("as it should be".to_owned());
        }
    });
    let text = render::text(&node);
    assert!(
        text.contains("[1] 0x0a0a GREASE  (as it should be)\n"),
        "{text}"
    );
}

#[test]
fn control_characters_do_not_reach_the_text() {
    let bytes = cat(&[&u16(0x8001), &v(b"\x1b[31m\r\n\x07")]);
    let mut node = decode(ObjectType::AppEphemeral, &bytes).unwrap();
    node.note = Some("a\x1b[31m\nb".to_owned());
    let text = render::text(&node);
    assert!(
        text.contains("AppEphemeral  (a\u{fffd}[31m\u{fffd}b)\n"),
        "{text}"
    );
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
}
