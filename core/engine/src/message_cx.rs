//! The narrow view of an epoch's keys that wire formats get, bound to their labels.

use mls_trellis_hooks::{
    EpochState, Export, HandleError, HpkeAad, HpkeCiphertext, HpkePsk, LeafIndex, LeafInfo,
    Lengths, MessageCx, Reject, Secret, WireFormat, WireFormatEntry, WireFormatId, wire::Opaque,
};
use openmls::prelude::Ciphersuite;
use openmls_rust_crypto::RustCrypto;
use openmls_traits::{
    crypto::{HpkeSealPskResolvedAadError, OpenMlsCrypto},
    random::OpenMlsRand,
    types,
};
use tls_codec::{Serialize as _, TlsSerialize, TlsSize, VLByteSlice};

use crate::{client::cipher_suite, signer::SignatureScheme};

/// Where the keys of an epoch come from.
pub(crate) trait Keys {
    /// MLS-Exporter.
    fn export(&self, export: &Export, length: usize) -> Result<Secret, HandleError>;

    /// The private HPKE key of our leaf.
    fn leaf_key(&self) -> Result<Secret, HandleError>;

    /// A signature of our leaf over `payload`, which has its label.
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, HandleError>;
}

/// What a wire format is bound to: its number in force, and its labels.
#[derive(Clone, Copy)]
pub(crate) struct Labels {
    format: WireFormatId,
    signs: &'static [&'static str],
    encrypts: &'static [&'static str],
    exports: &'static [Export],
}

impl Labels {
    pub(crate) fn of<W: WireFormat>() -> Self {
        Self {
            format: W::FORMAT,
            signs: W::SIGNS,
            encrypts: W::ENCRYPTS,
            exports: W::EXPORTS,
        }
    }
}

impl From<&WireFormatEntry> for Labels {
    fn from(entry: &WireFormatEntry) -> Self {
        Self {
            format: entry.format,
            signs: entry.signs,
            encrypts: entry.encrypts,
            exports: entry.exports,
        }
    }
}

/// One epoch's keys, as one wire format sees them.
pub(crate) struct BoundKeys<'a> {
    labels: Labels,
    epoch: &'a EpochState,
    own: LeafIndex,
    suite: Ciphersuite,
    crypto: &'a RustCrypto,
    keys: &'a dyn Keys,
}

impl<'a> BoundKeys<'a> {
    /// # Errors
    /// When the suite is unknown.
    pub(crate) fn new(
        labels: Labels,
        epoch: &'a EpochState,
        own: LeafIndex,
        crypto: &'a RustCrypto,
        keys: &'a dyn Keys,
    ) -> crate::Result<Self> {
        Ok(Self {
            labels,
            epoch,
            own,
            suite: cipher_suite(epoch.cipher_suite)?,
            crypto,
            keys,
        })
    }

    fn member(&self, leaf: LeafIndex) -> Result<&LeafInfo, HandleError> {
        let member = self.epoch.leaf(leaf);
        Ok(member.ok_or_else(|| Reject::misuse("ENG-9", format!("{leaf} is not a member")))?)
    }

    /// HPKE's `info`: the label with its prefix, then the context as it is.
    fn info(&self, psk: &HpkePsk<'_>) -> Result<Vec<u8>, HandleError> {
        allowed(self.labels.encrypts, psk.label)?;
        let mut info = VLByteSlice(&prefixed(psk.label))
            .tls_serialize_detached()
            .map_err(failed)?;
        info.extend_from_slice(psk.context);
        Ok(info)
    }

    /// The provider panics on a nonce of another length.
    fn check_aead(&self, key: &Secret, nonce: &Secret) -> Result<(), HandleError> {
        let Lengths {
            key: key_length,
            nonce: nonce_length,
            ..
        } = self.lengths();
        match key.as_slice().len() == key_length && nonce.as_slice().len() == nonce_length {
            true => Ok(()),
            false => Err(HandleError::Crypto(
                "the key or the nonce has another length than the AEAD's".into(),
            )),
        }
    }
}

