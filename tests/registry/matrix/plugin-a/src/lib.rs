//! A plugin.

#![forbid(unsafe_code)]

mod hooks;
pub mod other;

pub use hooks::PLUGIN_A;
use mls_trellis_hooks::ComponentId;

pub const ID: ComponentId = ComponentId(0x8a01);
