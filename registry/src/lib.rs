//! The compile-time registry of Trellis plugins.
//!
//! A plugin crate names its plugin once, with [`register!`]. That makes a public static, a
//! [`Registration`], and has it collected when the program is linked. A program then asks for
//! everything that is linked, lists what it wants, or both:
//!
//! ```standalone_crate
//! # mod polls {
//! #     use std::sync::Arc;
//! #     use mls_trellis_hooks::{Component, ComponentId, Draft, Hooks, Plugin};
//! #     #[derive(Default)]
//! #     pub struct Poll;
//! #     impl Component for Poll {
//! #         const NAME: &'static str = "poll";
//! #         const DEFAULT_ID: ComponentId = ComponentId(0x8201);
//! #         const DRAFT: Draft = Draft::private("poll", "1");
//! #     }
//! #     impl Plugin for Poll {
//! #         fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
//! #             hooks.component(self);
//! #         }
//! #     }
//! #     mls_trellis_registry::register! { pub static POLL: Poll::default }
//! # }
//! # use polls::{POLL, Poll};
//! use mls_trellis_hooks::ComponentId;
//! use mls_trellis_registry::Registry;
//!
//! let found = Registry::discover().build()?; // whatever is linked
//! let listed = Registry::empty().with_all(&[&POLL]).build()?; // only this, no magic
//! assert_eq!(found.report(), listed.report());
//!
//! let plugins = Registry::discover()
//!     .with_all(&[&POLL]) // registered twice is registered once
//!     .with(Poll) // configured here: takes the place of the default one
//!     .require([ComponentId(0x8201)])
//!     .build()?;
//! assert!(plugins.component(ComponentId(0x8201)).is_some());
//! # Ok::<(), mls_trellis_hooks::PluginErrors>(())
//! ```
//!
//! The result, [`Plugins`](mls_trellis_hooks::Plugins), is immutable and is passed to a client;
//! nothing reads a global table behind the application's back.
//!
//! # What is linked
//!
//! A crate that is only listed in `Cargo.toml` is not linked: the compiler drops a dependency that
//! no path names, silently. Name it, and let the compiler point out those that are forgotten:
//!
//! ```
//! #![deny(unused_crate_dependencies)]
//!
//! use mls_trellis_registry as _; // in a program: `use the_plugin_crate as _;`
//! # use {inventory as _, mls_trellis_hooks as _};
//! ```
//!
//! On `wasm32-unknown-unknown` and in static libraries linked into a C program even this is not
//! enough, because the linker takes only those objects that some symbol refers to. A table of
//! registrations given to [`Registry::with_all`] works on every target and in every build profile;
//! `mls-trellis-bundle` keeps one of all plugins that come with Trellis. [`Registry::require`]
//! makes a program fail at its start when something it depends on is absent.
//!
//! All doctests of a crate share one program, and so what they register; an example that calls
//! [`Registry::discover`] is marked `standalone_crate`.
//!
//! Nothing of a plugin runs before `main`: what is collected is constant data, and instances are
//! made when the table is built.

mod register;
mod registry;

pub use register::Registration;
pub use registry::Registry;

/// What [`register!`] expands to names these; they are no part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use inventory;
    pub use mls_trellis_hooks::Origin;

    pub use crate::register::{Collected, make, plugin_type};
}
