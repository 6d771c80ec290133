//! Every facet that a component implements is installed.
//!
//! Rust cannot list the traits of a type, so the component is named once to
//! [`facets!`](crate::facets!), which asks for each facet whether the type has it.
//!
//! ```
//! use mls_trellis_hooks::{Component, ComponentId, Draft, Invariant, Place};
//!
//! struct Topic;
//! impl Component for Topic {
//!     const NAME: &'static str = "topic";
//!     const DEFAULT_ID: ComponentId = ComponentId(0x8100);
//!     const DRAFT: Draft = Draft::private("topic", "1");
//! }
//! impl Invariant for Topic {}
//!
//! let declared = mls_trellis_kit::facets!(Topic);
//! assert_eq!(declared.implemented().collect::<Vec<_>>(), ["invariant"]);
//! ```

use mls_trellis_engine::GroupConfig;
use mls_trellis_hooks::{Component, ComponentEntry, ComponentId, Ids, Plugins};

use crate::{Property, Subject, failure::Broken};

/// A component with the facets its type implements. Made by [`facets!`](crate::facets!).
#[derive(Clone, Debug)]
pub struct Declared {
    pub(crate) name: &'static str,
    pub(crate) id: fn(&Ids) -> ComponentId,
    pub(crate) require: fn(GroupConfig) -> GroupConfig,
    linked: fn(&Ids) -> bool,
    facets: Vec<(&'static str, bool)>,
}

impl Declared {
    /// Component `C` with each facet's name and whether the type implements it. Use
    /// [`facets!`](crate::facets!), which knows.
    #[must_use]
    pub fn new<C: Component>(facets: impl IntoIterator<Item = (&'static str, bool)>) -> Self {
        Self {
            name: C::NAME,
            id: |ids| ids.of::<C>(),
            require: GroupConfig::require::<C>,
            linked: |ids| ids.contains::<C>(),
            facets: facets.into_iter().collect(),
        }
    }

    /// The facets that the type implements.
    pub fn implemented(&self) -> impl Iterator<Item = &'static str> {
        self.facets
            .iter()
            .filter(|(_, implemented)| *implemented)
            .map(|(name, _)| *name)
    }
}

/// Names a component to the kit: which facets does its type implement?
///
/// ```
/// # use mls_trellis_hooks::{Component, ComponentId, Draft, Judge};
/// # struct Topic;
/// # impl Component for Topic {
/// #     const NAME: &'static str = "topic";
/// #     const DEFAULT_ID: ComponentId = ComponentId(0x8100);
/// #     const DRAFT: Draft = Draft::private("topic", "1");
/// # }
/// # impl Judge for Topic {}
/// let declared = mls_trellis_kit::facets!(Topic);
/// assert_eq!(declared.implemented().count(), 1);
/// ```
#[macro_export]
macro_rules! facets {
    ($component:ty) => {{
        #[allow(unused_imports)]
        use $crate::facets::probe::{self, Absent as _};
        $crate::facets::Declared::new::<$component>([
            ("group_state", probe::GroupState::<$component>::IMPLEMENTED),
            ("ephemeral", probe::Ephemeral::<$component>::IMPLEMENTED),
            ("leaf_data", probe::LeafData::<$component>::IMPLEMENTED),
            (
                "key_package_data",
                probe::KeyPackageData::<$component>::IMPLEMENTED,
            ),
            ("aad_item", probe::AadItem::<$component>::IMPLEMENTED),
            ("hub_stamp", probe::HubStamp::<$component>::IMPLEMENTED),
            ("invariant", probe::Invariant::<$component>::IMPLEMENTED),
            ("judge", probe::Judge::<$component>::IMPLEMENTED),
            ("eligibility", probe::Eligibility::<$component>::IMPLEMENTED),
            ("contributor", probe::Contributor::<$component>::IMPLEMENTED),
            (
                "payload_framing",
                probe::PayloadFraming::<$component>::IMPLEMENTED,
            ),
            ("psk_source", probe::PskSource::<$component>::IMPLEMENTED),
            ("traffic", probe::Traffic::<$component>::IMPLEMENTED),
            ("authority", probe::Authority::<$component>::IMPLEMENTED),
            (
                "anchor_source",
                probe::AnchorSource::<$component>::IMPLEMENTED,
            ),
            ("observer", probe::Observer::<$component>::IMPLEMENTED),
        ])
    }};
}

/// What [`facets!`](crate::facets!) expands to: one type for each facet, whose own constant counts
/// where the facet is implemented, and that of [`Absent`](probe::Absent) everywhere else.
#[doc(hidden)]
pub mod probe {
    use std::marker::PhantomData;

