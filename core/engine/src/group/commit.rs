//! Commits in the making.

use mls_trellis_hooks::{
    Change, Component, ComponentId, ContextExtension, DataChange, Ephemeral, ExtensionType,
    GroupInfoParts, GroupState, LeafIndex, ProposalKind, RawExtension, Reject, WireFormatId, wire,
};

use super::{Group, draft::PskName, kind, linked};
use crate::{
    Error, Result,
    mls::GroupInfoMessage,
    settings::{KnownExtension, linked_extension},
};

/// A commit in the making: add to it, then [`seal`](Commit::seal) it.
///
/// It takes along the proposals of the pool, unless [`without_pool`](Commit::without_pool) is said,
/// and leaves out those that would get it refused. A call that cannot be carried out is reported by
/// `seal`, so that calls can be chained.
pub struct Commit<'g> {
    pub(super) group: &'g mut Group,
    pub(super) plan: Plan,
    failed: Option<Error>,
}

/// What the application wants of a commit.
#[derive(Clone, Default)]
pub(super) struct Plan {
    pub(super) drafts: Vec<Draft>,
    pub(super) path: bool,
    pub(super) renew_leaf: bool,
    pub(super) skip_pool: bool,
    /// Raw extensions that the GroupContext is to have from now on, besides the engine's own.
    pub(super) context: Option<Vec<RawExtension>>,
    /// What becomes of single ones: set, or dropped.
    pub(super) context_changes: Vec<(ExtensionType, Option<RawExtension>)>,
}

/// One proposal of our own.
#[derive(Clone)]
pub(super) enum Draft {
    Add(Vec<u8>),
    Remove(LeafIndex),
    AppData(ComponentId, DataChange),
    Ephemeral(ComponentId, Vec<u8>),
    Psk(PskName),
    /// Of a type that a draft adds.
    Kind(Change),
}

/// A sealed commit: durable, and not yet in force.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sealed {
    /// Its number in the outbox.
    pub number: u64,
    /// The epoch it would create.
    pub epoch: u64,
    /// The commit, for the Delivery Service.
    pub commit: Vec<u8>,
    /// The Welcome for those it adds. Send it once the commit is accepted.
    pub welcome: Option<Vec<u8>>,
    /// A GroupInfo of the new epoch, with which others can join from outside.
    pub group_info: Option<Vec<u8>>,
}

impl Sealed {
    /// What a hub needs besides the commit to know the new epoch's GroupInfo, if the commit came with
    /// one.
    ///
    /// # Errors
    /// GI-2 when the GroupInfo is none.
    pub fn group_info_parts(&self) -> Result<Option<GroupInfoParts>> {
        let message = self.group_info.as_deref().map(GroupInfoMessage::decode);
        Ok(message.transpose()?.map(|message| message.info.parts()))
    }
}

impl<'g> Commit<'g> {
    pub(super) fn new(group: &'g mut Group) -> Self {
        Self {
            group,
            plan: Plan::default(),
            failed: None,
        }
    }

    /// Adds the client of this KeyPackage message.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "it is what MLS calls it")]
    pub fn add(self, key_package: &[u8]) -> Self {
        self.draft(Draft::Add(key_package.to_vec()))
    }

    /// Removes the member at this position.
    #[must_use]
    pub fn remove(self, leaf: LeafIndex) -> Self {
        self.draft(Draft::Remove(leaf))
    }

    /// Updates the state of component `C`.
    #[must_use]
    pub fn update<C: GroupState>(self, update: &C::Update) -> Self {
        self.for_component::<C>(wire::encode(update), |id, update| {
            Draft::AppData(id, DataChange::Update(update.into()))
        })
    }

    /// Drops the state of component `C`.
    #[must_use]
    pub fn drop_state<C: GroupState>(self) -> Self {
        self.for_component::<C>(Ok(Vec::new()), |id, _| {
            Draft::AppData(id, DataChange::Remove)
        })
    }

    /// Tells component `C` something that leaves no trace in the group's state.
    #[must_use]
    pub fn ephemeral<C: Ephemeral>(self, notice: &C::Notice) -> Self {
        self.for_component::<C>(wire::encode(notice), Draft::Ephemeral)
    }

