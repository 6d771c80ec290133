//! The targets, by what they feed.

pub(crate) mod credentials;
pub(crate) mod objects;
pub(crate) mod plugins;
pub(crate) mod policies;
pub(crate) mod rooms;
