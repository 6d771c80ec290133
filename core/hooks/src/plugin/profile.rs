//! Which numbers are in force.

use std::collections::BTreeMap;

use crate::{ComponentId, CredentialType, ExtensionType, WireFormatId};

/// Which number each component, each kind of extension or credential, and each wire format goes by.
///
/// Drafts claim the same numbers and change them; a deployment settles that once, for all groups of
/// its clients.
///
/// ```
/// use mls_trellis_hooks::{ComponentId, Profile};
///
/// let profile = Profile::new("example-2026").assign("poll", ComponentId(0x8777));
/// assert_eq!(profile.name(), "example-2026");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub(super) name: String,
    pub(super) components: BTreeMap<String, ComponentId>,
    pub(super) extensions: BTreeMap<String, ExtensionType>,
    pub(super) credentials: BTreeMap<String, CredentialType>,
    pub(super) wire_formats: BTreeMap<String, WireFormatId>,
}

impl Profile {
    /// A profile that moves nothing yet.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            components: BTreeMap::new(),
            extensions: BTreeMap::new(),
            credentials: BTreeMap::new(),
            wire_formats: BTreeMap::new(),
        }
    }

    /// Gives the component of that name another id.
    #[must_use]
    pub fn assign(mut self, component: impl Into<String>, id: ComponentId) -> Self {
        self.components.insert(component.into(), id);
        self
    }

    /// Gives the kind of extension of that name another type.
    #[must_use]
    pub fn assign_extension(
        mut self,
        extension: impl Into<String>,
        extension_type: ExtensionType,
    ) -> Self {
        self.extensions.insert(extension.into(), extension_type);
        self
    }

    /// Gives the kind of credential of that name another type.
    #[must_use]
    pub fn assign_credential(
        mut self,
        kind: impl Into<String>,
        credential_type: CredentialType,
    ) -> Self {
        self.credentials.insert(kind.into(), credential_type);
        self
    }

    /// Gives the wire format of that name another code point.
    #[must_use]
    pub fn assign_wire_format(mut self, name: impl Into<String>, format: WireFormatId) -> Self {
        self.wire_formats.insert(name.into(), format);
        self
    }

    /// The profile's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Default for Profile {
    /// The numbers that the drafts suggest, as of draft-ietf-mls-extensions-10.
    fn default() -> Self {
        Self::new("ietf-10")
    }
}
