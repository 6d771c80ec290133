//! Components: the application subsystems that share one MLS group
//! (draft-ietf-mls-extensions-10, section 4.1).
//!
//! ```
//! use mls_trellis_hooks::{Component, ComponentId, Draft};
//!
//! struct Topic;
//!
//! impl Component for Topic {
//!     const NAME: &'static str = "topic";
//!     const DEFAULT_ID: ComponentId = ComponentId(0x8100);
//!     const DRAFT: Draft = Draft::private("topic", "1");
//! }
//! ```

use std::fmt;

use crate::ComponentId;

/// One subsystem with a number of its own.
///
/// The facets are separate traits ([`GroupState`](crate::GroupState),
/// [`Ephemeral`](crate::Ephemeral), ...): a component implements those it needs and names them in
/// [`Plugin::install`](crate::Plugin::install).
pub trait Component: Send + Sync + 'static {
    /// A short name in lower case, unique among the plugins of a client.
    const NAME: &'static str;
    /// The number the draft suggests. The number *in force* comes from the view (`cx.id`), because a
    /// profile may move it.
    const DEFAULT_ID: ComponentId;
    /// Where the component is specified.
    const DRAFT: Draft;
}

/// A specification: which document, which revision of it, which section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The document's name without its revision, such as `draft-ietf-mls-extensions`.
    pub name: &'static str,
    /// The revision, such as `10`; empty for an RFC.
    pub revision: &'static str,
    /// The section, such as `6.2`; empty when the whole document is meant.
    pub section: &'static str,
}

impl Draft {
    /// A specification published by the IETF.
    #[must_use]
    pub const fn new(name: &'static str, revision: &'static str, section: &'static str) -> Self {
        Self {
            name,
            revision,
            section,
        }
    }

    /// A specification of one's own, with a version of one's own.
    #[must_use]
    pub const fn private(name: &'static str, revision: &'static str) -> Self {
        Self::new(name, revision, "")
    }

    /// Whether it is a document of the IETF, as its name says.
    pub(crate) fn is_published(&self) -> bool {
        self.name.starts_with("draft-") || self.name.starts_with("RFC")
    }
}

impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        if !self.revision.is_empty() {
            write!(f, "-{}", self.revision)?;
        }
        if !self.section.is_empty() {
            write!(f, " section {}", self.section)?;
        }
        Ok(())
    }
}

/// Where a component's data may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Place {
    /// The dictionary of the GroupContext.
    GroupContext,
    /// An AppEphemeral proposal.
    Ephemeral,
    /// The dictionary of a LeafNode.
    LeafNode,
    /// The dictionary of a KeyPackage.
    KeyPackage,
    /// A SafeAAD item.
    Aad,
}

impl Place {
    /// The abbreviation used by the drafts' registries: `GC`, `AE`, `LN`, `KP`, `AD`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::GroupContext => "GC",
            Self::Ephemeral => "AE",
            Self::LeafNode => "LN",
            Self::KeyPackage => "KP",
            Self::Aad => "AD",
        }
    }
}
