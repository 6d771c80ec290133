use std::sync::Arc;

use mls_trellis_hooks::{Component, ComponentId, Draft, Hooks, Plugin};

#[derive(Default)]
pub struct PluginB;

impl Component for PluginB {
    const NAME: &'static str = "plugin-b";
    const DEFAULT_ID: ComponentId = crate::ID;
    const DRAFT: Draft = Draft::private("plugin-b", "1");
}

impl Plugin for PluginB {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self);
    }
}

mls_trellis_registry::register! {
    pub static PLUGIN_B: PluginB::default
}
