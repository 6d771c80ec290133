//! What AppDataUpdates do to the dictionary: each component's updates of one commit, folded in order.

use std::collections::BTreeMap;

use mls_trellis_hooks::{
    Actor, Change, ComponentEntry, ComponentId, DataChange, EpochState, FoldView, Plugins, Reject,
    Sent,
    wire::{self, Opaque},
};

/// The entries of the dictionary that a commit changes: the new content, or `None` when it is
/// dropped.
pub(crate) type DictionaryChanges = BTreeMap<ComponentId, Option<Vec<u8>>>;

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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
