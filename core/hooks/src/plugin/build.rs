//! Building the table.

use std::sync::Arc;

use super::{
    Origin, Plugin, PluginError, PluginErrors, Plugins, Profile, RuleEntry, format,
    hooks::{Found, Hooks},
    number::{distinct, moved, sorted, table},
    table::Table,
};
use crate::{Component, ComponentId, Ids};

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

    /// The id component `C` would be given, for configuration code that runs before the table is
    /// built.
    #[must_use]
    pub fn id_of<C: Component>(&self) -> ComponentId {
        let assigned = self.profile.components.get(C::NAME);
        assigned.copied().unwrap_or(C::DEFAULT_ID)
    }

    /// Checks everything and builds the table.
    ///
    /// # Errors
    /// All that is wrong, each with the crates, files and lines concerned.
    pub fn build(self) -> Result<Plugins, PluginErrors> {
        let (mut found, profile) = (self.found, self.profile);
        let mut errors = Vec::new();

        let components = distinct(sorted(found.components), &mut errors);
        let components = moved(components, &profile.components, &mut errors);
        let components = table(components, &mut errors);

        let credentials = sorted(found.credentials);
        let credentials = moved(credentials, &profile.credentials, &mut errors);
        let credentials = table(credentials, &mut errors);

        let extensions = distinct(sorted(found.extensions), &mut errors);
        let extensions = moved(extensions, &profile.extensions, &mut errors);
        let extensions = table(extensions, &mut errors);

        let formats = format::table(found.formats, &mut errors);
        let wire_formats = sorted(found.wire_formats);
        let wire_formats = moved(wire_formats, &profile.wire_formats, &mut errors);
        let wire_formats = table(wire_formats, &mut errors);

        let proposals = table(sorted(found.proposals), &mut errors);

        let absent = self.required.into_iter();
        let absent = absent.filter(|id| !components.contains_key(id));
        errors.extend(absent.map(|id| PluginError::Missing { id }));
        if !errors.is_empty() {
            return Err(PluginErrors(errors));
        }

        let tree_sources = &mut found.tree_sources;
        tree_sources.sort_by_key(|entry| (entry.name, entry.origin));
        found.invariants.sort_by_key(RuleEntry::label);
        found.judges.sort_by_key(RuleEntry::label);
        found.assessors.sort_by_key(RuleEntry::label);
        found.observers.sort_by_key(RuleEntry::label);

        let entries = components.values();
        let authorities = entries.filter_map(|entry| Some((entry.id, entry.authority.clone()?)));
        let authorities = authorities.collect();
        let entries = components.values();
        let sources = entries.filter_map(|entry| Some((entry.id, entry.anchor_source.clone()?)));
        let anchor_sources = sources.collect();
        let ids = components.values().map(|entry| (entry.type_id, entry.id));
        let kinds = credentials.values();
        let kinds = kinds.map(|entry| (entry.type_id, entry.credential_type, entry.name));
        let extension_types = extensions.values();
        let extension_types = extension_types.map(|entry| (entry.type_id, entry.extension_type));
        let ids = Ids::from_iter(ids)
            .with_extensions(extension_types)
            .with_credentials(kinds);

        Ok(Plugins(Arc::new(Table {
            profile: profile.name,
            components,
            credentials,
            extensions,
            formats,
            wire_formats,
            proposals,
            tree_sources: found.tree_sources,
            invariants: found.invariants,
            judges: found.judges,
            assessors: found.assessors,
            observers: found.observers,
            ids,
            authorities,
            anchor_sources,
        })))
    }
}
