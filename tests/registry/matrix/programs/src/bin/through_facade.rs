//! The crate that names the plugins is named.

use facade as _;
use mls_trellis_registry::Registry;

fn main() {
    programs::print(Registry::discover());
}
