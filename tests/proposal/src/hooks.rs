//! How the proposal plugs in.

use std::sync::Arc;

use mls_trellis_hooks::{
    CommitView, Draft, Hooks, Judge, Plugin, ProposalKind, ProposalType, ProposalView, Reject,
};

use crate::{Reason, state};

/// The type of proposal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rekey;

impl Plugin for Rekey {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.proposal(self).judge();
    }
}

impl ProposalKind for Rekey {
    const NAME: &'static str = "rekey";
    const TYPE: ProposalType = ProposalType(0xf0a1);
    const DRAFT: Draft = Draft::private("rekey", "1");
    const NEEDS_PATH: bool = true;
    type Body = Reason;

    fn may_send(&self, cx: &ProposalView<'_>, body: &Reason) -> Result<(), Reject> {
        state::of_a_member(cx.from)?;
        state::in_the_clear(cx.framing)?;
        body.check()
    }
}

impl Judge for Rekey {
    fn judge(&self, cx: &CommitView<'_>) -> Result<(), Reject> {
        state::once(&cx.proposals_of::<Self>().collect::<Vec<_>>())
    }
}
