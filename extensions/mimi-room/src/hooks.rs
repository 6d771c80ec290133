//! How rooms plug into groups.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, Component, ComponentId, Draft, EpochState, FoldView, GroupState, Hooks, Invariant,
    Plugin, Reject, Sent,
};

use crate::{Metadata, state};

/// The components of a room.
#[derive(Clone, Copy, Debug, Default)]
pub struct MimiRoom;

mls_trellis_registry::register! {
    /// MIMI rooms.
    pub static MIMI_ROOM: MimiRoom::default
}

impl Plugin for MimiRoom {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks
            .component(Arc::new(RoomMetadata))
            .group_state()
            .invariant();
    }
}

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
        _: &FoldView<'_>,
        state: Option<Metadata>,
        updates: &[Sent<Metadata>],
    ) -> Result<Metadata, Reject> {
        state::fold(state, updates)
    }

    fn may_remove(&self, _: &FoldView<'_>, from: &Actor, _: &Metadata) -> Result<(), Reject> {
        state::authorised(from)
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
