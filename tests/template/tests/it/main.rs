//! The tests that `trellis new` writes.

#[path = "../../../../cli/template/tests/it/main.rs"]
mod template;
