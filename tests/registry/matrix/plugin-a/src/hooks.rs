use std::sync::Arc;

use mls_trellis_hooks::{Component, ComponentId, Draft, Hooks, Plugin};

#[derive(Default)]
pub struct PluginA;

impl Component for PluginA {
    const NAME: &'static str = "plugin-a";
    const DEFAULT_ID: ComponentId = crate::ID;
    const DRAFT: Draft = Draft::private("plugin-a", "1");
}

impl Plugin for PluginA {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self);
    }
}

mls_trellis_registry::register! {
    pub static PLUGIN_A: PluginA::default
}
