//! Every credential is verified at the door through which it comes in, first by its kind, then by
//! the components of the group that say who may be in it.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, Candidate, Change, ComponentEntry, Credential, Door, EpochState, ExternalSender, Kinds,
    LeafIndex, LeafInfo, Plugins, Reject, Sent, SignatureKey, Signatures, Unverified, Verified,
    VerifyView,
};

use super::{Judged, Transition, Verdict, active, rules};
use crate::verifier::StockVerifier;

/// Somebody whose credential is genuine and who may be in the group.
pub(crate) struct Admitted {
    pub(crate) door: Door,
    /// Their leaf; an external sender has none.
    pub(crate) leaf: Option<Arc<LeafInfo>>,
    pub(crate) replaces: Option<Arc<LeafInfo>>,
    pub(crate) credential: Credential,
    pub(crate) key: Arc<[u8]>,
    pub(crate) verified: Verified,
    /// The position of the proposal that brings them along, if one does.
    pub(crate) brought: Option<usize>,
}

impl Admitted {
    pub(crate) fn candidate<'a>(&'a self, epoch: &'a EpochState) -> Candidate<'a> {
        Candidate {
            door: self.door,
            epoch,
            leaf: self.leaf.as_deref(),
            replaces: self.replaces.as_deref(),
            credential: &self.credential,
            key: SignatureKey {
                cipher_suite: epoch.cipher_suite,
                bytes: &self.key,
            },
            verified: &self.verified,
        }
    }
}

/// Every credential that the commit brings into the group; all of them, when it changes who may be in
/// it.
pub(super) fn verify_changed(plugins: &Plugins, t: &Transition<'_>) -> Verdict {
    let gate = Gate::new(plugins, t.after);
    let anew = gate.differs_from(t.before);
    let mut judged = Judged::default();
    for (index, leaf) in t.after.leaves.iter() {
        let old = t.before.leaves.get(index);
        let stays = old.is_some_and(|old| Arc::ptr_eq(old, leaf) || old.same_credential(leaf));
        let (door, replaces) = match (stays, anew) {
            (true, false) => continue,
            (true, true) => (Door::Rules, None),
            (false, _) => door(t, *index, leaf, old),
        };
        let brought = brought_by(t, leaf);
        let admitted = gate.leaf(door, leaf, replaces);
        let admitted = admitted.and_then(|admitted| match replaces {
            Some(old) => rules::succession(old, leaf)
                .map(|()| admitted)
                .map_err(Unverified::from),
            None => Ok(admitted),
        });
        match admitted {
            Ok(admitted) => judged.admit(Admitted {
                brought,
                ..admitted
            }),
            Err(Unverified::Reject(reject)) => return Err(blame(reject, brought).into()),
            Err(missing) => return Err(missing),
        }
    }
    for sender in t.after.external_senders.iter() {
        let known = t.before.external_senders.contains(sender);
        match (known, anew) {
            (true, false) => {}
            (true, true) => judged.admit(gate.sender(Door::Rules, sender)?),
            (false, _) => judged.admit(gate.sender(Door::ExternalSender, sender)?),
        }
    }
    Ok(judged)
}

impl Judged {
    /// Lets somebody in, with the concerns that their credential raises.
    fn admit(&mut self, mut admitted: Admitted) {
        let concerns = std::mem::take(&mut admitted.verified.concerns);
        let concerns = concerns.into_iter();
        self.concerns
            .extend(concerns.map(|concern| blame(concern, admitted.brought)));
        self.admitted.push(admitted);
    }
}

/// The position of the proposal that brings the leaf along, if one does.
fn brought_by(t: &Transition<'_>, leaf: &Arc<LeafInfo>) -> Option<usize> {
    let brings = |sent: &&Sent<Change>| match &sent.body {
        Change::Add(added) => added.leaf == *leaf,
        Change::Update(new) => new == leaf,
        _ => false,
    };
    t.proposals.iter().find(brings).map(|sent| sent.position)
}

/// Names the proposal at fault, so that our own commits can leave it out.
pub(crate) fn blame(reject: Reject, brought: Option<usize>) -> Reject {
    match brought {
        Some(position) => reject.culprit_at(position),
        None => reject,
    }
}

/// Through which door a changed leaf came in, and whose place it takes if it is the same member's.
fn door<'a>(
    t: &Transition<'_>,
    index: LeafIndex,
    leaf: &Arc<LeafInfo>,
    replaces: Option<&'a Arc<LeafInfo>>,
) -> (Door, Option<&'a Arc<LeafInfo>>) {
    let is_path = t.path.is_some_and(|path| path == leaf);
    match t.committer {
        Actor::Member(committer) if is_path && *committer == index => (Door::Path, replaces),
        Actor::Joiner(_) if is_path => (Door::ExternalCommit, None),
        _ => {
            let updated = t.proposals.iter().any(|sent| {
                matches!(&sent.body, Change::Update(new) if new == leaf)
                    && sent.from == Actor::Member(index)
            });
            match updated {
                true => (Door::Update, replaces),
                false => (Door::Add, None),
            }
        }
    }
}

/// What the kinds of credentials see besides one.
fn view<'a>(
    plugins: &'a Plugins,
    door: Door,
    epoch: &'a EpochState,
    replaces: Option<&'a LeafInfo>,
) -> VerifyView<'a> {
    VerifyView {
        door,
        epoch: Some(epoch),
        replaces,
        kinds: Kinds::of(plugins),
        signatures: Signatures::of(&StockVerifier),
    }
}

