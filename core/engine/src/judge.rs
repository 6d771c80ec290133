//! The pure heart: whether a commit may happen, and what it does to the components.
//!
//! Sender, receiver, joiner and hub call the same functions on owned snapshots, so all come to the
//! same verdict. Nothing here knows OpenMLS.

use std::{collections::BTreeSet, iter, sync::Arc};

use mls_trellis_hooks::{
    Actor, Change, CommitView, ComponentEntry, ComponentId, EpochState, Judge, LeafIndex, LeafInfo,
    Plugins, Reject, Sent, Unverified,
};

mod credentials;
mod extensions;
mod fold;
pub(crate) mod kinds;
mod rules;

pub(crate) use credentials::{Admitted, blame, review, verify_all, verify_changed, verify_outside};
pub(crate) use extensions::{invitation, may_add};
pub(crate) use fold::{DictionaryChanges, fold, is_list};

/// A commit between staging and merging, seen from outside of OpenMLS.
pub(crate) struct Transition<'a> {
    pub(crate) committer: &'a Actor,
    pub(crate) proposals: &'a [Sent<Change>],
    pub(crate) path: Option<&'a Arc<LeafInfo>>,
    pub(crate) before: &'a EpochState,
    pub(crate) after: &'a EpochState,
}

impl Transition<'_> {
    fn view(&self, id: ComponentId) -> CommitView<'_> {
        CommitView {
            id,
            committer: self.committer,
            proposals: self.proposals,
            path: self.path,
            before: self.before,
            after: self.after,
        }
    }
}

/// What a judgement comes to that does not refuse.
#[derive(Default)]
pub(crate) struct Judged {
    /// What we must live with when another caused it, and must not cause ourselves.
    pub(crate) concerns: Vec<Reject>,
    /// Whose credentials were verified.
    pub(crate) admitted: Vec<Admitted>,
}

impl From<Vec<Reject>> for Judged {
    fn from(concerns: Vec<Reject>) -> Self {
        Self {
            concerns,
            admitted: Vec::new(),
        }
    }
}

/// What one part of a judgement comes to.
type Verdict = Result<Judged, Unverified>;

/// Judges a staged commit.
pub(crate) fn transition(plugins: &Plugins, t: &Transition<'_>) -> Verdict {
    let mut judged = Judged::default();
    for verdict in verdicts(plugins, t) {
        let verdict = verdict?;
        judged.concerns.extend(verdict.concerns);
        judged.admitted.extend(verdict.admitted);
    }
    let new = epoch_with(plugins, t.after, &unproven(t.before, t.after))?;
    if !new.is_empty() {
        // What was a concern already is not raised again by every later commit.
        let known = epoch_concerns(plugins, t.before);
        let new = new.into_iter().filter(|concern| !known.contains(concern));
        judged.concerns.extend(new);
    }
    Ok(judged)
}

/// The verdicts on a commit, one after the other.
///
/// The order is fixed, so that the first refusal is the same everywhere: the engine's own rules, raw
/// extensions, components in ascending order of their ids, then free-standing rules by name.
fn verdicts<'a>(plugins: &'a Plugins, t: &'a Transition<'a>) -> impl Iterator<Item = Verdict> + 'a {
    let parts: [fn(&Plugins, &Transition<'_>) -> Verdict; 5] = [
        |plugins, t| Ok(rules::transition(plugins, t)?.into()),
        verify_changed,
        |plugins, t| Ok(notices(plugins, t).map(|()| Judged::default())?),
        |plugins, t| Ok(extensions::transition(plugins, t)?.into()),
        |plugins, t| Ok(kinds::transition(plugins, t)?.into()),
    ];
    let parts = parts.into_iter().map(move |part| part(plugins, t));
    let components = active(plugins, Some(t), t.after).into_iter();
    let components = components.filter_map(move |entry| {
        let judge = entry.judge.as_ref()?;
        Some(judged(judge.as_ref(), entry.name, &t.view(entry.id)))
    });
    let others = plugins.judges().iter().map(move |entry| {
        let cx = t.view(ComponentId::RESERVED);
        judged(entry.rule.as_ref(), entry.name, &cx)
    });
    parts.chain(components).chain(others)
}

fn judged(judge: &dyn Judge, name: &'static str, cx: &CommitView<'_>) -> Verdict {
    judge.judge(cx).map_err(|r| r.in_plugin(name))?;
    let concerns = judge.concerns(cx).into_iter();
    let concerns: Vec<_> = concerns.map(|r| r.in_plugin(name)).collect();
    Ok(concerns.into())
}

