//! The trellis command: demo, inspect, plugins.
