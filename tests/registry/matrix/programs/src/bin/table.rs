//! No discovery.

use mls_trellis_registry::Registry;

fn main() {
    programs::print(Registry::empty().with_all(facade::ALL));
}
