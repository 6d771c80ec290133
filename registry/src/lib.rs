//! The compile-time registry of Trellis plugins.
