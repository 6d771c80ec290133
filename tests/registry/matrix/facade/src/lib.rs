//! A table of plugins, as mls-trellis-bundle has one.

#![forbid(unsafe_code)]

use mls_trellis_registry::Registration;
pub use {plugin_a, plugin_b};

pub static ALL: &[&Registration] = &[&plugin_a::PLUGIN_A, &plugin_b::PLUGIN_B];
