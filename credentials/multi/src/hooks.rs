//! How multi-credentials plug in: two kinds of credentials and a statement about the group.

use std::sync::Arc;

use mls_trellis_hooks::{
    CredentialKind, CredentialType, Draft, EpochState, Hooks, Identity, Invariant, Kinds, Plugin,
    Reject, SignatureKey, Unverified, Verified, VerifyView,
};

use crate::state;

/// The plugin: both kinds, and that all members understand what they must.
#[derive(Clone, Copy, Debug, Default)]
pub struct MultiCredentials;

/// Credentials that everybody must understand as a whole: `multi`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Multi;

/// Credentials of which everybody must understand a part: `weak-multi`.
#[derive(Clone, Copy, Debug, Default)]
pub struct WeakMulti;

mls_trellis_registry::register! {
    /// Multi-credentials, strong and weak.
    pub static MULTI_CREDENTIALS: MultiCredentials::default
}

const DRAFT: Draft = Draft::new("draft-ietf-mls-extensions", "10", "6.5");

impl Plugin for MultiCredentials {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.credential(Arc::new(Multi));
        hooks.credential(Arc::new(WeakMulti));
        hooks.invariant("multi_credentials", self);
    }
}

impl CredentialKind for Multi {
    const NAME: &'static str = "multi";
    const TYPE: CredentialType = CredentialType(0x0003);
    const DRAFT: Draft = DRAFT;

    fn identify(&self, content: &[u8], kinds: &Kinds<'_>) -> Result<Identity, Reject> {
        state::identify_multi(content, kinds)
    }

    /// The user of the first credential inside, whose client it is.
    fn user(&self, content: &[u8], kinds: &Kinds<'_>) -> Option<Identity> {
        state::user_of_multi(content, kinds)
    }

    fn verify(
        &self,
        content: &[u8],
        key: &SignatureKey<'_>,
        cx: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        state::verify_multi(content, key, cx)
    }
}

impl CredentialKind for WeakMulti {
    const NAME: &'static str = "weak_multi";
    const TYPE: CredentialType = CredentialType(0x0004);
    const DRAFT: Draft = DRAFT;

    fn identify(&self, content: &[u8], kinds: &Kinds<'_>) -> Result<Identity, Reject> {
        state::identify_weak(content, kinds)
    }

    fn verify(
        &self,
        content: &[u8],
        key: &SignatureKey<'_>,
        cx: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        state::verify_weak(content, key, cx)
    }
}

impl Invariant for MultiCredentials {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        state::all_understand(epoch)
    }
}
