//! Proposals of the types that drafts add: what their kinds say of them.

use std::collections::BTreeSet;

use mls_trellis_hooks::{
    Actor, Change, ComponentId, EpochState, Plugins, ProposalEntry, ProposalType, ProposalView,
    Reject, Sent, wire::Opaque,
};

use super::Transition;

/// Whether a proposal may be sent so, as far as its kind is linked.
pub(crate) fn may_send(
    plugins: &Plugins,
    cx: &ProposalView<'_>,
    change: &Change,
) -> Result<(), Reject> {
    match linked(plugins, change) {
        Some((entry, body)) => entry.kind.may_send(cx, body.as_slice()),
        None => Ok(()),
    }
}

/// Whether we would send or commit a proposal of a type that a draft adds: ENG-10, PROP-1, PROP-2, and
/// what its kind says. Others pass.
pub(crate) fn acceptable(
    plugins: &Plugins,
    cx: &ProposalView<'_>,
    change: &Change,
) -> Result<(), Reject> {
    let Some((proposal_type, body)) = change.of_kind() else {
        return Ok(());
    };
    let entry = plugins.proposal(proposal_type).ok_or_else(|| {
        Reject::incompatible(
            "ENG-10",
            format!("proposal type {proposal_type}, for which no plugin is linked"),
        )
    })?;
    supported(cx.epoch, proposal_type)?;
    entry.kind.may_send(cx, body.as_slice())?;
    let concerns = entry.kind.concerns(cx, body.as_slice());
    concerns.into_iter().next().map_or(Ok(()), Err)
}

/// PROP-2: whoever processes a commit supports the types of its proposals (RFC 9420, section 12.2).
/// OpenMLS refuses others' commits for it.
fn supported(epoch: &EpochState, proposal_type: ProposalType) -> Result<(), Reject> {
    let lacks = epoch
        .leaves
        .iter()
        .find(|(_, leaf)| !leaf.capabilities.proposals.contains(&proposal_type));
    match lacks {
        Some((index, leaf)) => Err(Reject::incompatible(
            "PROP-2",
            format!(
                "{} ({index}) does not support proposal type {proposal_type}",
                leaf.identity
            ),
        )),
        None => Ok(()),
    }
}

/// Whether a commit of these proposals must have a path for the sake of one of them.
pub(crate) fn needs_path(plugins: &Plugins, proposals: &[Sent<Change>]) -> bool {
    let mut proposals = proposals.iter();
    proposals.any(|sent| linked(plugins, &sent.body).is_some_and(|(entry, _)| entry.needs_path))
}

/// What the kinds say of a commit: of each proposal by itself, and of all that it does.
pub(super) fn transition(plugins: &Plugins, t: &Transition<'_>) -> Result<Vec<Reject>, Reject> {
    let mut types = BTreeSet::new();
    for sent in t.proposals {
        let Some((entry, body)) = linked(plugins, &sent.body) else {
            continue;
        };
        types.insert(entry.proposal_type);
        let at_fault = |reject: Reject| reject.culprit_at(sent.position);
        let cx = view(t.before, sent, &[]);
        entry
            .kind
            .may_send(&cx, body.as_slice())
            .map_err(at_fault)?;
        if entry.needs_path && t.path.is_none() {
            let reject = Reject::peer(
                "PROP-3",
                format!(
                    "a commit of a proposal of type {} without a path",
                    entry.name
                ),
            );
            return Err(at_fault(reject.in_plugin(entry.name)));
        }
    }
    let mut concerns = Vec::new();
    for entry in types.iter().filter_map(|id| plugins.proposal(*id)) {
        if let Some(judge) = &entry.judge {
            let cx = t.view(ComponentId::RESERVED);
            judge.judge(&cx).map_err(|r| r.in_plugin(entry.name))?;
            let own = judge.concerns(&cx).into_iter();
            concerns.extend(own.map(|r| r.in_plugin(entry.name)));
        }
    }
    Ok(concerns)
}

/// What is to be said of another's commit that left these pooled proposals out. Whoever is gone
/// anyway is owed nothing, and nobody can commit everything of its own.
pub(crate) fn left_out(
    plugins: &Plugins,
    t: &Transition<'_>,
    pooled: &[Sent<Change>],
) -> Vec<Reject> {
    let stays = |from: &Actor| match from {
        Actor::Member(index) => {
            let key = |epoch: &EpochState| epoch.leaf(*index).map(|l| l.signature_key.clone());
            key(t.before) == key(t.after)
        }
        _ => true,
    };
    let left = pooled
        .iter()
        .filter(|sent| sent.from != *t.committer && stays(&sent.from));
    left.filter_map(|sent| owed(plugins, t.before, sent))
        .collect()
}

/// What to say of a commit that leaves the proposal out, if it is owed to its sender.
pub(crate) fn owed(plugins: &Plugins, epoch: &EpochState, sent: &Sent<Change>) -> Option<Reject> {
    let (entry, body) = linked(plugins, &sent.body)?;
    let owed = entry.owed.as_ref()?;
    owed.owed(&view(epoch, sent, &[]), body.as_slice())
}

/// A proposal in a pool or a commit.
pub(crate) fn view<'a>(
    epoch: &'a EpochState,
    sent: &'a Sent<Change>,
    waiting: &'a [Sent<Change>],
) -> ProposalView<'a> {
    ProposalView {
        epoch,
        from: &sent.from,
        by_reference: sent.by_reference,
        framing: None,
        waiting,
    }
}

fn linked<'p>(plugins: &'p Plugins, change: &Change) -> Option<(&'p ProposalEntry, Opaque)> {
    let (proposal_type, body) = change.of_kind()?;
    Some((plugins.proposal(proposal_type)?, body))
}