    /// The answer where the type's own constant does not apply.
    pub trait Absent {
        const IMPLEMENTED: bool = false;
    }

    macro_rules! probe {
        ($($facet:ident),*) => {
            $(
                pub struct $facet<C>(PhantomData<C>);
                impl<C> Absent for $facet<C> {}
                impl<C: mls_trellis_hooks::$facet> $facet<C> {
                    pub const IMPLEMENTED: bool = true;
                }
            )*
        };
    }
    probe!(
        GroupState,
        Ephemeral,
        LeafData,
        KeyPackageData,
        AadItem,
        HubStamp,
        Invariant,
        Judge,
        Eligibility,
        Contributor,
        PayloadFraming,
        PskSource,
        Traffic,
        Authority,
        AnchorSource,
        Observer
    );
}

/// Compares what is implemented with what is installed.
pub(crate) fn check(subject: &Subject, plugins: &Plugins) -> Result<(), Broken> {
    for declared in &subject.components {
        let id = (declared.id)(plugins.ids());
        let entry = plugins
            .component(id)
            .filter(|_| (declared.linked)(plugins.ids()));
        let entry = entry.ok_or_else(|| {
            Broken::new(
                Property::Facets,
                format!("component {} is not installed at all", declared.name),
            )
        })?;
        let installed = installed(entry);
        for facet in declared.implemented() {
            if !installed.contains(&facet) {
                return Err(Broken::new(
                    Property::Facets,
                    format!(
                        "component {} implements {facet} and does not install it, so it is never \
                         asked; add `.{facet}()` to `install`",
                        declared.name
                    ),
                ));
            }
        }
    }
    let mut entries = plugins.components();
    let undeclared = entries.find(|entry| subject.declared(entry.name).is_none());
    if let Some(entry) = undeclared {
        return Err(Broken::new(
            Property::Setup,
            format!(
                "component {} is installed and was not named to the kit; add \
                 `.component(facets!(..))` with its type",
                entry.name
            ),
        ));
    }
    same_everywhere(subject, plugins)
}

/// Another instance installs the same.
fn same_everywhere(subject: &Subject, plugins: &Plugins) -> Result<(), Broken> {
    let other = subject.plugins()?;
    let lines = |plugins: &Plugins| -> Vec<_> {
        plugins
            .components()
            .map(|entry| (entry.id, entry.name, installed(entry)))
            .collect()
    };
    match lines(plugins) == lines(&other) {
        true => Ok(()),
        false => Err(Broken::new(
            Property::Facets,
            "two instances of the plugin install different components or facets",
        )),
    }
}

fn installed(entry: &ComponentEntry) -> Vec<&'static str> {
    let facets = [
        ("group_state", entry.group_state.is_some()),
        ("ephemeral", entry.ephemeral.is_some()),
        ("leaf_data", entry.leaf_data.is_some()),
        ("key_package_data", entry.key_package_data.is_some()),
        ("aad_item", entry.aad_item.is_some()),
        ("hub_stamp", entry.hub_stamp.is_some()),
        ("invariant", entry.invariant.is_some()),
        ("judge", entry.judge.is_some()),
        ("eligibility", entry.eligibility.is_some()),
        ("contributor", entry.contributor.is_some()),
        ("payload_framing", entry.payload_framing.is_some()),
        ("psk_source", entry.psk_source.is_some()),
        ("traffic", entry.traffic.is_some()),
        ("authority", entry.authority.is_some()),
        ("anchor_source", entry.anchor_source.is_some()),
        ("observer", entry.observer.is_some()),
    ];
    facets
        .into_iter()
        .filter(|(_, present)| *present)
        .map(|(name, _)| name)
        .collect()
}
