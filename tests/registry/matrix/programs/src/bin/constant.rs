//! Nothing but a constant of one plugin is used.

use mls_trellis_registry::Registry;

fn main() {
    assert!(plugin_a::ID.is_private());
    programs::print(Registry::discover());
}
