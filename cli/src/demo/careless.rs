//! A plugin that does half of its duty: polls without their rule on who may join.
//!
//! It reads and writes what [`Poll`] reads and writes, and goes by the same number, so a client with
//! it can follow the room. What it commits is another matter.

use std::sync::Arc;

use mls_trellis_bundle::poll::{Ballot, Poll, Reminder, Update};
use mls_trellis_hooks::{
    Actor, CommitView, Component, ComponentId, Draft, Ephemeral, EpochState, FoldView, GroupState,
    Hooks, Invariant, Plugin, Reject, Sent,
};

/// Polls, for those who do not care.
pub(super) struct CarelessPoll;

impl Plugin for CarelessPoll {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        // No judge.
        hooks.component(self).group_state().ephemeral().invariant();
    }
}

impl Component for CarelessPoll {
    const NAME: &'static str = Poll::NAME;
    const DEFAULT_ID: ComponentId = Poll::DEFAULT_ID;
    const DRAFT: Draft = Poll::DRAFT;
}

impl GroupState for CarelessPoll {
    type State = Ballot;
    type Update = Update;

    fn fold(
        &self,
        cx: &FoldView<'_>,
        state: Option<Ballot>,
        updates: &[Sent<Update>],
    ) -> Result<Ballot, Reject> {
        Poll.fold(cx, state, updates)
    }

    fn may_remove(&self, cx: &FoldView<'_>, from: &Actor, state: &Ballot) -> Result<(), Reject> {
        Poll.may_remove(cx, from, state)
    }
}

impl Ephemeral for CarelessPoll {
    type Notice = Reminder;

    fn check_notice(
        &self,
        cx: &CommitView<'_>,
        from: &Actor,
        notice: &Reminder,
    ) -> Result<(), Reject> {
        Poll.check_notice(cx, from, notice)
    }
}

impl Invariant for CarelessPoll {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        Poll.holds(epoch)
    }
}
