#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use mls_trellis_hooks::{
    CipherSuite, ComponentId, CredentialType, ExtensionType, HpkeCiphertext, ProposalType,
    WireFormatId,
    wire::{Opaque, Wire, encode},
};
use openmls::prelude::{LeafNodeParameters, Proposal as MlsProposal};
use proptest::{collection::vec, option, prelude::*};
use tls_codec::Serialize as _;

use super::{
    leaf::{Capabilities, Lifetime},
    message::{Body, FramedContent, Sender, UpdatePath, UpdatePathNode},
    proposal::{
        AppDataUpdate, AppEphemeral, ApplicationPsk, PreSharedKeyId, ReInit, ResumptionPsk,
    },
    *,
};
use crate::storage::party::{Party, SUITE, two_members};

fn opaque() -> impl Strategy<Value = Opaque> + Clone {
    vec(any::<u8>(), 0..80).prop_map(Opaque)
}

fn suite() -> impl Strategy<Value = CipherSuite> + Clone {
    any::<u16>().prop_map(CipherSuite)
}

fn extension() -> impl Strategy<Value = Extension> + Clone {
    (any::<u16>(), opaque()).prop_map(|(extension_type, data)| Extension {
        extension_type: ExtensionType(extension_type),
        data,
    })
}

fn extensions() -> impl Strategy<Value = Vec<Extension>> + Clone {
    vec(extension(), 0..4)
}

fn credential() -> impl Strategy<Value = Credential> + Clone {
    (any::<u16>(), opaque()).prop_map(|(credential_type, content)| Credential {
        credential_type: CredentialType(credential_type),
        content,
    })
}

fn capabilities() -> impl Strategy<Value = Capabilities> + Clone {
    let list = || vec(any::<u16>(), 0..8);
    (list(), list(), list(), list(), list()).prop_map(|(versions, a, b, c, d)| Capabilities {
        versions,
        cipher_suites: a.into_iter().map(CipherSuite).collect(),
        extensions: b.into_iter().map(ExtensionType).collect(),
        proposals: c.into_iter().map(ProposalType).collect(),
        credentials: d.into_iter().map(CredentialType).collect(),
    })
}

fn source() -> impl Strategy<Value = LeafNodeSource> + Clone {
    prop_oneof![
        any::<(u64, u64)>().prop_map(|(not_before, not_after)| {
            LeafNodeSource::KeyPackage(Lifetime {
                not_before,
                not_after,
            })
        }),
        Just(LeafNodeSource::Update),
        opaque().prop_map(LeafNodeSource::Commit),
    ]
}

fn leaf_node() -> impl Strategy<Value = LeafNode> + Clone {
    let fields = (
        opaque(),
        opaque(),
        credential(),
        capabilities(),
        source(),
        extensions(),
        opaque(),
    );
    fields.prop_map(
        |(a, b, credential, capabilities, source, extensions, c)| LeafNode {
            encryption_key: a,
            signature_key: b,
            credential,
            capabilities,
            source,
            extensions,
            signature: c,
        },
    )
}

fn key_package() -> impl Strategy<Value = KeyPackage> + Clone {
    let fields = (
        any::<u16>(),
        suite(),
        opaque(),
        leaf_node(),
        extensions(),
        opaque(),
    );
    fields.prop_map(
        |(version, cipher_suite, init_key, leaf_node, extensions, signature)| KeyPackage {
            version,
            cipher_suite,
            init_key,
            leaf_node,
            extensions,
            signature,
        },
    )
}

fn psk() -> impl Strategy<Value = PreSharedKeyId> + Clone {
    let psk = prop_oneof![
        opaque().prop_map(Psk::External),
        (any::<u8>(), opaque(), any::<u64>()).prop_map(|(usage, group_id, epoch)| {
            Psk::Resumption(ResumptionPsk {
                usage,
                group_id,
                epoch,
            })
        }),
        (any::<u16>(), opaque()).prop_map(|(component, psk_id)| {
            Psk::Application(ApplicationPsk {
                component: ComponentId(component),
                psk_id,
            })
        }),
    ];
    (psk, opaque()).prop_map(|(psk, nonce)| PreSharedKeyId { psk, nonce })
}

