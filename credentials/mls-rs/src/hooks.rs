//! How the credentials plug into mls-rs.

use std::{fmt, sync::Arc};

use mls_rs_core::{
    crypto::{CipherSuiteProvider as _, CryptoProvider, SignaturePublicKey},
    extension::ExtensionList,
    group::GroupContext,
    identity::{
        CredentialType as TheirType, IdentityProvider, MemberValidationContext, SigningIdentity,
    },
    time::MlsTime,
};
use mls_trellis_hooks::{
    Assessment, Candidate, CipherSuite, Credential, Door, EpochState, ExternalSender, Gate, Kinds,
    LeafInfo, Plugins, SignatureKey, Signatures, Verified, Verifier, VerifyView,
};

use crate::{Refused, credential, state};

/// Judges members and external senders of mls-rs groups by the plugins of Trellis. Cloning is cheap.
#[derive(Clone)]
pub struct Identities {
    plugins: Plugins,
    cipher_suite: CipherSuite,
    verifier: Option<Arc<dyn Verifier>>,
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identities")
            .field("cipher_suite", &self.cipher_suite)
            .finish_non_exhaustive()
    }
}

impl Identities {
    /// Judges by these plugins. mls-rs does not always say of which cipher suite a key is, so each suite
    /// needs a provider of its own.
    #[must_use]
    pub fn new(plugins: Plugins, cipher_suite: CipherSuite) -> Self {
        Self {
            plugins,
            cipher_suite,
            verifier: None,
        }
    }

    /// Verifies with the cryptography of mls-rs what is signed inside of credentials, as in
    /// multi-credentials. Kinds that bring their own, as X.509 and SD-JWT, do without.
    #[must_use]
    pub fn crypto(mut self, crypto: impl CryptoProvider + 'static) -> Self {
        self.verifier = Some(Arc::new(Crypto(crypto)));
        self
    }

    fn signatures(&self) -> Signatures<'_> {
        let verifier = self.verifier.as_deref();
        verifier.map_or_else(Signatures::none, Signatures::of)
    }

    /// Whether everybody who is in a group may still be in it. mls-rs asks about whoever comes in; when a
    /// commit changes what the GroupContext says of members, this asks about those who stay, as the
    /// engine of Trellis does before it takes such a commit.
    ///
    /// # Errors
    /// The first who may not, by the rule that refuses.
    pub fn check_roster<'a>(
        &self,
        context: &GroupContext,
        members: impl IntoIterator<Item = &'a SigningIdentity>,
    ) -> Result<(), Refused> {
        let epoch = state::epoch_of(&self.plugins, context, &context.extensions)?;
        let mut members = members.into_iter();
        members.try_for_each(|who| self.member(&epoch, Door::Rules, who).map(drop))
    }

    /// What we think ourselves of somebody in a group, or about to be, at this second of Unix time: of
    /// their validity, of revocation, of whom we trust. It is for what we do, and refuses nothing that
    /// others did.
    ///
    /// # Errors
    /// When the credential is refused by what all share.
    pub fn assess(
        &self,
        who: &SigningIdentity,
        context: &GroupContext,
        now: u64,
    ) -> Result<Vec<Assessment>, Refused> {
        let epoch = state::epoch_of(&self.plugins, context, &context.extensions)?;
        let (leaf, verified) = self.member(&epoch, Door::Add, who)?;
        let candidate = Candidate {
            door: Door::Add,
            epoch: &epoch,
            leaf: Some(&leaf),
            replaces: None,
            credential: &leaf.credential,
            key: SignatureKey {
                cipher_suite: epoch.cipher_suite,
                bytes: &leaf.signature_key,
            },
            verified: &verified,
        };
        let assessors = self.plugins.assessors().iter();
        let said = assessors.map(|entry| entry.rule.assess(&candidate, now));
        Ok(said.filter(|said| *said != Assessment::Fine).collect())
    }

    /// A leaf, as far as mls-rs shows it.
    fn leaf(&self, who: &SigningIdentity) -> Result<LeafInfo, Refused> {
        let credential = credential(&who.credential)?;
        let kinds = Kinds::of(&self.plugins);
        Ok(LeafInfo {
            identity: kinds.identify(&credential)?,
            user: kinds.user(&credential),
            signature_key: who.signature_key.as_ref().into(),
            credential,
            ..LeafInfo::basic("")
        })
    }

    /// The verdict on a member.
    fn member(
        &self,
        epoch: &EpochState,
        door: Door,
        who: &SigningIdentity,
    ) -> Result<(LeafInfo, Verified), Refused> {
        let leaf = self.leaf(who)?;
        let gate = Gate::new(&self.plugins, epoch, self.signatures());
        let verified = gate.member(door, &leaf, None)?;
        Ok((leaf, verified))
    }

    /// The verdict on a credential by its kind alone.
    fn alone(&self, credential: &Credential, key: &[u8]) -> Result<Verified, Refused> {
        let view = VerifyView {
            kinds: Kinds::of(&self.plugins),
            signatures: self.signatures(),
            ..VerifyView::new(Door::Add)
        };
        let key = SignatureKey {
            cipher_suite: self.cipher_suite,
            bytes: key,
        };
        Ok(view.verify(credential, &key)?)
    }
}

