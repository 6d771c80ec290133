//! The pure heart: whether a commit may happen, and what it does to the components.
//!
//! Sender, receiver, joiner and hub call the same functions on owned snapshots, so all come to the
//! same verdict. Nothing here knows OpenMLS.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use mls_trellis_hooks::{
    Actor, Change, CommitView, ComponentEntry, ComponentId, DataChange, Door, EpochState, FoldView,
    LeafIndex, LeafInfo, Plugins, Reject, Sent, SignatureKey, Unverified, VerifyView,
    wire::{self, Opaque},
};

mod rules;

/// The entries of the dictionary that a commit changes: the new content, or `None` when it is
/// dropped.
pub(crate) type DictionaryChanges = BTreeMap<ComponentId, Option<Vec<u8>>>;

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

/// Applies all AppDataUpdates of a commit to the dictionary before it
/// (draft-ietf-mls-extensions-10, section 4.7).
pub(crate) fn fold(
    plugins: &Plugins,
    before: &EpochState,
    committer: &Actor,
    proposals: &[Sent<Change>],
) -> Result<DictionaryChanges, Reject> {
    let mut by_component = BTreeMap::<ComponentId, Vec<Sent<&DataChange>>>::new();
    for sent in proposals {
        if let Change::AppData { component, change } = &sent.body {
            by_component
                .entry(*component)
                .or_default()
                .push(sent.map(change));
        }
    }
    let mut changes = DictionaryChanges::new();
    for (id, list) in by_component {
        changes.insert(id, fold_one(plugins, before, committer, id, &list)?);
    }
    Ok(changes)
}

/// The fate of one component's entry.
fn fold_one(
    plugins: &Plugins,
    before: &EpochState,
    committer: &Actor,
    id: ComponentId,
    list: &[Sent<&DataChange>],
) -> Result<Option<Vec<u8>>, Reject> {
    let removes = list.iter().filter(|sent| *sent.body == DataChange::Remove);
    let state = before.data(id);
    let cx = FoldView {
        id,
        before,
        committer,
    };
    let owner = Owner::of(plugins, id).map_err(|reject| match list {
        [only] => reject.culprit_at(only.position),
        _ => reject,
    })?;
    match removes.clone().next() {
        None => {
            let updates: Vec<_> = list
                .iter()
                .filter_map(|sent| match sent.body {
                    DataChange::Update(update) => Some(sent.map(update.clone())),
                    DataChange::Remove => None,
                })
                .collect();
            owner.fold(&cx, state, &updates).map(Some)
        }
        Some(remove) if list.len() == 1 => {
            let state = state.ok_or_else(|| {
                Reject::peer(
                    "ADU-3",
                    format!("remove of component {id}, which has no entry"),
                )
                .culprit_at(remove.position)
            })?;
            owner
                .may_remove(&cx, &remove.from, state)
                .map_err(|reject| reject.culprit_at(remove.position))?;
            Ok(None)
        }
        Some(_) if removes.count() == list.len() => Err(Reject::peer(
            "ADU-4",
            format!("component {id} is removed more than once in one commit"),
        )),
        Some(_) => Err(Reject::peer(
            "ADU-5",
            format!("component {id} is both updated and removed in one commit"),
        )),
    }
}

/// Who folds a component: a plugin, or the engine for its own lists.
enum Owner<'a> {
    Engine,
    Plugin(&'a ComponentEntry),
}

impl<'a> Owner<'a> {
    fn of(plugins: &'a Plugins, id: ComponentId) -> Result<Self, Reject> {
        if is_list(id) {
            return Ok(Self::Engine);
        }
        match plugins.component(id) {
            Some(entry) if entry.group_state.is_some() => Ok(Self::Plugin(entry)),
            _ => Err(Reject::incompatible(
                "ADU-2",
                format!("AppDataUpdate of component {id}, for which no plugin is linked"),
            )),
        }
    }

    fn fold(
        &self,
        cx: &FoldView<'_>,
        state: Option<&[u8]>,
        updates: &[Sent<Opaque>],
    ) -> Result<Vec<u8>, Reject> {
        match self {
            // The draft defines no delta for the lists; an update is the whole new list.
            Self::Engine => {
                let last = updates
                    .last()
                    .map(|sent| sent.body.0.clone())
                    .unwrap_or_default();
                let list = wire::decode::<Vec<ComponentId>>(&last);
                list.map(|_| last)
                    .map_err(|e| Reject::peer("NEG-7", format!("component {}: {e}", cx.id)))
            }
            Self::Plugin(entry) => match &entry.group_state {
                Some(group_state) => group_state.fold(cx, state, updates),
                None => Err(Reject::incompatible("ADU-2", "no plugin is linked")),
            },
        }
    }

