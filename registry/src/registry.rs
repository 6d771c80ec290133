//! From registrations to a table of plugins.

use std::{any::TypeId, sync::Arc};

use mls_trellis_hooks::{ComponentId, Origin, Plugin, PluginError, PluginErrors, Plugins, Profile};

use crate::{Registration, register::collected};

/// Collects the plugins of one client.
///
/// The order of calls does not matter. Nothing is dropped in silence: several rules of one Rust type
/// given to [`with`](Self::with) all count, and two components of one type are an error.
///
/// ```standalone_crate
/// use mls_trellis_registry::Registry;
///
/// let plugins = Registry::discover().build()?;
/// for line in plugins.report() {
///     println!("{} {} from {}", line.kind, line.name, line.origin);
/// }
/// # Ok::<(), mls_trellis_hooks::PluginErrors>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Registry {
    registered: Vec<Registration>,
    configured: Vec<Configured>,
    excluded: Vec<Registration>,
    profile: Profile,
    required: Vec<ComponentId>,
}

/// An instance that the application made.
#[derive(Clone)]
struct Configured {
    plugin_type: TypeId,
    plugin: Arc<dyn Plugin>,
    origin: Origin,
}

impl Registry {
    /// Starts with every plugin that is linked into the program.
    ///
    /// Which those are, and where that is not all that one would expect, is told in the
    /// [crate's documentation](crate#what-is-linked).
    pub fn discover() -> Self {
        Self {
            registered: collected().copied().collect(),
            ..Self::default()
        }
    }

    /// Starts with nothing.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds registered plugins. One that was discovered as well, or listed before, counts once.
    pub fn with_all(mut self, registrations: &[&Registration]) -> Self {
        self.registered.extend(registrations.iter().copied());
        self
    }

    /// Adds a plugin that the application made. It takes the place of those of the same Rust type.
    #[track_caller]
    pub fn with<P: Plugin>(mut self, plugin: P) -> Self {
        self.configured.push(Configured {
            plugin_type: TypeId::of::<P>(),
            plugin: Arc::new(plugin),
            origin: Origin::here(),
        });
        self
    }

    /// Leaves a registered plugin out, linked or not.
    pub fn without(mut self, registration: &Registration) -> Self {
        self.excluded.push(*registration);
        self
    }

    /// Uses the numbers of this profile.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Demands that components with these ids are there.
    pub fn require(mut self, ids: impl IntoIterator<Item = ComponentId>) -> Self {
        self.required.extend(ids);
        self
    }

    /// Checks that all plugins fit together and builds the table.
    ///
    /// # Errors
    /// Everything that is wrong, each with the crates, files and lines concerned: two plugins that
    /// claim one number (CID-4), a component that goes by a number it must not have (CID-3), a
    /// required one that is absent, a type that two places register.
    pub fn build(self) -> Result<Plugins, PluginErrors> {
        let mut registered = self.in_force();
        let mut errors = registered_twice(&mut registered);

        let mut builder = Plugins::builder()
            .profile(self.profile)
            .require(self.required);
        for registration in registered {
            builder = builder.add(registration.make(), registration.origin());
        }
        for configured in self.configured {
            builder = builder.add(configured.plugin, configured.origin);
        }
        match builder.build() {
            Ok(plugins) if errors.is_empty() => Ok(plugins),
            Ok(_) => Err(PluginErrors(errors)),
            Err(PluginErrors(more)) => {
                errors.extend(more);
                Err(PluginErrors(errors))
            }
        }
    }

    /// The registrations that count, each once, in an order that does not depend on the linker.
    fn in_force(&self) -> Vec<Registration> {
        let excluded = |one: &Registration| self.excluded.iter().any(|other| one.is(other));
        let configured = |one: &Registration| {
            let mut types = self.configured.iter().map(|other| other.plugin_type);
            types.any(|other| other == one.plugin_type())
        };
        let mut registered: Vec<_> = self.registered.clone();
        registered.retain(|one| !excluded(one) && !configured(one));
        registered.sort_by_key(|one| (one.origin(), one.name()));
        registered.dedup_by(|one, other| one.is(other));
        registered
    }
}

/// One type must not be registered in two places: a rule would be asked twice.
fn registered_twice(registered: &mut Vec<Registration>) -> Vec<PluginError> {
    let mut errors = Vec::new();
    let mut first = Vec::<Registration>::new();
    registered.retain(|second| {
        let mut before = first.iter();
        let known = before.find(|first| first.plugin_type() == second.plugin_type());
        let known = known.copied();
        match &known {
            Some(first) => errors.push(PluginError::SameName {
                name: second.name(),
                first: first.origin(),
                second: second.origin(),
            }),
            None => first.push(*second),
        }
        known.is_none()
    });
    errors
}
