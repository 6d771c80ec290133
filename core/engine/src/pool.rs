//! The pool of proposals that wait for a commit.

use std::collections::{BTreeMap, BTreeSet};

use mls_trellis_hooks::{Actor, Change, EpochState, LeafIndex, Plugins, Reject, Sent};
use openmls::{group::QueuedProposal, prelude::Sender};
use tls_codec::Serialize as _;

use crate::{
    Error, Result,
    assess::{assess, unknown},
    event::Alarm,
    incoming::unverified,
    judge::{self, Transition, kinds},
    mls, roster,
};

/// The pooled proposals by their references, as commits name them.
pub(crate) type ByReference = BTreeMap<Vec<u8>, (Actor, mls::Proposal)>;

/// Reads what OpenMLS holds in its pool.
pub(crate) fn by_reference<'a>(
    pool: impl Iterator<Item = &'a QueuedProposal>,
    plugins: &Plugins,
) -> Result<ByReference> {
    pool.map(|queued| {
        let proposal = decode(queued)?;
        let actor = sender(queued.sender(), &proposal, plugins)?;
        Ok((reference(queued), (actor, proposal)))
    })
    .collect()
}

/// A pooled proposal as a plugin sees it.
pub(crate) fn sent(queued: &QueuedProposal, plugins: &Plugins) -> Result<Sent<Change>> {
    let proposal = decode(queued)?;
    Ok(Sent {
        from: sender(queued.sender(), &proposal, plugins)?,
        by_reference: true,
        position: 0,
        body: roster::change(&proposal, plugins)?,
    })
}

/// What a commit leaves to the pool.
pub(crate) fn left<'a>(
    pool: impl Iterator<Item = &'a QueuedProposal>,
    signed: &mls::Commit,
    plugins: &Plugins,
) -> Result<Vec<Sent<Change>>> {
    let named = (0..signed.proposals.len()).filter_map(|at| signed.reference_at(at));
    let named: BTreeSet<_> = named.collect();
    pool.filter(|queued| !named.contains(&reference(queued)))
        .map(|queued| sent(queued, plugins))
        .collect()
}

/// The proposal's reference, as it stands in commits.
pub(crate) fn reference(queued: &QueuedProposal) -> Vec<u8> {
    queued.proposal_reference_ref().as_slice().to_vec()
}

/// Whether a proposal could be committed by itself: a commit that names it would not be refused for
/// its sake alone. `waiting` is what came before it.
pub(crate) fn check(
    plugins: &Plugins,
    before: &EpochState,
    committer: &Actor,
    sent: &Sent<Change>,
    waiting: &[Sent<Change>],
) -> Result<(), Reject> {
    let cx = kinds::view(before, sent, waiting);
    kinds::acceptable(plugins, &cx, &sent.body)?;
    match &sent.body {
        Change::Remove(leaf) if before.leaf(*leaf).is_none() => {
            Err(Reject::peer("ENG-9", format!("{leaf} is not a member")))
        }
        Change::AppEphemeral { component, .. } => {
            let entry = plugins.component(*component);
            match entry.and_then(|entry| entry.ephemeral.as_ref()) {
                Some(_) => Ok(()),
                None => Err(Reject::incompatible(
                    "AE-1",
                    format!("no plugin is linked for AppEphemerals of component {component}"),
                )),
            }
        }
        Change::Add(added) => judge::may_add(plugins, before, &sent.from, added),
        Change::ReInit => Err(Reject::incompatible("ENG-11", "ReInit is not supported")),
        _ => judge::fold(plugins, before, committer, std::slice::from_ref(sent)).map(drop),
    }
}

/// Why a commit of this proposal alone would be refused, if so, as it is told to the application: what
/// [`check`] says, and then the verdicts on whom it brings in. `now` is for whoever has a clock.
pub(crate) fn refusal(
    plugins: &Plugins,
    before: &EpochState,
    committer: &Actor,
    now: Option<u64>,
    sent: &Sent<Change>,
    waiting: &[Sent<Change>],
) -> Option<Alarm> {
    let checked = check(plugins, before, committer, sent, waiting).map_err(Error::from);
    let verdict = checked.and_then(|()| match sent.body {
        Change::Add(_) | Change::Update(_) => comer(plugins, before, committer, now, sent),
        _ => Ok(()),
    });
    match verdict {
        Ok(()) => None,
        Err(Error::Missing(needs)) => Some(Alarm::from(&unknown(&needs))),
        Err(error) => error.as_reject().map(Alarm::from),
    }
}

/// The verdict on whom a proposal would bring in, for what we would do ourselves.
pub(crate) fn comer(
    plugins: &Plugins,
    before: &EpochState,
    committer: &Actor,
    now: Option<u64>,
    sent: &Sent<Change>,
) -> Result<()> {
    let proposals = std::slice::from_ref(sent);
    let after = EpochState {
        leaves: roster::after(before, proposals, committer, None).leaves,
        ..before.clone()
    };
    let alone = Transition {
        committer,
        proposals,
        path: None,
        before,
        after: &after,
    };
    let judged = judge::verify_changed(plugins, &alone).map_err(unverified)?;
    if let Some(concern) = judged.concerns.into_iter().next() {
        return Err(concern.into());
    }
    match now {
        Some(now) => assess(plugins, &after, &judged.admitted, now)
            .permit()
            .map(drop),
        None => Ok(()),
    }
}

fn decode(queued: &QueuedProposal) -> Result<mls::Proposal> {
    let bytes = queued.proposal().tls_serialize_detached();
    let bytes = bytes.map_err(Error::mls("reading a pooled proposal"))?;
    mls::Proposal::decode(&bytes).map_err(Error::malformed("a pooled proposal"))
}

fn sender(sender: &Sender, proposal: &mls::Proposal, plugins: &Plugins) -> Result<Actor> {
    Ok(match (sender, proposal) {
        (Sender::Member(leaf), _) => Actor::Member(LeafIndex(leaf.u32())),
        (Sender::External(index), _) => Actor::External(roster::external_index(*index)?),
        (_, mls::Proposal::Add(key_package)) => {
            Actor::Candidate(roster::leaf_info(&key_package.leaf_node, plugins)?.into())
        }
        _ => return Err(Reject::peer("ENG-2", "a proposal of a non-member is not an Add").into()),
    })
}
