//! Stock OpenMLS as a peer.

use openmls::{
    component::ComponentData,
    messages::proposals::{AppDataUpdateOperation, AppDataUpdateProposal, Proposal},
    prelude::{
        tls_codec::{Deserialize as _, Serialize as _},
        *,
    },
    schedule::PreSharedKeyId,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;

use crate::{
    peer::{CONTEXT, LABEL, PSK, PSK_ID, Peer},
    sample::NOTE,
};

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

pub(crate) struct OpenMls {
    pub(crate) provider: OpenMlsRustCrypto,
    pub(crate) signer: SignatureKeyPair,
    credential: CredentialWithKey,
    pub(crate) group: Option<MlsGroup>,
}

pub(crate) fn named(name: &str) -> OpenMls {
    let signer = SignatureKeyPair::new(SUITE.signature_algorithm()).unwrap();
    let provider = OpenMlsRustCrypto::default();
    external_psk(&[0; 32]).store(&provider, PSK).unwrap();
    OpenMls {
        provider,
        credential: CredentialWithKey {
            credential: BasicCredential::new(name.into()).into(),
            signature_key: signer.to_public_vec().into(),
        },
        signer,
        group: None,
    }
}

/// The name of the external key that every peer has.
fn external_psk(nonce: &[u8]) -> PreSharedKeyId {
    PreSharedKeyId::external(PSK_ID.to_vec(), nonce.to_vec())
}

/// What its leaves say: the draft's mechanisms, and component `Note`.
fn capabilities() -> Capabilities {
    Capabilities::builder()
        .extensions([6, 7, 8].map(ExtensionType::from).to_vec())
        .proposals([8, 9, 10].map(ProposalType::from).to_vec())
        .credentials(vec![CredentialType::Basic])
        .build()
}

fn leaf_extensions() -> Extensions<LeafNode> {
    let [high, low] = NOTE.0.to_be_bytes();
    let mut dictionary = AppDataDictionary::new();
    dictionary.insert(1, vec![6, 0, 1, 0, 2, high, low]);
    dictionary.insert(2, vec![2, high, low]);
    let dictionary = AppDataDictionaryExtension::new(dictionary);
    // supported_wire_formats: targeted messages.
    let formats = Extension::Unknown(7, UnknownExtension(vec![2, 0, 6]));
    Extensions::from_vec(vec![Extension::AppDataDictionary(dictionary), formats]).unwrap()
}

fn encode(message: MlsMessageOut) -> Vec<u8> {
    message.tls_serialize_detached().unwrap()
}

fn decode(bytes: &[u8]) -> MlsMessageIn {
    MlsMessageIn::tls_deserialize(&mut &bytes[..]).unwrap()
}

impl OpenMls {
    pub(crate) fn group(&mut self) -> &mut MlsGroup {
        self.group.as_mut().unwrap()
    }

    fn config() -> MlsGroupJoinConfig {
        MlsGroupJoinConfig::builder()
            .wire_format_policy(MIXED_PLAINTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .build()
    }

    /// Commits these proposals and what is pending; AppDataUpdates replace entries.
    pub(crate) fn commit_of(
        &mut self,
        adds: Vec<KeyPackage>,
        proposals: Vec<Proposal>,
        path: bool,
    ) -> (Vec<u8>, Option<Vec<u8>>) {
        let Self {
            provider,
            signer,
            group,
            ..
        } = self;
        let group = group.as_mut().unwrap();
        let builder = group.commit_builder().force_self_update(path);
        let builder = builder.add_proposals(proposals).propose_adds(adds);
        let mut builder = builder.load_psks(provider.storage()).unwrap();
        let mut updater = builder.app_data_dictionary_updater();
        for update in builder.app_data_update_proposals() {
            apply(&mut updater, update);
        }
        let changes = updater.changes();
        builder.with_app_data_dictionary_updates(changes);
        let bundle = builder
            .use_ratchet_tree_extension(true)
            .build(provider.rand(), provider.crypto(), signer, |_| true)
            .unwrap()
            .stage_commit(provider)
            .unwrap();
        let (commit, welcome, _) = bundle.into_messages();
        group.merge_pending_commit(provider).unwrap();
        (encode(commit), welcome.map(encode))
    }

    /// Reads a message of the group.
    pub(crate) fn process(&mut self, bytes: &[u8]) -> ProcessedMessage {
        let Self {
            provider, group, ..
        } = self;
        let group = group.as_mut().unwrap();
        let message = decode(bytes).try_into_protocol_message().unwrap();
        let processed = group.process_message(provider, message).unwrap();
        let ProcessedMessageContent::UnresolvedAppDataCommit(commit) = processed.content() else {
            return processed;
        };
        let mut updater = group.app_data_dictionary_updater();
        for update in commit.app_data_update_proposals() {
            apply(&mut updater, update);
        }
        let changes = updater.changes();
        group
            .resolve_app_data_commit(provider, processed, changes)
            .unwrap()
    }

    /// Takes in a handshake message that was read.
    pub(crate) fn take(&mut self, processed: ProcessedMessage) {
        let Self {
            provider, group, ..
        } = self;
        let group = group.as_mut().unwrap();
        match processed.into_content() {
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                group.merge_staged_commit(provider, *staged).unwrap();
            }
            ProcessedMessageContent::ProposalMessage(proposal) => {
                let storage = provider.storage();
                group.store_pending_proposal(storage, *proposal).unwrap();
            }
            _ => panic!("not a handshake message"),
        }
    }

    pub(crate) fn key_package_of(&self, message: &[u8]) -> KeyPackage {
        let MlsMessageBodyIn::KeyPackage(key_package) = decode(message).extract() else {
            panic!("not a KeyPackage");
        };
        let crypto = self.provider.crypto();
        key_package
            .validate(crypto, ProtocolVersion::Mls10)
            .unwrap()
    }

    /// A targeted message to a member.
    pub(crate) fn send_to(&mut self, leaf: u32, body: &[u8]) -> Vec<u8> {
        let Self {
            provider,
            signer,
            group,
            ..
        } = self;
        let group = group.as_mut().unwrap();
        let to = LeafNodeIndex::new(leaf);
        let message = group.create_targeted_message(provider, signer, to, body);
        encode(message.unwrap())
    }

    /// The sender of a targeted message, its content, and what is authenticated with it.
    pub(crate) fn open_targeted(&mut self, bytes: &[u8]) -> Option<(u32, Vec<u8>, Vec<u8>)> {
        let MlsMessageBodyIn::TargetedMessage(message) = decode(bytes).extract() else {
            panic!("not a targeted message");
        };
        let group = self.group.as_ref().unwrap();
        let opened = group.process_targeted_message(&self.provider, &message);
        let opened = opened.ok()?;
        Some((
            opened.sender_leaf_index().u32(),
            opened.application_data().to_vec(),
            opened.authenticated_data().to_vec(),
        ))
    }

    /// The entry of component `Note` in the GroupContext.
    pub(crate) fn note(&mut self) -> Option<Vec<u8>> {
        let dictionary = self.group().extensions().app_data_dictionary()?;
        dictionary.dictionary().get(&NOTE.0).map(<[u8]>::to_vec)
    }
}

/// Updates of `Note` replace its entry.
fn apply(updater: &mut AppDataDictionaryUpdater<'_>, update: &AppDataUpdateProposal) {
    let id = update.component_id();
    match update.operation() {
        AppDataUpdateOperation::Update(data) => {
            updater.set(ComponentData::from_parts(id, data.clone()));
        }
        AppDataUpdateOperation::Remove => updater.remove(&id),
    }
}

impl Peer for OpenMls {
    fn key_package(&mut self) -> Vec<u8> {
        let bundle = KeyPackage::builder()
            .leaf_node_capabilities(capabilities())
            .leaf_node_extensions(leaf_extensions())
            .build(SUITE, &self.provider, &self.signer, self.credential.clone());
        encode(bundle.unwrap().into_key_package().into())
    }

    fn found(&mut self) {
        let group = MlsGroup::builder()
            .with_group_id(GroupId::from_slice(b"room"))
            .ciphersuite(SUITE)
            .with_wire_format_policy(MIXED_PLAINTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .with_capabilities(capabilities())
            .with_leaf_node_extensions(leaf_extensions())
            .unwrap()
            .build(&self.provider, &self.signer, self.credential.clone());
        self.group = Some(group.unwrap());
    }

    fn join(&mut self, welcome: &[u8]) {
        let MlsMessageBodyIn::Welcome(welcome) = decode(welcome).extract() else {
            panic!("not a Welcome");
        };
        let provider = &self.provider;
        let staged = StagedWelcome::new_from_welcome(provider, &Self::config(), welcome, None);
        self.group = Some(staged.unwrap().into_group(provider).unwrap());
    }

    fn join_external(&mut self, group_info: &[u8]) -> Vec<u8> {
        let MlsMessageBodyIn::GroupInfo(info) = decode(group_info).extract() else {
            panic!("not a GroupInfo");
        };
        let provider = &self.provider;
        let parameters = LeafNodeParameters::builder()
            .with_capabilities(capabilities())
            .with_extensions(leaf_extensions())
            .build();
        let mut builder = MlsGroup::external_commit_builder()
            .with_config(Self::config())
            .build_group(provider, info, self.credential.clone())
            .unwrap()
            .leaf_node_parameters(parameters)
            .load_psks(provider.storage())
            .unwrap();
        builder.with_app_data_dictionary_updates(None);
        let built = builder
            .use_ratchet_tree_extension(true)
            .build(provider.rand(), provider.crypto(), &self.signer, |_| true)
            .unwrap();
        let (group, bundle) = built.finalize(provider).unwrap();
        self.group = Some(group);
        encode(bundle.into_messages().0)
    }

    fn group_info(&mut self) -> Vec<u8> {
        let group = self.group.as_ref().unwrap();
        let info = group.export_group_info(self.provider.crypto(), &self.signer, true);
        encode(info.unwrap())
    }

    fn add(&mut self, key_package: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let key_package = self.key_package_of(key_package);
        let (commit, welcome) = self.commit_of(vec![key_package], Vec::new(), false);
        (commit, welcome.unwrap())
    }

    fn remove(&mut self, leaf: u32) -> Vec<u8> {
        let Self {
            provider,
            signer,
            group,
            ..
        } = self;
        let group = group.as_mut().unwrap();
        let removed = group.remove_members(provider, signer, &[LeafNodeIndex::new(leaf)]);
        let (commit, ..) = removed.unwrap();
        group.merge_pending_commit(provider).unwrap();
        encode(commit)
    }

    fn commit(&mut self) -> Vec<u8> {
        self.commit_of(Vec::new(), Vec::new(), true).0
    }

    fn commit_psk(&mut self) -> Vec<u8> {
        let psk = PreSharedKeyProposal::new(external_psk(&[7; 32]));
        let psk = Proposal::PreSharedKey(Box::new(psk));
        self.commit_of(Vec::new(), vec![psk], false).0
    }

    fn propose_renewal(&mut self) -> Vec<u8> {
        let Self {
            provider,
            signer,
            group,
            ..
        } = self;
        let group = group.as_mut().unwrap();
        let proposed = group.propose_self_update(provider, signer, LeafNodeParameters::default());
        encode(proposed.unwrap().0)
    }

    fn receive(&mut self, message: &[u8]) {
        let processed = self.process(message);
        self.take(processed);
    }

    fn send(&mut self, body: &[u8]) -> Vec<u8> {
        let Self {
            provider,
            signer,
            group,
            ..
        } = self;
        let message = group
            .as_mut()
            .unwrap()
            .create_message(provider, signer, body);
        encode(message.unwrap())
    }

    fn open(&mut self, message: &[u8]) -> Vec<u8> {
        match self.process(message).into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => message.into_bytes(),
            _ => panic!("not an application message"),
        }
    }

    fn secrets(&mut self) -> [Vec<u8>; 2] {
        let crypto = self.provider.crypto();
        let group = self.group.as_ref().unwrap();
        let exported = group.export_secret(crypto, LABEL, CONTEXT, 40).unwrap();
        let authenticator = group.epoch_authenticator().as_slice().to_vec();
        [authenticator, exported.as_slice().to_vec()]
    }
}
