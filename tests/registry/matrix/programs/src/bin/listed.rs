//! The plugins are only in Cargo.toml.

use mls_trellis_registry::Registry;

fn main() {
    programs::print(Registry::discover());
}
