//! One epoch of a group.

use std::{
    any::TypeId,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    AnchorSources, Authorities, CipherSuite, Component, ComponentId, ContextExtension, Credential,
    CredentialKind, CredentialType, ExtensionKind, ExtensionType, GroupState, LeafData, LeafIndex,
    LeafInfo, Plugins, ProposalType, RawExtension, Reject, extension,
    wire::{self, Opaque, SortedMap},
};

/// The content of an `app_data_dictionary` extension (draft-ietf-mls-extensions-10, section 4.6).
pub type Dictionary = SortedMap<ComponentId, Opaque>;

/// The numbers in force: which component, kind of extension or kind of credential, as a Rust type, goes
/// by which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    components: Arc<BTreeMap<TypeId, ComponentId>>,
    extensions: Arc<BTreeMap<TypeId, ExtensionType>>,
    credentials: Arc<BTreeMap<TypeId, CredentialType>>,
    kinds: Arc<BTreeMap<CredentialType, &'static str>>,
}

impl Ids {
    /// The id in force for component `C`: the one its client's profile gave it, or its default when
    /// the component is not linked.
    #[must_use]
    pub fn of<C: Component>(&self) -> ComponentId {
        let assigned = self.components.get(&TypeId::of::<C>());
        assigned.copied().unwrap_or(C::DEFAULT_ID)
    }

    /// The type in force for credentials of kind `K`: the one its client's profile gave it, or its
    /// default when the kind is not linked.
    #[must_use]
    pub fn credential<K: CredentialKind>(&self) -> CredentialType {
        let assigned = self.credentials.get(&TypeId::of::<K>());
        assigned.copied().unwrap_or(K::TYPE)
    }

    /// The name of the kind of credential that goes by this type, if it is linked.
    #[must_use]
    pub fn kind(&self, credential_type: CredentialType) -> Option<&'static str> {
        self.kinds.get(&credential_type).copied()
    }

    /// Whether component `C` is linked.
    #[must_use]
    pub fn contains<C: Component>(&self) -> bool {
        self.components.contains_key(&TypeId::of::<C>())
    }

    /// The type in force for the kind of extension `E`: the one its client's profile gave it, or its
    /// default when the kind is not linked.
    #[must_use]
    pub fn extension<E: ExtensionKind>(&self) -> ExtensionType {
        let assigned = self.extensions.get(&TypeId::of::<E>());
        assigned.copied().unwrap_or(E::DEFAULT_TYPE)
    }

    /// Whether the kind of extension `E` is linked.
    #[must_use]
    pub fn contains_extension<E: ExtensionKind>(&self) -> bool {
        self.extensions.contains_key(&TypeId::of::<E>())
    }

    /// The same numbers, with these types of extensions.
    #[must_use]
    pub(crate) fn with_extensions(
        self,
        types: impl IntoIterator<Item = (TypeId, ExtensionType)>,
    ) -> Self {
        Self {
            extensions: Arc::new(types.into_iter().collect()),
            ..self
        }
    }

    /// The same numbers, with these of kinds of credentials, and their names.
    #[must_use]
    pub fn with_credentials(
        mut self,
        kinds: impl IntoIterator<Item = (TypeId, CredentialType, &'static str)>,
    ) -> Self {
        let kinds: Vec<_> = kinds.into_iter().collect();
        self.kinds = Arc::new(
            kinds
                .iter()
                .map(|(_, number, name)| (*number, *name))
                .collect(),
        );
        let types = kinds.into_iter().map(|(id, number, _)| (id, number));
        self.credentials = Arc::new(types.collect());
        self
    }
}

impl FromIterator<(TypeId, ComponentId)> for Ids {
    fn from_iter<I: IntoIterator<Item = (TypeId, ComponentId)>>(ids: I) -> Self {
        Self {
            components: Arc::new(ids.into_iter().collect()),
            extensions: Arc::default(),
            credentials: Arc::default(),
            kinds: Arc::default(),
        }
    }
}

