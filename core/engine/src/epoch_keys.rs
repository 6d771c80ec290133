//! The keys of one epoch, held in the hand.

use std::sync::Arc;

use mls_trellis_hooks::{
    CipherSuite, EpochState, Export, HandleError, LeafIndex, Letter, Opened, Reject, Secret,
    WireFormat,
};
use openmls_rust_crypto::RustCrypto;
use openmls_traits::crypto::OpenMlsCrypto;

use crate::{
    Result, Signer,
    client::cipher_suite,
    message_cx::{BoundKeys, Keys, Labels, expand, failed},
};

/// The keys of one epoch of one member, without a group: for known answers of a wire format, and for
/// tests of its author.
///
/// ```
/// use mls_trellis_engine::EpochKeys;
/// use mls_trellis_hooks::{CipherSuite, EpochState, LeafIndex, LeafInfo, Secret};
///
/// let (leaf_key, public_key) = EpochKeys::leaf_key_pair(CipherSuite(0x0001), &[7; 32])?;
/// let alice = LeafInfo { encryption_key: public_key.into(), ..LeafInfo::basic("alice") };
/// let epoch = EpochState::new(b"room").with_leaf(LeafIndex(0), alice);
/// let keys = EpochKeys::new(epoch, LeafIndex(0))
///     .exporter_secret(Secret::from(vec![1; 32]))
///     .leaf_key(leaf_key);
/// assert_eq!(keys.epoch().epoch, 0);
/// # Ok::<(), mls_trellis_engine::Error>(())
/// ```
pub struct EpochKeys {
    epoch: EpochState,
    own: LeafIndex,
    exporter_secret: Option<Secret>,
    leaf_key: Option<Secret>,
    signer: Option<Arc<dyn Signer>>,
    crypto: RustCrypto,
}

impl EpochKeys {
    /// The member at `own` of an epoch, without any key yet.
    #[must_use]
    pub fn new(epoch: EpochState, own: LeafIndex) -> Self {
        Self {
            epoch,
            own,
            exporter_secret: None,
            leaf_key: None,
            signer: None,
            crypto: RustCrypto::default(),
        }
    }

    /// The epoch's `exporter_secret` (RFC 9420, section 8).
    #[must_use]
    pub fn exporter_secret(mut self, exporter_secret: Secret) -> Self {
        self.exporter_secret = Some(exporter_secret);
        self
    }

    /// The private HPKE key of the member's leaf.
    #[must_use]
    pub fn leaf_key(mut self, leaf_key: Secret) -> Self {
        self.leaf_key = Some(leaf_key);
        self
    }

    /// What signs for the member's leaf.
    #[must_use]
    pub fn signer(mut self, signer: Arc<dyn Signer>) -> Self {
        self.signer = Some(signer);
        self
    }

    /// The epoch.
    #[must_use]
    pub fn epoch(&self) -> &EpochState {
        &self.epoch
    }

    /// A private and a public HPKE key made of a seed, as long as the suite's hash or longer.
    ///
    /// # Errors
    /// When the suite is unknown or the seed too short.
    pub fn leaf_key_pair(suite: CipherSuite, seed: &[u8]) -> Result<(Secret, Vec<u8>)> {
        let config = cipher_suite(suite)?.hpke_config();
        let pair = RustCrypto::default().derive_hpke_keypair(config, seed);
        let pair = pair.map_err(crate::Error::mls("deriving a key pair"))?;
        Ok((Secret::from(pair.private.to_vec()), pair.public))
    }

    /// Seals a message as the member.
    ///
    /// # Errors
    /// What the format rejects; when a key is missing.
    pub fn seal<W: WireFormat>(
        &self,
        format: &W,
        letter: &Letter<'_>,
    ) -> Result<Vec<u8>, HandleError> {
        format.seal(&self.bound::<W>()?, letter)
    }

    /// Opens a message as the member.
    ///
    /// # Errors
    /// What the format rejects; when a key is missing.
    pub fn open<W: WireFormat>(&self, format: &W, message: &[u8]) -> Result<Opened, HandleError> {
        format.open(&self.bound::<W>()?, message)
    }

    fn bound<W: WireFormat>(&self) -> Result<BoundKeys<'_>, HandleError> {
        let labels = Labels::of::<W>();
        BoundKeys::new(labels, &self.epoch, self.own, &self.crypto, self).map_err(failed)
    }
}

impl Keys for EpochKeys {
    fn export(&self, export: &Export, length: usize) -> Result<Secret, HandleError> {
        let suite = cipher_suite(self.epoch.cipher_suite).map_err(failed)?;
        let secret = held(self.exporter_secret.as_ref(), "exporter secret")?;
        let hash = self.crypto.hash(suite.hash_algorithm(), export.context);
        let hash = hash.map_err(failed)?;
        let nh = suite.hash_length();
        let secret = expand(&self.crypto, suite, secret, export.label, &[], nh)?;
        expand(&self.crypto, suite, &secret, "exported", &hash, length)
    }

    fn leaf_key(&self) -> Result<Secret, HandleError> {
        held(self.leaf_key.as_ref(), "leaf key").cloned()
    }

    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, HandleError> {
        let signer = held(self.signer.as_ref(), "signer")?;
        signer.sign(payload).map_err(failed)
    }
}

fn held<'k, K>(key: Option<&'k K>, what: &str) -> Result<&'k K, HandleError> {
    let missing = || Reject::misuse("MSG-2", format!("no {what} was given"));
    Ok(key.ok_or_else(missing)?)
}
