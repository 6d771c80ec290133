//! How plugins are linked, and which crate may name which: everything is in `tests/it`.
//!
//! These cannot be unit tests of the registry: compiled for its own unit tests, the registry is
//! another crate than the one its dependents registered with, and would find nothing.
