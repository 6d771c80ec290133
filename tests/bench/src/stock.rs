//! The same steps on stock OpenMLS, as its documentation takes them.

use mls_trellis_hooks::wire;
use openmls::{
    component::ComponentData,
    messages::proposals::{AppDataUpdateOperation, AppDataUpdateProposal},
    prelude::{
        tls_codec::{Deserialize as _, Serialize as _},
        *,
    },
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;

use crate::{
    side::{Member, Newcomer, Sealed},
    trellis,
};

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
/// `content_media_types` frames application messages so: the group's default type, then the body.
const MEDIA_TYPE: [u8; 2] = [0, 0];
const ROOM_METADATA: u16 = 0x0023;

/// What leaves and the GroupContext say, taken over from Trellis.
#[derive(Clone)]
pub(crate) struct Mold {
    capabilities: Capabilities,
    leaf: Extensions<LeafNode>,
    context: Extensions<GroupContext>,
}

impl Mold {
    /// The mold of a KeyPackage and of a GroupInfo.
    pub(crate) fn of(key_package: &[u8], group_info: &[u8]) -> Self {
        let MlsMessageBodyIn::GroupInfo(info) = message(group_info) else {
            panic!("not a GroupInfo");
        };
        let key_package = validated(key_package, &OpenMlsRustCrypto::default());
        let leaf = key_package.leaf_node();
        Self {
            capabilities: leaf.capabilities().clone(),
            leaf: leaf.extensions().clone(),
            context: info.group_context().extensions().clone(),
        }
    }
}

/// A client: its keys, and rows in memory.
struct Client {
    provider: OpenMlsRustCrypto,
    signer: SignatureKeyPair,
    credential: CredentialWithKey,
}

impl Client {
    fn new(name: &str) -> Self {
        let signer = SignatureKeyPair::new(SUITE.signature_algorithm()).unwrap();
        Self {
            provider: OpenMlsRustCrypto::default(),
            credential: CredentialWithKey {
                credential: BasicCredential::new(name.into()).into(),
                signature_key: signer.to_public_vec().into(),
            },
            signer,
        }
    }
}

/// A client in the group.
pub(crate) struct InGroup {
    client: Client,
    group: MlsGroup,
}

/// The founder of a group with this GroupContext.
pub(crate) fn found(mold: &Mold) -> InGroup {
    let client = Client::new("alice");
    let group = MlsGroup::builder()
        .with_group_id(GroupId::from_slice(b"room"))
        .ciphersuite(SUITE)
        .with_wire_format_policy(MIXED_PLAINTEXT_WIRE_FORMAT_POLICY)
        .max_past_epochs(3)
        .use_ratchet_tree_extension(true)
        .with_capabilities(mold.capabilities.clone())
        .with_leaf_node_extensions(mold.leaf.clone())
        .unwrap()
        .with_group_context_extensions(mold.context.clone())
        .build(&client.provider, &client.signer, client.credential.clone())
        .unwrap();
    InGroup { client, group }
}

impl InGroup {
    fn commit(
        &mut self,
        key_packages: Vec<KeyPackage>,
        update: Option<AppDataUpdateProposal>,
        path: bool,
    ) -> Sealed<()> {
        let Client {
            provider, signer, ..
        } = &self.client;
        let mut builder = self.group.commit_builder().force_self_update(path);
        if !key_packages.is_empty() {
            builder = builder.propose_adds(key_packages);
        }
        if let Some(update) = update {
            builder = builder.add_proposal(Proposal::AppDataUpdate(Box::new(update)));
        }
        let mut builder = builder.load_psks(provider.storage()).unwrap();
        let mut updater = builder.app_data_dictionary_updater();
        for update in builder.app_data_update_proposals() {
            apply(&mut updater, update);
        }
        let changes = updater.changes();
        builder.with_app_data_dictionary_updates(changes);
        let bundle = builder
            .create_group_info(true)
            .use_ratchet_tree_extension(true)
            .build(provider.rand(), provider.crypto(), signer, |_| true)
            .unwrap()
            .stage_commit(provider)
            .unwrap();
        let (commit, welcome, group_info) = bundle.into_messages();
        let encode = |message: MlsMessageOut| message.tls_serialize_detached().unwrap();
        std::hint::black_box(group_info.map(encode));
        Sealed {
            commit: encode(commit),
            welcome: welcome.map(encode),
            pending: (),
        }
    }

    fn process(&mut self, bytes: &[u8]) -> ProcessedMessage {
        let message = decoded(bytes).try_into_protocol_message().unwrap();
        let provider = &self.client.provider;
        self.group.process_message(provider, message).unwrap()
    }
}

impl Member for InGroup {
    type Pending = ();

    fn add(&mut self, key_packages: &[Vec<u8>]) -> Sealed<()> {
        let provider = &self.client.provider;
        let validated = key_packages.iter().map(|bytes| validated(bytes, provider));
        self.commit(validated.collect(), None, false)
    }

    fn update(&mut self, round: usize) -> Sealed<()> {
        let metadata = wire::encode(&trellis::metadata(round)).unwrap();
        let update = AppDataUpdateProposal::update(ROOM_METADATA, metadata);
        self.commit(Vec::new(), Some(update), false)
    }

    fn path(&mut self) -> Sealed<()> {
        self.commit(Vec::new(), None, true)
    }

    fn accept(&mut self, (): ()) {
        self.group
            .merge_pending_commit(&self.client.provider)
            .unwrap();
    }

    fn discard(&mut self, (): ()) {
        let storage = self.client.provider.storage();
        self.group.clear_pending_commit(storage).unwrap();
    }

    fn receive(&mut self, commit: &[u8]) {
        let mut processed = self.process(commit);
        let provider = &self.client.provider;
        if let ProcessedMessageContent::UnresolvedAppDataCommit(commit) = processed.content() {
            let mut updater = self.group.app_data_dictionary_updater();
            for update in commit.app_data_update_proposals() {
                apply(&mut updater, update);
            }
            let changes = updater.changes();
            let resolved = self
                .group
                .resolve_app_data_commit(provider, processed, changes);
            processed = resolved.unwrap();
        }
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            panic!("not a commit");
        };
        self.group.merge_staged_commit(provider, *staged).unwrap();
    }

    fn send(&mut self, body: &[u8]) -> Vec<u8> {
        let Client {
            provider, signer, ..
        } = &self.client;
        let framed = wire::encode(&(MEDIA_TYPE, wire::Opaque::from(body))).unwrap();
        let message = self
            .group
            .create_message(provider, signer, &framed)
            .unwrap();
        message.tls_serialize_detached().unwrap()
    }

    fn open(&mut self, message: &[u8]) -> Vec<u8> {
        match self.process(message).into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => {
                let framed = message.into_bytes();
                let (_, body) = wire::decode::<([u8; 2], wire::Opaque)>(&framed).unwrap();
                body.0
            }
            _ => panic!("not an application message"),
        }
    }

    fn tidy(&mut self) {}

    fn authenticator(&mut self) -> Vec<u8> {
        self.group.epoch_authenticator().as_slice().to_vec()
    }
}

