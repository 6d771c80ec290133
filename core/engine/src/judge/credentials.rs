//! Every credential is verified at the door through which it comes in, first by its kind, then by
//! the components of the group that say who may be in it.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, Candidate, Change, Credential, Door, EpochState, ExternalSender, Gate, Kinds, LeafIndex,
    LeafInfo, Plugins, Reject, Sent, SignatureKey, Signatures, Unverified, Verified,
};

use super::{Judged, Transition, Verdict};
use crate::{parallel::each, verifier::StockVerifier};

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
pub(crate) fn verify_changed(plugins: &Plugins, t: &Transition<'_>) -> Verdict {
    let gate = gate(plugins, t.after);
    let anew = gate.differs_from(t.before);
    let mut comers = Vec::new();
    for (index, leaf) in t.after.leaves.iter() {
        let old = t.before.leaves.get(index);
        let stays = old.is_some_and(|old| Arc::ptr_eq(old, leaf) || old.same_credential(leaf));
        match (stays, anew) {
            (true, false) => {}
            (true, true) => comers.push((leaf, Door::Rules, None)),
            (false, _) => {
                let (door, replaces) = door(t, *index, leaf, old);
                comers.push((leaf, door, replaces));
            }
        }
    }
    let verdicts = each(&comers, |(leaf, door, replaces)| {
        member(&gate, *door, leaf, *replaces)
    });
    let mut judged = Judged::default();
    for ((leaf, ..), verdict) in comers.iter().zip(verdicts) {
        let brought = brought_by(t, leaf);
        match verdict {
            Ok(admitted) => judged.admit(Admitted {
                brought,
                ..admitted
            }),
            Err(Unverified::Reject(reject)) => return Err(blame(reject, brought).into()),
            Err(missing) => return Err(missing),
        }
    }
    resync(plugins, t)?;
    for sender in t.after.external_senders.iter() {
        let known = t.before.external_senders.contains(sender);
        match (known, anew) {
            (true, false) => {}
            (true, true) => judged.admit(self::sender(&gate, Door::Rules, sender)?),
            (false, _) => judged.admit(self::sender(&gate, Door::ExternalSender, sender)?),
        }
    }
    Ok(judged)
}

/// CRED-3, for whoever joins from outside in their own place: an external commit removes an earlier
/// leaf of the same client only, and the new leaf is held to what an Update of it would be (RFC 9420,
/// section 12.4.3.2).
fn resync(plugins: &Plugins, t: &Transition<'_>) -> Result<(), Reject> {
    let Actor::Joiner(joiner) = t.committer else {
        return Ok(());
    };
    for sent in t.proposals {
        if let Change::Remove(index) = &sent.body
            && let Some(old) = t.before.leaf(*index)
        {
            let followed = Kinds::of(plugins).follows(&old.credential, &joiner.credential);
            followed.map_err(|reject| reject.culprit_at(sent.position))?;
        }
    }
    Ok(())
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
    t: &Transition<'a>,
    index: LeafIndex,
    leaf: &Arc<LeafInfo>,
    replaces: Option<&'a Arc<LeafInfo>>,
) -> (Door, Option<&'a Arc<LeafInfo>>) {
    let is_path = t.path.is_some_and(|path| path == leaf);
    match t.committer {
        Actor::Member(committer) if is_path && *committer == index => (Door::Path, replaces),
        Actor::Joiner(_) if is_path => (Door::ExternalCommit, left_behind(t)),
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

/// The leaf that a joiner leaves behind: who joins in their own place removes it.
fn left_behind<'a>(t: &Transition<'a>) -> Option<&'a Arc<LeafInfo>> {
    t.proposals.iter().find_map(|sent| match &sent.body {
        Change::Remove(index) => t.before.leaves.get(index),
        _ => None,
    })
}

/// The doors of an epoch, with the cryptography that OpenMLS uses too.
fn gate<'a>(plugins: &'a Plugins, epoch: &'a EpochState) -> Gate<'a> {
    Gate::new(plugins, epoch, Signatures::of(&StockVerifier))
}

fn member(
    gate: &Gate<'_>,
    door: Door,
    leaf: &Arc<LeafInfo>,
    replaces: Option<&Arc<LeafInfo>>,
) -> Result<Admitted, Unverified> {
    let verified = gate.member(door, leaf, replaces.map(Arc::as_ref))?;
    Ok(Admitted {
        door,
        leaf: Some(leaf.clone()),
        replaces: replaces.cloned(),
        credential: leaf.credential.clone(),
        key: leaf.signature_key.clone(),
        verified,
        brought: None,
    })
}

fn sender(gate: &Gate<'_>, door: Door, sender: &ExternalSender) -> Result<Admitted, Unverified> {
    Ok(Admitted {
        door,
        leaf: None,
        replaces: None,
        credential: sender.credential.clone(),
        key: sender.signature_key.clone(),
        verified: gate.sender(door, sender)?,
        brought: None,
    })
}

/// Verifies the credential of somebody who speaks to the group from outside.
pub(crate) fn verify_outside(
    plugins: &Plugins,
    epoch: &EpochState,
    credential: &Credential,
    key: &SignatureKey<'_>,
) -> Result<Verified, Unverified> {
    gate(plugins, epoch).verified(Door::ExternalSender, credential, key)
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
    let gate = gate(plugins, epoch);
    let leaves: Vec<_> = epoch.leaves.iter().collect();
    let verdicts = each(&leaves, |(_, leaf)| member(&gate, door, leaf, None));
    let mut judged = Judged::default();
    for ((index, _), verdict) in leaves.iter().zip(verdicts) {
        let admitted = verdict?;
        match admitted.verified.concerns.first() {
            Some(concern) if own == Some(**index) => return Err(concern.clone().into()),
            _ => judged.admit(admitted),
        }
    }
    for sender in epoch.external_senders.iter() {
        judged.admit(self::sender(&gate, Door::ExternalSender, sender)?);
    }
    Ok(judged)
}

/// The verdict on each who is in the group already, one by one.
pub(crate) fn review(
    plugins: &Plugins,
    epoch: &EpochState,
) -> Vec<(Option<LeafIndex>, Result<Admitted, Unverified>)> {
    let gate = gate(plugins, epoch);
    let leaves: Vec<_> = epoch.leaves.iter().collect();
    let members = each(&leaves, |(index, leaf)| {
        (Some(**index), member(&gate, Door::Review, leaf, None))
    });
    let senders = epoch.external_senders.iter();
    let senders = senders.map(|sender| (None, self::sender(&gate, Door::Review, sender)));
    members.into_iter().chain(senders).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
