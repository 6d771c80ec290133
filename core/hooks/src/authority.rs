//! Questions of authority: a component that knows who may do what answers for others.
//!
//! A room policy knows roles; a poll wants to know who may end it. Neither names the other's crate.
//! The poll asks the epoch, [`EpochState::may`], and keeps a rule of its own for groups where nobody
//! has an opinion:
//!
//! ```
//! use std::sync::Arc;
//! use mls_trellis_hooks::{
//!     Action, Actor, Authority, Component, ComponentId, Draft, EpochState, Hooks, LeafIndex, Origin,
//!     Plugin, Plugins, Reject,
//! };
//!
//! /// The member at leaf 0 decides everything.
//! #[derive(Default)]
//! struct Captain;
//!
//! impl Component for Captain {
//!     const NAME: &'static str = "captain";
//!     const DEFAULT_ID: ComponentId = ComponentId(0x8102);
//!     const DRAFT: Draft = Draft::private("captain", "1");
//! }
//! impl Authority for Captain {
//!     fn may(&self, _: &EpochState, from: &Actor, _: &Action<'_>) -> Option<Result<(), Reject>> {
//!         Some(match from {
//!             Actor::Member(LeafIndex(0)) => Ok(()),
//!             _ => Err(Reject::policy("CAPTAIN-1", format!("{from} is not the captain"))),
//!         })
//!     }
//! }
//! impl Plugin for Captain {
//!     fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
//!         hooks.component(self).authority();
//!     }
//! }
//!
//! let plugins = Plugins::builder().add(Arc::new(Captain), Origin::here()).build()?;
//! let close = Action::new("poll", "close");
//! let mate = Actor::Member(LeafIndex(1));
//!
//! let mut epoch = EpochState::new(b"ship");
//! epoch.authorities = plugins.authorities().clone();
//! assert_eq!(epoch.may(&mate, &close), None); // the group knows no captain
//! let epoch = epoch.requiring([ComponentId(0x8102)]);
//! assert!(epoch.may(&mate, &close).is_some_and(|verdict| verdict.is_err()));
//! # Ok::<(), mls_trellis_hooks::PluginErrors>(())
//! ```

use std::{fmt, sync::Arc};

use crate::{Actor, Component, ComponentId, EpochState, Reject, erased::ErasedAuthority};

/// Something that somebody wants to do: whose business it is, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action<'a> {
    /// The name of the component that asks, such as `poll`.
    pub component: &'a str,
    /// What is to be done, as that component calls it, such as `close`.
    pub verb: &'a str,
}

impl<'a> Action<'a> {
    /// An action of a component.
    #[must_use]
    pub const fn new(component: &'a str, verb: &'a str) -> Self {
        Self { component, verb }
    }
}

impl fmt::Display for Action<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.component, self.verb)
    }
}

/// Answers for other components who may do what. A pure function of the epoch.
pub trait Authority: Component {
    /// Whether `from` may do it, or `None` when this component has no opinion.
    fn may(
        &self,
        epoch: &EpochState,
        from: &Actor,
        action: &Action<'_>,
    ) -> Option<Result<(), Reject>>;
}

/// The components that answer, in ascending order of their ids.
#[derive(Clone, Default)]
pub struct Authorities(Arc<Vec<(ComponentId, Arc<dyn ErasedAuthority>)>>);

impl FromIterator<(ComponentId, Arc<dyn ErasedAuthority>)> for Authorities {
    fn from_iter<I: IntoIterator<Item = (ComponentId, Arc<dyn ErasedAuthority>)>>(all: I) -> Self {
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_by_key(|(id, _)| *id);
        Self(Arc::new(all))
    }
}

/// Two are the same when the same components answer.
impl PartialEq for Authorities {
    fn eq(&self, other: &Self) -> bool {
        self.ids().eq(other.ids())
    }
}

impl Eq for Authorities {}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.ids()).finish()
    }
}

impl Authorities {
    fn ids(&self) -> impl Iterator<Item = ComponentId> {
        self.0.iter().map(|(id, _)| *id)
    }
}

impl EpochState {
    /// Whether `from` may do something, as a component says that answers for others and is active in
    /// this group: it has an entry or is required. The first that has an opinion counts. `None` when
    /// nobody has one; the rule of the component that asks applies then.
    #[must_use]
    pub fn may(&self, from: &Actor, action: &Action<'_>) -> Option<Result<(), Reject>> {
        let required = self.required_components().ok().flatten();
        let required = required.unwrap_or_default();
        let active = |id: &ComponentId| self.data(*id).is_some() || required.contains(id);
        let mut active = self.authorities.0.iter().filter(|(id, _)| active(id));
        active.find_map(|(_, authority)| authority.may(self, from, action))
    }
}
