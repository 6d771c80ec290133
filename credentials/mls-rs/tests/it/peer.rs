//! Clients of mls-rs, honest and not.

use std::convert::Infallible;

use mls_rs::{
    CipherSuite, CipherSuiteProvider as _, Client, CryptoProvider as _, Extension, ExtensionList,
    Group, IdentityProvider, MlsMessage,
    client_builder::MlsConfig,
    crypto::SignatureSecretKey,
    extension::built_in::ExternalSendersExt,
    identity::{CredentialType, SigningIdentity},
    time::MlsTime,
};
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use mls_trellis_hooks::{
    CipherSuite as Suite, Component as _, ComponentId, Credential, CredentialType as OurType,
    Dictionary, GroupState, Plugins,
    wire::{self, Opaque},
};
use mls_trellis_issuer::attack::Shown;
use mls_trellis_mls_rs::{Identities, Refused, signing_identity};
use mls_trellis_policy::CredentialPolicy;

const SUITE: CipherSuite = CipherSuite::CURVE25519_AES128;
const DICTIONARY: u16 = 6;

pub(crate) struct Key {
    pub(crate) secret: SignatureSecretKey,
    pub(crate) public: Vec<u8>,
}

pub(crate) fn key() -> Key {
    let crypto = RustCryptoProvider::default();
    let suite = crypto.cipher_suite_provider(SUITE).unwrap();
    let (secret, public) = suite.signature_key_generate().unwrap();
    Key {
        secret,
        public: public.to_vec(),
    }
}

pub(crate) fn identities(plugins: Plugins) -> Identities {
    Identities::new(plugins, Suite(0x0001)).crypto(RustCryptoProvider::default())
}

/// Believes everybody, and takes nobody for somebody else.
#[derive(Clone)]
pub(crate) struct Credulous;

impl IdentityProvider for Credulous {
    type Error = Infallible;

    fn validate_member(
        &self,
        _: &SigningIdentity,
        _: Option<MlsTime>,
        _: mls_rs_core::identity::MemberValidationContext<'_>,
    ) -> Result<(), Infallible> {
        Ok(())
    }

    fn validate_external_sender(
        &self,
        _: &SigningIdentity,
        _: Option<MlsTime>,
        _: Option<&ExtensionList>,
    ) -> Result<(), Infallible> {
        Ok(())
    }

    fn identity(&self, who: &SigningIdentity, _: &ExtensionList) -> Result<Vec<u8>, Infallible> {
        Ok(who.signature_key.to_vec())
    }

    fn valid_successor(
        &self,
        _: &SigningIdentity,
        _: &SigningIdentity,
        _: &ExtensionList,
    ) -> Result<bool, Infallible> {
        Ok(true)
    }

    fn supported_types(&self) -> Vec<CredentialType> {
        [1, 2].map(CredentialType::new).to_vec()
    }
}

/// What a client is built from has no name.
pub(crate) trait Config: MlsConfig {}
impl<C: MlsConfig> Config for C {}

pub(crate) fn shown(shown: Shown) -> Credential {
    Credential {
        credential_type: OurType(shown.credential_type),
        content: shown.content.into(),
    }
}

pub(crate) fn who(credential: Shown, key: &[u8]) -> SigningIdentity {
    signing_identity(&shown(credential), key).unwrap()
}

pub(crate) fn client<P: IdentityProvider + Clone>(
    provider: P,
    credential: Shown,
    key: &Key,
) -> Client<impl Config + use<P>> {
    Client::builder()
        .identity_provider(provider)
        .crypto_provider(RustCryptoProvider::default())
        .extension_type(DICTIONARY.into())
        .custom_proposal_types([8, 9].map(mls_rs::group::proposal::ProposalType::new))
        .signing_identity(who(credential, &key.public), key.secret.clone(), SUITE)
        .build()
}

fn dictionary(entries: &[(ComponentId, Vec<u8>)]) -> ExtensionList {
    let entries = entries.iter().cloned();
    let entries: Dictionary = entries.map(|(id, data)| (id, Opaque::from(data))).collect();
    let data = wire::encode(&entries).unwrap();
    ExtensionList::from_iter([Extension::new(DICTIONARY.into(), data)])
}

/// What a leaf says that knows the policy.
fn leaf() -> ExtensionList {
    let known = [
        ComponentId::APP_COMPONENTS,
        ComponentId::SAFE_AAD,
        CredentialPolicy::DEFAULT_ID,
    ];
    let none = Vec::<ComponentId>::new();
    dictionary(&[
        (
            ComponentId::APP_COMPONENTS,
            wire::encode(&known.to_vec()).unwrap(),
        ),
        (ComponentId::SAFE_AAD, wire::encode(&none).unwrap()),
    ])
}

pub(crate) fn key_package<C: Config>(client: &Client<C>) -> MlsMessage {
    let made = client.generate_key_package_message(ExtensionList::default(), leaf(), None);
    made.unwrap()
}

/// The entry of a component in the GroupContext.
pub(crate) fn entry<C: GroupState>(state: &C::State) -> (ComponentId, Vec<u8>) {
    (C::DEFAULT_ID, wire::encode(state).unwrap())
}

/// Founds a group with these entries, and an external sender if there is one.
pub(crate) fn found<C: Config>(
    client: &Client<C>,
    entries: &[(ComponentId, Vec<u8>)],
    sender: Option<SigningIdentity>,
) -> Result<Group<C>, mls_rs::error::MlsError> {
    let mut context = dictionary(entries);
    if let Some(sender) = sender {
        let senders = ExternalSendersExt::new(vec![sender]);
        context.set_from(senders).unwrap();
    }
    client.create_group_with_id(b"room".to_vec(), context, leaf(), None)
}

/// By which plugin and rule mls-rs was told no.
pub(crate) fn refused<T>(result: Result<T, mls_rs::error::MlsError>) -> String {
    use mls_trellis_hooks::Unverified;

    let error = match result {
        Ok(_) => return "nothing".to_owned(),
        Err(error) => error,
    };
    let mls_rs::error::MlsError::IdentityProviderError(told) = &error else {
        return format!("{error:?}");
    };
    let refused = told.inner_dyn_error().downcast_ref::<Refused>().unwrap();
    match &refused.0 {
        Unverified::Reject(reject) => format!("{} {}", reject.plugin(), reject.rule()),
        Unverified::Missing(needs) => panic!("{needs:?}"),
    }
}
