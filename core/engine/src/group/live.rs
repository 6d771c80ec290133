//! The loaded group, and the steps that work on it.

use std::{collections::BTreeMap, sync::Arc};

use mls_trellis_hooks::{Actor, EpochState, LeafIndex};
use mls_trellis_store::{Row, Scope, StoreError};
use openmls::group::{GroupId, MlsGroup};
use openmls_traits::OpenMlsProvider as _;
use serde::{Deserialize, Serialize};

use super::{Group, inbox, numbers::check_numbers};
use crate::{
    Client, EpochChange, Error, Result,
    client::{Lease, NUMBERS},
    octets, roster,
    step::Step,
};

/// A loaded group.
pub(super) struct Live {
    pub(super) mls: MlsGroup,
    pub(super) epoch: EpochState,
    pub(super) pending: Option<Pending>,
    // The epoch the pending commit would create; read from OpenMLS again after a reload.
    pub(super) after: Option<EpochState>,
}

/// Our own commit that is sealed and neither accepted nor discarded. `change` is what receivers will
/// be told, judged when it was sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) number: u64,
    #[serde(with = "octets")]
    pub(super) commit: Vec<u8>,
    #[serde(with = "octets")]
    pub(super) welcome: Option<Vec<u8>>,
    #[serde(with = "octets")]
    pub(super) group_info: Option<Vec<u8>>,
    pub(super) change: EpochChange,
}

impl Group {
    /// Wraps a group that was just created or joined, in the same step's aftermath.
    pub(super) fn new(
        client: &Client,
        lease: Lease,
        scope: Scope,
        version: u64,
        live: Live,
    ) -> Self {
        Self {
            client: client.clone(),
            group_id: live.mls.group_id().as_slice().to_vec(),
            scope,
            version,
            epoch: live.epoch.clone(),
            live: Some(live),
            _lease: lease,
        }
    }

    pub(crate) fn load(client: &Client, group_id: &[u8]) -> Result<Self> {
        let scope = Scope::group(group_id);
        let lease = client.lease(&scope)?;
        let version = client.inner.store.version(&scope)?;
        let live = load(client, group_id)?;
        Ok(Self::new(client, lease, scope, version, live))
    }

    pub(super) fn live(&mut self) -> Result<&mut Live> {
        if self.live.is_none() {
            self.version = self.client.inner.store.version(&self.scope)?;
            let live = load(&self.client, &self.group_id)?;
            // The store may be ahead of us: a write can succeed although its answer is lost.
            self.epoch = live.epoch.clone();
            self.live = Some(live);
        }
        self.live.as_mut().ok_or(Error::NoSuchGroup)
    }

    /// Runs a step that changes the group. A failed step has not happened: the group is dropped and
    /// loaded again by the next one, unless the failure says that nothing was touched.
    pub(super) fn work<R>(
        &mut self,
        work: impl FnOnce(&mut Live, &Step<'_>) -> Result<R, Failed>,
    ) -> Result<R> {
        self.live()?;
        let mut live = self.live.take().ok_or(Error::NoSuchGroup)?;
        let span = tracing::debug_span!("step", epoch = live.epoch.epoch);
        let _entered = span.enter();
        let mut intact = false;
        let guard = Some((self.scope.clone(), self.version));
        let client = self.client.clone();
        let result = client.step_as(client.signer_of(&own_key(&live)), guard, |step| {
            work(&mut live, step).map_err(|failed| {
                intact = failed.intact;
                failed.error
            })
        });
        match result {
            Ok(value) => {
                self.version += 1;
                self.epoch = live.epoch.clone();
                self.live = Some(live);
                Ok(value)
            }
            Err(error) => {
                tracing::debug!(%error, intact, "the step has not happened");
                if intact {
                    self.live = Some(live);
                } else if is_in_doubt(&error) {
                    // If the store cannot be asked now, the next step does.
                    let _ = self.live();
                }
                Err(error)
            }
        }
    }

    /// Runs a step that changes nothing.
    pub(super) fn read<R>(
        &mut self,
        read: impl FnOnce(&Live, &Step<'_>) -> Result<R>,
    ) -> Result<R> {
        self.live()?;
        let live = self.live.as_ref().ok_or(Error::NoSuchGroup)?;
        let signer = self.client.signer_of(&own_key(live));
        self.client.step_as(signer, None, |step| read(live, step))
    }
}

/// Whether the store may be elsewhere than where the step began.
pub(crate) fn is_in_doubt(error: &Error) -> bool {
    matches!(
        error,
        Error::Store(StoreError::Unknown(_) | StoreError::Conflict { .. })
    )
}

/// Why a step failed, and whether it left the loaded group untouched.
pub(super) struct Failed {
    pub(super) error: Error,
    pub(super) intact: bool,
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            intact: false,
        }
    }
}

impl Failed {
    /// A failure before anything was touched.
    pub(super) fn intact(error: impl Into<Error>) -> Self {
        Self {
            error: error.into(),
            intact: true,
        }
    }
}

/// Loads a group and checks that its components still go by the same ids.
fn load(client: &Client, group_id: &[u8]) -> Result<Live> {
    client.step(None, |step| {
        let numbers = Row::new(Scope::group(group_id), NUMBERS, b"");
        let numbers = step.buffer.get(&numbers)?.ok_or(Error::NoSuchGroup)?;
        let stored: BTreeMap<String, u16> =
            serde_json::from_slice(&numbers).map_err(Error::malformed("the ids in force"))?;

        let id = GroupId::from_slice(group_id);
        let mls = MlsGroup::load(step.provider.storage(), &id)?.ok_or(Error::NoSuchGroup)?;
        let epoch = epoch_of(client, &mls)?;
        check_numbers(client, &stored, &epoch)?;
        Ok(Live {
            pending: inbox::load_pending(step, group_id)?,
            mls,
            epoch,
            after: None,
        })
    })
}

/// The epoch a group is in, read from OpenMLS.
pub(super) fn epoch_of(client: &Client, mls: &MlsGroup) -> Result<EpochState> {
    let plugins = client.plugins();
    let public = mls.public_group();
    let leaves = roster::leaves_of(public.treesync(), plugins)?;
    let context = roster::group_context(public.group_context())?;
    Ok(roster::epoch_state(&context, leaves, plugins)?)
}

/// Ourselves, as the one who acts.
pub(super) fn me(live: &Live) -> Actor {
    Actor::Member(LeafIndex(live.mls.own_leaf_index().u32()))
}

/// The signature key in our leaf, which is not the client's before the leaf is renewed.
pub(super) fn own_key(live: &Live) -> Arc<[u8]> {
    let own = LeafIndex(live.mls.own_leaf_index().u32());
    let leaf = live.epoch.leaf(own);
    leaf.map(|leaf| leaf.signature_key.clone())
        .unwrap_or_default()
}

/// The members after a merge are those that were computed before it; anything else is a fault of
/// the engine, and the step must not happen.
pub(super) fn check_membership(live: &Live, after: &EpochState) -> Result<()> {
    let actual = live.mls.public_group().treesync();
    roster::check_members(actual, &after.leaves).map_err(Error::from)
}