    /// Adds a proposal of kind `K` by value.
    #[must_use]
    pub fn propose<K: ProposalKind>(self, body: &K::Body) -> Self {
        match kind::<K>(&self.group.client, body) {
            Ok(change) => self.draft(Draft::Kind(change)),
            Err(error) => self.fail(error),
        }
    }

    /// Mixes a pre-shared key of component `C` into the new epoch. Everybody in the group, and whom
    /// the commit adds, must have it. Pre-shared keys that others proposed stay in the pool then.
    #[must_use]
    pub fn psk<C: Component>(self, psk_id: &[u8]) -> Self {
        self.for_component::<C>(Ok(psk_id.to_vec()), |id, psk_id| {
            Draft::Psk(PskName::Application(id, psk_id))
        })
    }

    /// Mixes an external pre-shared key (RFC 9420, section 8.4) into the new epoch, as
    /// [`psk`](Self::psk) does with a component's.
    #[must_use]
    pub fn external_psk(self, psk_id: &[u8]) -> Self {
        self.draft(Draft::Psk(PskName::External(psk_id.to_vec())))
    }

    /// Demands from now on that every member supports exactly these components.
    #[must_use]
    pub fn require_components(self, ids: impl IntoIterator<Item = ComponentId>) -> Self {
        self.list(ComponentId::APP_COMPONENTS, ids)
    }

    /// Switches SafeAAD framing on, with these components' items understood by everyone.
    #[must_use]
    pub fn require_aad(self, ids: impl IntoIterator<Item = ComponentId>) -> Self {
        self.list(ComponentId::SAFE_AAD, ids)
    }

    /// Switches SafeAAD framing off.
    #[must_use]
    pub fn drop_aad(self) -> Self {
        self.draft(Draft::AppData(ComponentId::SAFE_AAD, DataChange::Remove))
    }

    /// Demands from now on that every member supports these wire formats, besides the default ones.
    #[must_use]
    pub fn require_wire_formats(self, formats: impl IntoIterator<Item = WireFormatId>) -> Self {
        let formats: Vec<_> = formats.into_iter().filter(|f| !f.is_default()).collect();
        match wire::encode(&formats) {
            Ok(data) => self.change_context(Ok(RawExtension {
                extension_type: ExtensionType::REQUIRED_WIRE_FORMATS,
                data: data.into(),
            })),
            Err(error) => self.fail(error.into()),
        }
    }

    /// Replaces the extensions of the GroupContext that the engine does not interpret.
    #[must_use]
    pub fn context_extensions(
        mut self,
        extensions: impl IntoIterator<Item = RawExtension>,
    ) -> Self {
        let context = self.plan.context.get_or_insert_default();
        context.extend(extensions);
        self
    }

    /// Puts the extension of kind `E` into the GroupContext, in the place of the one that is there.
    #[must_use]
    pub fn context_extension<E: ContextExtension>(self, content: &E::Content) -> Self {
        let ids = self.group.client.plugins().ids();
        let extension = KnownExtension::new::<E>(content).raw(ids);
        self.change_context(extension)
    }

    /// Drops the extension of kind `E` from the GroupContext.
    #[must_use]
    pub fn drop_context_extension<E: ContextExtension>(mut self) -> Self {
        match linked_extension::<E>(self.group.client.plugins().ids()) {
            Ok(extension_type) => {
                self.plan.context_changes.push((extension_type, None));
                self
            }
            Err(reject) => self.fail(reject.into()),
        }
    }

    /// Renews our keys on the way, whatever else the commit does.
    #[must_use]
    pub fn path(mut self) -> Self {
        self.plan.path = true;
        self
    }

    /// Renews our keys and what our leaf says of us: capabilities, components, their entries; and
    /// credential and signature key, if the client has others than the leaf
    /// ([`ClientBuilder::formerly`](crate::ClientBuilder::formerly)).
    #[must_use]
    pub fn renew_leaf(mut self) -> Self {
        self.plan.renew_leaf = true;
        self
    }

