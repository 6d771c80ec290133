//! Any value of each structure.

use mls_trellis_hooks::{
    CipherSuite, ComponentId, CredentialType, ExtensionType, HpkeCiphertext, ProposalType,
    WireFormatId, wire::Opaque,
};
use proptest::{collection::vec, option, prelude::*};

use super::super::{
    leaf::{Capabilities, Lifetime},
    message::{Body, FramedContent, Sender, UpdatePath, UpdatePathNode},
    proposal::{
        AppDataUpdate, AppEphemeral, ApplicationPsk, PreSharedKeyId, ReInit, ResumptionPsk,
    },
    *,
};

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

pub(super) fn key_package() -> impl Strategy<Value = KeyPackage> + Clone {
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

pub(super) fn signed() -> impl Strategy<Value = Signed> {
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
