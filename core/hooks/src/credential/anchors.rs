//! The anchors that a group believes, where it says so itself.
//!
//! A component keeps them, for kinds of credentials that it does not know; a kind asks the epoch,
//! [`EpochState::anchors`], and reads what is for its type. Neither names the other's crate:
//!
//! ```
//! use std::sync::Arc;
//! use mls_trellis_hooks::{
//!     AnchorSource, Anchors, Component, ComponentId, CredentialType, Draft, EpochState, Hooks,
//!     Origin, Plugin, Plugins, Reject,
//! };
//!
//! /// Every group believes one authority, for one domain.
//! #[derive(Default)]
//! struct Pinned;
//!
//! impl Component for Pinned {
//!     const NAME: &'static str = "pinned";
//!     const DEFAULT_ID: ComponentId = ComponentId(0x8103);
//!     const DRAFT: Draft = Draft::private("pinned", "1");
//! }
//! impl AnchorSource for Pinned {
//!     fn anchors(&self, _: &EpochState) -> Option<Result<Arc<Anchors>, Reject>> {
//!         let pinned = Anchors::default().with("a.example", CredentialType::X509, b"its DER");
//!         Some(Ok(Arc::new(pinned)))
//!     }
//! }
//! impl Plugin for Pinned {
//!     fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
//!         hooks.component(self).anchor_source();
//!     }
//! }
//!
//! let plugins = Plugins::builder().add(Arc::new(Pinned), Origin::here()).build()?;
//! let epoch = EpochState::new(b"room").with_plugins(&plugins);
//! assert!(epoch.anchors().is_none()); // the component is not active
//!
//! let epoch = epoch.requiring([ComponentId(0x8103)]);
//! let anchors = epoch.anchors().unwrap()?;
//! assert_eq!(anchors.of(CredentialType::X509, "a.example"), [b"its DER"]);
//! assert!(anchors.of(CredentialType::X509, "b.example").is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{collections::BTreeMap, sync::Arc};

use super::{Assessment, Candidate, CredentialKind, Unverified};
use crate::{Component, CredentialType, EpochState, Last, Reject};

/// Says whom the group believes. A pure function of the epoch.
pub trait AnchorSource: Component {
    /// The anchors of an epoch, or `None` when the group has none of its own.
    fn anchors(&self, epoch: &EpochState) -> Option<Result<Arc<Anchors>, Reject>>;
}

/// Anchors by type of credential, and by the domain for which they speak. What an anchor is, its kind
/// of credential says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anchors(BTreeMap<CredentialType, BTreeMap<String, Vec<Vec<u8>>>>);

impl Anchors {
    /// The same, with one more.
    #[must_use]
    pub fn with(mut self, domain: &str, of: CredentialType, anchor: impl Into<Vec<u8>>) -> Self {
        let domains = self.0.entry(of).or_default();
        let anchors = domains.entry(domain.to_owned()).or_default();
        anchors.push(anchor.into());
        self
    }

    /// The anchors of one type for one domain.
    #[must_use]
    pub fn of(&self, credential_type: CredentialType, domain: &str) -> &[Vec<u8>] {
        let domains = self.0.get(&credential_type);
        domains
            .and_then(|domains| domains.get(domain))
            .map_or(&[], Vec::as_slice)
    }

    /// The domains that have anchors of one type, with them.
    pub fn domains(&self, of: CredentialType) -> impl Iterator<Item = (&str, &[Vec<u8>])> {
        let domains = self.0.get(&of).into_iter().flatten();
        domains.map(|(domain, anchors)| (domain.as_str(), anchors.as_slice()))
    }
}

/// What a kind of credential makes of the anchors of the group that it was asked for last.
#[derive(Debug)]
pub struct PreparedAnchors<T>(Last<Arc<Anchors>, T>);

impl<T> Default for PreparedAnchors<T> {
    fn default() -> Self {
        Self(Last::default())
    }
}

impl<T> PreparedAnchors<T> {
    /// The anchors of a group, made ready for kind `K` with the type that it goes by; `None` when the
    /// group names none, or there is no group.
    ///
    /// # Errors
    /// Those of the component that names them.
    pub fn of<K: CredentialKind>(
        &self,
        epoch: Option<&EpochState>,
        prepare: impl FnOnce(&Anchors, CredentialType) -> T,
    ) -> Result<Option<Arc<T>>, Reject> {
        let Some(epoch) = epoch else {
            return Ok(None);
        };
        let Some(anchors) = epoch.anchors().transpose()? else {
            return Ok(None);
        };
        let prepare = || prepare(&anchors, epoch.ids.credential::<K>());
        Ok(Some(self.0.of(&anchors, prepare)))
    }
}

impl EpochState {
    /// The anchors that the group believes, as a component says that is active in it; `None` when none
    /// says anything. Every kind of credential believes these and no others then, so that all members
    /// judge alike.
    #[must_use]
    pub fn anchors(&self) -> Option<Result<Arc<Anchors>, Reject>> {
        let mut active = self.anchor_sources.active(self);
        active.find_map(|source| source.anchors(self))
    }
}

impl Assessment {
    /// ANC-7: where the group's anchors have decided for all, a kind's own still decide whom we bring
    /// in and which groups we enter. `verdict` is the kind's by its own anchors; it is asked only there.
    pub fn by_own_anchors<K: CredentialKind>(
        who: &Candidate<'_>,
        verdict: impl FnOnce() -> Result<(), Unverified>,
    ) -> Self {
        let is_ours = who.credential.credential_type == who.epoch.ids.credential::<K>();
        if !is_ours || who.epoch.anchors().is_none() {
            return Self::Fine;
        }
        match verdict() {
            Ok(()) => Self::Fine,
            Err(Unverified::Missing(needs)) => Self::Missing(needs),
            Err(Unverified::Reject(reject)) => {
                let who = &who.verified.identity;
                let detail = format!("the group vouches for {who}, and we do not: {reject}");
                Self::Avoid(Reject::policy("ANC-7", detail))
            }
        }
    }
}