fn proposal() -> impl Strategy<Value = Proposal> + Clone {
    let re_init = (opaque(), any::<u16>(), suite(), extensions());
    let operation = prop_oneof![
        opaque().prop_map(AppDataOperation::Update),
        Just(AppDataOperation::Remove),
    ];
    let component = any::<u16>().prop_map(ComponentId);
    prop_oneof![
        key_package().prop_map(|key_package| Proposal::Add(Box::new(key_package))),
        leaf_node().prop_map(|leaf| Proposal::Update(Box::new(leaf))),
        any::<u32>().prop_map(Proposal::Remove),
        psk().prop_map(Proposal::PreSharedKey),
        re_init.prop_map(|(group_id, version, cipher_suite, extensions)| {
            Proposal::ReInit(ReInit {
                group_id,
                version,
                cipher_suite,
                extensions,
            })
        }),
        opaque().prop_map(Proposal::ExternalInit),
        extensions().prop_map(Proposal::GroupContextExtensions),
        (component.clone(), operation).prop_map(|(component, operation)| {
            Proposal::AppDataUpdate(AppDataUpdate {
                component,
                operation,
            })
        }),
        (component, opaque()).prop_map(|(component, data)| {
            Proposal::AppEphemeral(AppEphemeral { component, data })
        }),
        Just(Proposal::SelfRemove),
        (0x000b..=u16::MAX, opaque())
            .prop_map(|(number, body)| Proposal::Other(ProposalType(number), body)),
    ]
}

fn commit() -> impl Strategy<Value = Commit> + Clone {
    let item = prop_oneof![
        proposal().prop_map(ProposalOrRef::Proposal),
        opaque().prop_map(ProposalOrRef::Reference),
    ];
    let sealed = (opaque(), opaque()).prop_map(|(kem_output, ciphertext)| HpkeCiphertext {
        kem_output,
        ciphertext,
    });
    let node = (opaque(), vec(sealed, 0..3)).prop_map(|(encryption_key, secrets)| UpdatePathNode {
        encryption_key,
        secrets,
    });
    let path = (leaf_node(), vec(node, 0..3))
        .prop_map(|(leaf_node, nodes)| UpdatePath { leaf_node, nodes });
    (vec(item, 0..4), option::of(path)).prop_map(|(proposals, path)| Commit { proposals, path })
}

fn group_context() -> impl Strategy<Value = GroupContext> + Clone {
    let fields = (
        any::<u16>(),
        suite(),
        opaque(),
        any::<u64>(),
        opaque(),
        opaque(),
        extensions(),
    );
    fields.prop_map(
        |(version, cipher_suite, group_id, epoch, a, b, extensions)| GroupContext {
            version,
            cipher_suite,
            group_id,
            epoch,
            tree_hash: a,
            confirmed_transcript_hash: b,
            extensions,
        },
    )
}

fn signed() -> impl Strategy<Value = Signed> {
    let sender = prop_oneof![
        any::<u32>().prop_map(Sender::Member),
        any::<u32>().prop_map(Sender::External),
        Just(Sender::NewMemberProposal),
        Just(Sender::NewMemberCommit),
    ];
    let body = prop_oneof![
        opaque().prop_map(Body::Application),
        proposal().prop_map(Body::Proposal),
        commit().prop_map(|commit| Body::Commit(Box::new(commit))),
    ];
    let content = (opaque(), any::<u64>(), sender, opaque(), body);
    let fields = (any::<u16>(), any::<u16>(), content, group_context());
    fields.prop_map(|(version, wire_format, content, context)| {
        let (group_id, epoch, sender, authenticated_data, body) = content;
        let inside = matches!(sender, Sender::Member(_) | Sender::NewMemberCommit);
        Signed {
            version,
            wire_format: WireFormatId(wire_format),
            content: FramedContent {
                group_id,
                epoch,
                sender,
                authenticated_data,
                body,
            },
            group_context: inside.then_some(context),
        }
    })
}

