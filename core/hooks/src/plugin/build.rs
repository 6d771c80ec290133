//! Building the table, and what can be wrong with it.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    ComponentEntry, CredentialEntry, Origin, Plugin, Plugins,
    hooks::{Found, Hooks},
    table::Table,
    wire_format,
};
use crate::{
    Component, ComponentId, CredentialType, ExtensionEntry, ExtensionType, FormatEntry, Ids,
    ProposalEntry, ProposalType, WireFormatId,
};

/// Which number each component, each kind of extension and each kind of credential goes by.
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
    name: String,
    assigned: BTreeMap<String, ComponentId>,
    extensions: BTreeMap<String, ExtensionType>,
    credentials: BTreeMap<String, CredentialType>,
}

impl Profile {
    /// A profile that moves nothing yet.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            assigned: BTreeMap::new(),
            extensions: BTreeMap::new(),
            credentials: BTreeMap::new(),
        }
    }

    /// Gives the component of that name another id.
    #[must_use]
    pub fn assign(mut self, component: impl Into<String>, id: ComponentId) -> Self {
        self.assigned.insert(component.into(), id);
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

/// Collects plugins and checks that they fit together.
#[derive(Default)]
pub struct PluginsBuilder {
    found: Found,
    profile: Profile,
    required: Vec<ComponentId>,
}

impl PluginsBuilder {
    /// Adds a plugin.
    #[must_use]
    pub fn add(mut self, plugin: Arc<dyn Plugin>, origin: Origin) -> Self {
        let found = &mut self.found;
        plugin.install(&mut Hooks { origin, found });
        self
    }

    /// Uses the numbers of this profile.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Demands that these ids are linked when the table is built.
    #[must_use]
    pub fn require(mut self, ids: impl IntoIterator<Item = ComponentId>) -> Self {
        self.required.extend(ids);
        self
    }

    /// Checks everything and builds the table.
    ///
    /// # Errors
    /// All that is wrong, each with the crates, files and lines concerned.
    pub fn build(self) -> Result<Plugins, PluginErrors> {
        let mut errors = Vec::new();
        let components = self.components(&mut errors);
        let credentials = self.credentials(&mut errors);
        let extensions = self.extensions(&mut errors);
        let formats = self.formats(&mut errors);
        let wire_formats = wire_format::table(&self.found.wire_formats, &mut errors);
        let proposals = self.proposals(&mut errors);
        for id in &self.required {
            if !components.contains_key(id) {
                errors.push(PluginError::Missing { id: *id });
            }
        }
        if !errors.is_empty() {
            return Err(PluginErrors(errors));
        }

        let mut found = self.found;
        found
            .invariants
            .sort_by_key(|rule| (rule.name, rule.origin));
        found
            .tree_sources
            .sort_by_key(|entry| (entry.name, entry.origin));
        found.judges.sort_by_key(|rule| (rule.name, rule.origin));
        found.observers.sort_by_key(|rule| (rule.name, rule.origin));
        let ids = components.values().map(|entry| (entry.type_id, entry.id));
        let authorities = components.values().filter_map(|entry| {
            let authority = entry.authority.clone();
            authority.map(|authority| (entry.id, authority))
        });
        let extension_types = extensions
            .values()
            .map(|entry| (entry.type_id, entry.extension_type));
        let types = credentials.values();
        let types = types.map(|entry| (entry.type_id, entry.credential_type));
        let ids = Ids::from_iter(ids)
            .with_extensions(extension_types)
            .with_credentials(types);
        Ok(Plugins(Arc::new(Table {
            profile: self.profile.name,
            ids,
            authorities: authorities.collect(),
            components,
            credentials,
            extensions,
            formats,
            wire_formats,
            proposals,
            tree_sources: found.tree_sources,
            invariants: found.invariants,
            judges: found.judges,
            observers: found.observers,
        })))
    }

    fn components(&self, errors: &mut Vec<PluginError>) -> BTreeMap<ComponentId, ComponentEntry> {
        let mut unused = self.profile.assigned.clone();
        let mut names = BTreeMap::<&str, Origin>::new();
        let mut table = BTreeMap::<ComponentId, ComponentEntry>::new();
        let mut found: Vec<_> = self.found.components.iter().collect();
        found.sort_by_key(|entry| (entry.default_id, entry.origin));

        for entry in found {
            let mut entry = entry.clone();
            if let Some(id) = unused.remove(entry.name) {
                entry.id = id;
            }
            if let Some(first) = names.insert(entry.name, entry.origin) {
                errors.push(PluginError::SameName {
                    name: entry.name,
                    first,
                    second: entry.origin,
                });
                continue;
            }
            if let Some(reason) = misplaced(&entry) {
                errors.push(PluginError::Misplaced {
                    id: entry.id,
                    name: entry.name,
                    origin: entry.origin,
                    reason,
                });
            }
            match table.get(&entry.id) {
                Some(first) => errors.push(PluginError::Duplicate {
                    id: entry.id,
                    first: (first.name, first.origin),
                    second: (entry.name, entry.origin),
                }),
                None => drop(table.insert(entry.id, entry)),
            }
        }
        let absent = unused.into_iter();
        errors.extend(absent.map(|(name, id)| PluginError::NotLinked { name, id }));
        table
    }

    fn credentials(
        &self,
        errors: &mut Vec<PluginError>,
    ) -> BTreeMap<CredentialType, CredentialEntry> {
        let mut unused = self.profile.credentials.clone();
        let mut table = BTreeMap::<CredentialType, CredentialEntry>::new();
        let mut found: Vec<_> = self.found.credentials.iter().collect();
        found.sort_by_key(|entry| (entry.credential_type, entry.origin));
        for entry in found {
            let mut entry = entry.clone();
            if let Some(credential_type) = unused.remove(entry.name) {
                entry.credential_type = credential_type;
            }
            match table.get(&entry.credential_type) {
                Some(first) => errors.push(PluginError::DuplicateCredential {
                    credential_type: entry.credential_type,
                    first: (first.name, first.origin),
                    second: (entry.name, entry.origin),
                }),
                None => drop(table.insert(entry.credential_type, entry)),
            }
        }
        let absent = unused.into_iter();
        errors.extend(
            absent.map(|(name, credential_type)| PluginError::CredentialNotLinked {
                name,
                credential_type,
            }),
        );
        table
    }

    fn formats(&self, errors: &mut Vec<PluginError>) -> Vec<FormatEntry> {
        let mut formats = self.found.formats.clone();
        formats.sort_by_key(|format| (format.media_type, format.origin));
        for (first, second) in formats.iter().zip(formats.iter().skip(1)) {
            if first.media_type == second.media_type {
                errors.push(PluginError::DuplicateFormat {
                    media_type: first.media_type,
                    first: (first.name, first.origin),
                    second: (second.name, second.origin),
                });
            }
        }
        formats
    }
}

impl PluginsBuilder {
    fn extensions(&self, errors: &mut Vec<PluginError>) -> BTreeMap<ExtensionType, ExtensionEntry> {
        let mut unused = self.profile.extensions.clone();
        let mut names = BTreeMap::<&str, Origin>::new();
        let mut table = BTreeMap::<ExtensionType, ExtensionEntry>::new();
        let mut found: Vec<_> = self.found.extensions.iter().collect();
        found.sort_by_key(|entry| (entry.extension_type, entry.origin));
        for entry in found {
            let mut entry = entry.clone();
            if let Some(extension_type) = unused.remove(entry.name) {
                entry.extension_type = extension_type;
            }
            if let Some(first) = names.insert(entry.name, entry.origin) {
                errors.push(PluginError::SameName {
                    name: entry.name,
                    first,
                    second: entry.origin,
                });
                continue;
            }
            if let Some(reason) = misplaced_extension(entry.extension_type) {
                errors.push(PluginError::MisplacedExtension {
                    extension_type: entry.extension_type,
                    name: entry.name,
                    origin: entry.origin,
                    reason,
                });
            }
            match table.get(&entry.extension_type) {
                Some(first) => errors.push(PluginError::DuplicateExtension {
                    extension_type: entry.extension_type,
                    first: (first.name, first.origin),
                    second: (entry.name, entry.origin),
                }),
                None => drop(table.insert(entry.extension_type, entry)),
            }
        }
        let absent = unused.into_iter();
        errors.extend(
            absent.map(|(name, extension_type)| PluginError::ExtensionNotLinked {
                name,
                extension_type,
            }),
        );
        table
    }
}

impl PluginsBuilder {
    fn proposals(&self, errors: &mut Vec<PluginError>) -> BTreeMap<ProposalType, ProposalEntry> {
        let mut table = BTreeMap::<ProposalType, ProposalEntry>::new();
        let mut found: Vec<_> = self.found.proposals.iter().collect();
        found.sort_by_key(|entry| (entry.proposal_type, entry.origin));
        for entry in found {
            if let Some(reason) = reserved(entry) {
                errors.push(PluginError::ReservedProposal {
                    proposal_type: entry.proposal_type,
                    name: entry.name,
                    origin: entry.origin,
                    reason,
                });
            }
            match table.get(&entry.proposal_type) {
                Some(first) => errors.push(PluginError::DuplicateProposal {
                    proposal_type: entry.proposal_type,
                    first: (first.name, first.origin),
                    second: (entry.name, entry.origin),
                }),
                None => drop(table.insert(entry.proposal_type, entry.clone())),
            }
        }
        table
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

/// Why a kind of extension must not go by this type, if so.
fn misplaced_extension(extension_type: ExtensionType) -> Option<&'static str> {
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

/// What can be wrong with a set of plugins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    /// Two components go by one id (CID-4).
    #[error("component id {id} is claimed twice: by {} in {} and by {} in {}; move one with a profile", first.0, first.1, second.0, second.1)]
    Duplicate {
        /// The id.
        id: ComponentId,
        /// Name and origin of one.
        first: (&'static str, Origin),
        /// Name and origin of the other.
        second: (&'static str, Origin),
    },
    /// Two kinds of credentials go by one type.
    #[error("credential type {credential_type} is claimed twice: by {} in {} and by {} in {}; link one of them, or move one with a profile", first.0, first.1, second.0, second.1)]
    DuplicateCredential {
        /// The type.
        credential_type: CredentialType,
        /// Name and origin of one.
        first: (&'static str, Origin),
        /// Name and origin of the other.
        second: (&'static str, Origin),
    },
    /// Two formats have one media type.
    #[error("media type {media_type} is claimed twice: by {} in {} and by {} in {}; link one of them", first.0, first.1, second.0, second.1)]
    DuplicateFormat {
        /// The media type.
        media_type: &'static str,
        /// Name and origin of one.
        first: (&'static str, Origin),
        /// Name and origin of the other.
        second: (&'static str, Origin),
    },
    /// Two wire formats go by one code point.
    #[error("wire format {format} is claimed twice: by {} in {} and by {} in {}; link one of them", first.0, first.1, second.0, second.1)]
    DuplicateWireFormat {
        /// The code point.
        format: WireFormatId,
        /// Name and origin of one.
        first: (&'static str, Origin),
        /// Name and origin of the other.
        second: (&'static str, Origin),
    },
    /// Two kinds of proposals go by one type.
    #[error("proposal type {proposal_type} is claimed twice: by {} in {} and by {} in {}; link one of them", first.0, first.1, second.0, second.1)]
    DuplicateProposal {
        /// The type.
        proposal_type: ProposalType,
        /// Name and origin of one.
        first: (&'static str, Origin),
        /// Name and origin of the other.
        second: (&'static str, Origin),
    },
    /// A wire format goes by a code point of RFC 9420, which the engine itself reads.
    #[error("wire format {name} in {origin} goes by {format}, which is RFC 9420's own")]
    ReservedWireFormat {
        /// The code point.
        format: WireFormatId,
        /// The format's name.
        name: &'static str,
        /// Where it was registered.
        origin: Origin,
    },
    /// A kind of proposal goes by a type that it must not have.
    #[error("proposal {name} in {origin} goes by {proposal_type}: {reason}")]
    ReservedProposal {
        /// The type.
        proposal_type: ProposalType,
        /// The kind's name.
        name: &'static str,
        /// Where it was registered.
        origin: Origin,
        /// Why not.
        reason: &'static str,
    },
    /// Two kinds of extensions go by one type.
    #[error("extension type {extension_type} is claimed twice: by {} in {} and by {} in {}; move one with a profile", first.0, first.1, second.0, second.1)]
    DuplicateExtension {
        /// The type.
        extension_type: ExtensionType,
        /// Name and origin of one.
        first: (&'static str, Origin),
        /// Name and origin of the other.
        second: (&'static str, Origin),
    },
    /// A kind of extension goes by a type that it must not have.
    #[error("extension {name} in {origin} goes by {extension_type}: {reason}")]
    MisplacedExtension {
        /// The type.
        extension_type: ExtensionType,
        /// The kind of extension.
        name: &'static str,
        /// Where it was registered.
        origin: Origin,
        /// Why not.
        reason: &'static str,
    },
    /// The profile moves a kind of extension that is not linked.
    #[error(
        "the profile gives extension type {extension_type} to {name}, which is not linked; is its crate referenced? add `use the_crate as _;`"
    )]
    ExtensionNotLinked {
        /// The name of the kind.
        name: String,
        /// The type it was to have.
        extension_type: ExtensionType,
    },
    /// Two plugins of one kind have one name, or one is there twice.
    #[error("{name} is there twice: from {first} and from {second}; leave one out, or rename it")]
    SameName {
        /// The name.
        name: &'static str,
        /// Where one is.
        first: Origin,
        /// Where the other is.
        second: Origin,
    },
    /// A component goes by an id that it must not have.
    #[error("component {name} in {origin} goes by {id}: {reason}")]
    Misplaced {
        /// The id.
        id: ComponentId,
        /// The component.
        name: &'static str,
        /// Where it was registered.
        origin: Origin,
        /// Why not.
        reason: &'static str,
    },
    /// An id is demanded and no component has it.
    #[error("no component goes by {id}; is its crate referenced? add `use the_crate as _;`")]
    Missing {
        /// The id.
        id: ComponentId,
    },
    /// The profile moves a component that is not linked.
    #[error(
        "the profile gives {id} to {name}, which is not linked; is its crate referenced? add `use the_crate as _;`"
    )]
    NotLinked {
        /// The component's name.
        name: String,
        /// The id it was to have.
        id: ComponentId,
    },
    /// The profile moves a kind of credential that is not linked.
    #[error(
        "the profile gives credential type {credential_type} to {name}, which is not linked; is its crate referenced? add `use the_crate as _;`"
    )]
    CredentialNotLinked {
        /// The name of the kind.
        name: String,
        /// The type it was to have.
        credential_type: CredentialType,
    },
}

/// Everything that is wrong with a set of plugins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plugins do not fit together:{}", .0.iter().map(|e| format!("\n  {e}")).collect::<String>())]
pub struct PluginErrors(pub Vec<PluginError>);

impl PluginsBuilder {
    /// The id component `C` would be given, for configuration code that runs before the table is
    /// built.
    #[must_use]
    pub fn id_of<C: Component>(&self) -> ComponentId {
        let assigned = self.profile.assigned.get(C::NAME);
        assigned.copied().unwrap_or(C::DEFAULT_ID)
    }
}