impl IdentityProvider for Identities {
    type Error = Refused;

    fn validate_member(
        &self,
        who: &SigningIdentity,
        _: Option<MlsTime>,
        cx: MemberValidationContext<'_>,
    ) -> Result<(), Refused> {
        let door = match cx {
            MemberValidationContext::ForNewGroup { .. } => Door::Welcome,
            _ => Door::Add,
        };
        match state::epoch(&self.plugins, cx)? {
            Some(epoch) => self.member(&epoch, door, who).map(drop),
            None => {
                let credential = credential(&who.credential)?;
                self.alone(&credential, &who.signature_key).map(drop)
            }
        }
    }

    fn validate_external_sender(
        &self,
        who: &SigningIdentity,
        _: Option<MlsTime>,
        extensions: Option<&ExtensionList>,
    ) -> Result<(), Refused> {
        let credential = credential(&who.credential)?;
        let Some(extensions) = extensions else {
            return self.alone(&credential, &who.signature_key).map(drop);
        };
        let epoch = state::without_group(&self.plugins, self.cipher_suite, extensions)?;
        let gate = Gate::new(&self.plugins, &epoch, self.signatures());
        let sender = ExternalSender {
            signature_key: who.signature_key.as_ref().into(),
            credential,
        };
        gate.sender(Door::ExternalSender, &sender)?;
        Ok(())
    }

    fn identity(&self, who: &SigningIdentity, _: &ExtensionList) -> Result<Vec<u8>, Refused> {
        let identity = Kinds::of(&self.plugins).identify(&credential(&who.credential)?)?;
        Ok(identity.as_bytes().to_vec())
    }

    /// Never `Ok(false)`, which would not say why.
    fn valid_successor(
        &self,
        before: &SigningIdentity,
        after: &SigningIdentity,
        extensions: &ExtensionList,
    ) -> Result<bool, Refused> {
        let (before, after) = (self.leaf(before)?, self.leaf(after)?);
        Kinds::of(&self.plugins).follows(&before.credential, &after.credential)?;
        // The group's rules on succession. Which group it is, mls-rs does not tell here, so a credential
        // that is bound to its id is left to `validate_member`.
        let epoch = state::without_group(&self.plugins, self.cipher_suite, extensions)?;
        let gate = Gate::new(&self.plugins, &epoch, self.signatures());
        let key = SignatureKey {
            cipher_suite: self.cipher_suite,
            bytes: &after.signature_key,
        };
        if let Ok(verified) = gate.verified(Door::Path, &after.credential, &key) {
            gate.admit(&Candidate {
                door: Door::Path,
                epoch: &epoch,
                leaf: Some(&after),
                replaces: Some(&before),
                credential: &after.credential,
                key,
                verified: &verified,
            })?;
        }
        Ok(true)
    }

    fn supported_types(&self) -> Vec<TheirType> {
        let kinds = self.plugins.credentials();
        kinds.map(|kind| kind.credential_type.0.into()).collect()
    }
}

/// The cryptography of mls-rs, for what is signed inside of credentials.
struct Crypto<C>(C);

impl<C: CryptoProvider> Verifier for Crypto<C> {
    fn knows(&self, suite: CipherSuite) -> bool {
        self.0.cipher_suite_provider(suite.0.into()).is_some()
    }

    fn verify(&self, key: &SignatureKey<'_>, payload: &[u8], signature: &[u8]) -> bool {
        let suite = self.0.cipher_suite_provider(key.cipher_suite.0.into());
        let public = SignaturePublicKey::new_slice(key.bytes);
        suite.is_some_and(|suite| suite.verify(&public, signature, payload).is_ok())
    }
}
