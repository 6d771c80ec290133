//! Objects put together by hand, byte for byte.

use mls_trellis_wire::{Node, ObjectType, Value};

/// Concatenation.
pub(crate) fn cat(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// `opaque<V>`: the bytes with their length.
pub(crate) fn v(bytes: &[u8]) -> Vec<u8> {
    let n = bytes.len() as u32;
    let header = match n {
        0..=0x3f => vec![n as u8],
        0x40..=0x3fff => (n as u16 | 0x4000).to_be_bytes().to_vec(),
        _ => (n | 0x8000_0000).to_be_bytes().to_vec(),
    };
    cat(&[&header, bytes])
}

/// A vector of structures.
pub(crate) fn list(items: &[&[u8]]) -> Vec<u8> {
    v(&items.concat())
}

pub(crate) fn codes(values: &[u16]) -> Vec<u8> {
    v(&values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect::<Vec<_>>())
}

pub(crate) fn u16(value: u16) -> [u8; 2] {
    value.to_be_bytes()
}

pub(crate) fn u32(value: u32) -> [u8; 4] {
    value.to_be_bytes()
}

pub(crate) fn u64(value: u64) -> [u8; 8] {
    value.to_be_bytes()
}

pub(crate) fn extension(code: u16, data: &[u8]) -> Vec<u8> {
    cat(&[&u16(code), &v(data)])
}

/// The `app_data_dictionary` extension.
pub(crate) fn dictionary(entries: &[(u16, &[u8])]) -> Vec<u8> {
    let entries: Vec<u8> = entries
        .iter()
        .flat_map(|(id, data)| cat(&[&u16(*id), &v(data)]))
        .collect();
    extension(0x0006, &v(&entries))
}

pub(crate) fn credential() -> Vec<u8> {
    cat(&[&u16(1), &v(b"alice")])
}

pub(crate) fn leaf_node(source: &[u8], extensions: &[&[u8]]) -> Vec<u8> {
    let capabilities = cat(&[
        &codes(&[1]),
        &codes(&[1, 0x0a0a]),
        &codes(&[6, 7]),
        &codes(&[8, 9, 10]),
        &codes(&[1]),
    ]);
    cat(&[
        &v(&[0xe1; 32]),
        &v(&[0x51; 32]),
        &credential(),
        &capabilities,
        source,
        &list(extensions),
        &v(&[0x57; 64]),
    ])
}

pub(crate) fn key_package() -> Vec<u8> {
    let source = cat(&[&[1], &u64(1_700_000_000), &u64(u64::MAX)]);
    let components = dictionary(&[(1, &codes(&[1, 2, 0x8001])), (2, &[0]), (0x1a1a, &[7])]);
    let leaf = leaf_node(
        &source,
        &[
            &components,
            &extension(7, &codes(&[6])),
            &extension(0x2a2a, b"?"),
        ],
    );
    let extensions = list(&[&dictionary(&[(4, &[])]), &extension(0x000a, &[])]);
    cat(&[
        &u16(1),
        &u16(1),
        &v(&[0x11; 32]),
        &leaf,
        &extensions,
        &v(&[0x58; 64]),
    ])
}

pub(crate) fn group_context() -> Vec<u8> {
    let senders = v(&cat(&[
        &v(&[0x5e; 32]),
        &cat(&[&u16(2), &list(&[&v(b"cert")])]),
    ]));
    let extensions = list(&[
        &extension(3, &cat(&[&codes(&[6]), &codes(&[8]), &codes(&[1])])),
        &extension(5, &senders),
        &dictionary(&[(1, &codes(&[1, 0x8001])), (0x8001, b"poll")]),
        &extension(8, &codes(&[6])),
    ]);
    cat(&[
        &u16(1),
        &u16(1),
        &v(b"gid"),
        &u64(3),
        &v(&[0x7e; 32]),
        &v(&[0xc0; 32]),
        &extensions,
    ])
}

pub(crate) fn ratchet_tree() -> Vec<u8> {
    let leaf = cat(&[&[1, 1], &leaf_node(&cat(&[&[3], &v(&[0x9a; 32])]), &[])]);
    let parent = cat(&[
        &[1, 2],
        &v(&[0xe2; 32]),
        &v(&[]),
        &v(&cat(&[&u32(0), &u32(2)])),
    ]);
    list(&[&leaf, &parent, &[0]])
}

pub(crate) fn group_info() -> Vec<u8> {
    let extensions = list(&[
        &extension(2, &ratchet_tree()),
        &extension(4, &v(&[0xe9; 32])),
        &dictionary(&[(0x8002, b"info")]),
    ]);
    cat(&[
        &group_context(),
        &extensions,
        &v(&[0xc7; 32]),
        &u32(0),
        &v(&[0x59; 64]),
    ])
}

pub(crate) fn hpke_ciphertext() -> Vec<u8> {
    cat(&[&v(&[0x4e; 32]), &v(&[0xc1; 48])])
}

pub(crate) fn welcome() -> Vec<u8> {
    let secret = cat(&[&v(&[0xf0; 32]), &hpke_ciphertext()]);
    cat(&[&u16(1), &list(&[&secret, &secret]), &v(&[0x60; 100])])
}

pub(crate) fn psk_ids() -> Vec<Vec<u8>> {
    let nonce = v(&[0; 32]);
    vec![
        cat(&[&[1], &v(b"external"), &nonce]),
        cat(&[&[2, 3], &v(b"gid"), &u64(2), &nonce]),
        cat(&[&[3], &u16(0x8001), &v(&[1, 2, 3]), &nonce]),
    ]
}

pub(crate) fn group_secrets() -> Vec<u8> {
    let ids = psk_ids();
    let ids: Vec<&[u8]> = ids.iter().map(Vec::as_slice).collect();
    cat(&[&v(&[0x99; 32]), &[1], &v(&[0x98; 32]), &list(&ids)])
}

pub(crate) fn app_data_update() -> Vec<u8> {
    cat(&[&u16(0x8001), &[1], &v(&[0xde, 0xad])])
}

pub(crate) fn app_ephemeral() -> Vec<u8> {
    hex::decode("00050d0c000000030000000000000029").unwrap()
}

/// Every proposal of RFC 9420 and the draft with its type, and one that nobody knows.
pub(crate) fn proposals() -> Vec<Vec<u8>> {
    let body = |code: u16, body: &[u8]| cat(&[&u16(code), body]);
    let re_init = cat(&[
        &v(b"next"),
        &u16(1),
        &u16(2),
        &list(&[&extension(0x7777, b"x")]),
    ]);
    let mut proposals = vec![
        body(1, &key_package()),
        body(2, &leaf_node(&[2], &[&extension(1, &v(b"app"))])),
        body(3, &u32(7)),
        body(5, &re_init),
        body(6, &v(&[0x4e; 32])),
        body(7, &list(&[&dictionary(&[])])),
        body(8, &app_data_update()),
        body(8, &cat(&[&u16(0x8001), &[2]])),
        body(9, &app_ephemeral()),
        body(10, &[]),
        body(0xf001, &v(b"custom")),
    ];
    proposals.extend(psk_ids().iter().map(|id| body(4, id)));
    proposals
}

pub(crate) fn commit() -> Vec<u8> {
    let by_value = proposals()
        .into_iter()
        .map(|proposal| cat(&[&[1], &proposal]));
    let items: Vec<u8> = by_value
        .flatten()
        .chain(cat(&[&[2], &v(&[0xaf; 32])]))
        .collect();
    let node = cat(&[&v(&[0xe3; 32]), &list(&[&hpke_ciphertext()])]);
    let path = cat(&[
        &leaf_node(&cat(&[&[3], &v(&[0x9a; 32])]), &[]),
        &list(&[&node]),
    ]);
    cat(&[&v(&items), &[1], &path])
}

pub(crate) fn message(wire_format: u16, body: &[u8]) -> Vec<u8> {
    cat(&[&u16(1), &u16(wire_format), body])
}

/// A PublicMessage in group `gid`, epoch 3.
pub(crate) fn public_message(sender: &[u8], content: &[u8], tags: &[&[u8]]) -> Vec<u8> {
    let head = cat(&[
        &v(b"gid"),
        &u64(3),
        sender,
        &v(&[5, 0x80, 1, 2, 0xaa, 0xbb]),
    ]);
    message(1, &cat(&[&head, content, &v(&[0x5a; 64]), &tags.concat()]))
}

pub(crate) fn private_message() -> Vec<u8> {
    message(
        2,
        &cat(&[
            &v(b"gid"),
            &u64(3),
            &[1],
            &v(&[]),
            &v(&[0x5d; 16]),
            &v(&[0xc2; 80]),
        ]),
    )
}

pub(crate) fn messages() -> Vec<Vec<u8>> {
    let tag = v(&[0x7a; 32]);
    let member = cat(&[&[1], &u32(4)]);
    let external = cat(&[&[2], &u32(0)]);
    vec![
        public_message(&member, &cat(&[&[1], &v(b"hello")]), &[&tag]),
        public_message(&member, &cat(&[&[2], &u16(10)]), &[&tag]),
        public_message(&external, &cat(&[&[2], &u16(3), &u32(1)]), &[]),
        public_message(&[3], &cat(&[&[2], &u16(1), &key_package()]), &[]),
        public_message(&[4], &cat(&[&[3], &commit()]), &[&tag]),
        public_message(&member, &cat(&[&[3], &commit()]), &[&tag, &tag]),
        private_message(),
        message(3, &welcome()),
        message(4, &group_info()),
        message(5, &key_package()),
        message(6, b"anything"),
    ]
}

/// At least one valid object of every type.
pub(crate) fn objects() -> Vec<(ObjectType, Vec<u8>)> {
    use ObjectType as O;
    let mut objects = vec![
        (O::Welcome, welcome()),
        (O::GroupInfo, group_info()),
        (O::KeyPackage, key_package()),
        (O::RatchetTree, ratchet_tree()),
        (O::GroupSecrets, group_secrets()),
        (O::GroupContext, group_context()),
        (O::LeafNode, leaf_node(&[2], &[])),
        (
            O::Extensions,
            list(&[&dictionary(&[(1, &[0]), (9, b"nine")])]),
        ),
        (O::Commit, commit()),
        (O::Add, key_package()),
        (O::Update, leaf_node(&[2], &[])),
        (O::Remove, u32(7).to_vec()),
        (O::Psk, psk_ids().remove(2)),
        (O::ReInit, proposals().remove(3).split_off(2)),
        (O::ExternalInit, v(&[0x4e; 32])),
        (
            O::GroupContextExtensions,
            list(&[&extension(8, &codes(&[]))]),
        ),
        (O::AppDataUpdate, app_data_update()),
        (O::AppEphemeral, app_ephemeral()),
        (O::SafeAad, v(&[0x80, 1, 2, 0xaa, 0xbb])),
    ];
    objects.extend(messages().into_iter().map(|bytes| (O::Message, bytes)));
    objects.extend(proposals().into_iter().map(|bytes| (O::Proposal, bytes)));
    objects
}

/// Every byte of the input belongs to exactly one header or leaf, in order, children inside parents.
pub(crate) fn assert_tiles(node: &Node<'_>, input: &[u8]) {
    assert_eq!(node.span, 0..input.len());
    for node in node.walk() {
        let mut at = node.span.start + node.header;
        match &node.value {
            Value::Struct(children) | Value::List(children) => {
                for child in children {
                    assert_eq!(child.span.start, at, "{} in {}", child.kind, node.kind);
                    at = child.span.end;
                }
            }
            Value::Bytes(bytes) => {
                assert_eq!(*bytes, &input[node.content()]);
                at += bytes.len();
            }
            Value::Secret(secret) => at += secret.expose().len(),
            Value::Uint { value, width, .. } => {
                let width = usize::from(*width);
                assert_eq!(value.to_be_bytes()[8 - width..], input[node.span.clone()]);
                at += width;
            }
            Value::Absent => {}
        }
        assert_eq!(at, node.span.end, "{}", node.kind);
    }
}
