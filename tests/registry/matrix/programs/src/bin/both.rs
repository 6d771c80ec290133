//! Discovery and the table.

use mls_trellis_registry::Registry;

fn main() {
    programs::print(Registry::discover().with_all(facade::ALL));
}
