//! Plugins, and the table of all that are linked.
//!
//! A [`Plugin`] is a configured value. It says itself, in [`install`](Plugin::install), which facets
//! it has, so that none is silently left out. [`Plugins`] is the table of all of them: sorted,
//! checked, immutable, and handed to a client; two clients in one process may hold different ones.
//!
//! ```
//! use std::sync::Arc;
//! use mls_trellis_hooks::{Component, ComponentId, Draft, Hooks, LeafData, Origin, Plugin, Plugins};
//!
//! /// Says in every leaf which build made it.
//! #[derive(Default)]
//! struct Build;
//!
//! impl Component for Build {
//!     const NAME: &'static str = "build";
//!     const DEFAULT_ID: ComponentId = ComponentId(0x8101);
//!     const DRAFT: Draft = Draft::private("build", "1");
//! }
//! impl LeafData for Build {
//!     type Leaf = u32;
//!     fn publish(&self) -> Option<u32> {
//!         Some(7)
//!     }
//! }
//! impl Plugin for Build {
//!     fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
//!         hooks.component(self).leaf_data();
//!     }
//! }
//!
//! let plugins = Plugins::builder().add(Arc::new(Build), Origin::here()).build()?;
//! assert_eq!(plugins.ids().of::<Build>(), ComponentId(0x8101));
//! # Ok::<(), mls_trellis_hooks::PluginErrors>(())
//! ```

mod build;
mod component;
mod credential;
mod error;
mod extension;
mod format;
mod hooks;
mod number;
mod profile;
mod proposal;
mod report;
mod table;
mod tree_source;
mod wire_format;

use std::{fmt, panic::Location, sync::Arc};

pub use build::PluginsBuilder;
pub use component::ComponentEntry;
pub use credential::CredentialEntry;
pub use error::{PluginError, PluginErrors};
pub use extension::ExtensionEntry;
pub use format::FormatEntry;
pub use hooks::{ExtensionFacets, Facets, Hooks, ProposalFacets};
pub use profile::Profile;
pub use proposal::ProposalEntry;
pub use report::ReportLine;
pub use table::{Plugins, RuleEntry};
pub use tree_source::TreeSourceEntry;
pub use wire_format::WireFormatEntry;

/// Something that extends groups: one component, several that belong together, a kind of credential,
/// a wire format, a policy.
pub trait Plugin: Send + Sync + 'static {
    /// Names every facet. Called once, when the table is built.
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>);
}

/// Where a plugin comes from, for reports and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The crate that registered it.
    pub crate_name: &'static str,
    /// The crate's version.
    pub crate_version: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line.
    pub line: u32,
}

impl Origin {
    /// The caller's own place in the source, for plugins that an application adds by hand.
    #[must_use]
    #[track_caller]
    pub fn here() -> Self {
        let here = Location::caller();
        Self {
            crate_name: "application",
            crate_version: "",
            file: here.file(),
            line: here.line(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.crate_name)?;
        if !self.crate_version.is_empty() {
            write!(f, "@{}", self.crate_version)?;
        }
        write!(f, " ({}:{})", self.file, self.line)
    }
}