    fn may_remove(&self, cx: &FoldView<'_>, from: &Actor, state: &[u8]) -> Result<(), Reject> {
        match self {
            Self::Engine => Ok(()),
            Self::Plugin(entry) => match &entry.group_state {
                Some(group_state) => group_state.may_remove(cx, from, state),
                None => Ok(()),
            },
        }
    }
}

/// Whether the engine itself owns the component: `app_components` and `safe_aad`.
pub(crate) fn is_list(id: ComponentId) -> bool {
    id == ComponentId::APP_COMPONENTS || id == ComponentId::SAFE_AAD
}

/// Judges a staged commit. Returns what we must live with when another committed it, and must not
/// cause ourselves.
///
/// The order is fixed, so that the first refusal is the same everywhere: the engine's own rules,
/// components in ascending order of their ids, then free-standing rules by name.
pub(crate) fn transition(
    plugins: &Plugins,
    transition: &Transition<'_>,
) -> Result<Vec<Reject>, Unverified> {
    let Transition { before, after, .. } = transition;
    let mut concerns = rules::transition(plugins, transition)?;
    verify_changed_leaves(plugins, transition)?;
    notices(plugins, transition)?;

    for entry in active(plugins, Some(transition), after) {
        if let Some(judge) = &entry.judge {
            let cx = transition.view(entry.id);
            judge.judge(&cx).map_err(|r| r.in_plugin(entry.name))?;
            concerns.extend(
                judge
                    .concerns(&cx)
                    .into_iter()
                    .map(|r| r.in_plugin(entry.name)),
            );
        }
    }
    for entry in plugins.judges() {
        let cx = transition.view(ComponentId::RESERVED);
        entry.rule.judge(&cx).map_err(|r| r.in_plugin(entry.name))?;
        let own = entry.rule.concerns(&cx).into_iter();
        concerns.extend(own.map(|r| r.in_plugin(entry.name)));
    }

    let new = epoch_with(plugins, after, &unproven(before, after))?;
    if !new.is_empty() {
        // What was a concern already is not raised again by every later commit.
        let known = epoch_concerns(plugins, before);
        concerns.extend(new.into_iter().filter(|concern| !known.contains(concern)));
    }
    Ok(concerns)
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
    rules::epoch(epoch, unproven)?;
    for entry in active(plugins, None, epoch) {
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
            invariant
                .holds(epoch)
                .map_err(|r| r.in_plugin(entry.name))?;
        }
    }
    for entry in plugins.invariants() {
        entry
            .rule
            .holds(epoch)
            .map_err(|r| r.in_plugin(entry.name))?;
    }
    Ok(concerns_with(plugins, epoch, unproven))
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
fn active<'a>(
    plugins: &'a Plugins,
    transition: Option<&Transition<'_>>,
    epoch: &EpochState,
) -> Vec<&'a ComponentEntry> {
    let mut ids = active_ids(epoch);
    if let Some(transition) = transition {
        ids.extend(active_ids(transition.before));
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

fn active_ids(epoch: &EpochState) -> BTreeSet<ComponentId> {
    let mut ids = BTreeSet::new();
    if let Some(dictionary) = &epoch.dictionary {
        ids.extend(dictionary.keys().copied());
    }
    ids.extend(
        epoch
            .required_components()
            .ok()
            .flatten()
            .unwrap_or_default(),
    );
    ids
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

/// Every credential that the commit brings into the group.
fn verify_changed_leaves(plugins: &Plugins, t: &Transition<'_>) -> Result<(), Unverified> {
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
pub(crate) fn verify_leaf(
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
    sender: &mls_trellis_hooks::ExternalSender,
) -> Result<(), Unverified> {
    let credential_type = sender.credential.credential_type;
    let entry = plugins.credential(credential_type).ok_or_else(|| {
        Reject::incompatible(
            "CRED-1",
            format!("an external sender has credential type {credential_type}, for which no plugin is linked"),
        )
    })?;
    let key = SignatureKey {
        cipher_suite: epoch.cipher_suite,
        bytes: &sender.signature_key,
    };
    let cx = VerifyView {
        door: Door::ExternalSender,
        epoch: Some(epoch),
        replaces: None,
    };
    entry
        .kind
        .verify(&sender.credential.content, &key, &cx)
        .map(drop)
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
