//! How rooms plug into groups.

mod authority;
mod metadata;
mod participants;
mod policies;

use std::{fmt, sync::Arc};

use mls_trellis_hooks::{Hooks, Plugin};

pub use metadata::RoomMetadata;
pub use participants::ParticipantList;
pub use policies::{JoinLinkList, Policy, RoomPolicy};
pub(crate) use policies::{governed, right_to_change};

use crate::{
    AssetPolicy, BasePolicy, BotPolicy, ExpirationPolicy, HistoryPolicy, JoinLinkPolicy,
    LinkPreviewPolicy, LoggingPolicy, MimiUris, OperationalPolicy, People, Preauth, Roles,
    StatusPolicy,
};

/// The components of a room.
#[derive(Clone)]
pub struct MimiRoom {
    people: Arc<dyn People>,
}

mls_trellis_registry::register! {
    /// MIMI rooms.
    pub static MIMI_ROOM: MimiRoom::default
}

impl MimiRoom {
    /// Rooms whose users are read from credentials in another way than the default, [`MimiUris`].
    #[must_use]
    pub fn with_people(people: impl People) -> Self {
        Self {
            people: Arc::new(people),
        }
    }
}

impl Default for MimiRoom {
    fn default() -> Self {
        Self::with_people(MimiUris)
    }
}

impl fmt::Debug for MimiRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MimiRoom")
    }
}

impl Plugin for MimiRoom {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks
            .component(Arc::new(ParticipantList::new(self.people.clone())))
            .group_state()
            .invariant()
            .judge()
            .authority();
        hooks
            .component(Arc::new(RoomMetadata))
            .group_state()
            .invariant();
        policy::<OperationalPolicy>(hooks);
        policy::<Roles>(hooks);
        policy::<Preauth>(hooks);
        policy::<BasePolicy>(hooks);
        policy::<StatusPolicy>(hooks);
        policy::<JoinLinkPolicy>(hooks);
        hooks.component(Arc::new(JoinLinkList)).group_state();
        policy::<LinkPreviewPolicy>(hooks);
        policy::<AssetPolicy>(hooks);
        policy::<LoggingPolicy>(hooks);
        policy::<HistoryPolicy>(hooks);
        policy::<BotPolicy>(hooks);
        policy::<ExpirationPolicy>(hooks);
    }
}

fn policy<P: RoomPolicy>(hooks: &mut Hooks<'_>) {
    let component = Arc::new(Policy::<P>::default());
    hooks.component(component).group_state().invariant();
}
