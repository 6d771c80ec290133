//! How trust anchors plug into groups.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, AnchorSource, Anchors, Candidate, Component, ComponentId, Draft, Eligibility,
    EpochState, FoldView, GroupState, Hooks, Invariant, Last, Plugin, Reject, Sent,
};

use crate::{Update, Vouched, state};

/// The component.
#[derive(Debug, Default)]
pub struct TrustAnchors {
    last: Last<Vec<u8>, Result<Arc<Anchors>, Reject>>,
}

mls_trellis_registry::register! {
    /// Trust anchors.
    pub static TRUST_ANCHORS: TrustAnchors::default
}

impl Plugin for TrustAnchors {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks
            .component(self)
            .group_state()
            .invariant()
            .eligibility()
            .anchor_source();
    }
}

impl Component for TrustAnchors {
    const NAME: &'static str = "trust_anchors";
    const DEFAULT_ID: ComponentId = ComponentId(0x8044);
    const DRAFT: Draft = Draft::private("trust-anchors", "1");
}

impl GroupState for TrustAnchors {
    type State = Vouched;
    type Update = Update;

    fn fold(
        &self,
        cx: &FoldView<'_>,
        state: Option<Vouched>,
        updates: &[Sent<Update>],
    ) -> Result<Vouched, Reject> {
        let mut updates = updates.iter();
        updates.try_fold(state.unwrap_or_default(), |vouched, update| {
            let after = vouched.after(&update.body, &update.from, cx.before);
            after.map_err(|reject| reject.culprit_at(update.position))
        })
    }

    fn may_remove(&self, cx: &FoldView<'_>, from: &Actor, state: &Vouched) -> Result<(), Reject> {
        state.may_remove(from, cx.before)
    }
}

impl Invariant for TrustAnchors {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        epoch.state::<Self>()?.iter().try_for_each(Vouched::check)
    }
}

impl AnchorSource for TrustAnchors {
    fn anchors(&self, epoch: &EpochState) -> Option<Result<Arc<Anchors>, Reject>> {
        let data = epoch.data(epoch.ids.of::<Self>())?;
        let anchors = self.last.of(data, || {
            let vouched = epoch.state::<Self>()?.unwrap_or_default();
            Ok(Arc::new(vouched.anchors()))
        });
        Some(anchors.as_ref().clone())
    }
}

impl Eligibility for TrustAnchors {
    fn admit(&self, who: &Candidate<'_>) -> Result<(), Reject> {
        match self.anchors(who.epoch) {
            Some(anchors) => state::admit(&*anchors?, who),
            None => Ok(()),
        }
    }
}
