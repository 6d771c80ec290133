//! The facets as the engine meets them: object-safe, over bytes. Every typed facet gets its erased
//! form by a blanket implementation; nobody writes one.
//!
//! Each form decodes strictly, names the component in a rejection, and leaves the rest to the typed
//! facet.
//!
//! ```
//! use mls_trellis_hooks::{Payload, PayloadFraming, erased::ErasedFraming};
//!
//! fn erase<C: PayloadFraming>(framing: &C) -> &dyn ErasedFraming {
//!     framing
//! }
//! ```

use std::sync::Arc;

use crate::{
    AadItem, AadView, Action, Actor, AddedKeyPackage, AnchorSource, Anchors, Authority, BuildView,
    Candidate, CommitView, Component, Contribution, Contributor, CredentialKind, Eligibility,
    Ephemeral, EpochState, FoldView, GroupState, Identity, KeyPackageData, Kinds, LeafData,
    LeafInfo, Payload, PayloadFraming, PskSource, PskView, Reject, Secret, Sent, SignatureKey,
    Unverified, Verified, VerifyView,
    wire::{self, Opaque, Wire},
};

/// Decodes a component's bytes or rejects by `rule`.
fn decode<C: Component, T: Wire>(rule: &'static str, data: &[u8]) -> Result<T, Reject> {
    wire::decode(data).map_err(|e| Reject::peer(rule, e.to_string()).in_plugin(C::NAME))
}

/// Names the component in whatever the typed facet rejects.
fn name<C: Component, T>(result: Result<T, Reject>) -> Result<T, Reject> {
    result.map_err(|reject| reject.in_plugin(C::NAME))
}

/// [`GroupState`] over bytes.
pub trait ErasedState: Send + Sync {
    /// The new entry after all updates of one commit.
    ///
    /// # Errors
    /// ADU-6 when an update does not decode, or what the component rejects.
    fn fold(
        &self,
        cx: &FoldView<'_>,
        state: Option<&[u8]>,
        updates: &[Sent<Opaque>],
    ) -> Result<Vec<u8>, Reject>;

    /// Whether the entry may be dropped by `from`.
    ///
    /// # Errors
    /// What the component rejects.
    fn may_remove(&self, cx: &FoldView<'_>, from: &Actor, state: &[u8]) -> Result<(), Reject>;

    /// Whether `state` is a value of the component's state.
    ///
    /// # Errors
    /// ADU-6 when it does not decode.
    fn check_state(&self, state: &[u8]) -> Result<(), Reject>;

    /// The state in words, for people.
    fn show_state(&self, state: &[u8]) -> Option<String>;

    /// An update in words, for people.
    fn show_update(&self, update: &[u8]) -> Option<String>;
}

impl<C: GroupState> ErasedState for C {
    fn fold(
        &self,
        cx: &FoldView<'_>,
        state: Option<&[u8]>,
        updates: &[Sent<Opaque>],
    ) -> Result<Vec<u8>, Reject> {
        let state = state
            .map(|data| decode::<C, _>("ADU-6", data))
            .transpose()?;
        let typed = updates.iter().map(|update| {
            let body = decode::<C, _>("ADU-6", update.body.as_slice());
            body.map(|body| update.map(body))
                .map_err(|reject| reject.culprit_at(update.position))
        });
        let typed = typed.collect::<Result<Vec<_>, _>>()?;
        let state = name::<C, _>(GroupState::fold(self, cx, state, &typed))?;
        wire::encode(&state).map_err(|e| Reject::peer("ADU-6", e.to_string()).in_plugin(C::NAME))
    }

    fn may_remove(&self, cx: &FoldView<'_>, from: &Actor, state: &[u8]) -> Result<(), Reject> {
        let state = decode::<C, _>("ADU-6", state)?;
        name::<C, _>(GroupState::may_remove(self, cx, from, &state))
    }

    fn check_state(&self, state: &[u8]) -> Result<(), Reject> {
        decode::<C, C::State>("ADU-6", state).map(drop)
    }

    fn show_state(&self, state: &[u8]) -> Option<String> {
        show::<C::State>(state)
    }

    fn show_update(&self, update: &[u8]) -> Option<String> {
        show::<C::Update>(update)
    }
}

/// A value in words, or `None` when the bytes are none.
fn show<T: Wire>(data: &[u8]) -> Option<String> {
    wire::decode::<T>(data)
        .ok()
        .map(|value| format!("{value:?}"))
}

/// [`Ephemeral`] over bytes.
pub trait ErasedEphemeral: Send + Sync {
    /// Whether the notice is valid.
    ///
    /// # Errors
    /// AE-2 when it does not decode, or what the component rejects.
    fn check_notice(&self, cx: &CommitView<'_>, from: &Actor, notice: &[u8]) -> Result<(), Reject>;

    /// The notice in words, for people.
    fn show_notice(&self, notice: &[u8]) -> Option<String>;
}

impl<C: Ephemeral> ErasedEphemeral for C {
    fn check_notice(&self, cx: &CommitView<'_>, from: &Actor, notice: &[u8]) -> Result<(), Reject> {
        let notice = decode::<C, _>("AE-2", notice)?;
        name::<C, _>(Ephemeral::check_notice(self, cx, from, &notice))
    }

