//! The table of plugins.

use std::{any::TypeId, collections::BTreeMap, fmt, sync::Arc};

use super::{Origin, PluginsBuilder, WireFormatEntry};
use crate::{
    Authorities, Component, ComponentId, CredentialType, Draft, ExtensionEntry, ExtensionType,
    FormatEntry, Ids, Invariant, Judge, Observer, Payload, Place, ProposalEntry, ProposalType,
    TreeSource, TreeSourceEntry, WireFormatId,
    erased::{
        ErasedAad, ErasedAuthority, ErasedContributor, ErasedCredential, ErasedEphemeral,
        ErasedFraming, ErasedKeyPackage, ErasedLeaf, ErasedPsk, ErasedState,
    },
    stamp::ErasedStamp,
    traffic::ErasedTraffic,
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
    pub(super) observers: Vec<RuleEntry<dyn Observer>>,
    pub(super) ids: Ids,
    pub(super) authorities: Authorities,
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
        let formats = self.formats().map(|format| ReportLine {
            draft: Some(format.draft),
            ..ReportLine::bare("format", format.name, format.origin)
        });
        let wire_formats = self.wire_formats().map(WireFormatEntry::report);
        let proposals = self.proposals().map(ProposalEntry::report);
        let invariants = self.invariants().iter();
        let judges = self.judges().iter();
        let observers = self.observers().iter();
        components
            .chain(extensions)
            .chain(credentials)
            .chain(formats)
            .chain(wire_formats)
            .chain(proposals)
            .chain(self.0.tree_sources.iter().map(TreeSourceEntry::report))
            .chain(invariants.map(|r| ReportLine::bare("invariant", r.name, r.origin)))
            .chain(judges.map(|r| ReportLine::bare("judge", r.name, r.origin)))
            .chain(observers.map(|r| ReportLine::bare("observer", r.name, r.origin)))
            .collect()
    }
}

impl fmt::Debug for Plugins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.report()).finish()
    }
}

/// A component with the facets it installed.
#[derive(Clone)]
#[non_exhaustive]
pub struct ComponentEntry {
    /// The id in force.
    pub id: ComponentId,
    /// The id the draft suggests.
    pub default_id: ComponentId,
    /// The component's name.
    pub name: &'static str,
    /// Where it is specified.
    pub draft: Draft,
    /// Where it was registered.
    pub origin: Origin,
    /// Its Rust type.
    pub type_id: TypeId,
    /// State in the GroupContext.
    pub group_state: Option<Arc<dyn ErasedState>>,
    /// AppEphemeral proposals.
    pub ephemeral: Option<Arc<dyn ErasedEphemeral>>,
    /// An entry in leaves.
    pub leaf_data: Option<Arc<dyn ErasedLeaf>>,
    /// An entry in KeyPackages.
    pub key_package_data: Option<Arc<dyn ErasedKeyPackage>>,
    /// Items in SafeAAD.
    pub aad_item: Option<Arc<dyn ErasedAad>>,
    /// What a hub attaches to messages.
    pub hub_stamp: Option<Arc<dyn ErasedStamp>>,
    /// An invariant.
    pub invariant: Option<Arc<dyn Invariant>>,
    /// A judge of commits.
    pub judge: Option<Arc<dyn Judge>>,
    /// Additions to our own commits.
    pub contributor: Option<Arc<dyn ErasedContributor>>,
    /// Framing of application data.
    pub payload_framing: Option<Arc<dyn ErasedFraming>>,
    /// Pre-shared keys.
    pub psk_source: Option<Arc<dyn ErasedPsk>>,
    /// A log of each epoch's messages.
    pub traffic: Option<Arc<dyn ErasedTraffic>>,
    /// Answers to questions of authority.
    pub authority: Option<Arc<dyn ErasedAuthority>>,
    /// Told of what happened.
    pub observer: Option<Arc<dyn Observer>>,
}

impl ComponentEntry {
    pub(super) fn new<C: Component>(origin: Origin) -> Self {
        Self {
            id: C::DEFAULT_ID,
            default_id: C::DEFAULT_ID,
            name: C::NAME,
            draft: C::DRAFT,
            origin,
            type_id: TypeId::of::<C>(),
            group_state: None,
            ephemeral: None,
            leaf_data: None,
            key_package_data: None,
            aad_item: None,
            hub_stamp: None,
            invariant: None,
            judge: None,
            contributor: None,
            payload_framing: None,
            psk_source: None,
            traffic: None,
            authority: None,
            observer: None,
        }
    }

    /// Where the component's data may stand.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let places = [
            (self.group_state.is_some(), Place::GroupContext),
            (self.ephemeral.is_some(), Place::Ephemeral),
            (self.leaf_data.is_some(), Place::LeafNode),
            (self.key_package_data.is_some(), Place::KeyPackage),
            (self.aad_item.is_some(), Place::Aad),
        ];
        let present = places.into_iter().filter(|(present, _)| *present);
        present.map(|(_, place)| place).collect()
    }

    /// Data of this component in words, for people; `None` when it is not the component's.
    #[must_use]
    pub fn show(&self, place: Place, data: &[u8]) -> Option<String> {
        match place {
            Place::GroupContext => self.group_state.as_ref()?.show_state(data),
            Place::Ephemeral => self.ephemeral.as_ref()?.show_notice(data),
            Place::LeafNode => self.leaf_data.as_ref()?.show_leaf(data),
            Place::KeyPackage => self.key_package_data.as_ref()?.show_mark(data),
            Place::Aad => None,
        }
    }

    fn report(&self) -> ReportLine {
        ReportLine {
            kind: "component",
            id: Some(self.id.0),
            name: self.name,
            places: self.places(),
            draft: Some(self.draft),
            origin: self.origin,
        }
    }
}

/// A kind of credential.
#[derive(Clone)]
#[non_exhaustive]
pub struct CredentialEntry {
    /// The type in force.
    pub credential_type: CredentialType,
    /// Its name.
    pub name: &'static str,
    /// Where it is specified.
    pub draft: Draft,
    /// Where it was registered.
    pub origin: Origin,
    /// Its Rust type.
    pub type_id: TypeId,
    /// The kind itself.
    pub kind: Arc<dyn ErasedCredential>,
}

impl CredentialEntry {
    fn report(&self) -> ReportLine {
        ReportLine {
            kind: "credential",
            id: Some(self.credential_type.0),
            name: self.name,
            places: vec![Place::LeafNode],
            draft: Some(self.draft),
            origin: self.origin,
        }
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

/// One line of [`Plugins::report`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportLine {
    /// `component`, `extension`, `credential`, `format`, `proposal`, `wire format`, `tree source`,
    /// `invariant`, `judge` or `observer`.
    pub kind: &'static str,
    /// The number in force, for kinds that have one.
    pub id: Option<u16>,
    /// The plugin's name.
    pub name: &'static str,
    /// Where its data may stand.
    pub places: Vec<Place>,
    /// Where it is specified.
    pub draft: Option<Draft>,
    /// Where it was registered.
    pub origin: Origin,
}

impl ReportLine {
    /// A line of something without number and data.
    fn bare(kind: &'static str, name: &'static str, origin: Origin) -> Self {
        Self {
            kind,
            id: None,
            name,
            places: Vec::new(),
            draft: None,
            origin,
        }
    }
}
