//! Every credential is verified at the door through which it comes in.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, Change, Credential, Door, EpochState, ExternalSender, LeafIndex, LeafInfo, Plugins,
    Reject, Sent, SignatureKey, Unverified, Verified, VerifyView,
};

use super::{Transition, rules};

/// Every credential that the commit brings into the group.
pub(super) fn verify_changed(plugins: &Plugins, t: &Transition<'_>) -> Result<(), Unverified> {
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
        let verified = verified.and_then(|()| match replaces {
            Some(old) => rules::succession(old, leaf).map_err(Unverified::from),
            None => Ok(()),
        });
        verified.map_err(|unverified| blame(t, leaf, unverified))?;
    }
    for sender in t.after.external_senders.iter() {
        if !t.before.external_senders.contains(sender) {
            verify_sender(plugins, t.after, sender)?;
        }
    }
    Ok(())
}

/// Names the proposal that brings the leaf along, so that our own commits can leave it out.
fn blame(t: &Transition<'_>, leaf: &Arc<LeafInfo>, unverified: Unverified) -> Unverified {
    let brings = |sent: &&Sent<Change>| match &sent.body {
        Change::Add(added) => added.leaf == *leaf,
        Change::Update(new) => new == leaf,
        _ => false,
    };
    match (unverified, t.proposals.iter().find(brings)) {
        (Unverified::Reject(reject), Some(sent)) => reject.culprit_at(sent.position).into(),
        (unverified, _) => unverified,
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

/// Verifies one leaf's credential.
fn verify_leaf(
    plugins: &Plugins,
    door: Door,
    epoch: &EpochState,
    leaf: &LeafInfo,
    replaces: Option<&LeafInfo>,
) -> Result<(), Unverified> {
    let credential = &leaf.credential;
    let entry = plugins
        .credential(credential.credential_type)
        .ok_or_else(|| {
            Reject::incompatible(
                "CRED-1",
                format!(
                    "credential type {} of {}, for which no plugin is linked",
                    credential.credential_type, leaf.identity
                ),
            )
        })?;
    let key = SignatureKey {
        cipher_suite: epoch.cipher_suite,
        bytes: &leaf.signature_key,
    };
    let cx = VerifyView {
        door,
        epoch: Some(epoch),
        replaces,
    };
    let verified = entry.kind.verify(&credential.content, &key, &cx)?;
    if verified.identity != leaf.identity {
        return Err(Reject::peer(
            "CRED-2",
            format!(
                "the credential of {} was verified as {}",
                leaf.identity, verified.identity
            ),
        )
        .in_plugin(entry.name)
        .into());
    }
    Ok(())
}

/// Verifies the credential of an external sender.
fn verify_sender(
    plugins: &Plugins,
    epoch: &EpochState,
    sender: &ExternalSender,
) -> Result<(), Unverified> {
    let key = SignatureKey {
        cipher_suite: epoch.cipher_suite,
        bytes: &sender.signature_key,
    };
    verify_outside(plugins, epoch, &sender.credential, &key).map(drop)
}

/// Verifies the credential of somebody who speaks to the group from outside.
pub(crate) fn verify_outside(
    plugins: &Plugins,
    epoch: &EpochState,
    credential: &Credential,
    key: &SignatureKey<'_>,
) -> Result<Verified, Unverified> {
    let credential_type = credential.credential_type;
    let entry = plugins.credential(credential_type).ok_or_else(|| {
        Reject::incompatible(
            "CRED-1",
            format!("an external sender has credential type {credential_type}, for which no plugin is linked"),
        )
    })?;
    let cx = VerifyView {
        door: Door::ExternalSender,
        epoch: Some(epoch),
        replaces: None,
    };
    entry.kind.verify(&credential.content, key, &cx)
}

/// Verifies every credential of an epoch that we enter as a whole: by Welcome, external join or a
/// hub's import.
pub(crate) fn verify_all(
    plugins: &Plugins,
    door: Door,
    epoch: &EpochState,
) -> Result<(), Unverified> {
    for leaf in epoch.leaves.values() {
        verify_leaf(plugins, door, epoch, leaf, None)?;
    }
    for sender in epoch.external_senders.iter() {
        verify_sender(plugins, epoch, sender)?;
    }
    Ok(())
}
