//! Every published vector, computed anew and checked by code that did not compute it.
//!
//! With `TRELLIS_BLESS=1` the files are written instead of compared.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod codec;
mod keys;
mod labels;
mod live;
mod log;
mod published;
mod state;
mod targeted;
