//! Two crates claim one number.

use {plugin_a as _, twin as _};

use mls_trellis_registry::Registry;

fn main() {
    programs::print(Registry::discover());
}
