//! A group of plain OpenMLS clients.

use mls_trellis_hooks::CipherSuite;
use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialWithKey, GroupId, KeyPackage,
    LeafNodeParameters, MIXED_PLAINTEXT_WIRE_FORMAT_POLICY, MlsGroup, MlsGroupCreateConfig,
    MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut, ProcessedMessage,
    ProposalType, StagedWelcome,
    tls_codec::{Deserialize as _, Serialize as _},
};
use openmls_rust_crypto::OpenMlsRustCrypto;
use openmls_traits::OpenMlsProvider as _;

use crate::{
    signer::{Signer as _, SoftwareSigner, WitnessingSigner},
    witness::Witness,
};

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

pub(super) struct Client {
    pub(super) provider: OpenMlsRustCrypto,
    pub(super) key: SoftwareSigner,
    pub(super) group: Option<MlsGroup>,
}

impl Client {
    pub(super) fn new() -> Self {
        Self::with_key(SoftwareSigner::generate(CipherSuite(SUITE.into())).unwrap())
    }

    /// The same client with nothing but its key left.
    pub(super) fn amnesiac(&self) -> Self {
        Self::with_key(SoftwareSigner::from_secret(&self.key.to_secret()).unwrap())
    }

    fn with_key(key: SoftwareSigner) -> Self {
        Self {
            provider: OpenMlsRustCrypto::default(),
            key,
            group: None,
        }
    }

    pub(super) fn group(&self) -> &MlsGroup {
        self.group.as_ref().unwrap()
    }

    /// Works on the group, and gives what was signed last meanwhile.
    pub(super) fn act<R>(
        &mut self,
        act: impl FnOnce(&mut MlsGroup, &OpenMlsRustCrypto, &WitnessingSigner<'_>) -> R,
    ) -> (R, Witness) {
        let witness = Witness::default();
        let signer = WitnessingSigner::new(&self.key, &witness);
        let result = act(self.group.as_mut().unwrap(), &self.provider, &signer);
        drop(signer);
        (result, witness)
    }

    pub(super) fn found(&mut self) {
        let witness = Witness::default();
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(SUITE)
            .capabilities(capabilities())
            .wire_format_policy(MIXED_PLAINTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .build();
        let group = MlsGroup::new_with_group_id(
            &self.provider,
            &WitnessingSigner::new(&self.key, &witness),
            &config,
            GroupId::from_slice(b"walk"),
            self.credential(),
        );
        self.group = Some(group.unwrap());
    }

    pub(super) fn key_package(&self) -> KeyPackage {
        let witness = Witness::default();
        let signer = WitnessingSigner::new(&self.key, &witness);
        let bundle = KeyPackage::builder()
            .leaf_node_capabilities(capabilities())
            .build(SUITE, &self.provider, &signer, self.credential());
        bundle.unwrap().key_package().clone()
    }

    pub(super) fn join(&mut self, welcome: &MlsMessageOut) {
        let MlsMessageBodyIn::Welcome(welcome) = received(welcome).extract() else {
            panic!("not a Welcome");
        };
        let staged =
            StagedWelcome::new_from_welcome(&self.provider, &join_config(), welcome, None).unwrap();
        self.group = Some(staged.into_group(&self.provider).unwrap());
    }

    /// Joins from outside with these SelfRemoves, and gives the commit with what was signed.
    pub(super) fn join_from_outside(
        &mut self,
        group_info: &MlsMessageOut,
        self_removes: &[MlsMessageOut],
    ) -> (MlsMessageOut, Witness) {
        let MlsMessageBodyIn::GroupInfo(info) = received(group_info).extract() else {
            panic!("not a GroupInfo");
        };
        let self_removes = self_removes
            .iter()
            .map(|message| match received(message).extract() {
                MlsMessageBodyIn::PublicMessage(message) => message,
                other => panic!("not a PublicMessage: {other:?}"),
            });
        let witness = Witness::default();
        let signer = WitnessingSigner::new(&self.key, &witness);
        let parameters = LeafNodeParameters::builder().with_capabilities(capabilities());
        let (group, bundle) = MlsGroup::external_commit_builder()
            .with_proposals(self_removes.collect())
            .with_config(join_config())
            .build_group(&self.provider, info, self.credential())
            .unwrap()
            .leaf_node_parameters(parameters.build())
            .load_psks(self.provider.storage())
            .unwrap()
            .build(
                self.provider.rand(),
                self.provider.crypto(),
                &signer,
                |_| true,
            )
            .unwrap()
            .finalize(&self.provider)
            .unwrap();
        drop(signer);
        self.group = Some(group);
        (bundle.into_commit(), witness)
    }

    pub(super) fn process(&mut self, message: &MlsMessageOut) -> ProcessedMessage {
        let message = received(message).try_into_protocol_message().unwrap();
        let group = self.group.as_mut().unwrap();
        group.process_message(&self.provider, message).unwrap()
    }

    fn credential(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(self.key.public_key().to_vec()).into(),
            signature_key: self.key.public_key().into(),
        }
    }
}

fn capabilities() -> Capabilities {
    Capabilities::new(None, None, None, Some(&[ProposalType::SelfRemove]), None)
}

fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(MIXED_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .build()
}

fn received(message: &MlsMessageOut) -> MlsMessageIn {
    let bytes = message.tls_serialize_detached().unwrap();
    MlsMessageIn::tls_deserialize(&mut bytes.as_slice()).unwrap()
}
