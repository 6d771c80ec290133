use std::sync::Arc;

use mls_trellis_hooks::{Component, ComponentId, Draft, Hooks, Plugin};

#[derive(Default)]
pub struct Twin;

impl Component for Twin {
    const NAME: &'static str = "twin";
    const DEFAULT_ID: ComponentId = crate::ID;
    const DRAFT: Draft = Draft::private("twin", "1");
}

impl Plugin for Twin {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self);
    }
}

mls_trellis_registry::register! {
    pub static TWIN: Twin::default
}
