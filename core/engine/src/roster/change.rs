//! A commit's proposals: what was signed, by whom, and whether OpenMLS stages the same.

use std::{collections::BTreeSet, sync::Arc};

use mls_trellis_hooks::{
    Actor, AddedKeyPackage, Change, DataChange, ExtensionType, LeafIndex, Plugins, PskId, Reject,
    Sent,
};
use openmls::{group::QueuedProposal, key_packages::KeyPackage, prelude::ProposalOrRefType};
use tls_codec::Serialize;

use super::{leaf_info, raw, read_again};
use crate::{mls, pool::ByReference};

/// A proposal as plugins see it.
///
/// # Errors
/// Of an Add or an Update: what [`leaf_info`] rejects, and ADD-1 to ADD-4 for the dictionary of a
/// KeyPackage.
pub(crate) fn change(proposal: &mls::Proposal, plugins: &Plugins) -> Result<Change, Reject> {
    use mls::Proposal as P;
    Ok(match proposal {
        P::Add(key_package) => Change::Add(key_package_info(key_package, plugins)?),
        P::Update(leaf) => Change::Update(Arc::new(leaf_info(leaf, plugins)?)),
        P::Remove(leaf) => Change::Remove(LeafIndex(*leaf)),
        P::PreSharedKey(id) => Change::Psk(psk_id(&id.psk)),
        P::ReInit(_) => Change::ReInit,
        P::ExternalInit(_) => Change::ExternalInit,
        P::GroupContextExtensions(extensions) => {
            Change::GroupContextExtensions(raw(extensions, &[]))
        }
        P::AppDataUpdate(update) => Change::AppData {
            component: update.component,
            change: match &update.operation {
                mls::AppDataOperation::Update(update) => DataChange::Update(update.clone()),
                mls::AppDataOperation::Remove => DataChange::Remove,
            },
        },
        P::AppEphemeral(ephemeral) => Change::AppEphemeral {
            component: ephemeral.component,
            data: ephemeral.data.clone(),
        },
        P::SelfRemove => Change::SelfRemove,
        P::Other(proposal_type, body) => Change::Other {
            proposal_type: *proposal_type,
            body: body.clone(),
        },
    })
}

/// A KeyPackage of OpenMLS as plugins see it.
pub(crate) fn added_key_package(
    key_package: &KeyPackage,
    plugins: &Plugins,
) -> Result<AddedKeyPackage, Reject> {
    key_package_info(&read_again(key_package, "a KeyPackage")?, plugins)
}

/// A KeyPackage as plugins see it.
///
/// # Errors
/// What [`leaf_info`] rejects, and ADD-1 to ADD-4 for the KeyPackage's own dictionary.
pub(crate) fn key_package_info(
    key_package: &mls::KeyPackage,
    plugins: &Plugins,
) -> Result<AddedKeyPackage, Reject> {
    let extensions = &key_package.extensions;
    Ok(AddedKeyPackage {
        leaf: Arc::new(leaf_info(&key_package.leaf_node, plugins)?),
        dictionary: mls::dictionary(extensions)?,
        extensions: raw(extensions, &[ExtensionType::APP_DATA_DICTIONARY]),
    })
}

fn psk_id(psk: &mls::Psk) -> PskId {
    match psk {
        mls::Psk::External(psk_id) => PskId::External {
            psk_id: psk_id.clone(),
        },
        mls::Psk::Resumption(psk) => PskId::Resumption {
            group_id: psk.group_id.clone(),
            epoch: psk.epoch,
        },
        mls::Psk::Application(psk) => PskId::Application {
            component: psk.component,
            psk_id: psk.psk_id.clone(),
        },
    }
}

/// The proposals of a signed commit, in its order and multiplicity, each with its sender.
///
/// # Errors
/// ENG-2 when it names a proposal that we do not have; what [`change`] rejects.
pub(crate) fn resolve(
    commit: &mls::Commit,
    committer: &Actor,
    pool: &ByReference,
    plugins: &Plugins,
) -> Result<Vec<Sent<Change>>, Reject> {
    let resolve_one = |(position, item): (usize, &mls::ProposalOrRef)| {
        let (from, by_reference, proposal) = match item {
            mls::ProposalOrRef::Proposal(proposal) => (committer, false, proposal),
            mls::ProposalOrRef::Reference(reference) => {
                let (from, proposal) = pool.get(reference.as_slice()).ok_or_else(|| {
                    Reject::peer("ENG-2", "the commit names a proposal that we do not have")
                        .culprit_at(position)
                })?;
                (from, true, proposal)
            }
        };
        let body = change(proposal, plugins).map_err(|reject| reject.culprit_at(position))?;
        Ok(Sent {
            from: from.clone(),
            by_reference,
            position,
            body,
        })
    };
    commit
        .proposals
        .iter()
        .enumerate()
        .map(resolve_one)
        .collect()
}

/// Checks that OpenMLS staged what was signed. It drops proposals that are the same byte for byte,
/// and nothing else. A reference speaks for the sender of its proposal too.
///
/// # Errors
/// ENG-1 when it staged anything else.
pub(crate) fn check_staged<'a>(
    signed: &mls::Commit,
    staged: impl Iterator<Item = &'a QueuedProposal>,
) -> Result<(), Reject> {
    let signed = signed.proposals.iter().map(|item| match item {
        mls::ProposalOrRef::Proposal(proposal) => Item::encoded(proposal),
        mls::ProposalOrRef::Reference(reference) => Ok(Item::Reference(reference.0.clone())),
    });
    let staged = staged.map(|queued| match queued.proposal_or_ref_type() {
        ProposalOrRefType::Proposal => Item::encoded(queued.proposal()),
        ProposalOrRefType::Reference => {
            let reference = queued.proposal_reference_ref().as_slice();
            Ok(Item::Reference(reference.to_vec()))
        }
    });
    let signed = signed.collect::<Result<BTreeSet<_>, _>>()?;
    let staged = staged.collect::<Result<BTreeSet<_>, _>>()?;
    match signed == staged {
        true => Ok(()),
        false => Err(Reject::misuse(
            "ENG-1",
            "OpenMLS staged other proposals than were signed",
        )),
    }
}

/// One item of a commit, so that those of OpenMLS and ours compare.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Proposal(Vec<u8>),
    Reference(Vec<u8>),
}

impl Item {
    fn encoded(proposal: &impl Serialize) -> Result<Self, Reject> {
        let bytes = proposal.tls_serialize_detached();
        bytes
            .map(Self::Proposal)
            .map_err(|e| Reject::misuse("ENG-0", format!("a proposal does not encode: {e}")))
    }
}