/// All that is to be said of a commit that nobody has made: what refuses it, and concerns that it
/// raises. The parts are those of [`transition`], and a refusal of one does not keep the others from
/// being asked.
///
/// # Errors
/// What must be fetched before a credential can be judged.
pub(crate) fn findings(plugins: &Plugins, t: &Transition<'_>) -> Result<Findings, Vec<String>> {
    let mut found = Findings::default();
    for verdict in verdicts(plugins, t) {
        match verdict {
            Ok(judged) => {
                found.concerns.extend(judged.concerns);
                found.admitted.extend(judged.admitted);
            }
            Err(Unverified::Reject(reject)) => found.refusals.push(reject),
            Err(Unverified::Missing(needs)) => return Err(needs),
        }
    }
    let unproven = unproven(t.before, t.after);
    let broken = invariants(plugins, t.after, &unproven).filter_map(Result::err);
    found.refusals.extend(broken);
    found.known = epoch_concerns(plugins, t.before);
    let new = concerns_with(plugins, t.after, &unproven).into_iter();
    let new = new.filter(|concern| !found.known.contains(concern));
    found.concerns.extend(new);
    let refusals = &found.refusals;
    found.concerns.retain(|concern| !refusals.contains(concern));
    Ok(found)
}

/// What [`findings`] found.
#[derive(Default)]
pub(crate) struct Findings {
    /// What every member refuses.
    pub(crate) refusals: Vec<Reject>,
    /// What we must not cause ourselves.
    pub(crate) concerns: Vec<Reject>,
    /// What was a concern before.
    pub(crate) known: Vec<Reject>,
    /// Whose credentials were verified.
    pub(crate) admitted: Vec<Admitted>,
}

/// LEAF-3, of a member that an Add would bring into the epoch.
pub(crate) fn newcomer(epoch: &EpochState, newcomer: LeafIndex) -> Vec<Reject> {
    rules::newcomer(epoch, newcomer)
}

/// Judges an epoch by itself: at founding, after each commit, before a join, at a hub's import.
pub(crate) fn epoch(plugins: &Plugins, epoch: &EpochState) -> Result<Vec<Reject>, Reject> {
    epoch_with(plugins, epoch, epoch)
}

/// Judges an epoch, whose rules on single members are asked of the members of `unproven` only.
fn epoch_with(
    plugins: &Plugins,
    epoch: &EpochState,
    unproven: &EpochState,
) -> Result<Vec<Reject>, Reject> {
    invariants(plugins, epoch, unproven).collect::<Result<(), Reject>>()?;
    Ok(concerns_with(plugins, epoch, unproven))
}

/// What must hold of an epoch, one statement after the other; as for [`epoch_with`].
fn invariants<'a>(
    plugins: &'a Plugins,
    epoch: &'a EpochState,
    unproven: &'a EpochState,
) -> impl Iterator<Item = Result<(), Reject>> + 'a {
    let extensions = iter::once_with(move || extensions::epoch(plugins, epoch, unproven));
    let components = active(plugins, None, epoch).into_iter();
    let components = components.map(move |entry| component(entry, epoch, unproven));
    let others = plugins.invariants().iter();
    let others = others.map(move |entry| {
        let holds = entry.rule.holds(epoch);
        holds.map_err(|r| r.in_plugin(entry.name))
    });
    rules::epoch(epoch, unproven)
        .chain(extensions)
        .chain(components)
        .chain(others)
}

/// What must hold of a component in an epoch.
fn component(
    entry: &ComponentEntry,
    epoch: &EpochState,
    unproven: &EpochState,
) -> Result<(), Reject> {
    if let (Some(group_state), Some(data)) = (&entry.group_state, epoch.data(entry.id)) {
        group_state.check_state(data)?;
    }
    if let Some(leaf_data) = &entry.leaf_data {
        for leaf in unproven.leaves.values() {
            if let Some(data) = leaf.data(entry.id) {
                leaf_data.check_leaf(leaf, data)?;
            }
        }
    }
    if let Some(invariant) = &entry.invariant {
        let holds = invariant.holds(epoch);
        holds.map_err(|r| r.in_plugin(entry.name))?;
    }
    Ok(())
}

/// The epoch after a commit with those members only of whom it is not known that they are what the
/// group demands: whom the commit changed, or everybody if it changed a demand. In a large group most
/// of the judging would be of members that were judged already.
fn unproven(before: &EpochState, after: &EpochState) -> EpochState {
    let active = |epoch: &EpochState| -> Vec<ComponentId> {
        let entries = epoch.dictionary.iter().flat_map(|d| d.keys().copied());
        entries.collect()
    };
    let lists = [ComponentId::APP_COMPONENTS, ComponentId::SAFE_AAD];
    let same_demands = before.required == after.required
        && before.extensions == after.extensions
        && active(before) == active(after)
        && lists.iter().all(|id| before.data(*id) == after.data(*id));
    let mut unproven = after.clone();
    if same_demands {
        let leaves = after.leaves.iter().filter(|(index, leaf)| {
            let old = before.leaves.get(index);
            !old.is_some_and(|old| Arc::ptr_eq(old, leaf))
        });
        let leaves = leaves.map(|(index, leaf)| (*index, leaf.clone()));
        unproven.leaves = Arc::new(leaves.collect());
    }
    unproven
}

