//! How polls plug into groups.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, Change, CommitView, Component, ComponentId, Draft, Ephemeral, EpochState, FoldView,
    GroupState, Hooks, Invariant, Judge, Plugin, Reject, Sent,
};

use crate::{Ballot, Reminder, Update, state};

/// The component.
#[derive(Clone, Copy, Debug, Default)]
pub struct Poll;

mls_trellis_registry::register! {
    /// Polls.
    pub static POLL: Poll::default
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

impl Component for Poll {
    const NAME: &'static str = "poll";
    const DEFAULT_ID: ComponentId = ComponentId(0x8042);
    const DRAFT: Draft = Draft::private("poll", "1");
}

impl GroupState for Poll {
    type State = Ballot;
    type Update = Update;

    // Rights are decided here, update by update: in one commit, whoever opens a poll may close it.
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
        folded.ok_or_else(|| Reject::misuse("POLL-1", "there is neither a poll nor an update"))
    }

    fn may_remove(&self, cx: &FoldView<'_>, from: &Actor, state: &Ballot) -> Result<(), Reject> {
        state.may_end(from, cx.before)
    }
}

impl Ephemeral for Poll {
    type Notice = Reminder;

    fn check_notice(&self, cx: &CommitView<'_>, from: &Actor, _: &Reminder) -> Result<(), Reject> {
        state::member(from, cx.before)?;
        match is_open(cx.after)? {
            true => Ok(()),
            false => state::refuse("POLL-8", "a reminder, and no poll is open"),
        }
    }
}

impl Invariant for Poll {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        epoch.state::<Self>()?.iter().try_for_each(Ballot::check)
    }
}

impl Judge for Poll {
    fn judge(&self, cx: &CommitView<'_>) -> Result<(), Reject> {
        if !is_open(cx.before)? || !is_open(cx.after)? {
            return Ok(());
        }
        let Some(who) = state::newcomer(cx.before, cx.after) else {
            return Ok(());
        };
        let detail = format!("{who} cannot join while the poll is open");
        let reject = Reject::policy("POLL-7", detail);
        // The Add at fault, if it is one, can be left out and the rest committed.
        let adds_who =
            |change: &Change| matches!(change, Change::Add(add) if add.leaf.identity == *who);
        let mut proposals = cx.proposals.iter();
        Err(match proposals.find(|proposal| adds_who(&proposal.body)) {
            Some(add) => reject.culprit_at(add.position),
            None => reject,
        })
    }
}

fn is_open(epoch: &EpochState) -> Result<bool, Reject> {
    let ballot = epoch.state::<Poll>()?;
    Ok(ballot.is_some_and(|ballot| ballot.is_open()))
}
