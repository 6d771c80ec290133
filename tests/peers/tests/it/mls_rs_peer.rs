//! mls-rs as a peer.

use mls_rs::{
    CipherSuite, CipherSuiteProvider as _, Client, CryptoProvider as _, Extension, ExtensionList,
    Group, MlsMessage,
    client_builder::MlsConfig,
    extension::ExtensionType,
    group::ReceivedMessage,
    identity::{
        SigningIdentity,
        basic::{BasicCredential, BasicIdentityProvider},
    },
    mls_rules::{CommitOptions, DefaultMlsRules},
    psk::{ExternalPskId, PreSharedKey},
};
use mls_rs_crypto_rustcrypto::RustCryptoProvider;

use crate::peer::{CONTEXT, LABEL, PSK, PSK_ID, Peer};

const SUITE: CipherSuite = CipherSuite::CURVE25519_AES128;

/// What an mls-rs client is built from has no name.
pub(crate) trait Config: MlsConfig {}
impl<C: MlsConfig> Config for C {}

pub(crate) struct MlsRs<C: Config> {
    client: Client<C>,
    pub(crate) group: Option<Group<C>>,
}

/// A client that understands nothing of the drafts, and carries their extensions.
pub(crate) fn named(name: &str) -> MlsRs<impl Config + use<>> {
    let crypto = RustCryptoProvider::default();
    let suite = crypto.cipher_suite_provider(SUITE).unwrap();
    let (secret, public) = suite.signature_key_generate().unwrap();
    let credential = BasicCredential::new(name.as_bytes().to_vec()).into_credential();
    let options = CommitOptions::new().with_path_required(true);
    MlsRs {
        client: Client::builder()
            .identity_provider(BasicIdentityProvider)
            .crypto_provider(crypto)
            .mls_rules(DefaultMlsRules::new().with_commit_options(options))
            .extension_types([6, 7, 8].map(ExtensionType::new))
            .psk(
                ExternalPskId::new(PSK_ID.to_vec()),
                PreSharedKey::new(PSK.to_vec()),
            )
            .signing_identity(SigningIdentity::new(credential, public), secret, SUITE)
            .build(),
        group: None,
    }
}

fn encode(message: &MlsMessage) -> Vec<u8> {
    message.to_bytes().unwrap()
}

fn decode(bytes: &[u8]) -> MlsMessage {
    MlsMessage::from_bytes(bytes).unwrap()
}

impl<C: Config> MlsRs<C> {
    pub(crate) fn group(&mut self) -> &mut Group<C> {
        self.group.as_mut().unwrap()
    }

    /// Founds a group with an extension in its GroupContext.
    pub(crate) fn found_with(&mut self, extension_type: u16, data: Vec<u8>) {
        let extension = Extension::new(extension_type.into(), data);
        let context = ExtensionList::from_iter([extension]);
        let none = ExtensionList::default();
        let group = self
            .client
            .create_group_with_id(b"room".to_vec(), context, none, None);
        self.group = Some(group.unwrap());
    }
}

impl<C: Config> Peer for MlsRs<C> {
    fn key_package(&mut self) -> Vec<u8> {
        let none = ExtensionList::default;
        let message = self
            .client
            .generate_key_package_message(none(), none(), None);
        encode(&message.unwrap())
    }

    fn found(&mut self) {
        let none = ExtensionList::default;
        let group = self
            .client
            .create_group_with_id(b"room".to_vec(), none(), none(), None);
        self.group = Some(group.unwrap());
    }

    fn join(&mut self, welcome: &[u8]) {
        let (group, _) = self
            .client
            .join_group(None, &decode(welcome), None)
            .unwrap();
        self.group = Some(group);
    }

    fn join_external(&mut self, group_info: &[u8]) -> Vec<u8> {
        let (group, commit) = self.client.commit_external(decode(group_info)).unwrap();
        self.group = Some(group);
        encode(&commit)
    }

    fn group_info(&mut self) -> Vec<u8> {
        let info = self.group().group_info_message_allowing_ext_commit(true);
        encode(&info.unwrap())
    }

    fn add(&mut self, key_package: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let builder = self.group().commit_builder();
        let output = builder
            .add_member(decode(key_package))
            .unwrap()
            .build()
            .unwrap();
        self.group().apply_pending_commit().unwrap();
        (
            encode(&output.commit_message),
            encode(&output.welcome_messages[0]),
        )
    }

    fn remove(&mut self, leaf: u32) -> Vec<u8> {
        let builder = self.group().commit_builder();
        let output = builder.remove_member(leaf).unwrap().build().unwrap();
        self.group().apply_pending_commit().unwrap();
        encode(&output.commit_message)
    }

    fn commit(&mut self) -> Vec<u8> {
        let output = self.group().commit(Vec::new()).unwrap();
        self.group().apply_pending_commit().unwrap();
        encode(&output.commit_message)
    }

    fn commit_psk(&mut self) -> Vec<u8> {
        let builder = self.group().commit_builder();
        let builder = builder.add_external_psk(ExternalPskId::new(PSK_ID.to_vec()));
        let output = builder.unwrap().build().unwrap();
        self.group().apply_pending_commit().unwrap();
        encode(&output.commit_message)
    }

    fn propose_renewal(&mut self) -> Vec<u8> {
        encode(&self.group().propose_update(Vec::new()).unwrap())
    }

    fn receive(&mut self, message: &[u8]) {
        match self
            .group()
            .process_incoming_message(decode(message))
            .unwrap()
        {
            ReceivedMessage::Commit(_) | ReceivedMessage::Proposal(_) => {}
            other => panic!("{other:?}"),
        }
    }

    fn send(&mut self, body: &[u8]) -> Vec<u8> {
        let message = self.group().encrypt_application_message(body, Vec::new());
        encode(&message.unwrap())
    }

    fn open(&mut self, message: &[u8]) -> Vec<u8> {
        match self
            .group()
            .process_incoming_message(decode(message))
            .unwrap()
        {
            ReceivedMessage::ApplicationMessage(message) => message.data().to_vec(),
            other => panic!("{other:?}"),
        }
    }

    fn secrets(&mut self) -> [Vec<u8>; 2] {
        let group = self.group();
        let exported = group.export_secret(LABEL.as_bytes(), CONTEXT, 40).unwrap();
        let authenticator = group.epoch_authenticator().unwrap();
        [authenticator.to_vec(), exported.to_vec()]
    }
}