impl MessageCx for BoundKeys<'_> {
    fn format(&self) -> WireFormatId {
        self.labels.format
    }

    fn epoch(&self) -> &EpochState {
        self.epoch
    }

    fn own(&self) -> LeafIndex {
        self.own
    }

    fn lengths(&self) -> Lengths {
        Lengths {
            hash: self.suite.hash_length(),
            key: self.suite.aead_key_length(),
            nonce: self.suite.aead_nonce_length(),
        }
    }

    fn random(&self, length: usize) -> Result<Vec<u8>, HandleError> {
        self.crypto.random_vec(length).map_err(failed)
    }

    fn hash(&self, data: &[u8]) -> Result<Vec<u8>, HandleError> {
        self.crypto
            .hash(self.suite.hash_algorithm(), data)
            .map_err(failed)
    }

    fn export(&self, export: &Export) -> Result<Secret, HandleError> {
        if !self.labels.exports.contains(export) {
            return Err(unlisted(export.label));
        }
        self.keys.export(export, self.suite.hash_length())
    }

    fn expand(
        &self,
        secret: &Secret,
        label: &str,
        context: &[u8],
        length: usize,
    ) -> Result<Secret, HandleError> {
        expand(self.crypto, self.suite, secret, label, context, length)
    }

    fn aead_seal(
        &self,
        key: &Secret,
        nonce: &Secret,
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, HandleError> {
        self.check_aead(key, nonce)?;
        let (key, nonce) = (key.as_slice(), nonce.as_slice());
        let aead = self.suite.aead_algorithm();
        let sealed = self.crypto.aead_encrypt(aead, key, plaintext, nonce, aad);
        sealed.map_err(failed)
    }

    fn aead_open(
        &self,
        key: &Secret,
        nonce: &Secret,
        aad: &[u8],
        ciphertext: &[u8],
    ) -> Result<Secret, HandleError> {
        self.check_aead(key, nonce)?;
        let (key, nonce) = (key.as_slice(), nonce.as_slice());
        let aead = self.suite.aead_algorithm();
        let opened = self.crypto.aead_decrypt(aead, key, ciphertext, nonce, aad);
        opened.map(Secret::from).map_err(failed)
    }

    fn sign(&self, label: &str, content: &[u8]) -> Result<Vec<u8>, HandleError> {
        allowed(self.labels.signs, label)?;
        self.keys.sign(&labelled(label, content)?)
    }

    fn verify(
        &self,
        by: LeafIndex,
        label: &str,
        content: &[u8],
        signature: &[u8],
    ) -> Result<(), HandleError> {
        allowed(self.labels.signs, label)?;
        let scheme = SignatureScheme::from(self.suite.signature_algorithm());
        let scheme = scheme.known().map_err(failed)?;
        let key = &self.member(by)?.signature_key;
        self.crypto
            .verify_signature(scheme, &labelled(label, content)?, key, signature)
            .map_err(failed)
    }

    fn seal_psk(
        &self,
        to: LeafIndex,
        psk: &HpkePsk<'_>,
        aad: HpkeAad<'_>,
        plaintext: &[u8],
    ) -> Result<HpkeCiphertext, HandleError> {
        let info = self.info(psk)?;
        let sealed = self.crypto.hpke_seal_psk_resolved_aad(
            self.suite.hpke_config(),
            &self.member(to)?.encryption_key,
            &info,
            plaintext,
            psk.psk.as_slice(),
            psk.psk_id,
            aad,
        );
        let sealed = sealed.map_err(|error| match error {
            HpkeSealPskResolvedAadError::AadBuildError(error) => error,
            HpkeSealPskResolvedAadError::CryptoError(error) => failed(error),
        })?;
        Ok(HpkeCiphertext {
            kem_output: Opaque(sealed.kem_output.into()),
            ciphertext: Opaque(sealed.ciphertext.into()),
        })
    }

    fn open_psk(
        &self,
        psk: &HpkePsk<'_>,
        aad: &[u8],
        sealed: &HpkeCiphertext,
    ) -> Result<Secret, HandleError> {
        let info = self.info(psk)?;
        let input = types::HpkeCiphertext {
            kem_output: sealed.kem_output.0.clone().into(),
            ciphertext: sealed.ciphertext.0.clone().into(),
        };
        let opened = self.crypto.hpke_open_psk(
            self.suite.hpke_config(),
            &input,
            self.keys.leaf_key()?.as_slice(),
            &info,
            aad,
            psk.psk.as_slice(),
            psk.psk_id,
        );
        opened.map(Secret::from).map_err(failed)
    }
}

/// ExpandWithLabel (RFC 9420, section 8).
pub(crate) fn expand(
    crypto: &RustCrypto,
    suite: Ciphersuite,
    secret: &Secret,
    label: &str,
    context: &[u8],
    length: usize,
) -> Result<Secret, HandleError> {
    let info = KdfLabel {
        length: length.try_into().map_err(failed)?,
        label: VLByteSlice(&prefixed(label)),
        context: VLByteSlice(context),
    };
    let info = info.tls_serialize_detached().map_err(failed)?;
    let hash = suite.hash_algorithm();
    let expanded = crypto.hkdf_expand(hash, secret.as_slice(), &info, length);
    let expanded = expanded.map_err(failed)?;
    Ok(Secret::from(expanded.as_slice().to_vec()))
}

#[derive(TlsSize, TlsSerialize)]
struct KdfLabel<'a> {
    length: u16,
    label: VLByteSlice<'a>,
    context: VLByteSlice<'a>,
}

/// SignContent (RFC 9420, section 5.1.2).
#[derive(TlsSize, TlsSerialize)]
struct SignContent<'a> {
    label: VLByteSlice<'a>,
    content: VLByteSlice<'a>,
}

fn labelled(label: &str, content: &[u8]) -> Result<Vec<u8>, HandleError> {
    let content = SignContent {
        label: VLByteSlice(&prefixed(label)),
        content: VLByteSlice(content),
    };
    content.tls_serialize_detached().map_err(failed)
}

fn prefixed(label: &str) -> Vec<u8> {
    [b"MLS 1.0 ", label.as_bytes()].concat()
}

/// MSG-1: a label is one that the wire format is registered with.
fn allowed(labels: &[&str], label: &str) -> Result<(), HandleError> {
    match labels.contains(&label) {
        true => Ok(()),
        false => Err(unlisted(label)),
    }
}

fn unlisted(label: &str) -> HandleError {
    let detail = format!("the wire format is not registered with the label {label:?}");
    Reject::misuse("MSG-1", detail).into()
}

pub(crate) fn failed(error: impl std::fmt::Display) -> HandleError {
    HandleError::Crypto(error.to_string())
}
