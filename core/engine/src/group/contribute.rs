//! What plugins add to commits of ours.

use mls_trellis_hooks::{BuildView, Change, Contribution, DataChange, LeafIndex, Sent};

use mls_trellis_store::Scope;

use super::{
    Live,
    build::{Builder, number, own_sent},
    commit::Draft,
};
use crate::{Result, traffic};

/// What the plugins add to a commit.
pub(super) struct Contributed {
    pub(super) drafts: Vec<Draft>,
    pub(super) path: bool,
}

impl Builder<'_> {
    /// Asks the plugins whether they have something to add.
    pub(super) fn contribute(
        &self,
        live: &Live,
        scope: &Scope,
        predicted: &[Sent<Change>],
    ) -> Result<Contributed> {
        let mut contributed = Contributed {
            drafts: Vec::new(),
            path: self.plan.path,
        };
        let mut seen = predicted.to_vec();
        let required = live.epoch.required_components()?.unwrap_or_default();
        for entry in self.step.plugins.components() {
            let active = required.contains(&entry.id) || live.epoch.data(entry.id).is_some();
            if !active || (entry.contributor.is_none() && entry.traffic.is_none()) {
                continue;
            }
            let drafts = &self.plan.drafts;
            let updated = drafts
                .iter()
                .any(|draft| matches!(draft, Draft::AppData(id, _) if *id == entry.id));
            let told = drafts
                .iter()
                .any(|draft| matches!(draft, Draft::Ephemeral(id, _) if *id == entry.id));
            let mut out = Contribution::default();
            let cx = BuildView {
                id: entry.id,
                before: &live.epoch,
                own: LeafIndex(live.mls.own_leaf_index().u32()),
                proposals: &seen,
            };
            if let Some(contributor) = entry.contributor.as_ref().filter(|_| !updated) {
                contributor.contribute(&cx, &mut out);
            }
            if let Some(traffic) = entry.traffic.as_ref().filter(|_| !updated && !told) {
                let log = traffic::log(self.step, scope, entry.id, live.epoch.epoch)?;
                traffic.tell(&cx, log.as_deref().map(Vec::as_slice), &mut out);
            }
            let updates = out.updates().iter().cloned();
            let updates = updates.map(|u| Draft::AppData(entry.id, DataChange::Update(u)));
            let notices = out.notices().iter().cloned();
            let notices = notices.map(|n| Draft::Ephemeral(entry.id, n.0));
            let drafts: Vec<_> = updates.chain(notices).collect();
            seen.extend(
                drafts
                    .iter()
                    .filter_map(Draft::preview)
                    .map(|c| own_sent(live, c)),
            );
            number(&mut seen);
            contributed.drafts.extend(drafts);
            contributed.path |= out.forces_path();
        }
        Ok(contributed)
    }
}
