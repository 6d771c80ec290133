//! What a plugin installs itself into.

use std::sync::Arc;

use super::{
    ComponentEntry, CredentialEntry, ExtensionEntry, FormatEntry, Origin, ProposalEntry, RuleEntry,
    TreeSourceEntry, WireFormatEntry,
};
use crate::{
    AadItem, AnchorSource, Assessor, Authority, Component, ContextExtension, Contributor,
    CredentialKind, Eligibility, Ephemeral, ExtensionKind, GroupState, HubStamp, Invariant, Judge,
    KeyPackageData, KeyPackageExtension, LeafData, LeafExtension, Observer, Owed, PayloadFormat,
    PayloadFraming, ProposalKind, PskSource, Traffic, TreeSource, WireFormat,
};

/// Collects the facets of plugins.
pub struct Hooks<'a> {
    pub(super) origin: Origin,
    pub(super) found: &'a mut Found,
}

/// Everything installed so far, not yet checked.
#[derive(Default)]
pub(super) struct Found {
    pub(super) components: Vec<ComponentEntry>,
    pub(super) credentials: Vec<CredentialEntry>,
    pub(super) extensions: Vec<ExtensionEntry>,
    pub(super) formats: Vec<FormatEntry>,
    pub(super) wire_formats: Vec<WireFormatEntry>,
    pub(super) proposals: Vec<ProposalEntry>,
    pub(super) tree_sources: Vec<TreeSourceEntry>,
    pub(super) invariants: Vec<RuleEntry<dyn Invariant>>,
    pub(super) judges: Vec<RuleEntry<dyn Judge>>,
    pub(super) assessors: Vec<RuleEntry<dyn Assessor>>,
    pub(super) observers: Vec<RuleEntry<dyn Observer>>,
}

impl Hooks<'_> {
    /// Installs a component; name its facets on what is returned.
    pub fn component<C: Component>(&mut self, component: Arc<C>) -> Facets<'_, C> {
        Facets {
            entry: ComponentEntry::new::<C>(self.origin),
            component,
            found: self.found,
        }
    }

    /// Installs a kind of credential.
    pub fn credential<K: CredentialKind>(&mut self, kind: Arc<K>) {
        let entry = CredentialEntry::new(kind, self.origin);
        self.found.credentials.push(entry);
    }

    /// Installs a kind of extension; name its facets on what is returned.
    pub fn extension<E: ExtensionKind>(&mut self, kind: Arc<E>) -> ExtensionFacets<'_, E> {
        let entry = ExtensionEntry::new(&kind, self.origin);
        ExtensionFacets {
            kind,
            entry,
            found: self.found,
        }
    }

    /// Installs a format of application data.
    pub fn format<F: PayloadFormat>(&mut self, format: Arc<F>) {
        let entry = FormatEntry::new(format, self.origin);
        self.found.formats.push(entry);
    }

    /// Installs a wire format.
    pub fn wire_format<W: WireFormat>(&mut self, kind: Arc<W>) {
        let entry = WireFormatEntry::new(kind, self.origin);
        self.found.wire_formats.push(entry);
    }

    /// Installs a type of proposal; name its facets on what is returned.
    pub fn proposal<K: ProposalKind>(&mut self, kind: Arc<K>) -> ProposalFacets<'_, K> {
        ProposalFacets {
            entry: ProposalEntry::new(kind.clone(), self.origin),
            kind,
            found: self.found,
        }
    }

    /// Installs a source of ratchet trees.
    pub fn tree_source<S: TreeSource>(&mut self, source: Arc<S>) {
        let entry = TreeSourceEntry::new(source, self.origin);
        self.found.tree_sources.push(entry);
    }

    /// Installs an invariant that holds in every group, whatever its components.
    pub fn invariant(&mut self, name: &'static str, rule: Arc<dyn Invariant>) {
        let origin = self.origin;
        self.found.invariants.push(RuleEntry { name, origin, rule });
    }

    /// Installs a judge of every group's commits, whatever its components.
    pub fn judge(&mut self, name: &'static str, rule: Arc<dyn Judge>) {
        let origin = self.origin;
        self.found.judges.push(RuleEntry { name, origin, rule });
    }

    /// Installs a judgement of our own on credentials, in every group.
    pub fn assessor(&mut self, name: &'static str, rule: Arc<dyn Assessor>) {
        let origin = self.origin;
        self.found.assessors.push(RuleEntry { name, origin, rule });
    }

    /// Installs an observer of every group.
    pub fn observer(&mut self, name: &'static str, rule: Arc<dyn Observer>) {
        let origin = self.origin;
        self.found.observers.push(RuleEntry { name, origin, rule });
    }
}

