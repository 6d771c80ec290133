//! The table of plugins.

use std::{any::TypeId, collections::BTreeMap, fmt, sync::Arc};

use super::{
    ComponentEntry, CredentialEntry, ExtensionEntry, FormatEntry, Origin, PluginsBuilder,
    ProposalEntry, ReportLine, TreeSourceEntry, WireFormatEntry,
};
use crate::{
    AnchorSources, Assessor, Authorities, ComponentId, CredentialType, ExtensionType, Ids,
    Invariant, Judge, Observer, Payload, ProposalType, TreeSource, WireFormatId,
};

/// Every plugin of a client: sorted, checked, immutable. Cloning is cheap.
#[derive(Clone, Default)]
pub struct Plugins(pub(super) Arc<Table>);

#[derive(Default)]
pub(super) struct Table {
    pub(super) profile: String,
    pub(super) components: BTreeMap<ComponentId, ComponentEntry>,
    pub(super) credentials: BTreeMap<CredentialType, CredentialEntry>,
    pub(super) extensions: BTreeMap<ExtensionType, ExtensionEntry>,
    pub(super) formats: Vec<FormatEntry>,
    pub(super) wire_formats: BTreeMap<WireFormatId, WireFormatEntry>,
    pub(super) proposals: BTreeMap<ProposalType, ProposalEntry>,
    pub(super) tree_sources: Vec<TreeSourceEntry>,
    pub(super) invariants: Vec<RuleEntry<dyn Invariant>>,
    pub(super) judges: Vec<RuleEntry<dyn Judge>>,
    pub(super) assessors: Vec<RuleEntry<dyn Assessor>>,
    pub(super) observers: Vec<RuleEntry<dyn Observer>>,
    pub(super) ids: Ids,
    pub(super) authorities: Authorities,
    pub(super) anchor_sources: AnchorSources,
}

impl Plugins {
    /// Starts a table.
    #[must_use]
    pub fn builder() -> PluginsBuilder {
        PluginsBuilder::default()
    }

    /// The profile the numbers come from.
    #[must_use]
    pub fn profile(&self) -> &str {
        &self.0.profile
    }

    /// The numbers in force.
    #[must_use]
    pub fn ids(&self) -> &Ids {
        &self.0.ids
    }

    /// The components that answer questions of authority.
    #[must_use]
    pub fn authorities(&self) -> &Authorities {
        &self.0.authorities
    }

    /// The components that say which anchors a group believes.
    #[must_use]
    pub fn anchor_sources(&self) -> &AnchorSources {
        &self.0.anchor_sources
    }

    /// The component that goes by `id`, if it is linked.
    #[must_use]
    pub fn component(&self, id: ComponentId) -> Option<&ComponentEntry> {
        self.0.components.get(&id)
    }

    /// All components in ascending order of their ids.
    pub fn components(&self) -> impl Iterator<Item = &ComponentEntry> {
        self.0.components.values()
    }

    /// The kind of credential of that type, if it is linked.
    #[must_use]
    pub fn credential(&self, credential_type: CredentialType) -> Option<&CredentialEntry> {
        self.0.credentials.get(&credential_type)
    }

    /// All kinds of credentials in ascending order of their types.
    pub fn credentials(&self) -> impl Iterator<Item = &CredentialEntry> {
        self.0.credentials.values()
    }

    /// The kind of extension that goes by that type, if it is linked.
    #[must_use]
    pub fn extension(&self, extension_type: ExtensionType) -> Option<&ExtensionEntry> {
        self.0.extensions.get(&extension_type)
    }

    /// All kinds of extensions in ascending order of their types.
    pub fn extensions(&self) -> impl Iterator<Item = &ExtensionEntry> {
        self.0.extensions.values()
    }

    /// All formats of application data in ascending order of their media types.
    pub fn formats(&self) -> impl Iterator<Item = &FormatEntry> {
        self.0.formats.iter()
    }

