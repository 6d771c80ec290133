//! A KeyPackage judged by whoever wants to, before anybody adds its client.

use mls_trellis_hooks::{
    Candidate, CipherSuite, Door, EpochState, Kinds, Plugins, Reject, SignatureKey, Signatures,
    VerifyView,
};
use openmls_rust_crypto::RustCrypto;

use crate::{
    PublicGroup, Result,
    incoming::{key_package_in, unverified},
    roster,
    verifier::StockVerifier,
};

/// Verifies the credential of a KeyPackage message, and asks about whoever it belongs to: with this,
/// rules on credentials are applied without a group.
///
/// # Errors
/// When the message is no KeyPackage, or one that OpenMLS refuses whatever the group;
/// [`Error::Rejected`](crate::Error::Rejected) when its credential is not genuine,
/// [`Error::Missing`](crate::Error::Missing) when that cannot be said yet.
pub fn check_key_package<T>(
    plugins: &Plugins,
    message: &[u8],
    ask: impl FnOnce(&Candidate<'_>) -> T,
) -> Result<T> {
    checked(plugins, None, message, ask)
}

impl PublicGroup {
    /// The same for somebody who would be added to this group. What the group itself says is not
    /// asked: see [`why_not`](Self::why_not).
    ///
    /// # Errors
    /// As [`check_key_package`].
    pub fn check_key_package<T>(
        &self,
        message: &[u8],
        ask: impl FnOnce(&Candidate<'_>) -> T,
    ) -> Result<T> {
        checked(self.plugins(), Some(self.epoch()), message, ask)
    }
}

fn checked<T>(
    plugins: &Plugins,
    group: Option<&EpochState>,
    message: &[u8],
    ask: impl FnOnce(&Candidate<'_>) -> T,
) -> Result<T> {
    let key_package = key_package_in(message, &RustCrypto::default())?;
    let leaf = roster::added_key_package(&key_package, plugins)?.leaf;
    let suite = CipherSuite(key_package.ciphersuite().into());
    let key = SignatureKey {
        cipher_suite: suite,
        bytes: &leaf.signature_key,
    };
    let view = VerifyView {
        epoch: group,
        kinds: Kinds::of(plugins),
        signatures: Signatures::of(&StockVerifier),
        ..VerifyView::new(Door::Add)
    };
    let verified = view.verify(&leaf.credential, &key).map_err(unverified)?;
    if verified.identity != leaf.identity {
        let (read, found) = (&leaf.identity, &verified.identity);
        let detail = format!("the credential of {read} was verified as {found}");
        return Err(Reject::peer("CRED-2", detail).into());
    }
    let alone;
    let epoch = match group {
        Some(epoch) => epoch,
        None => {
            alone = EpochState {
                cipher_suite: suite,
                ..EpochState::new(b"").with_plugins(plugins)
            };
            &alone
        }
    };
    Ok(ask(&Candidate {
        door: Door::Add,
        epoch,
        leaf: Some(&leaf),
        replaces: None,
        credential: &leaf.credential,
        key,
        verified: &verified,
    }))
}
