//! Claims the number of plugin-a.

#![forbid(unsafe_code)]

mod hooks;
pub mod other;

pub use hooks::TWIN;
use mls_trellis_hooks::ComponentId;

pub const ID: ComponentId = ComponentId(0x8a01);
