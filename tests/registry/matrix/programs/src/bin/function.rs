//! Nothing but a function of one plugin is used, from another module than the registration's.

use mls_trellis_registry::Registry;

fn main() {
    assert_ne!(plugin_b::other::work(1), 0);
    programs::print(Registry::discover());
}
