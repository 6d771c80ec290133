//! Kinds of extensions in the table of plugins.

use std::{any::TypeId, sync::Arc};

use super::{
    Origin, PluginError, ReportLine,
    number::{Movable, Numbered},
};
use crate::{
    Draft, EpochState, ExtensionKind, ExtensionType, Invariant, Judge, Place,
    extension::{
        ErasedContextExtension, ErasedExtension, ErasedKeyPackageExtension, ErasedLeafExtension,
    },
};

/// A kind of extension with the facets it installed.
#[derive(Clone)]
#[non_exhaustive]
pub struct ExtensionEntry {
    /// The type in force.
    pub extension_type: ExtensionType,
    /// Its name.
    pub name: &'static str,
    /// Where it is specified.
    pub draft: Draft,
    /// Where it was registered.
    pub origin: Origin,
    /// Its Rust type.
    pub type_id: TypeId,
    /// What its content says.
    pub kind: Arc<dyn ErasedExtension>,
    /// In KeyPackages.
    pub key_package: Option<Arc<dyn ErasedKeyPackageExtension>>,
    /// In leaves.
    pub leaf: Option<Arc<dyn ErasedLeafExtension>>,
    /// In the GroupContext.
    pub group_context: Option<Arc<dyn ErasedContextExtension>>,
    /// An invariant of groups that have agreed on it.
    pub invariant: Option<Arc<dyn Invariant>>,
    /// A judge of their commits.
    pub judge: Option<Arc<dyn Judge>>,
}

impl ExtensionEntry {
    pub(super) fn new<E: ExtensionKind>(kind: &Arc<E>, origin: Origin) -> Self {
        Self {
            extension_type: E::DEFAULT_TYPE,
            name: E::NAME,
            draft: E::DRAFT,
            origin,
            type_id: TypeId::of::<E>(),
            kind: kind.clone(),
            key_package: None,
            leaf: None,
            group_context: None,
            invariant: None,
            judge: None,
        }
    }

    /// Where the extension may stand.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let places = [
            (self.group_context.is_some(), Place::GroupContext),
            (self.leaf.is_some(), Place::LeafNode),
            (self.key_package.is_some(), Place::KeyPackage),
        ];
        let present = places.into_iter().filter(|(present, _)| *present);
        present.map(|(_, place)| place).collect()
    }

    /// Whether the group has agreed on the extension: it requires the type, or has the extension in
    /// its GroupContext.
    #[must_use]
    pub fn is_agreed_in(&self, epoch: &EpochState) -> bool {
        let required = &epoch.required.extensions;
        required.contains(&self.extension_type) || epoch.extension(self.extension_type).is_some()
    }

    pub(super) fn report(&self) -> ReportLine {
        ReportLine {
            kind: "extension",
            id: Some(self.extension_type.0),
            name: self.name,
            places: self.places(),
            draft: Some(self.draft),
            origin: self.origin,
        }
    }
}

impl Numbered for ExtensionEntry {
    type Number = ExtensionType;

    fn number(&self) -> ExtensionType {
        self.extension_type
    }

    fn label(&self) -> (&'static str, Origin) {
        (self.name, self.origin)
    }

    fn misplaced(&self) -> Option<PluginError> {
        let reason = misplaced(self.extension_type)?;
        Some(PluginError::MisplacedExtension {
            extension_type: self.extension_type,
            name: self.name,
            origin: self.origin,
            reason,
        })
    }

    fn twice(first: &Self, second: &Self) -> PluginError {
        PluginError::DuplicateExtension {
            extension_type: second.extension_type,
            first: first.label(),
            second: second.label(),
        }
    }
}

impl Movable for ExtensionEntry {
    fn go_by(&mut self, number: ExtensionType) {
        self.extension_type = number;
    }

    fn not_linked(name: String, extension_type: ExtensionType) -> PluginError {
        PluginError::ExtensionNotLinked {
            name,
            extension_type,
        }
    }
}

/// Why a kind of extension must not go by this type, if so.
fn misplaced(extension_type: ExtensionType) -> Option<&'static str> {
    if extension_type.is_grease() {
        return Some("the value is GREASE, which no extension may use");
    }
    let of_engine = [
        ExtensionType::APP_DATA_DICTIONARY,
        ExtensionType::SUPPORTED_WIRE_FORMATS,
        ExtensionType::REQUIRED_WIRE_FORMATS,
        ExtensionType::LEGACY_LAST_RESORT,
    ];
    if extension_type.is_default() || of_engine.contains(&extension_type) {
        return Some("the engine itself owns this extension");
    }
    (extension_type.0 == 0).then_some("the value is reserved")
}
