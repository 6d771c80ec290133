//! Components that answer what other plugins ask of an epoch, without either naming the other's crate.
//!
//! The questions are methods of [`EpochState`]: [`may`](EpochState::may) and
//! [`anchors`](EpochState::anchors). Only components are asked that are active in the group.
//!
//! ```
//! use mls_trellis_hooks::{Action, Actor, EpochState, LeafIndex, Plugins};
//!
//! // An epoch answers by the plugins that it was given; without any, nobody has an opinion.
//! let epoch = EpochState::new(b"room").with_plugins(&Plugins::default());
//! let close = Action::new("poll", "close");
//! assert_eq!(epoch.may(&Actor::Member(LeafIndex(0)), &close), None);
//! assert!(epoch.anchors().is_none());
//! ```

use std::{fmt, sync::Arc};

use crate::{
    ComponentId, EpochState,
    erased::{ErasedAnchorSource, ErasedAuthority},
};

/// The components that answer a question, in ascending order of their ids. Two are the same when the
/// same components answer.
pub struct Answering<T: ?Sized>(Arc<Vec<(ComponentId, Arc<T>)>>);

/// Who answers questions of authority.
pub type Authorities = Answering<dyn ErasedAuthority>;
/// Who says which anchors a group believes.
pub type AnchorSources = Answering<dyn ErasedAnchorSource>;

impl<T: ?Sized> Answering<T> {
    fn ids(&self) -> impl Iterator<Item = ComponentId> {
        self.0.iter().map(|(id, _)| *id)
    }

    /// Those that are active in an epoch.
    pub(crate) fn active(&self, epoch: &EpochState) -> impl Iterator<Item = &T> {
        let active = self.0.iter().filter(|(id, _)| epoch.is_active(*id));
        active.map(|(_, answers)| answers.as_ref())
    }
}

impl<T: ?Sized> FromIterator<(ComponentId, Arc<T>)> for Answering<T> {
    fn from_iter<I: IntoIterator<Item = (ComponentId, Arc<T>)>>(all: I) -> Self {
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_by_key(|(id, _)| *id);
        Self(Arc::new(all))
    }
}

impl<T: ?Sized> Default for Answering<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: ?Sized> Clone for Answering<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: ?Sized> PartialEq for Answering<T> {
    fn eq(&self, other: &Self) -> bool {
        self.ids().eq(other.ids())
    }
}

impl<T: ?Sized> Eq for Answering<T> {}

impl<T: ?Sized> fmt::Debug for Answering<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.ids()).finish()
    }
}
