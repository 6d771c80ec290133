//! The rules, as functions of plain values.

pub(crate) mod judge;
pub(crate) mod metadata;
pub(crate) mod participants;
mod people;
pub(crate) mod policies;
mod preauth;
pub(crate) mod rights;
mod roles;
pub(crate) mod room;
pub(crate) mod standing;

pub use people::{MimiUris, People};
