//! The conformance kit for Trellis plugins.
