//! Every credential is verified at the door through which it comes in.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, Change, Credential, Door, EpochState, ExternalSender, Kinds, LeafIndex, LeafInfo,
    Plugins, Reject, Sent, SignatureKey, Signatures, Unverified, Verified, VerifyView,
};

use super::{Transition, rules};
use crate::verifier::StockVerifier;

/// Every credential that the commit brings into the group. Returns what was found genuine with
/// concerns.
pub(super) fn verify_changed(
    plugins: &Plugins,
    t: &Transition<'_>,
) -> Result<Vec<Reject>, Unverified> {
    let mut concerns = Vec::new();
    for (index, leaf) in t.after.leaves.iter() {
        let replaces = t.before.leaves.get(index);
        if replaces.is_some_and(|old| Arc::ptr_eq(old, leaf)) {
            continue;
        }
        let replaces = replaces.map(Arc::as_ref);
        if replaces.is_some_and(|old| old.same_credential(leaf)) {
            continue;
        }
        let (door, replaces) = door(t, *index, leaf, replaces);
        let verified = verify_leaf(plugins, door, t.after, leaf, replaces);
        let verified = verified.and_then(|verified| match replaces {
            Some(old) => rules::succession(old, leaf)
                .map(|()| verified)
                .map_err(Unverified::from),
            None => Ok(verified),
        });
        let brought = brought_by(t, leaf);
        match verified {
            Ok(own) => concerns.extend(own.into_iter().map(|r| blame(r, brought))),
            Err(Unverified::Reject(reject)) => return Err(blame(reject, brought).into()),
            Err(missing) => return Err(missing),
        }
    }
    for sender in t.after.external_senders.iter() {
        if !t.before.external_senders.contains(sender) {
            concerns.extend(verify_sender(plugins, t.after, sender)?);
        }
    }
    Ok(concerns)
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
fn blame(reject: Reject, brought: Option<usize>) -> Reject {
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
    replaces: Option<&'a LeafInfo>,
) -> (Door, Option<&'a LeafInfo>) {
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

/// Verifies one leaf's credential. Returns the concerns.
fn verify_leaf(
    plugins: &Plugins,
    door: Door,
    epoch: &EpochState,
    leaf: &LeafInfo,
    replaces: Option<&LeafInfo>,
) -> Result<Vec<Reject>, Unverified> {
    let key = SignatureKey {
        cipher_suite: epoch.cipher_suite,
        bytes: &leaf.signature_key,
    };
    let verified = view(plugins, door, epoch, replaces).verify(&leaf.credential, &key)?;
    if verified.identity != leaf.identity {
        let kind = plugins.credential(leaf.credential.credential_type);
        return Err(Reject::peer(
            "CRED-2",
            format!(
                "the credential of {} was verified as {}",
                leaf.identity, verified.identity
            ),
        )
        .in_plugin(kind.map_or("", |kind| kind.name))
        .into());
    }
    Ok(verified.concerns)
}

/// Verifies the credential of an external sender. Returns the concerns.
fn verify_sender(
    plugins: &Plugins,
    epoch: &EpochState,
    sender: &ExternalSender,
) -> Result<Vec<Reject>, Unverified> {
    let key = SignatureKey {
        cipher_suite: epoch.cipher_suite,
        bytes: &sender.signature_key,
    };
    verify_outside(plugins, epoch, &sender.credential, &key).map(|verified| verified.concerns)
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
) -> Result<Vec<Reject>, Unverified> {
    let mut concerns = Vec::new();
    for (index, leaf) in epoch.leaves.iter() {
        let found = verify_leaf(plugins, door, epoch, leaf, None)?;
        match found.first() {
            Some(concern) if own == Some(*index) => return Err(concern.clone().into()),
            _ => concerns.extend(found),
        }
    }
    for sender in epoch.external_senders.iter() {
        concerns.extend(verify_sender(plugins, epoch, sender)?);
    }
    Ok(concerns)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
