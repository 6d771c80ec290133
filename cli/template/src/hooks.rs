//! How it plugs into groups.

use std::sync::Arc;

use mls_trellis_hooks::{
    Component, ComponentId, Draft, EpochState, FoldView, GroupState, Hooks, Invariant, Plugin,
    Reject, Sent,
};

use crate::{Note, Write};

/// The component.
#[derive(Clone, Copy, Debug, Default)]
pub struct MyExtension;

mls_trellis_registry::register! {
    /// My extension.
    pub static MY_EXTENSION: MyExtension::default
}

impl Plugin for MyExtension {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        // Every facet is named here; what is not named is not asked.
        hooks.component(self).group_state().invariant();
    }
}

impl Component for MyExtension {
    const NAME: &'static str = "my_extension";
    const DEFAULT_ID: ComponentId = ComponentId(0x8100);
    const DRAFT: Draft = Draft::private("my-extension", "1");
}

impl GroupState for MyExtension {
    type State = Note;
    type Update = Write;

    /// The last update of a commit wins; every one of them must be valid.
    fn fold(
        &self,
        _: &FoldView<'_>,
        state: Option<Note>,
        updates: &[Sent<Write>],
    ) -> Result<Note, Reject> {
        let folded = updates.iter().try_fold(state, |_, update| {
            let note = Note::after(&update.body, &update.from);
            note.map(Some)
                .map_err(|reject| reject.culprit_at(update.position))
        })?;
        folded.ok_or_else(|| Reject::misuse("MYEXT-1", "there is neither a note nor an update"))
    }
}

impl Invariant for MyExtension {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        epoch.state::<Self>()?.map_or(Ok(()), |note| note.check())
    }
}
