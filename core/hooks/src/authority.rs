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
//! let epoch = EpochState::new(b"ship").with_plugins(&plugins);
//! assert_eq!(epoch.may(&mate, &close), None); // the group knows no captain
//! let epoch = epoch.requiring([ComponentId(0x8102)]);
//! assert!(epoch.may(&mate, &close).is_some_and(|verdict| verdict.is_err()));
//! # Ok::<(), mls_trellis_hooks::PluginErrors>(())
//! ```

use std::fmt;

use crate::{Actor, Component, EpochState, Reject};

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

impl EpochState {
    /// Whether `from` may do something, as a component says that answers for others and is active in
    /// this group: it has an entry or is required. The first that has an opinion counts. `None` when
    /// nobody has one; the rule of the component that asks applies then.
    #[must_use]
    pub fn may(&self, from: &Actor, action: &Action<'_>) -> Option<Result<(), Reject>> {
        let mut active = self.authorities.active(self);
        active.find_map(|authority| authority.may(self, from, action))
    }
}
