//! The component `participant_list`. It is where the whole room is judged: without a list there are no
//! users, and nobody has rights.

use std::{fmt, sync::Arc};

use mls_trellis_hooks::{
    Actor, CommitView, Component, ComponentId, Draft, EpochState, FoldView, GroupState, Invariant,
    Judge, Reject, Sent,
};

use crate::{
    MimiUris, Participants, ParticipantsUpdate, People,
    state::{judge, metadata, participants, room::Room},
};

/// Who takes part in a room.
#[derive(Clone)]
pub struct ParticipantList {
    pub(super) people: Arc<dyn People>,
}

impl ParticipantList {
    pub(super) fn new(people: Arc<dyn People>) -> Self {
        Self { people }
    }
}

impl Default for ParticipantList {
    fn default() -> Self {
        Self::new(Arc::new(MimiUris))
    }
}

impl fmt::Debug for ParticipantList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ParticipantList")
    }
}

impl Component for ParticipantList {
    const NAME: &'static str = "participant_list";
    const DEFAULT_ID: ComponentId = ComponentId(0x0022);
    const DRAFT: Draft = Draft::new("draft-ietf-mimi-protocol", "06", "7.5");
}

impl GroupState for ParticipantList {
    type State = Participants;
    type Update = ParticipantsUpdate;

    // The shape is decided here, the rights of a room with roles by the judge, who sees everything.
    fn fold(
        &self,
        cx: &FoldView<'_>,
        state: Option<Participants>,
        updates: &[Sent<ParticipantsUpdate>],
    ) -> Result<Participants, Reject> {
        for update in updates {
            metadata::authorised(cx.before, &update.from)
                .map_err(|reject| reject.culprit_at(update.position))?;
        }
        let (list, _) = participants::fold(state.unwrap_or_default(), updates)?;
        Ok(list)
    }

    fn may_remove(&self, _: &FoldView<'_>, _: &Actor, _: &Participants) -> Result<(), Reject> {
        Err(Reject::peer(
            "MIMI-20",
            "a participant list is never dropped",
        ))
    }
}

impl Invariant for ParticipantList {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        match Room::of(self.people.as_ref(), epoch)? {
            Some(room) => room.check(),
            None => Ok(()),
        }
    }

    fn concerns(&self, epoch: &EpochState) -> Vec<Reject> {
        match Room::of(self.people.as_ref(), epoch) {
            Ok(Some(room)) => room.concerns(),
            // What does not decode is no concern but a reason to refuse.
            Ok(None) | Err(_) => Vec::new(),
        }
    }
}

impl Judge for ParticipantList {
    fn judge(&self, cx: &CommitView<'_>) -> Result<(), Reject> {
        judge::judge(self.people.as_ref(), cx)
    }

    fn concerns(&self, cx: &CommitView<'_>) -> Vec<Reject> {
        judge::concerns(cx)
    }
}
