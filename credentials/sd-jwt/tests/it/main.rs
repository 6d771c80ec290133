//! SD-JWT credentials: what others made, what we make, and what must be refused.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod anchors;
mod forge;
mod issuing;
mod mutants;
mod rules;
mod status_list;
mod vectors;