    fn show_notice(&self, notice: &[u8]) -> Option<String> {
        show::<C::Notice>(notice)
    }
}

/// [`LeafData`] over bytes.
pub trait ErasedLeaf: Send + Sync {
    /// What our own leaves say, if anything.
    fn publish(&self) -> Option<Vec<u8>>;

    /// Whether a leaf with this entry is valid.
    ///
    /// # Errors
    /// ADD-9 when it does not decode, or what the component rejects.
    fn check_leaf(&self, leaf: &LeafInfo, data: &[u8]) -> Result<(), Reject>;

    /// The entry in words, for people.
    fn show_leaf(&self, data: &[u8]) -> Option<String>;
}

impl<C: LeafData> ErasedLeaf for C {
    fn publish(&self) -> Option<Vec<u8>> {
        LeafData::publish(self).and_then(|data| wire::encode(&data).ok())
    }

    fn check_leaf(&self, leaf: &LeafInfo, data: &[u8]) -> Result<(), Reject> {
        let data = decode::<C, _>("ADD-9", data)?;
        name::<C, _>(LeafData::check_leaf(self, leaf, &data))
    }

    fn show_leaf(&self, data: &[u8]) -> Option<String> {
        show::<C::Leaf>(data)
    }
}

/// [`KeyPackageData`] over bytes.
pub trait ErasedKeyPackage: Send + Sync {
    /// Whether the private keys are kept after a join. What does not decode keeps nothing.
    fn keep_after_join(&self, mark: &[u8]) -> bool;

    /// Whether a KeyPackage with this entry is valid.
    ///
    /// # Errors
    /// ADD-9 when it does not decode, or what the component rejects.
    fn check_mark(&self, key_package: &AddedKeyPackage, mark: &[u8]) -> Result<(), Reject>;

    /// The entry in words, for people.
    fn show_mark(&self, mark: &[u8]) -> Option<String>;
}

impl<C: KeyPackageData> ErasedKeyPackage for C {
    fn keep_after_join(&self, mark: &[u8]) -> bool {
        wire::decode(mark).is_ok_and(|mark| KeyPackageData::keep_after_join(self, &mark))
    }

    fn check_mark(&self, key_package: &AddedKeyPackage, mark: &[u8]) -> Result<(), Reject> {
        let mark = decode::<C, _>("ADD-9", mark)?;
        name::<C, _>(KeyPackageData::check_mark(self, key_package, &mark))
    }

