//! My extension: its rules, a real group, and what every plugin must do.

#![allow(clippy::unwrap_used, clippy::panic)]

mod conformance;
mod group;
mod rules;
