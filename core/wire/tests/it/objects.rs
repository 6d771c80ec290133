//! Every structure, put together by hand.

use std::collections::BTreeSet;

use mls_trellis_wire::{
    ContentType, ObjectType, Place, Sender, Value, check_message, decode, peek,
};

use crate::build::{self, assert_tiles, cat, codes, u16, v};

#[test]
fn every_object_decodes_and_its_spans_tile_it() {
    let mut seen = BTreeSet::new();
    for (object, bytes) in build::objects() {
        let node = decode(object, &bytes).unwrap_or_else(|error| panic!("{object}: {error}"));
        if !matches!(node.value, Value::List(_)) {
            assert_eq!(node.kind, object.kind());
        }
        assert_tiles(&node, &bytes);
        seen.insert(object);
    }
    assert_eq!(seen, ObjectType::ALL.iter().copied().collect());
}

#[test]
fn a_check_accepts_what_decodes() {
    for bytes in build::messages() {
        check_message(&bytes).unwrap();
    }
}

#[test]
fn every_cut_is_an_error_within_what_is_left() {
    for (object, bytes) in build::objects() {
        for cut in 0..bytes.len() {
            // These two take whatever there is.
            let open_ended = matches!(bytes[..], [0, 1, 0, 6, ..]) && cut >= 4
                || object == ObjectType::Proposal && matches!(bytes[..], [0xf0, 1, ..]) && cut >= 2;
            if open_ended {
                continue;
            }
            let error = decode(object, &bytes[..cut]).unwrap_err();
            assert!(error.offset <= cut, "{object} cut to {cut}: {error}");
            if object == ObjectType::Message {
                assert_eq!(check_message(&bytes[..cut]), Err(error));
            }
        }
    }
}

#[test]
fn bytes_left_over_are_an_error() {
    for (object, mut bytes) in build::objects() {
        let len = bytes.len();
        let open_ended = matches!(bytes[..], [0, 1, 0, 6, ..])
            || object == ObjectType::Proposal && matches!(bytes[..], [0xf0, 1, ..]);
        bytes.push(0);
        if !open_ended {
            assert_eq!(decode(object, &bytes).unwrap_err().offset, len, "{object}");
        }
    }
}

#[test]
fn names_of_object_types_round_trip() {
    for object in ObjectType::ALL {
        assert_eq!(object.to_string().parse(), Ok(*object));
    }
    let error = "keypackage".parse::<ObjectType>().unwrap_err().to_string();
    assert!(error.starts_with("`keypackage` is not an object type; choose one of: message, "));
}

#[test]
fn fields_are_reached_by_path() {
    let bytes = &build::messages()[0];
    let node = decode(ObjectType::Message, bytes).unwrap();
    let content = node.get("public_message.content").unwrap();
    assert_eq!(
        content.get("group_id").unwrap().as_bytes(),
        Some(&b"gid"[..])
    );
    assert_eq!(content.get("sender.leaf_index").unwrap().as_uint(), Some(4));
    assert_eq!(
        content.get("application_data").unwrap().as_bytes(),
        Some(&b"hello"[..])
    );
    assert!(node.get("public_message.auth.confirmation_tag").is_none());
    assert!(node.get("public_message.membership_tag").is_some());
}

#[test]
fn list_items_are_reached_by_index() {
    let bytes = build::key_package();
    let node = decode(ObjectType::KeyPackage, &bytes).unwrap();
    let grease = node.get("leaf_node.capabilities.cipher_suites.1").unwrap();
    assert_eq!(
        grease.value,
        Value::Uint {
            value: 0x0a0a,
            width: 2,
            label: Some("GREASE")
        }
    );
    assert!(node.get("leaf_node.capabilities.cipher_suites.2").is_none());
}

#[test]
fn tags_follow_sender_and_content_type() {
    let tags = |index: usize| {
        let bytes = build::messages().remove(index);
        let node = decode(ObjectType::Message, &bytes).unwrap();
        (
            node.get("public_message.auth.confirmation_tag").is_some(),
            node.get("public_message.membership_tag").is_some(),
        )
    };
    assert_eq!(tags(1), (false, true), "proposal of a member");
    assert_eq!(tags(2), (false, false), "proposal of an external sender");
    assert_eq!(tags(4), (true, false), "external commit");
    assert_eq!(tags(5), (true, true), "commit of a member");
}

#[test]
fn component_data_is_found_wherever_it_is() {
    let found = |object, bytes: &[u8]| {
        let node = decode(object, bytes).unwrap();
        node.components()
            .inspect(|c| assert_eq!(c.data, &bytes[c.span.clone()]))
            .map(|c| (c.place, c.component, c.data.to_vec()))
            .collect::<Vec<_>>()
    };
    let key_package = [
        (Place::LeafNode, 1, codes(&[1, 2, 0x8001])),
        (Place::LeafNode, 2, vec![0]),
        (Place::LeafNode, 0x1a1a, vec![7]),
        (Place::KeyPackage, 4, vec![]),
    ];
    assert_eq!(
        found(ObjectType::KeyPackage, &build::key_package()),
        key_package
    );
    assert_eq!(
        found(ObjectType::GroupInfo, &build::group_info()),
        [
            (Place::GroupContext, 1, codes(&[1, 0x8001])),
            (Place::GroupContext, 0x8001, b"poll".to_vec()),
            (Place::GroupInfo, 0x8002, b"info".to_vec()),
        ]
    );
    let commit = found(ObjectType::Commit, &build::commit());
    assert_eq!(commit[..4], key_package);
    assert_eq!(commit[4], (Place::Update, 0x8001, vec![0xde, 0xad]));
    assert_eq!((commit[5].0, commit[5].1), (Place::Ephemeral, 5));
    assert_eq!(commit.len(), 6);
}