    /// Leaves the proposals of the pool alone.
    #[must_use]
    pub fn without_pool(mut self) -> Self {
        self.plan.skip_pool = true;
        self
    }

    /// Builds the commit, judges it as every receiver will, and makes it durable.
    ///
    /// It takes effect with [`Group::accept`] once the Delivery Service has taken it, and is undone
    /// by [`Group::discard`] or by receiving another's commit for the same epoch.
    ///
    /// # Errors
    /// [`Error::Rejected`] with the rule by which receivers would refuse it, or by which we would
    /// not cause it ourselves; ENG-5 when another commit is sealed already; ENG-6 when two of its
    /// proposals are the same, byte for byte.
    pub fn seal(self) -> Result<Sealed> {
        match self.failed {
            Some(error) => Err(error),
            None => self.group.seal(&self.plan),
        }
    }

    fn change_context(mut self, extension: Result<RawExtension>) -> Self {
        match extension {
            Ok(extension) => {
                let change = (extension.extension_type, Some(extension));
                self.plan.context_changes.push(change);
                self
            }
            Err(error) => self.fail(error),
        }
    }

    fn draft(mut self, draft: Draft) -> Self {
        self.plan.drafts.push(draft);
        self
    }

    fn fail(mut self, error: Error) -> Self {
        self.failed.get_or_insert(error);
        self
    }

    fn for_component<C: Component>(
        self,
        data: Result<Vec<u8>, wire::WireError>,
        draft: impl FnOnce(ComponentId, Vec<u8>) -> Draft,
    ) -> Self {
        let id = linked::<C>(&self.group.client);
        match (id, data) {
            (Ok(id), Ok(data)) => self.draft(draft(id, data)),
            (Err(error), _) => self.fail(error),
            (_, Err(error)) => self.fail(error.into()),
        }
    }

    fn list(self, list: ComponentId, ids: impl IntoIterator<Item = ComponentId>) -> Self {
        let sorted: std::collections::BTreeSet<_> = ids.into_iter().collect();
        match wire::encode(&sorted.into_iter().collect::<Vec<_>>()) {
            Ok(data) => self.draft(Draft::AppData(list, DataChange::Update(data.into()))),
            Err(error) => self.fail(error.into()),
        }
    }
}

impl Plan {
    /// The raw extensions that the GroupContext is to have, if the commit is to change them.
    pub(super) fn raw_extensions(&self, current: &[RawExtension]) -> Option<Vec<RawExtension>> {
        if self.context.is_none() && self.context_changes.is_empty() {
            return None;
        }
        let mut wanted = self.context.clone().unwrap_or_else(|| current.to_vec());
        for (extension_type, change) in &self.context_changes {
            let place = wanted
                .iter()
                .position(|e| e.extension_type == *extension_type);
            match (place.and_then(|at| wanted.get_mut(at)), change) {
                (Some(old), Some(new)) => *old = new.clone(),
                (_, Some(new)) => wanted.push(new.clone()),
                (_, None) => wanted.retain(|e| e.extension_type != *extension_type),
            }
        }
        Some(wanted)
    }
}

impl Draft {
    /// The draft as a plugin sees it, where it is already known what the commit will say.
    pub(super) fn preview(&self) -> Option<Change> {
        match self {
            Self::AppData(component, change) => Some(Change::AppData {
                component: *component,
                change: change.clone(),
            }),
            Self::Ephemeral(component, data) => Some(Change::AppEphemeral {
                component: *component,
                data: data.clone().into(),
            }),
            Self::Remove(leaf) => Some(Change::Remove(*leaf)),
            Self::Kind(change) => Some(change.clone()),
            Self::Add(_) | Self::Psk(..) => None,
        }
    }
}

/// Two proposals of one commit are the same, byte for byte: OpenMLS would send only one of them.
pub(super) fn duplicates() -> Reject {
    Reject::misuse(
        "ENG-6",
        "two proposals of the commit are the same, byte for byte, and only one would be sent; \
         put them into separate commits, or make them differ",
    )
}