/// What every member must support (RFC 9420, section 11.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequiredCapabilities {
    /// Extensions.
    pub extensions: BTreeSet<ExtensionType>,
    /// Proposals.
    pub proposals: BTreeSet<ProposalType>,
    /// Credential types.
    pub credentials: BTreeSet<CredentialType>,
}

/// Somebody outside the group who may send proposals (RFC 9420, section 12.1.8.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalSender {
    /// The key that verifies its proposals.
    pub signature_key: Arc<[u8]>,
    /// Who it is.
    pub credential: Credential,
}

/// One epoch: what its GroupContext and its leaves say. Every member and every hub that follows the
/// group has the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochState {
    /// The group's id.
    pub group_id: Arc<[u8]>,
    /// The epoch's number.
    pub epoch: u64,
    /// The group's cipher suite.
    pub cipher_suite: CipherSuite,
    /// The dictionary of the GroupContext, or `None` when it has none.
    pub dictionary: Option<Arc<Dictionary>>,
    /// The other extensions of the GroupContext.
    pub extensions: Arc<Vec<RawExtension>>,
    /// What every member must support.
    pub required: Arc<RequiredCapabilities>,
    /// Who may send proposals from outside.
    pub external_senders: Arc<Vec<ExternalSender>>,
    /// The members.
    pub leaves: Arc<BTreeMap<LeafIndex, Arc<LeafInfo>>>,
    /// The numbers in force.
    pub ids: Ids,
    /// Who answers questions of authority; ask with [`may`](Self::may).
    pub authorities: Authorities,
    /// Who says which anchors the group believes; ask with [`anchors`](Self::anchors).
    pub anchor_sources: AnchorSources,
}

impl EpochState {
    /// An epoch without members and data, to be filled by the `with_` methods.
    #[must_use]
    pub fn new(group_id: &[u8]) -> Self {
        Self {
            group_id: group_id.into(),
            epoch: 0,
            cipher_suite: CipherSuite(0x0001),
            dictionary: None,
            extensions: Arc::default(),
            required: Arc::default(),
            external_senders: Arc::default(),
            leaves: Arc::default(),
            ids: Ids::default(),
            authorities: Authorities::default(),
            anchor_sources: AnchorSources::default(),
        }
    }

    /// The same epoch, with the numbers and the answers of these plugins.
    #[must_use]
    pub fn with_plugins(self, plugins: &Plugins) -> Self {
        Self {
            ids: plugins.ids().clone(),
            authorities: plugins.authorities().clone(),
            anchor_sources: plugins.anchor_sources().clone(),
            ..self
        }
    }

    /// The same epoch with a member at `index`.
    #[must_use]
    pub fn with_leaf(mut self, index: LeafIndex, leaf: LeafInfo) -> Self {
        Arc::make_mut(&mut self.leaves).insert(index, Arc::new(leaf));
        self
    }

    /// The same epoch with an entry in the dictionary of the GroupContext.
    #[must_use]
    pub fn with_data(mut self, id: ComponentId, data: Vec<u8>) -> Self {
        let dictionary = self.dictionary.get_or_insert_default();
        Arc::make_mut(dictionary).insert(id, data.into());
        self
    }

    /// The same epoch with an extension in its GroupContext.
    #[must_use]
    pub fn with_extension(mut self, extension_type: ExtensionType, data: Vec<u8>) -> Self {
        Arc::make_mut(&mut self.extensions).push(RawExtension {
            extension_type,
            data: data.into(),
        });
        self
    }

    /// The same epoch with the `app_components` that everyone must support.
    #[must_use]
    pub fn requiring(self, ids: impl IntoIterator<Item = ComponentId>) -> Self {
        let list: Vec<_> = ids.into_iter().collect();
        let data = wire::encode(&list).unwrap_or_default();
        self.with_data(ComponentId::APP_COMPONENTS, data)
    }

    /// The component's entry in the GroupContext.
    #[must_use]
    pub fn data(&self, id: ComponentId) -> Option<&[u8]> {
        self.dictionary.as_ref()?.get(&id).map(Opaque::as_slice)
    }