#[test]
fn nodes_can_be_annotated() {
    let bytes = build::app_ephemeral();
    let mut node = decode(ObjectType::AppEphemeral, &bytes).unwrap();
    node.visit_mut(&mut |node| {
        if let Some(component) = &node.component {
            node.note = Some(format!("component {}", component.component));
        }
    });
    assert_eq!(
        node.get("data").unwrap().note.as_deref(),
        Some("component 5")
    );
}

#[test]
fn the_head_agrees_with_the_tree() {
    for bytes in build::messages() {
        let node = decode(ObjectType::Message, &bytes).unwrap();
        let header = peek(&bytes).unwrap();
        assert_eq!(
            node.get("wire_format").unwrap().as_uint(),
            Some(header.wire_format.into())
        );
        let framed = node
            .get("public_message.content")
            .or(node.get("private_message"));
        let (Some(framed), Some(head)) = (framed, header.framing) else {
            assert_eq!(framed.is_some(), header.framing.is_some());
            continue;
        };
        let bytes_of = |name| framed.get(name).unwrap().as_bytes().unwrap();
        let number = |name| framed.get(name).and_then(|node| node.as_uint());
        assert_eq!(head.group_id, bytes_of("group_id"));
        assert_eq!(head.authenticated_data, bytes_of("authenticated_data"));
        assert_eq!(Some(head.epoch), number("epoch"));
        let content_type = match head.content_type {
            ContentType::Application => 1,
            ContentType::Proposal => 2,
            ContentType::Commit => 3,
        };
        assert_eq!(Some(content_type), number("content_type"));
        let sender = match head.sender {
            None => (None, None),
            Some(Sender::Member(index)) => (Some(1), Some(index)),
            Some(Sender::External(index)) => (Some(2), Some(index)),
            Some(Sender::NewMemberProposal) => (Some(3), None),
            Some(Sender::NewMemberCommit) => (Some(4), None),
        };
        let index = number("sender.leaf_index").or(number("sender.sender_index"));
        assert_eq!(
            sender,
            (
                number("sender.sender_type"),
                index.map(|index| index as u32)
            )
        );
    }
}

#[test]
fn secrets_are_not_shown() {
    let bytes = build::group_secrets();
    let node = decode(ObjectType::GroupSecrets, &bytes).unwrap();
    let shown = [
        format!("{node:?}"),
        mls_trellis_wire::render::text(&node),
        mls_trellis_wire::render::json(&node).to_string(),
    ];
    for shown in shown {
        assert!(
            !shown.contains("9999") && !shown.contains("9898"),
            "{shown}"
        );
        assert!(
            !shown.contains("153, 153") && !shown.contains("152, 152"),
            "{shown}"
        );
    }
    let Value::Secret(secret) = node.get("joiner_secret").unwrap().value else {
        panic!()
    };
    assert_eq!(secret.expose(), [0x99; 32]);
}

#[test]
fn an_unknown_proposal_is_one_opaque_in_a_commit_and_the_rest_alone() {
    let proposal = cat(&[&u16(0xf001), &v(b"x")]);
    let node = decode(ObjectType::Proposal, &proposal).unwrap();
    assert_eq!(node.get("body").unwrap().as_bytes(), Some(&proposal[2..]));

    let commit = cat(&[&v(&cat(&[&[1], &proposal])), &[0]]);
    let node = decode(ObjectType::Commit, &commit).unwrap();
    let body = node.get("proposals.0.proposal.body").unwrap();
    assert_eq!(body.as_bytes(), Some(&b"x"[..]));
    assert_eq!(body.note.as_deref(), Some("unknown, read as one opaque<V>"));

    let commit = cat(&[&v(&cat(&[&[1], &u16(0xf001), &[9, 9]])), &[0]]);
    assert_eq!(
        decode(ObjectType::Commit, &commit).unwrap_err().to_string(),
        "at byte 4 (Commit.proposals[0].proposal.body): expected a proposal type that is known here \
         (an unknown one cannot be delimited, and does not read as one opaque<V>), found 1 byte left"
    );
}

#[test]
fn an_unknown_credential_is_one_opaque() {
    let senders = v(&cat(&[&v(b"key"), &u16(0xf000), &v(b"token")]));
    let bytes = build::list(&[&build::extension(5, &senders)]);
    let node = decode(ObjectType::Extensions, &bytes).unwrap();
    let credential = node.get("0.extension_data.external_senders.0.credential.credential");
    assert_eq!(credential.unwrap().as_bytes(), Some(&b"token"[..]));
}

#[test]
fn a_ratchet_tree_outside_a_group_info_stays_opaque() {
    let bytes = build::list(&[&build::extension(2, &build::ratchet_tree())]);
    let node = decode(ObjectType::Extensions, &bytes).unwrap();
    assert!(node.get("0.extension_data").unwrap().as_bytes().is_some());

    let bytes = build::group_info();
    let node = decode(ObjectType::GroupInfo, &bytes).unwrap();
    let tree = node
        .get("extensions.0.extension_data.ratchet_tree")
        .unwrap();
    let kinds: Vec<_> = tree
        .children()
        .iter()
        .map(|node| node.get("node_type").is_some())
        .collect();
    assert_eq!(kinds, [true, true, false]);
}
