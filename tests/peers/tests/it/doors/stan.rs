//! A member that is stock OpenMLS: ours proposes no Update with another credential.

use mls_trellis_hooks::Credential;
use openmls::prelude::{
    tls_codec::{Deserialize as _, Serialize as _},
    *,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;

use super::honest;

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

pub(crate) struct Stan {
    provider: OpenMlsRustCrypto,
    signer: SignatureKeyPair,
}

impl Stan {
    pub(crate) fn new() -> Self {
        Self {
            provider: OpenMlsRustCrypto::default(),
            signer: SignatureKeyPair::new(SUITE.signature_algorithm()).unwrap(),
        }
    }

    pub(crate) fn public_key(&self) -> &[u8] {
        self.signer.public()
    }

    fn with_key(&self, credential: &Credential) -> CredentialWithKey {
        let credential_type = CredentialType::from(credential.credential_type.0);
        let content = credential.content.to_vec();
        CredentialWithKey {
            credential: openmls::credentials::Credential::new(credential_type, content),
            signature_key: self.public_key().into(),
        }
    }

    /// Of a client with an honest certificate, which supports what the room requires.
    pub(crate) fn key_package(&self) -> Vec<u8> {
        let credential = self.with_key(&honest("stan", self.public_key()));
        let bundle = KeyPackage::builder()
            .leaf_node_capabilities(capabilities())
            .leaf_node_extensions(extensions())
            .build(SUITE, &self.provider, &self.signer, credential);
        encode(bundle.unwrap().into_key_package().into())
    }

    /// Joins, and proposes to show this credential next to the same key.
    pub(crate) fn update(&self, welcome: &[u8], credential: &Credential) -> Vec<u8> {
        let welcome = MlsMessageIn::tls_deserialize(&mut &welcome[..]).unwrap();
        let MlsMessageBodyIn::Welcome(welcome) = welcome.extract() else {
            panic!("not a Welcome");
        };
        let config = MlsGroupJoinConfig::builder()
            .wire_format_policy(MIXED_PLAINTEXT_WIRE_FORMAT_POLICY)
            .build();
        let staged = StagedWelcome::new_from_welcome(&self.provider, &config, welcome, None);
        let mut group = staged.unwrap().into_group(&self.provider).unwrap();
        let leaf = LeafNodeParameters::builder()
            .with_capabilities(capabilities())
            .with_extensions(extensions())
            .with_credential_with_key(self.with_key(credential))
            .build();
        let by_reference = ProposalOrRefType::Reference;
        let update = Propose::Update(leaf);
        let proposed = group.propose(&self.provider, &self.signer, update, by_reference);
        encode(proposed.unwrap().0)
    }
}

fn capabilities() -> Capabilities {
    Capabilities::builder()
        .extensions([6, 7, 8].map(ExtensionType::from).to_vec())
        .proposals([8, 9].map(ProposalType::from).to_vec())
        .credentials(vec![CredentialType::Basic, CredentialType::X509])
        .build()
}

/// The components that it knows: the two of the draft, and the policy.
fn extensions() -> Extensions<LeafNode> {
    let mut dictionary = AppDataDictionary::new();
    dictionary.insert(1, vec![6, 0, 1, 0, 2, 0x80, 0x43]);
    dictionary.insert(2, vec![0]);
    let dictionary = AppDataDictionaryExtension::new(dictionary);
    Extensions::from_vec(vec![Extension::AppDataDictionary(dictionary)]).unwrap()
}

fn encode(message: MlsMessageOut) -> Vec<u8> {
    message.tls_serialize_detached().unwrap()
}