    fn show_mark(&self, mark: &[u8]) -> Option<String> {
        show::<C::Mark>(mark)
    }
}

/// [`AadItem`] over bytes.
pub trait ErasedAad: Send + Sync {
    /// The item for a message we are about to send, if any.
    ///
    /// # Errors
    /// What the component rejects.
    fn item(&self, cx: &AadView<'_>) -> Result<Option<Vec<u8>>, Reject>;

    /// Whether an item that came with a message is valid.
    ///
    /// # Errors
    /// AAD-8 when it does not decode, or what the component rejects.
    fn check_item(&self, cx: &AadView<'_>, from: &Actor, item: &[u8]) -> Result<(), Reject>;
}

impl<C: AadItem> ErasedAad for C {
    fn item(&self, cx: &AadView<'_>) -> Result<Option<Vec<u8>>, Reject> {
        let Some(item) = name::<C, _>(AadItem::item(self, cx))? else {
            return Ok(None);
        };
        let bytes = wire::encode(&item);
        bytes
            .map(Some)
            .map_err(|e| Reject::misuse("AAD-8", e.to_string()).in_plugin(C::NAME))
    }

    fn check_item(&self, cx: &AadView<'_>, from: &Actor, item: &[u8]) -> Result<(), Reject> {
        let item = decode::<C, _>("AAD-8", item)?;
        name::<C, _>(AadItem::check_item(self, cx, from, &item))
    }
}

/// [`Contributor`], object-safe.
pub trait ErasedContributor: Send + Sync {
    /// Adds to a commit that we build.
    fn contribute(&self, cx: &BuildView<'_>, out: &mut Contribution);
}

impl<C: Contributor> ErasedContributor for C {
    fn contribute(&self, cx: &BuildView<'_>, out: &mut Contribution) {
        Contributor::contribute(self, cx, out);
    }
}

/// [`PayloadFraming`], object-safe.
pub trait ErasedFraming: Send + Sync {
    /// The bytes to encrypt for a payload.
    ///
    /// # Errors
    /// What the component rejects.
    fn wrap(&self, epoch: &EpochState, payload: &Payload) -> Result<Vec<u8>, Reject>;

    /// The payload in decrypted bytes.
    ///
    /// # Errors
    /// What the component rejects.
    fn unwrap(&self, epoch: &EpochState, bytes: &[u8]) -> Result<Payload, Reject>;
}

impl<C: PayloadFraming> ErasedFraming for C {
    fn wrap(&self, epoch: &EpochState, payload: &Payload) -> Result<Vec<u8>, Reject> {
        name::<C, _>(PayloadFraming::wrap(self, epoch, payload))
    }

    fn unwrap(&self, epoch: &EpochState, bytes: &[u8]) -> Result<Payload, Reject> {
        name::<C, _>(PayloadFraming::unwrap(self, epoch, bytes))
    }
}

/// [`Authority`], object-safe.
pub trait ErasedAuthority: Send + Sync {
    /// Whether `from` may do it, if the component has an opinion.
    fn may(
        &self,
        epoch: &EpochState,
        from: &Actor,
        action: &Action<'_>,
    ) -> Option<Result<(), Reject>>;
}

impl<C: Authority> ErasedAuthority for C {
    fn may(
        &self,
        epoch: &EpochState,
        from: &Actor,
        action: &Action<'_>,
    ) -> Option<Result<(), Reject>> {
        Authority::may(self, epoch, from, action).map(name::<C, _>)
    }
}

/// [`AnchorSource`], object-safe.
pub trait ErasedAnchorSource: Send + Sync {
    /// The anchors of an epoch, if the group has any of its own.
    fn anchors(&self, epoch: &EpochState) -> Option<Result<Arc<Anchors>, Reject>>;
}

impl<C: AnchorSource> ErasedAnchorSource for C {
    fn anchors(&self, epoch: &EpochState) -> Option<Result<Arc<Anchors>, Reject>> {
        AnchorSource::anchors(self, epoch).map(name::<C, _>)
    }
}

/// [`Eligibility`], object-safe.
pub trait ErasedEligibility: Send + Sync {
    /// Whether the candidate may be in the group.
    fn admit(&self, who: &Candidate<'_>) -> Result<(), Reject>;
}

impl<C: Eligibility> ErasedEligibility for C {
    fn admit(&self, who: &Candidate<'_>) -> Result<(), Reject> {
        name::<C, _>(Eligibility::admit(self, who))
    }
}

/// [`PskSource`], object-safe.
pub trait ErasedPsk: Send + Sync {
    /// The key named `psk_id`, if it is known.
    fn psk(&self, cx: &PskView<'_>, psk_id: &[u8]) -> Option<Secret>;
}

impl<C: PskSource> ErasedPsk for C {
    fn psk(&self, cx: &PskView<'_>, psk_id: &[u8]) -> Option<Secret> {
        PskSource::psk(self, cx, psk_id)
    }
}

/// [`CredentialKind`], object-safe.
pub trait ErasedCredential: Send + Sync {
    /// Who the credential speaks of.
    ///
    /// # Errors
    /// What the kind rejects.
    fn identify(&self, content: &[u8], kinds: &Kinds<'_>) -> Result<Identity, Reject>;

    /// The user whose client it speaks of, if the kind tells users from clients.
    fn user(&self, content: &[u8], kinds: &Kinds<'_>) -> Option<Identity>;

    /// Whether it may take the place of another one of its kind.
    ///
    /// # Errors
    /// What the kind rejects.
    fn succeeds(&self, old: &[u8], new: &[u8], kinds: &Kinds<'_>) -> Result<(), Reject>;

    /// Whether the credential is genuine and belongs to the key.
    ///
    /// # Errors
    /// What the kind rejects or misses.
    fn verify(
        &self,
        content: &[u8],
        key: &SignatureKey<'_>,
        cx: &VerifyView<'_>,
    ) -> Result<Verified, Unverified>;
}

impl<K: CredentialKind> ErasedCredential for K {
    fn identify(&self, content: &[u8], kinds: &Kinds<'_>) -> Result<Identity, Reject> {
        CredentialKind::identify(self, content, kinds).map_err(|reject| reject.in_plugin(K::NAME))
    }

    fn user(&self, content: &[u8], kinds: &Kinds<'_>) -> Option<Identity> {
        CredentialKind::user(self, content, kinds)
    }

    fn succeeds(&self, old: &[u8], new: &[u8], kinds: &Kinds<'_>) -> Result<(), Reject> {
        CredentialKind::succeeds(self, old, new, kinds).map_err(|reject| reject.in_plugin(K::NAME))
    }

    fn verify(
        &self,
        content: &[u8],
        key: &SignatureKey<'_>,
        cx: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        let name = |reject: Reject| reject.in_plugin(K::NAME);
        match CredentialKind::verify(self, content, key, cx) {
            Ok(mut verified) => {
                verified.concerns = verified.concerns.into_iter().map(name).collect();
                Ok(verified)
            }
            Err(Unverified::Reject(reject)) => Err(name(reject).into()),
            Err(missing) => Err(missing),
        }
    }
}
