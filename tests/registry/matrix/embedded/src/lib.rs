//! Plugins in somebody else's program: a static library for C, a module for wasm32.

use mls_trellis_registry::Registry;

/// How many plugins there are with the table, or -1 on errors.
#[unsafe(no_mangle)]
pub extern "C" fn plugins_with_table() -> i32 {
    count(Registry::discover().with_all(facade::ALL))
}

/// How many plugins there are without it.
#[unsafe(no_mangle)]
pub extern "C" fn plugins_discovered() -> i32 {
    count(Registry::discover())
}

fn count(registry: Registry) -> i32 {
    let plugins = registry.build().ok();
    plugins.map_or(-1, |plugins| plugins.components().count() as i32)
}
