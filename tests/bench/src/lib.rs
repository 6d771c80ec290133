//! Benchmarks: Trellis and stock OpenMLS side by side.
//!
//! Both sides do the same steps in the same process, by turns: the same key packages, the same
//! GroupContext, PublicMessage framing, a GroupInfo with the ratchet tree for each commit, and rows
//! in memory. Stock OpenMLS runs on its own memory storage and is called as its documentation says;
//! Trellis has every plugin of the bundle linked.
//!
//! `cargo bench -p mls-trellis-bench` prints the table. What counts is the ratio in its last column.
//!
//! ```
//! let table = mls_trellis_bench::compare(8, 1);
//! assert!(table.to_string().contains("join by Welcome"));
//! ```
//!
//! A fault on either side is a panic: there is nobody to hand an error to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod race;
mod side;
mod stock;
mod table;
mod trellis;

pub use race::compare;
pub use table::{Row, Table};
