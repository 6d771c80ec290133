//! How leaving plugs in.

use std::sync::Arc;

use mls_trellis_hooks::{
    CommitView, Draft, Hooks, Judge, Owed, Plugin, ProposalKind, ProposalType, ProposalView, Reject,
};

use crate::{Leave, state};

/// The type of proposal.
#[derive(Clone, Copy, Debug, Default)]
pub struct SelfRemove;

mls_trellis_registry::register! {
    /// Leaving by SelfRemove.
    pub static SELF_REMOVE: SelfRemove::default
}

impl Plugin for SelfRemove {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.proposal(self).judge().owed();
    }
}

impl ProposalKind for SelfRemove {
    const NAME: &'static str = "self_remove";
    const TYPE: ProposalType = ProposalType::SELF_REMOVE;
    const DRAFT: Draft = Draft::new("draft-ietf-mls-extensions", "10", "6.3");
    const NEEDS_PATH: bool = true;
    type Body = Leave;

    fn may_send(&self, cx: &ProposalView<'_>, _: &Leave) -> Result<(), Reject> {
        state::in_the_clear(cx.framing)?;
        state::of_a_member(cx.from)?;
        state::by_reference(cx.by_reference)
    }

    fn concerns(&self, cx: &ProposalView<'_>, _: &Leave) -> Vec<Reject> {
        state::second(cx.from, cx.waiting).into_iter().collect()
    }
}

impl Judge for SelfRemove {
    fn judge(&self, cx: &CommitView<'_>) -> Result<(), Reject> {
        state::no_remove_besides(cx.proposals)
    }

    fn concerns(&self, cx: &CommitView<'_>) -> Vec<Reject> {
        let mut concerns = state::alone_for_its_leaf(cx.proposals);
        concerns.extend(state::not_ones_own(cx.committer, cx.proposals));
        concerns
    }
}

impl Owed for SelfRemove {
    fn owed(&self, cx: &ProposalView<'_>, _: &Leave) -> Option<Reject> {
        Some(state::left_waiting(cx.from))
    }
}
