//! How the marker plugs in.

use std::sync::Arc;

use mls_trellis_hooks::{
    AddedKeyPackage, Component, ComponentId, Draft, EpochState, Hooks, Invariant, KeyPackageData,
    Plugin, Reject,
};

use crate::{Marker, state};

/// The component.
#[derive(Clone, Copy, Debug, Default)]
pub struct LastResort;

mls_trellis_registry::register! {
    /// Last-resort KeyPackages.
    pub static LAST_RESORT: LastResort::default
}

impl Plugin for LastResort {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self).key_package_data().invariant();
    }
}

impl Component for LastResort {
    const NAME: &'static str = "last_resort_key_package";
    const DEFAULT_ID: ComponentId = ComponentId(0x0004);
    const DRAFT: Draft = Draft::new("draft-ietf-mls-extensions", "10", "6.4");
}

impl KeyPackageData for LastResort {
    type Mark = Marker;

    fn keep_after_join(&self, _: &Marker) -> bool {
        true
    }

    fn check_mark(&self, key_package: &AddedKeyPackage, _: &Marker) -> Result<(), Reject> {
        state::dictionary_is_supported(&key_package.leaf)
    }
}

impl Invariant for LastResort {
    fn concerns(&self, epoch: &EpochState) -> Vec<Reject> {
        state::misplaced(epoch, epoch.ids.of::<Self>())
    }
}
