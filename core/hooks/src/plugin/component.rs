//! Components in the table of plugins.

use std::{any::TypeId, sync::Arc};

use super::{
    Origin, PluginError, ReportLine,
    number::{Movable, Numbered},
};
use crate::{
    Component, ComponentId, Draft, Invariant, Judge, Observer, Place,
    erased::{
        ErasedAad, ErasedAnchorSource, ErasedAuthority, ErasedContributor, ErasedEligibility,
        ErasedEphemeral, ErasedFraming, ErasedKeyPackage, ErasedLeaf, ErasedPsk, ErasedState,
    },
    stamp::ErasedStamp,
    traffic::ErasedTraffic,
};

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
    /// Who may be in the group.
    pub eligibility: Option<Arc<dyn ErasedEligibility>>,
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
    /// Says which anchors the group believes.
    pub anchor_source: Option<Arc<dyn ErasedAnchorSource>>,
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
            eligibility: None,
            contributor: None,
            payload_framing: None,
            psk_source: None,
            traffic: None,
            authority: None,
            anchor_source: None,
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

    pub(super) fn report(&self) -> ReportLine {
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

impl Numbered for ComponentEntry {
    type Number = ComponentId;

    fn number(&self) -> ComponentId {
        self.id
    }

    fn label(&self) -> (&'static str, Origin) {
        (self.name, self.origin)
    }

    fn misplaced(&self) -> Option<PluginError> {
        let reason = misplaced(self)?;
        Some(PluginError::Misplaced {
            id: self.id,
            name: self.name,
            origin: self.origin,
            reason,
        })
    }

    fn twice(first: &Self, second: &Self) -> PluginError {
        PluginError::Duplicate {
            id: second.id,
            first: first.label(),
            second: second.label(),
        }
    }
}

impl Movable for ComponentEntry {
    fn go_by(&mut self, number: ComponentId) {
        self.id = number;
    }

    fn not_linked(name: String, id: ComponentId) -> PluginError {
        PluginError::NotLinked { name, id }
    }
}

/// Why a component must not go by this id, if so.
fn misplaced(entry: &ComponentEntry) -> Option<&'static str> {
    let id = entry.id;
    if id == ComponentId::RESERVED {
        return Some("the value is reserved (CID-3)");
    }
    if id.is_grease() {
        return Some("the value is GREASE, which no component may use");
    }
    if id == ComponentId::APP_COMPONENTS || id == ComponentId::SAFE_AAD {
        return Some("the engine itself owns this component");
    }
    if !entry.draft.is_published() && !id.is_private() {
        return Some("a component that no draft specifies belongs into 0x8000..=0xFFFF");
    }
    None
}
