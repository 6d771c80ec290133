//! Kinds of credentials in the table of plugins.

use std::{any::TypeId, sync::Arc};

use super::{
    Origin, PluginError, ReportLine,
    number::{Movable, Numbered},
};
use crate::{CredentialKind, CredentialType, Draft, Place, erased::ErasedCredential};

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
    pub(super) fn new<K: CredentialKind>(kind: Arc<K>, origin: Origin) -> Self {
        Self {
            credential_type: K::TYPE,
            name: K::NAME,
            draft: K::DRAFT,
            origin,
            type_id: TypeId::of::<K>(),
            kind,
        }
    }

    pub(super) fn report(&self) -> ReportLine {
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

impl Numbered for CredentialEntry {
    type Number = CredentialType;

    fn number(&self) -> CredentialType {
        self.credential_type
    }

    fn label(&self) -> (&'static str, Origin) {
        (self.name, self.origin)
    }

    fn misplaced(&self) -> Option<PluginError> {
        None
    }

    fn twice(first: &Self, second: &Self) -> PluginError {
        PluginError::DuplicateCredential {
            credential_type: second.credential_type,
            first: first.label(),
            second: second.label(),
        }
    }
}

impl Movable for CredentialEntry {
    fn go_by(&mut self, number: CredentialType) {
        self.credential_type = number;
    }

    fn not_linked(name: String, credential_type: CredentialType) -> PluginError {
        PluginError::CredentialNotLinked {
            name,
            credential_type,
        }
    }
}