    /// The format of a payload, if it is linked.
    #[must_use]
    pub fn format(&self, payload: &Payload) -> Option<&FormatEntry> {
        self.formats().find(|format| format.reads(payload))
    }

    /// The wire format of that code point, if it is linked.
    #[must_use]
    pub fn wire_format(&self, format: WireFormatId) -> Option<&WireFormatEntry> {
        self.0.wire_formats.get(&format)
    }

    /// All wire formats in ascending order of their code points.
    pub fn wire_formats(&self) -> impl Iterator<Item = &WireFormatEntry> {
        self.0.wire_formats.values()
    }

    /// The type of proposal with that number, if it is linked.
    #[must_use]
    pub fn proposal(&self, proposal_type: ProposalType) -> Option<&ProposalEntry> {
        self.0.proposals.get(&proposal_type)
    }

    /// All linked types of proposals in ascending order of their numbers.
    pub fn proposals(&self) -> impl Iterator<Item = &ProposalEntry> {
        self.0.proposals.values()
    }

    /// The source of ratchet trees of type `S`, if it is linked.
    #[must_use]
    pub fn tree_source<S: TreeSource>(&self) -> Option<&TreeSourceEntry> {
        let mut sources = self.0.tree_sources.iter();
        sources.find(|entry| entry.type_id == TypeId::of::<S>())
    }

    /// Invariants that hold in every group.
    #[must_use]
    pub fn invariants(&self) -> &[RuleEntry<dyn Invariant>] {
        &self.0.invariants
    }

    /// Judges of every group's commits.
    #[must_use]
    pub fn judges(&self) -> &[RuleEntry<dyn Judge>] {
        &self.0.judges
    }

    /// Our own judgements on credentials, in every group.
    #[must_use]
    pub fn assessors(&self) -> &[RuleEntry<dyn Assessor>] {
        &self.0.assessors
    }

    /// Observers of every group.
    #[must_use]
    pub fn observers(&self) -> &[RuleEntry<dyn Observer>] {
        &self.0.observers
    }

    /// What is linked, a line each, in a stable order.
    #[must_use]
    pub fn report(&self) -> Vec<ReportLine> {
        let components = self.components().map(ComponentEntry::report);
        let credentials = self.credentials().map(CredentialEntry::report);
        let extensions = self.extensions().map(ExtensionEntry::report);
        let formats = self.formats().map(FormatEntry::report);
        let wire_formats = self.wire_formats().map(WireFormatEntry::report);
        let proposals = self.proposals().map(ProposalEntry::report);
        let tree_sources = self.0.tree_sources.iter().map(TreeSourceEntry::report);
        let invariants = self
            .invariants()
            .iter()
            .map(|rule| rule.report("invariant"));
        let judges = self.judges().iter().map(|rule| rule.report("judge"));
        let assessors = self.assessors().iter().map(|rule| rule.report("assessor"));
        let observers = self.observers().iter().map(|rule| rule.report("observer"));
        components
            .chain(extensions)
            .chain(credentials)
            .chain(formats)
            .chain(wire_formats)
            .chain(proposals)
            .chain(tree_sources)
            .chain(invariants)
            .chain(judges)
            .chain(assessors)
            .chain(observers)
            .collect()
    }
}

impl fmt::Debug for Plugins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.report()).finish()
    }
}

/// A rule that belongs to no component.
pub struct RuleEntry<R: ?Sized> {
    /// The rule's name.
    pub name: &'static str,
    /// Where it was registered.
    pub origin: Origin,
    /// The rule itself.
    pub rule: Arc<R>,
}

impl<R: ?Sized> RuleEntry<R> {
    pub(super) fn label(&self) -> (&'static str, Origin) {
        (self.name, self.origin)
    }

    fn report(&self, kind: &'static str) -> ReportLine {
        ReportLine::bare(kind, self.name, self.origin)
    }
}
