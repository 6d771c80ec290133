//! Types of proposals in the table of plugins.

use std::{any::TypeId, sync::Arc};

use super::{Origin, PluginError, ReportLine, number::Numbered};
use crate::{
    Draft, Judge, ProposalKind, ProposalType,
    proposal::{ErasedOwed, ErasedProposal},
};

/// A type of proposal with the facets it installed.
#[derive(Clone)]
#[non_exhaustive]
pub struct ProposalEntry {
    /// Its number.
    pub proposal_type: ProposalType,
    /// Its name.
    pub name: &'static str,
    /// Where it is specified.
    pub draft: Draft,
    /// Where it was registered.
    pub origin: Origin,
    /// Its Rust type.
    pub type_id: TypeId,
    /// Whether a commit of it must have a path.
    pub needs_path: bool,
    /// The kind itself.
    pub kind: Arc<dyn ErasedProposal>,
    /// A judge of commits with a proposal of the type.
    pub judge: Option<Arc<dyn Judge>>,
    /// Whether it is owed to its sender.
    pub owed: Option<Arc<dyn ErasedOwed>>,
}

impl ProposalEntry {
    pub(super) fn new<K: ProposalKind>(kind: Arc<K>, origin: Origin) -> Self {
        Self {
            proposal_type: K::TYPE,
            name: K::NAME,
            draft: K::DRAFT,
            origin,
            type_id: TypeId::of::<K>(),
            needs_path: K::NEEDS_PATH,
            kind,
            judge: None,
            owed: None,
        }
    }

    pub(super) fn report(&self) -> ReportLine {
        ReportLine {
            kind: "proposal",
            id: Some(self.proposal_type.0),
            name: self.name,
            places: Vec::new(),
            draft: Some(self.draft),
            origin: self.origin,
        }
    }
}

impl Numbered for ProposalEntry {
    type Number = ProposalType;

    fn number(&self) -> ProposalType {
        self.proposal_type
    }

    fn label(&self) -> (&'static str, Origin) {
        (self.name, self.origin)
    }

    fn misplaced(&self) -> Option<PluginError> {
        let reason = reserved(self)?;
        Some(PluginError::ReservedProposal {
            proposal_type: self.proposal_type,
            name: self.name,
            origin: self.origin,
            reason,
        })
    }

    fn twice(first: &Self, second: &Self) -> PluginError {
        PluginError::DuplicateProposal {
            proposal_type: second.proposal_type,
            first: first.label(),
            second: second.label(),
        }
    }
}

/// Why no plugin may stand for this type of proposal, if so.
fn reserved(entry: &ProposalEntry) -> Option<&'static str> {
    let proposal_type = entry.proposal_type;
    if proposal_type <= ProposalType::APP_EPHEMERAL {
        return Some("the engine itself owns this type, or it is reserved");
    }
    if proposal_type.is_grease() {
        return Some("the value is GREASE, which no proposal may use");
    }
    if !entry.draft.is_published() && proposal_type.0 < 0xf000 {
        return Some("a proposal that no draft specifies belongs into 0xF000..=0xFFFF");
    }
    None
}
