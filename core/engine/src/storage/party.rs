//! A client without an engine, for tests: every step loads the group anew from the store.

#![allow(clippy::unwrap_used, clippy::panic)]

use mls_trellis_hooks::CipherSuite;
use mls_trellis_store::{Batch, MemoryStore, Store};
use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialWithKey, Extension, ExtensionType,
    Extensions, GroupId, KeyPackage, MlsGroup, MlsGroupCreateConfig, MlsGroupJoinConfig,
    MlsMessageBodyIn, MlsMessageIn, MlsMessageOut, ProcessedMessage, ProcessedMessageContent,
    ProposalType, RequiredCapabilitiesExtension, StagedWelcome,
    tls_codec::{Deserialize as _, Serialize as _},
};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::OpenMlsProvider as _;

use super::{Buffer, Policy, Realm, Storage};
use crate::{
    crypto::Provider,
    signer::{Signer as _, SoftwareSigner, WitnessingSigner},
    witness::Witness,
};

pub(crate) const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
pub(crate) const GROUP: &[u8] = b"the group";

pub(crate) struct Party {
    pub(crate) store: MemoryStore,
    pub(crate) crypto: RustCrypto,
    pub(crate) key: SoftwareSigner,
    pub(crate) policy: Box<dyn Policy>,
}

impl Party {
    pub(crate) fn new() -> Self {
        Self {
            store: MemoryStore::default(),
            crypto: RustCrypto::default(),
            key: SoftwareSigner::generate(CipherSuite(SUITE.into())).unwrap(),
            policy: Box::new(()),
        }
    }

    /// Runs a step on a buffer over `store`, and returns what it would write.
    pub(crate) fn dry_step<R>(
        &self,
        store: &dyn Store,
        step: impl FnOnce(&Provider<'_>, &WitnessingSigner<'_>) -> R,
    ) -> (R, Batch) {
        let buffer = Buffer::new(store);
        let witness = Witness::default();
        let storage = Storage::new(&buffer, Realm::Member, &*self.policy);
        let provider = Provider::new(&self.crypto, &witness, storage);
        let signer = WitnessingSigner::new(&self.key, &witness);
        let result = step(&provider, &signer);
        (result, buffer.into_batch())
    }

    /// Runs a step and makes it durable.
    pub(crate) fn step<R>(
        &self,
        step: impl FnOnce(&Provider<'_>, &WitnessingSigner<'_>) -> R,
    ) -> R {
        let (result, batch) = self.dry_step(&self.store, step);
        self.store.apply(&batch).unwrap();
        result
    }

    /// Runs a step on the group as it is in the store.
    pub(crate) fn in_group<R>(
        &self,
        step: impl FnOnce(&mut MlsGroup, &Provider<'_>, &WitnessingSigner<'_>) -> R,
    ) -> R {
        self.step(|provider, signer| step(&mut load(provider), provider, signer))
    }

    pub(crate) fn create_group(&self) {
        let context = Extensions::single(Extension::RequiredCapabilities(
            RequiredCapabilitiesExtension::new(
                &[ExtensionType::AppDataDictionary],
                &[ProposalType::AppDataUpdate],
                &[],
            ),
        ));
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(SUITE)
            .capabilities(capabilities())
            .with_group_context_extensions(context.unwrap())
            .use_ratchet_tree_extension(true)
            .build();
        self.step(|provider, signer| {
            let id = GroupId::from_slice(GROUP);
            MlsGroup::new_with_group_id(provider, signer, &config, id, self.credential()).unwrap();
        });
    }

    pub(crate) fn key_package(&self) -> KeyPackage {
        self.step(|provider, signer| {
            let bundle = KeyPackage::builder()
                .leaf_node_capabilities(capabilities())
                .build(SUITE, provider, signer, self.credential())
                .unwrap();
            bundle.key_package().clone()
        })
    }

    /// Adds a member in a commit of our own, which nobody contests.
    pub(crate) fn add(&self, key_package: &KeyPackage) -> (MlsMessageOut, MlsMessageOut) {
        self.in_group(|group, provider, signer| {
            let (commit, welcome, _) = group
                .add_members(provider, signer, std::slice::from_ref(key_package))
                .unwrap();
            group.merge_pending_commit(provider).unwrap();
            (commit, welcome)
        })
    }

    pub(crate) fn join(&self, welcome: &MlsMessageOut) {
        self.step(|provider, _| join(provider, welcome)).unwrap();
    }

    /// The epoch and what distinguishes it from others of its number.
    pub(crate) fn epoch(&self) -> (u64, Vec<u8>) {
        self.in_group(|group, _, _| {
            let authenticator = group.epoch_authenticator().as_slice().to_vec();
            (group.epoch().as_u64(), authenticator)
        })
    }

    pub(crate) fn credential(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(self.key.public_key().to_vec()).into(),
            signature_key: self.key.public_key().into(),
        }
    }
}

pub(crate) fn two_members() -> (Party, Party) {
    let (alice, bob) = (Party::new(), Party::new());
    alice.create_group();
    let (_, welcome) = alice.add(&bob.key_package());
    bob.join(&welcome);
    assert_eq!(alice.epoch(), bob.epoch());
    (alice, bob)
}

pub(crate) fn load(provider: &Provider<'_>) -> MlsGroup {
    let id = GroupId::from_slice(GROUP);
    MlsGroup::load(provider.storage(), &id).unwrap().unwrap()
}

pub(crate) fn join(provider: &Provider<'_>, welcome: &MlsMessageOut) -> Result<(), String> {
    let MlsMessageBodyIn::Welcome(welcome) = received(welcome).extract() else {
        panic!("not a Welcome");
    };
    let config = MlsGroupJoinConfig::default();
    StagedWelcome::new_from_welcome(provider, &config, welcome, None)
        .and_then(|staged| staged.into_group(provider))
        .map(drop)
        .map_err(|error| format!("{error:?}"))
}

pub(crate) fn process(
    group: &mut MlsGroup,
    provider: &Provider<'_>,
    message: &MlsMessageOut,
) -> Result<ProcessedMessage, String> {
    let message = received(message).try_into_protocol_message().unwrap();
    group
        .process_message(provider, message)
        .map_err(|error| format!("{error:?}"))
}

/// Processes a commit that needs no decision, and merges it.
pub(crate) fn accept(
    group: &mut MlsGroup,
    provider: &Provider<'_>,
    commit: &MlsMessageOut,
) -> Result<(), String> {
    match process(group, provider, commit)?.into_content() {
        ProcessedMessageContent::StagedCommitMessage(staged) => group
            .merge_staged_commit(provider, *staged)
            .map_err(|error| format!("{error:?}")),
        other => panic!("not a staged commit: {other:?}"),
    }
}

pub(crate) fn received(message: &MlsMessageOut) -> MlsMessageIn {
    let bytes = message.tls_serialize_detached().unwrap();
    MlsMessageIn::tls_deserialize(&mut bytes.as_slice()).unwrap()
}

fn capabilities() -> Capabilities {
    Capabilities::new(
        None,
        None,
        Some(&[ExtensionType::AppDataDictionary]),
        Some(&[ProposalType::AppDataUpdate]),
        None,
    )
}
