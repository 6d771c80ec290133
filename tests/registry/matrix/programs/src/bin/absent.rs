//! A plugin that is required is only in Cargo.toml.

use mls_trellis_hooks::ComponentId;
use mls_trellis_registry::Registry;

fn main() {
    programs::print(Registry::discover().require([ComponentId(0x8a01)]));
}