/// A client with its key package.
pub(crate) struct Candidate {
    client: Client,
    key_package: Vec<u8>,
}

impl Candidate {
    pub(crate) fn new(name: &str, mold: &Mold) -> Self {
        let client = Client::new(name);
        let bundle = KeyPackage::builder()
            .leaf_node_capabilities(mold.capabilities.clone())
            .leaf_node_extensions(mold.leaf.clone())
            .build(
                SUITE,
                &client.provider,
                &client.signer,
                client.credential.clone(),
            )
            .unwrap();
        let message = MlsMessageOut::from(bundle.into_key_package());
        Self {
            client,
            key_package: message.tls_serialize_detached().unwrap(),
        }
    }
}

impl Newcomer for Candidate {
    type Member = InGroup;

    fn key_package(&self) -> &[u8] {
        &self.key_package
    }

    fn join(self, welcome: &[u8]) -> InGroup {
        let MlsMessageBodyIn::Welcome(welcome) = message(welcome) else {
            panic!("not a Welcome");
        };
        let config = MlsGroupJoinConfig::builder()
            .wire_format_policy(MIXED_PLAINTEXT_WIRE_FORMAT_POLICY)
            .max_past_epochs(3)
            .use_ratchet_tree_extension(true)
            .build();
        let provider = &self.client.provider;
        let staged = StagedWelcome::new_from_welcome(provider, &config, welcome, None).unwrap();
        let group = staged.into_group(provider).unwrap();
        InGroup {
            client: self.client,
            group,
        }
    }
}

/// Room metadata is replaced as a whole.
fn apply(updater: &mut AppDataDictionaryUpdater<'_>, update: &AppDataUpdateProposal) {
    match update.operation() {
        AppDataUpdateOperation::Update(data) => {
            updater.set(ComponentData::from_parts(
                update.component_id(),
                data.clone(),
            ));
        }
        AppDataUpdateOperation::Remove => updater.remove(&update.component_id()),
    }
}

fn decoded(bytes: &[u8]) -> MlsMessageIn {
    MlsMessageIn::tls_deserialize(&mut &bytes[..]).unwrap()
}

fn message(bytes: &[u8]) -> MlsMessageBodyIn {
    decoded(bytes).extract()
}

fn validated(message_bytes: &[u8], provider: &OpenMlsRustCrypto) -> KeyPackage {
    match message(message_bytes) {
        MlsMessageBodyIn::KeyPackage(key_package) => key_package
            .validate(provider.crypto(), ProtocolVersion::Mls10)
            .unwrap(),
        _ => panic!("not a KeyPackage"),
    }
}