/// The facets of one component, each named once.
///
/// Facets installed here are asked only in groups where the component is active: it is listed in
/// `app_components` of the GroupContext, has an entry there, or is named by a proposal.
pub struct Facets<'a, C: Component> {
    component: Arc<C>,
    entry: ComponentEntry,
    found: &'a mut Found,
}

impl<C: Component> Drop for Facets<'_, C> {
    fn drop(&mut self) {
        self.found.components.push(self.entry.clone());
    }
}

macro_rules! facet {
    ($(#[$doc:meta])* $method:ident: $facet:ident) => {
        $(#[$doc])*
        pub fn $method(mut self) -> Self
        where
            C: $facet,
        {
            self.entry.$method = Some(self.component.clone());
            self
        }
    };
}

impl<C: Component> Facets<'_, C> {
    facet! {
        /// It keeps state in the GroupContext.
        group_state: GroupState
    }
    facet! {
        /// It takes AppEphemeral proposals.
        ephemeral: Ephemeral
    }
    facet! {
        /// It has an entry in leaves.
        leaf_data: LeafData
    }
    facet! {
        /// It has an entry in KeyPackages.
        key_package_data: KeyPackageData
    }
    facet! {
        /// It puts items into SafeAAD.
        aad_item: AadItem
    }
    facet! {
        /// A hub attaches something to messages for it.
        hub_stamp: HubStamp
    }
    facet! {
        /// It has an invariant.
        invariant: Invariant
    }
    facet! {
        /// It judges commits.
        judge: Judge
    }
    facet! {
        /// Its state says who may be in the group.
        eligibility: Eligibility
    }
    facet! {
        /// It adds to commits that we build.
        contributor: Contributor
    }
    facet! {
        /// It frames application data.
        payload_framing: PayloadFraming
    }
    facet! {
        /// It supplies pre-shared keys.
        psk_source: PskSource
    }
    facet! {
        /// It remembers the messages of each epoch.
        traffic: Traffic
    }
    facet! {
        /// It answers for others who may do what.
        authority: Authority
    }
    facet! {
        /// It says which anchors the group believes.
        anchor_source: AnchorSource
    }
    facet! {
        /// It is told of what happened.
        observer: Observer
    }
}

/// The facets of one kind of extension, each named once.
///
/// Invariant and judge are asked only in groups that have agreed on the extension: they require its
/// type, or have it in the GroupContext.
pub struct ExtensionFacets<'a, E: ExtensionKind> {
    kind: Arc<E>,
    entry: ExtensionEntry,
    found: &'a mut Found,
}

impl<E: ExtensionKind> Drop for ExtensionFacets<'_, E> {
    fn drop(&mut self) {
        self.found.extensions.push(self.entry.clone());
    }
}

macro_rules! extension_facet {
    ($(#[$doc:meta])* $method:ident: $facet:ident) => {
        $(#[$doc])*
        pub fn $method(mut self) -> Self
        where
            E: $facet,
        {
            self.entry.$method = Some(self.kind.clone());
            self
        }
    };
}

impl<E: ExtensionKind> ExtensionFacets<'_, E> {
    extension_facet! {
        /// It stands in KeyPackages.
        key_package: KeyPackageExtension
    }
    extension_facet! {
        /// It stands in leaves.
        leaf: LeafExtension
    }
    extension_facet! {
        /// It stands in the GroupContext.
        group_context: ContextExtension
    }
    extension_facet! {
        /// It has an invariant.
        invariant: Invariant
    }
    extension_facet! {
        /// It judges commits.
        judge: Judge
    }
}

/// The facets of one type of proposal, each named once.
pub struct ProposalFacets<'a, K: ProposalKind> {
    kind: Arc<K>,
    entry: ProposalEntry,
    found: &'a mut Found,
}

impl<K: ProposalKind> Drop for ProposalFacets<'_, K> {
    fn drop(&mut self) {
        self.found.proposals.push(self.entry.clone());
    }
}

impl<K: ProposalKind> ProposalFacets<'_, K> {
    /// It judges commits with a proposal of the type.
    pub fn judge(mut self) -> Self
    where
        K: Judge,
    {
        self.entry.judge = Some(self.kind.clone());
        self
    }

    /// Whoever commits next owes it to its sender.
    pub fn owed(mut self) -> Self
    where
        K: Owed,
    {
        self.entry.owed = Some(self.kind.clone());
        self
    }
}
