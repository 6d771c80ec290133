//! How plugins are linked, and which crate may name which: tests.
