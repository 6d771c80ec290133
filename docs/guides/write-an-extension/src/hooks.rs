//! How polls plug into groups.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, CommitView, Component, ComponentId, Draft, Ephemeral, EpochState, FoldView, GroupState,
    Hooks, Invariant, Judge, Plugin, Reject, Sent,
};

use super::state;
use crate::{Ballot, Reminder, Update};

/// The component.
#[derive(Clone, Copy, Debug, Default)]
pub struct Poll;

impl Component for Poll {
    const NAME: &'static str = "poll";
    const DEFAULT_ID: ComponentId = ComponentId(0x8042);
    const DRAFT: Draft = Draft::private("poll", "1");
}

impl GroupState for Poll {
    type State = Ballot;
    type Update = Update;

    fn fold(
        &self,
        cx: &FoldView<'_>,
        state: Option<Ballot>,
        updates: &[Sent<Update>],
    ) -> Result<Ballot, Reject> {
        let folded = updates.iter().try_fold(state, |ballot, update| {
            Ballot::after(ballot, &update.body, &update.from, cx.before)
                .map(Some)
                .map_err(|reject| reject.culprit_at(update.position))
        })?;
        folded.ok_or_else(|| Reject::misuse("POLL-3", "there is neither a poll nor an update"))
    }

    fn may_remove(&self, cx: &FoldView<'_>, from: &Actor, state: &Ballot) -> Result<(), Reject> {
        state.may_end(state::member(from, cx.before)?, cx.before)
    }
}

impl Ephemeral for Poll {
    type Notice = Reminder;

    fn check_notice(&self, cx: &CommitView<'_>, from: &Actor, _: &Reminder) -> Result<(), Reject> {
        state::member(from, cx.before)?;
        match cx.after.state::<Self>()? {
            Some(_) => Ok(()),
            None => Err(Reject::peer("POLL-7", "a reminder, and no poll is open")),
        }
    }
}

impl Invariant for Poll {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        epoch
            .state::<Self>()?
            .map_or(Ok(()), |ballot| ballot.check())
    }
}

impl Judge for Poll {
    fn judge(&self, cx: &CommitView<'_>) -> Result<(), Reject> {
        let stays_open =
            cx.before.state::<Self>()?.is_some() && cx.after.state::<Self>()?.is_some();
        match state::newcomer(cx.before, cx.after) {
            Some(leaf) if stays_open => Err(Reject::policy(
                "POLL-6",
                format!("{} cannot join before the poll is over", leaf.identity),
            )),
            _ => Ok(()),
        }
    }
}

impl Plugin for Poll {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks
            .component(self)
            .group_state()
            .ephemeral()
            .invariant()
            .judge();
    }
}

mls_trellis_registry::register! {
    /// Polls.
    pub static POLL: Poll::default
}