fn round_trip<T: Wire>(value: &T) {
    let bytes = encode(value).unwrap();
    assert_eq!(bytes.len(), value.tls_serialized_len());
    assert_eq!(decode::<T>(&bytes).as_ref(), Ok(value));
    // Whatever is read from fewer or more bytes is not this value.
    assert_ne!(decode::<T>(&bytes[..bytes.len() - 1]).as_ref(), Ok(value));
    assert!(decode::<T>(&[bytes.as_slice(), &[0]].concat()).is_err());
}

/// What was decoded says no more and no less than the bytes.
fn exact<T: Wire>(bytes: &[u8]) -> T {
    let value = decode::<T>(bytes).unwrap();
    assert_eq!(encode(&value).unwrap(), bytes);
    value
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn what_was_encoded_decodes(signed in signed(), key_package in key_package()) {
        round_trip(&signed);
        round_trip(&key_package);
    }

    #[test]
    fn mutated_bytes_decode_exactly_or_not_at_all(
        signed in signed(),
        at in any::<prop::sample::Index>(),
        flip in 1u8..,
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = encode(&signed).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(value) = decode::<Signed>(&bytes) {
            prop_assert_eq!(encode(&value).unwrap(), bytes.clone());
        }
        bytes.truncate(cut.index(bytes.len()));
        if let Ok(value) = decode::<Signed>(&bytes) {
            prop_assert_eq!(encode(&value).unwrap(), bytes);
        }
    }

    #[test]
    fn noise_does_not_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = decode::<Signed>(&bytes);
        let _ = decode::<KeyPackage>(&bytes);
        let _ = Proposal::decode(&bytes);
    }
}

#[test]
fn an_unknown_operation_is_not_another_proposal() {
    // AppDataUpdate of component 0x8042 with operation 3, then what would be a fine remove.
    assert!(Proposal::decode(&[0, 8, 0x80, 0x42, 3]).is_err());
    assert!(Proposal::decode(&[0, 8, 0x80, 0x42, 2]).is_ok());
}

#[test]
fn a_key_package_of_openmls_is_read_exactly() {
    let bytes = Party::new().key_package().tls_serialize_detached().unwrap();
    let key_package = exact::<KeyPackage>(&bytes);
    assert_eq!(key_package.cipher_suite.0, u16::from(SUITE));
    assert!(matches!(
        key_package.leaf_node.source,
        LeafNodeSource::KeyPackage(_)
    ));
}

#[test]
fn leaves_and_context_of_openmls_are_read_exactly() {
    let (alice, _) = two_members();
    alice.in_group(|group, provider, signer| {
        group
            .self_update(provider, signer, LeafNodeParameters::default())
            .unwrap();
        group.merge_pending_commit(provider).unwrap();
        let tree = group.public_group().treesync();
        let sources: Vec<_> = tree
            .full_leaves()
            .map(|(_, leaf)| exact::<LeafNode>(&leaf.tls_serialize_detached().unwrap()).source)
            .collect();
        assert!(matches!(
            sources[..],
            [LeafNodeSource::Commit(_), LeafNodeSource::KeyPackage(_)]
        ));
        let context = group.public_group().group_context();
        let context = exact::<GroupContext>(&context.tls_serialize_detached().unwrap());
        assert_eq!(context.epoch, group.epoch().as_u64());
        assert_eq!(context.extensions.len(), 1);
    });
}

