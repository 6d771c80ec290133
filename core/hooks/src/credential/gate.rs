//! The doors of one epoch: what all who keep the group's rules say of a credential that comes in.
//!
//! An engine has a gate for each epoch that it judges, and asks it of everybody. All that it says follows
//! from what it was given, so members, hubs and engines of any make come to the same verdict.

use super::{Candidate, Door, Kinds, SignatureKey, Unverified, Verified, VerifyView};
use crate::{
    ComponentEntry, Credential, EpochState, ExternalSender, Identity, LeafInfo, Plugins, Reject,
    Signatures,
};

/// Asks the kind of a credential, then the components of the group that say who may be in it.
///
/// ```
/// use mls_trellis_hooks::{Door, EpochState, Gate, LeafInfo, Plugins, Signatures, Unverified};
///
/// let (plugins, epoch) = (Plugins::default(), EpochState::new(b"room"));
/// let gate = Gate::new(&plugins, &epoch, Signatures::none());
/// match gate.member(Door::Add, &LeafInfo::basic("alice"), None) {
///     Err(Unverified::Reject(reject)) => assert_eq!(reject.rule(), "CRED-1"), // no kind is linked
///     other => panic!("{other:?}"),
/// }
/// ```
pub struct Gate<'a> {
    plugins: &'a Plugins,
    epoch: &'a EpochState,
    signatures: Signatures<'a>,
    /// The components that say who may be in the group.
    keepers: Vec<&'a ComponentEntry>,
}

impl<'a> Gate<'a> {
    /// The doors of an epoch. Signatures that stand in credentials are verified by `signatures`.
    #[must_use]
    pub fn new(plugins: &'a Plugins, epoch: &'a EpochState, signatures: Signatures<'a>) -> Self {
        Self {
            plugins,
            epoch,
            signatures,
            keepers: keepers(plugins, epoch),
        }
    }

    /// Whether other things were said in another epoch of who may be in the group. Everybody is to be
    /// asked anew then, by [`Door::Rules`].
    #[must_use]
    pub fn differs_from(&self, before: &EpochState) -> bool {
        let said = |keepers: &[&ComponentEntry], epoch: &EpochState| -> Vec<_> {
            let said = keepers.iter();
            said.map(|entry| (entry.id, epoch.data(entry.id).map(<[u8]>::to_vec)))
                .collect()
        };
        said(&self.keepers, self.epoch) != said(&keepers(self.plugins, before), before)
    }

    /// The verdict on a member, in the place of an earlier leaf of theirs if there is one.
    ///
    /// # Errors
    /// CRED-1 to CRED-4; what the credential's kind or a component of the group rejects or misses.
    pub fn member(
        &self,
        door: Door,
        leaf: &LeafInfo,
        replaces: Option<&LeafInfo>,
    ) -> Result<Verified, Unverified> {
        let key = self.key(&leaf.signature_key);
        let verified = self.verified(door, &leaf.credential, &key)?;
        let found = &verified.identity;
        if *found != leaf.identity {
            let kind = self.plugins.credential(leaf.credential.credential_type);
            let detail = format!(
                "the credential of {} was verified as {found}",
                leaf.identity
            );
            let reject = Reject::peer("CRED-2", detail);
            return Err(reject.in_plugin(kind.map_or("", |kind| kind.name)).into());
        }
        let kinds = Kinds::of(self.plugins);
        if let Some(old) = replaces {
            kinds.succeeds(&old.credential, &leaf.credential)?;
        }
        self.admit(&Candidate {
            door,
            epoch: self.epoch,
            leaf: Some(leaf),
            replaces,
            credential: &leaf.credential,
            key,
            verified: &verified,
        })?;
        if let Some(old) = replaces {
            same_client(&old.identity, &leaf.identity)?;
        }
        Ok(verified)
    }

    /// The verdict on an external sender.
    ///
    /// # Errors
    /// CRED-1 and CRED-4; what the credential's kind or a component of the group rejects or misses.
    pub fn sender(&self, door: Door, sender: &ExternalSender) -> Result<Verified, Unverified> {
        let key = self.key(&sender.signature_key);
        let verified = self.verified(door, &sender.credential, &key)?;
        self.admit(&Candidate {
            door,
            epoch: self.epoch,
            leaf: None,
            replaces: None,
            credential: &sender.credential,
            key,
            verified: &verified,
        })?;
        Ok(verified)
    }

    /// The verdict of the credential's own kind, without that of the group's components.
    ///
    /// # Errors
    /// CRED-1 and CRED-4; what the kind rejects or misses.
    pub fn verified(
        &self,
        door: Door,
        credential: &Credential,
        key: &SignatureKey<'_>,
    ) -> Result<Verified, Unverified> {
        let cx = VerifyView {
            door,
            epoch: Some(self.epoch),
            kinds: Kinds::of(self.plugins),
            signatures: self.signatures,
        };
        cx.verify(credential, key)
    }

    /// The verdict of the group's components alone, on somebody whose credential is verified.
    ///
    /// # Errors
    /// What a component of the group rejects.
    pub fn admit(&self, who: &Candidate<'_>) -> Result<(), Reject> {
        let mut rules = self
            .keepers
            .iter()
            .filter_map(|keeper| keeper.eligibility.as_ref());
        rules.try_for_each(|eligibility| eligibility.admit(who))
    }

    fn key<'k>(&self, bytes: &'k [u8]) -> SignatureKey<'k> {
        SignatureKey {
            cipher_suite: self.epoch.cipher_suite,
            bytes,
        }
    }
}

/// The components of an epoch that say who may be in the group.
fn keepers<'a>(plugins: &'a Plugins, epoch: &EpochState) -> Vec<&'a ComponentEntry> {
    let ids = epoch.active_components().into_iter();
    let active = ids.filter_map(|id| plugins.component(id));
    active.filter(|entry| entry.eligibility.is_some()).collect()
}

/// CRED-3: a member's new credential speaks of the same client (RFC 9420, section 5.3.1).
fn same_client(old: &Identity, new: &Identity) -> Result<(), Reject> {
    match old == new {
        true => Ok(()),
        false => Err(Reject::peer(
            "CRED-3",
            format!("the credential of {old} is replaced by one of {new}"),
        )),
    }
}

impl Kinds<'_> {
    /// Whether a member's new credential may take the place of the one before, as far as the credentials
    /// themselves say: what a kind demands of two of its own.
    ///
    /// # Errors
    /// What the kind rejects.
    pub fn succeeds(&self, old: &Credential, new: &Credential) -> Result<(), Reject> {
        if old.credential_type != new.credential_type {
            return Ok(());
        }
        let (entry, kinds) = self.deeper(new)?;
        entry.kind.succeeds(&old.content, &new.content, &kinds)
    }

    /// Whether one credential may follow another as that of the same member, whoever shows it: the same
    /// client, and what its kind demands.
    ///
    /// # Errors
    /// CRED-1, CRED-3 and CRED-4; what a kind rejects.
    pub fn follows(&self, old: &Credential, new: &Credential) -> Result<(), Reject> {
        self.succeeds(old, new)?;
        same_client(&self.identify(old)?, &self.identify(new)?)
    }
}