/// Judges an epoch that we enter. Refuses what our own leaf causes, and returns what was so before.
pub(crate) fn entry(
    plugins: &Plugins,
    epoch: &EpochState,
    own: LeafIndex,
) -> Result<Vec<Reject>, Reject> {
    let concerns = self::epoch(plugins, epoch)?;
    if concerns.is_empty() {
        return Ok(concerns);
    }
    let mut without_us = epoch.clone();
    Arc::make_mut(&mut without_us.leaves).remove(&own);
    let known = epoch_concerns(plugins, &without_us);
    match concerns.iter().find(|concern| !known.contains(concern)) {
        Some(ours) => Err(ours.clone()),
        None => Ok(concerns),
    }
}

/// What we must live with in an epoch and must not cause ourselves.
fn epoch_concerns(plugins: &Plugins, epoch: &EpochState) -> Vec<Reject> {
    concerns_with(plugins, epoch, epoch)
}

fn concerns_with(plugins: &Plugins, epoch: &EpochState, unproven: &EpochState) -> Vec<Reject> {
    let mut concerns = rules::epoch_concerns(plugins, epoch, unproven);
    concerns.extend(extensions::epoch_concerns(plugins, epoch, unproven));
    for entry in active(plugins, None, epoch) {
        if let Some(invariant) = &entry.invariant {
            let own = invariant.concerns(epoch).into_iter();
            concerns.extend(own.map(|r| r.in_plugin(entry.name)));
        }
    }
    for entry in plugins.invariants() {
        let own = entry.rule.concerns(epoch).into_iter();
        concerns.extend(own.map(|r| r.in_plugin(entry.name)));
    }
    concerns
}

/// The components that facts of the group make active: listed as required, with an entry, or named
/// by a proposal. What merely happens to be linked is not asked.
pub(crate) fn active<'a>(
    plugins: &'a Plugins,
    transition: Option<&Transition<'_>>,
    epoch: &EpochState,
) -> Vec<&'a ComponentEntry> {
    let mut ids = epoch.active_components();
    if let Some(transition) = transition {
        ids.extend(transition.before.active_components());
        ids.extend(
            transition
                .proposals
                .iter()
                .filter_map(|sent| match &sent.body {
                    Change::AppData { component, .. } | Change::AppEphemeral { component, .. } => {
                        Some(*component)
                    }
                    _ => None,
                }),
        );
    }
    ids.into_iter()
        .filter_map(|id| plugins.component(id))
        .collect()
}

/// Whether facts of the group make a component active, items of its SafeAAD among them.
pub(crate) fn is_active(epoch: &EpochState, id: ComponentId) -> bool {
    let tagged = || epoch.required_aad().ok().flatten();
    epoch.is_active(id) || tagged().is_some_and(|ids| ids.contains(&id))
}

/// Every AppEphemeral is for a component that is linked and finds it valid.
fn notices(plugins: &Plugins, transition: &Transition<'_>) -> Result<(), Reject> {
    for sent in transition.proposals {
        let Change::AppEphemeral { component, data } = &sent.body else {
            continue;
        };
        let entry = plugins.component(*component);
        let ephemeral = entry
            .and_then(|entry| entry.ephemeral.as_ref())
            .ok_or_else(|| {
                Reject::incompatible(
                    "AE-1",
                    format!("AppEphemeral of component {component}, for which no plugin is linked"),
                )
                .culprit_at(sent.position)
            })?;
        ephemeral
            .check_notice(&transition.view(*component), &sent.from, data.as_slice())
            .map_err(|reject| reject.culprit_at(sent.position))?;
    }
    Ok(())
}

/// Whether we could follow a group that we are about to join: NEG-4, ADD-10, WF-7.
pub(crate) fn can_follow(plugins: &Plugins, epoch: &EpochState) -> Result<(), Reject> {
    rules::can_follow(plugins, epoch)
}

/// Which components our leaves say we support: the engine's own lists and everything linked.
pub(crate) fn supported(plugins: &Plugins) -> BTreeSet<ComponentId> {
    let own = [ComponentId::APP_COMPONENTS, ComponentId::SAFE_AAD];
    own.into_iter()
        .chain(plugins.components().map(|entry| entry.id))
        .collect()
}
