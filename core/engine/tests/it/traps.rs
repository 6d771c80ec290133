//! Traps of OpenMLS that an application would fall into, and the engine closes. What cannot be closed
//! is refused and stands in docs/LIMITS.md.

mod credentials;
mod messages;
mod proposals;
mod time;
