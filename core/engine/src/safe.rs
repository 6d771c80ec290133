//! Signing and encrypting as a component (draft-ietf-mls-extensions-10, sections 4.1 to 4.3).
//!
//! Every label begins with "MLS Component" and the component's id, so what one component signs or
//! seals means nothing to another, nor to MLS itself (SAFE-1 to SAFE-3). OpenMLS 0.9.2 implements
//! an earlier revision, with another prefix; these functions use its cryptographic provider only.
//!
//! The label holds neither group nor epoch: a component that needs them puts them in `content` or
//! `context`.

mod self_test;
#[cfg(test)]
mod tests;

use mls_trellis_hooks::{ComponentId, HandleError, HpkeCiphertext, Secret, wire::Opaque};
use openmls::prelude::{GroupEpoch, GroupId};
use openmls_traits::{
    crypto::OpenMlsCrypto,
    storage::{CURRENT_VERSION, Entity, StorageProvider, traits},
    types::{self, Ciphersuite},
};
use serde::{Deserialize, Serialize};
use tls_codec::{Serialize as _, TlsSerialize, TlsSize, VLByteSlice};

use crate::{
    signer::{SignatureScheme, Signer},
    storage::{SecretOctets, Storage, StorageError},
};

pub(crate) use self_test::self_test;

/// SafeSignWithLabel (section 4.3): signs `content` as `component`.
///
/// # Errors
/// When the signer does not sign.
pub(crate) fn sign(
    signer: &dyn Signer,
    component: ComponentId,
    label: &[u8],
    content: &[u8],
) -> Result<Vec<u8>, HandleError> {
    let content = labelled(component, label, content)?;
    signer.sign(&content).map_err(failed)
}

/// SafeVerifyWithLabel (section 4.3): checks what [`sign`] made.
///
/// # Errors
/// When the signature was made with another key, component, label or content.
pub(crate) fn verify(
    crypto: &impl OpenMlsCrypto,
    scheme: SignatureScheme,
    public_key: &[u8],
    component: ComponentId,
    label: &[u8],
    content: &[u8],
    signature: &[u8],
) -> Result<(), HandleError> {
    let content = labelled(component, label, content)?;
    crypto
        .verify_signature(
            scheme.known().map_err(failed)?,
            &content,
            public_key,
            signature,
        )
        .map_err(failed)
}

/// SafeEncryptWithLabel (section 4.2): seals `plaintext` to the holder of `public_key`, for
/// `component`. There is no further associated data: it belongs in `context` (SAFE-5).
///
/// # Errors
/// When the public key is none of the suite.
pub(crate) fn seal(
    crypto: &impl OpenMlsCrypto,
    suite: Ciphersuite,
    public_key: &[u8],
    component: ComponentId,
    label: &[u8],
    context: &[u8],
    plaintext: &[u8],
) -> Result<HpkeCiphertext, HandleError> {
    let info = labelled(component, label, context)?;
    let sealed = crypto
        .hpke_seal(suite.hpke_config(), public_key, &info, &[], plaintext)
        .map_err(failed)?;
    Ok(HpkeCiphertext {
        kem_output: Opaque(sealed.kem_output.into()),
        ciphertext: Opaque(sealed.ciphertext.into()),
    })
}

/// SafeDecryptWithLabel (section 4.2): opens what [`seal`] made.
///
/// # Errors
/// When it was sealed to another key, component, label or context, or was damaged.
pub(crate) fn open(
    crypto: &impl OpenMlsCrypto,
    suite: Ciphersuite,
    private_key: &Secret,
    component: ComponentId,
    label: &[u8],
    context: &[u8],
    sealed: &HpkeCiphertext,
) -> Result<Secret, HandleError> {
    let info = labelled(component, label, context)?;
    let input = types::HpkeCiphertext {
        kem_output: sealed.kem_output.0.clone().into(),
        ciphertext: sealed.ciphertext.0.clone().into(),
    };
    crypto
        .hpke_open(
            suite.hpke_config(),
            &input,
            private_key.as_slice(),
            &info,
            &[],
        )
        .map(Secret::from)
        .map_err(failed)
}

/// The private key of our leaf in the group's current epoch, found among the key pairs of our path
/// by its public key. `None` when there is no such pair, as after the group has moved on (SAFE-7).
///
/// # Errors
/// When the store fails, or the rows have another layout than that of OpenMLS 0.9.2.
pub(crate) fn leaf_private_key(
    storage: &Storage<'_>,
    group_id: &GroupId,
    epoch: GroupEpoch,
    leaf_index: u32,
    public_key: &[u8],
) -> Result<Option<Secret>, StorageError> {
    let pairs: Vec<KeyPair> = storage.encryption_epoch_key_pairs(group_id, &epoch, leaf_index)?;
    let pair = pairs
        .iter()
        .find(|pair| pair.public_key.key.as_slice() == public_key);
    Ok(pair.map(|pair| Secret::from(pair.private_key.key.as_slice().to_vec())))
}

/// An HPKE key pair as OpenMLS stores it; its own type shows no private key.
#[derive(Serialize, Deserialize)]
struct KeyPair {
    public_key: Key,
    private_key: Key,
}

#[derive(Serialize, Deserialize)]
struct Key {
    key: SecretOctets,
}

impl Entity<CURRENT_VERSION> for KeyPair {}
impl traits::HpkeKeyPair<CURRENT_VERSION> for KeyPair {}

/// ComponentOperationLabel (section 4.1).
#[derive(TlsSize, TlsSerialize)]
struct ComponentOperationLabel<'a> {
    base_label: VLByteSlice<'a>,
    component_id: ComponentId,
    label: VLByteSlice<'a>,
}

/// SignContent and EncryptContext alike (RFC 9420, sections 5.1.2 and 5.1.3).
#[derive(TlsSize, TlsSerialize)]
struct Labelled<'a> {
    label: VLByteSlice<'a>,
    content: VLByteSlice<'a>,
}

fn operation_label(component: ComponentId, label: &[u8]) -> Result<Vec<u8>, tls_codec::Error> {
    ComponentOperationLabel {
        base_label: VLByteSlice(b"MLS Component"),
        component_id: component,
        label: VLByteSlice(label),
    }
    .tls_serialize_detached()
}

fn labelled(component: ComponentId, label: &[u8], content: &[u8]) -> Result<Vec<u8>, HandleError> {
    let label = operation_label(component, label).map_err(failed)?;
    Labelled {
        label: VLByteSlice(&[b"MLS 1.0 ", label.as_slice()].concat()),
        content: VLByteSlice(content),
    }
    .tls_serialize_detached()
    .map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> HandleError {
    HandleError::Crypto(error.to_string())
}