/// The doors of one epoch.
struct Gate<'a> {
    plugins: &'a Plugins,
    epoch: &'a EpochState,
    /// The components that say who may be in the group.
    keepers: Vec<&'a ComponentEntry>,
}

impl<'a> Gate<'a> {
    fn new(plugins: &'a Plugins, epoch: &'a EpochState) -> Self {
        Self {
            plugins,
            epoch,
            keepers: keepers(plugins, epoch),
        }
    }

    /// Whether other things were said in that epoch of who may be in the group.
    fn differs_from(&self, before: &EpochState) -> bool {
        let said = |keepers: &[&ComponentEntry], epoch: &EpochState| -> Vec<_> {
            let said = keepers.iter();
            said.map(|entry| (entry.id, epoch.data(entry.id).map(<[u8]>::to_vec)))
                .collect()
        };
        said(&self.keepers, self.epoch) != said(&keepers(self.plugins, before), before)
    }

    fn leaf(
        &self,
        door: Door,
        leaf: &Arc<LeafInfo>,
        replaces: Option<&Arc<LeafInfo>>,
    ) -> Result<Admitted, Unverified> {
        let admitted = self.verified(
            door,
            &leaf.credential,
            &leaf.signature_key,
            replaces.map(Arc::as_ref),
        )?;
        let verified = &admitted.verified.identity;
        if *verified != leaf.identity {
            let kind = self.plugins.credential(leaf.credential.credential_type);
            return Err(Reject::peer(
                "CRED-2",
                format!(
                    "the credential of {} was verified as {verified}",
                    leaf.identity
                ),
            )
            .in_plugin(kind.map_or("", |kind| kind.name))
            .into());
        }
        self.admit(Admitted {
            leaf: Some(leaf.clone()),
            replaces: replaces.cloned(),
            ..admitted
        })
    }

    fn sender(&self, door: Door, sender: &ExternalSender) -> Result<Admitted, Unverified> {
        let (credential, key) = (&sender.credential, &sender.signature_key);
        self.admit(self.verified(door, credential, key, None)?)
    }

    /// The verdict of the credential's own kind.
    fn verified(
        &self,
        door: Door,
        credential: &Credential,
        key: &Arc<[u8]>,
        replaces: Option<&LeafInfo>,
    ) -> Result<Admitted, Unverified> {
        let signature_key = SignatureKey {
            cipher_suite: self.epoch.cipher_suite,
            bytes: key,
        };
        let cx = view(self.plugins, door, self.epoch, replaces);
        Ok(Admitted {
            door,
            leaf: None,
            replaces: None,
            credential: credential.clone(),
            key: key.clone(),
            verified: cx.verify(credential, &signature_key)?,
            brought: None,
        })
    }

    /// The verdict of the group's own components.
    fn admit(&self, admitted: Admitted) -> Result<Admitted, Unverified> {
        for keeper in &self.keepers {
            if let Some(eligibility) = &keeper.eligibility {
                eligibility.admit(&admitted.candidate(self.epoch))?;
            }
        }
        Ok(admitted)
    }
}

/// The components of an epoch that say who may be in the group.
fn keepers<'a>(plugins: &'a Plugins, epoch: &EpochState) -> Vec<&'a ComponentEntry> {
    let mut keepers = active(plugins, None, epoch);
    keepers.retain(|entry| entry.eligibility.is_some());
    keepers
}

/// Verifies the credential of somebody who speaks to the group from outside.
pub(crate) fn verify_outside(
    plugins: &Plugins,
    epoch: &EpochState,
    credential: &Credential,
    key: &SignatureKey<'_>,
) -> Result<Verified, Unverified> {
    view(plugins, Door::ExternalSender, epoch, None).verify(credential, key)
}

/// Verifies every credential of an epoch that we enter as a whole: by founding it, by Welcome,
/// external join or a hub's import. A concern about our `own` leaf refuses; those about others are
/// returned.
pub(crate) fn verify_all(
    plugins: &Plugins,
    door: Door,
    epoch: &EpochState,
    own: Option<LeafIndex>,
) -> Verdict {
    let gate = Gate::new(plugins, epoch);
    let mut judged = Judged::default();
    for (index, leaf) in epoch.leaves.iter() {
        let admitted = gate.leaf(door, leaf, None)?;
        match admitted.verified.concerns.first() {
            Some(concern) if own == Some(*index) => return Err(concern.clone().into()),
            _ => judged.admit(admitted),
        }
    }
    for sender in epoch.external_senders.iter() {
        judged.admit(gate.sender(Door::ExternalSender, sender)?);
    }
    Ok(judged)
}

/// The verdict on each who is in the group already, one by one.
pub(crate) fn review(
    plugins: &Plugins,
    epoch: &EpochState,
) -> Vec<(Option<LeafIndex>, Result<Admitted, Unverified>)> {
    let gate = Gate::new(plugins, epoch);
    let members = epoch.leaves.iter();
    let members = members.map(|(index, leaf)| (Some(*index), gate.leaf(Door::Review, leaf, None)));
    let senders = epoch.external_senders.iter();
    let senders = senders.map(|sender| (None, gate.sender(Door::Review, sender)));
    members.chain(senders).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
