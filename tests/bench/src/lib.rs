//! Benchmarks: Trellis and stock OpenMLS side by side.
