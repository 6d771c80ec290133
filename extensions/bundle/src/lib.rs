//! Every Trellis plugin, linked.
