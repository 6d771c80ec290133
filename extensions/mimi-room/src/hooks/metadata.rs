//! The component `room_metadata`.

use mls_trellis_hooks::{
    Actor, Component, ComponentId, Draft, EpochState, FoldView, GroupState, Invariant, Reject, Sent,
};

use crate::{Metadata, state::metadata};

/// What people are shown of a room.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoomMetadata;

impl Component for RoomMetadata {
    const NAME: &'static str = "room_metadata";
    const DEFAULT_ID: ComponentId = ComponentId(0x0023);
    const DRAFT: Draft = Draft::new("draft-ietf-mimi-protocol", "06", "7.6");
}

impl GroupState for RoomMetadata {
    type State = Metadata;
    type Update = Metadata;

    fn fold(
        &self,
        cx: &FoldView<'_>,
        state: Option<Metadata>,
        updates: &[Sent<Metadata>],
    ) -> Result<Metadata, Reject> {
        metadata::fold(cx.before, state, updates)
    }

    fn may_remove(&self, cx: &FoldView<'_>, from: &Actor, _: &Metadata) -> Result<(), Reject> {
        metadata::authorised(cx.before, from)
    }
}

impl Invariant for RoomMetadata {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        epoch.state::<Self>()?.iter().try_for_each(Metadata::check)
    }

    fn concerns(&self, epoch: &EpochState) -> Vec<Reject> {
        match epoch.state::<Self>() {
            Ok(Some(metadata)) => metadata.concerns(),
            // Metadata that does not decode is no concern but a reason to refuse.
            Ok(None) | Err(_) => Vec::new(),
        }
    }
}
