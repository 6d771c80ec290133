//! Both plugins are named, in a submodule even.

use mls_trellis_registry::Registry;

mod plugins {
    use {plugin_a as _, plugin_b as _};
}

fn main() {
    programs::print(Registry::discover());
}