#[test]
fn proposals_of_openmls_are_read_exactly() {
    use openmls::prelude::{
        AppDataUpdateProposal, AppEphemeralProposal, CustomProposal, PreSharedKeyProposal,
    };
    use openmls::schedule::PreSharedKeyId as MlsPskId;
    let read = |proposal: MlsProposal| exact(&proposal.tls_serialize_detached().unwrap());

    assert_eq!(read(MlsProposal::SelfRemove), Proposal::SelfRemove);

    let update = AppDataUpdateProposal::update(0x8042, b"new".to_vec());
    let expected = AppDataOperation::Update(b"new".into());
    let Proposal::AppDataUpdate(update) = read(MlsProposal::AppDataUpdate(Box::new(update))) else {
        panic!("not an AppDataUpdate");
    };
    assert_eq!(
        (update.component, update.operation),
        (ComponentId(0x8042), expected)
    );

    let remove = MlsProposal::AppDataUpdate(Box::new(AppDataUpdateProposal::remove(0x8042)));
    assert!(matches!(
        read(remove),
        Proposal::AppDataUpdate(update) if update.operation == AppDataOperation::Remove
    ));

    let ephemeral = AppEphemeralProposal::new(0x8042, b"now".to_vec());
    let Proposal::AppEphemeral(read_ephemeral) =
        read(MlsProposal::AppEphemeral(Box::new(ephemeral)))
    else {
        panic!("not an AppEphemeral");
    };
    assert_eq!(read_ephemeral.data, b"now".into());

    let psk = MlsPskId::application(0x8042, b"name".to_vec(), vec![7; 32]);
    let psk = MlsProposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(psk)));
    let Proposal::PreSharedKey(psk) = read(psk) else {
        panic!("not a PSK");
    };
    assert_eq!(psk.nonce.0, vec![7; 32]);
    assert!(matches!(psk.psk, Psk::Application(psk) if psk.component == ComponentId(0x8042)));

    let custom = CustomProposal::new(0xf0ff, b"body".to_vec());
    let custom = read(MlsProposal::Custom(Box::new(custom)));
    assert_eq!(
        custom,
        Proposal::Other(ProposalType(0xf0ff), b"body".into())
    );
}

fn dictionary_of(data: &[u8]) -> Result<usize, String> {
    let extension = |number: u16, data: &[u8]| Extension {
        extension_type: ExtensionType(number),
        data: data.into(),
    };
    let found = dictionary(&[extension(0xf000, b"else"), extension(6, data)]);
    found
        .map(|dictionary| dictionary.unwrap().len())
        .map_err(|reject| reject.rule().to_owned())
}

#[test]
fn a_dictionary_in_order_is_read() {
    assert_eq!(dictionary_of(&[0]), Ok(0));
    assert_eq!(dictionary_of(&[8, 0, 1, 1, 7, 0x80, 0x42, 1, 9]), Ok(2));
    assert_eq!(dictionary(&[]), Ok(None));
}

#[test]
fn add_1_entries_out_of_order() {
    assert_eq!(dictionary_of(&[6, 0, 2, 0, 0, 1, 0]), Err("ADD-1".into()));
    // Nor does a later duplicate hide it.
    assert_eq!(
        dictionary_of(&[9, 0, 2, 0, 0, 1, 0, 0, 2, 0]),
        Err("ADD-1".into())
    );
}

#[test]
fn add_2_two_entries_of_one_component() {
    assert_eq!(dictionary_of(&[6, 0, 1, 0, 0, 1, 0]), Err("ADD-2".into()));
}

#[test]
fn add_3_bytes_that_are_not_one_dictionary() {
    let trailing = [3, 0, 1, 0, 9];
    let ends_inside_an_entry = [4, 0, 1, 5, 0];
    let long_prefix = [0x40, 3, 0, 1, 0];
    assert_eq!(dictionary_of(&trailing), Err("ADD-3".into()));
    assert_eq!(dictionary_of(&ends_inside_an_entry), Err("ADD-3".into()));
    assert_eq!(dictionary_of(&long_prefix), Err("ADD-3".into()));
    assert_eq!(dictionary_of(&[]), Err("ADD-3".into()));
}

#[test]
fn add_4_two_dictionaries_in_one_list() {
    let extension = Extension {
        extension_type: ExtensionType(6),
        data: vec![0].into(),
    };
    let reject = dictionary(&[extension.clone(), extension]).unwrap_err();
    assert_eq!(reject.rule(), "ADD-4");
}
