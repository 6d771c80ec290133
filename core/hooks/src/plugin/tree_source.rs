//! Sources of ratchet trees in the table of plugins.

use std::{any::TypeId, sync::Arc};

use super::{Origin, ReportLine};
use crate::{Draft, TreeSource, tree::ErasedTreeSource};

/// A linked source of ratchet trees.
#[derive(Clone)]
#[non_exhaustive]
pub struct TreeSourceEntry {
    /// Its name.
    pub name: &'static str,
    /// Where it is specified.
    pub draft: Draft,
    /// Where it was registered.
    pub origin: Origin,
    /// Its Rust type.
    pub type_id: TypeId,
    /// The source itself.
    pub source: Arc<dyn ErasedTreeSource>,
}

impl TreeSourceEntry {
    pub(super) fn new<S: TreeSource>(source: Arc<S>, origin: Origin) -> Self {
        Self {
            name: S::NAME,
            draft: S::DRAFT,
            origin,
            type_id: TypeId::of::<S>(),
            source,
        }
    }

    pub(super) fn report(&self) -> ReportLine {
        ReportLine {
            kind: "tree source",
            id: None,
            name: self.name,
            places: Vec::new(),
            draft: Some(self.draft),
            origin: self.origin,
        }
    }
}
