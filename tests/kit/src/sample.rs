//! Samples of a plugin's values, with their types forgotten and what can be done with them kept.

use std::sync::Arc;

use mls_trellis_engine::{Commit, ExternalJoin, Group, GroupConfig, KeyPackageOptions, Packet};
use mls_trellis_hooks::{Component, ComponentId, ExtensionKind, GroupState, Ids};

use crate::codec::Encoded;

/// Adds something to a commit in the making.
pub(crate) type Edit = Arc<dyn for<'g> Fn(Commit<'g>) -> Commit<'g> + Send + Sync>;

/// Proposes something on its own.
pub(crate) type Propose =
    Arc<dyn Fn(&mut Group) -> mls_trellis_engine::Result<Packet> + Send + Sync>;

/// The updates for the client of that name.
pub(crate) type UpdatesFor = Box<dyn Fn(&str) -> Vec<Update> + Send + Sync>;

/// A state a group can be founded with.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) owner: Owner,
    pub(crate) value: Arc<dyn Encoded>,
    pub(crate) found: Arc<dyn Fn(GroupConfig) -> GroupConfig + Send + Sync>,
}

/// An AppDataUpdate.
#[derive(Clone)]
pub(crate) struct Update {
    pub(crate) owner: Owner,
    pub(crate) value: Arc<dyn Encoded>,
    pub(crate) commit: Edit,
    pub(crate) propose: Propose,
    pub(crate) join: Arc<dyn for<'a> Fn(ExternalJoin<'a>) -> ExternalJoin<'a> + Send + Sync>,
}

/// An AppEphemeral.
#[derive(Clone)]
pub(crate) struct Notice {
    pub(crate) owner: Owner,
    pub(crate) value: Arc<dyn Encoded>,
    pub(crate) commit: Edit,
}

/// An entry of a KeyPackage.
#[derive(Clone)]
pub(crate) struct Mark {
    pub(crate) owner: Owner,
    pub(crate) value: Arc<dyn Encoded>,
    pub(crate) publish: Arc<dyn Fn(KeyPackageOptions) -> KeyPackageOptions + Send + Sync>,
}

/// Drops a component's state.
#[derive(Clone)]
pub(crate) struct Removal {
    pub(crate) owner: Owner,
    pub(crate) commit: Edit,
    pub(crate) propose: Propose,
}

/// The moments at which a component may have to be told something in the same commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Add,
    Remove,
    Join,
}

/// Updates that go along with such a moment, for the client of that name.
pub(crate) struct Along {
    pub(crate) moment: Moment,
    pub(crate) updates: UpdatesFor,
}

/// A value that only its codec is checked of.
pub(crate) struct Plain {
    pub(crate) owner: Owner,
    pub(crate) place: &'static str,
    pub(crate) value: Arc<dyn Encoded>,
}

/// The component, or kind of extension, that a sample belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) name: &'static str,
    pub(crate) id: fn(&Ids) -> ComponentId,
}

impl Owner {
    pub(crate) fn of<C: Component>() -> Self {
        Self {
            name: C::NAME,
            id: |ids| ids.of::<C>(),
        }
    }

    /// A kind of extension, which has no id among components.
    pub(crate) fn kind<E: ExtensionKind>() -> Self {
        Self {
            name: E::NAME,
            id: |_| ComponentId::RESERVED,
        }
    }
}

impl Update {
    pub(crate) fn new<C: GroupState>(value: C::Update) -> Self {
        let (commit, propose, join) = (value.clone(), value.clone(), value.clone());
        Self {
            owner: Owner::of::<C>(),
            value: Arc::new(value),
            commit: Arc::new(move |group| group.update::<C>(&commit)),
            propose: Arc::new(move |group| group.propose_update::<C>(&propose)),
            join: Arc::new(move |external| external.update::<C>(&join)),
        }
    }
}