    /// The state of component `C` in the group, or `None` when the group has none.
    ///
    /// # Errors
    /// A rejection when the entry is not a value of `C::State`.
    pub fn state<C: GroupState>(&self) -> Result<Option<C::State>, Reject> {
        self.data(self.ids.of::<C>())
            .map(|data| decode_as::<C, C::State>(data))
            .transpose()
    }

    /// What component `C` says in a member's leaf, or `None` when it says nothing.
    ///
    /// # Errors
    /// A rejection when the entry is not a value of `C::Leaf`.
    pub fn leaf_data<C: LeafData>(&self, leaf: &LeafInfo) -> Result<Option<C::Leaf>, Reject> {
        leaf.data(self.ids.of::<C>())
            .map(|data| decode_as::<C, C::Leaf>(data))
            .transpose()
    }

    /// The components that everyone must support: `app_components` of the GroupContext.
    ///
    /// # Errors
    /// NEG-7, when the entry is not a list of component ids.
    pub fn required_components(&self) -> Result<Option<BTreeSet<ComponentId>>, Reject> {
        self.id_list(ComponentId::APP_COMPONENTS)
    }

    /// The components whose AAD items everyone must understand: `safe_aad` of the GroupContext.
    /// `Some`, even if empty, means that SafeAAD framing is on.
    ///
    /// # Errors
    /// NEG-7, when the entry is not a list of component ids.
    pub fn required_aad(&self) -> Result<Option<BTreeSet<ComponentId>>, Reject> {
        self.id_list(ComponentId::SAFE_AAD)
    }

    /// The components that are active in the group by what its GroupContext says: they have an entry, or
    /// are required.
    #[must_use]
    pub fn active_components(&self) -> BTreeSet<ComponentId> {
        let required = self.required_components().ok().flatten();
        let entries = self.dictionary.iter().flat_map(|entries| entries.keys());
        entries
            .copied()
            .chain(required.unwrap_or_default())
            .collect()
    }

    /// Whether this one is among the [`active_components`](Self::active_components).
    #[must_use]
    pub fn is_active(&self, id: ComponentId) -> bool {
        let required = || self.required_components().ok().flatten();
        self.data(id).is_some() || required().is_some_and(|ids| ids.contains(&id))
    }

    /// Whether every member lists the component as supported.
    #[must_use]
    pub fn supported_by_all(&self, id: ComponentId) -> bool {
        self.leaves
            .values()
            .all(|leaf| leaf.components().contains(&id))
    }

    /// The member at `index`.
    #[must_use]
    pub fn leaf(&self, index: LeafIndex) -> Option<&LeafInfo> {
        self.leaves.get(&index).map(Arc::as_ref)
    }

    /// An extension of the GroupContext that is neither the dictionary nor one of RFC 9420.
    #[must_use]
    pub fn extension(&self, extension_type: ExtensionType) -> Option<&[u8]> {
        let mut found = self.extensions.iter();
        found
            .find(|extension| extension.extension_type == extension_type)
            .map(|extension| extension.data.as_slice())
    }

    /// What the extension of kind `E` says in the GroupContext, or `None` when it is not there.
    ///
    /// # Errors
    /// A rejection by [`ExtensionKind::MALFORMED`] when it is not a value of `E::Content`.
    pub fn extension_of<E: ContextExtension>(&self) -> Result<Option<E::Content>, Reject> {
        self.extension(self.ids.extension::<E>())
            .map(extension::content::<E>)
            .transpose()
    }

    fn id_list(&self, id: ComponentId) -> Result<Option<BTreeSet<ComponentId>>, Reject> {
        let Some(data) = self.data(id) else {
            return Ok(None);
        };
        let list = wire::decode::<Vec<ComponentId>>(data).map_err(|e| {
            Reject::peer("NEG-7", format!("component {id} of the GroupContext: {e}"))
        })?;
        Ok(Some(list.into_iter().collect()))
    }
}

/// Decodes a component's bytes, naming the component in the rejection.
fn decode_as<C: Component, T: wire::Wire>(data: &[u8]) -> Result<T, Reject> {
    wire::decode(data).map_err(|e| Reject::peer("ADU-6", e.to_string()).in_plugin(C::NAME))
}
