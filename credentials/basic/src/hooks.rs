//! How basic credentials plug in.

use std::sync::Arc;

use mls_trellis_hooks::{
    CredentialKind, CredentialType, Draft, Hooks, Identity, Kinds, Plugin, Reject, SignatureKey,
    Unverified, Verified, VerifyView,
};

use crate::wire;

/// The basic credential, which proves nothing: see the [crate's documentation](crate).
#[derive(Clone, Copy, Debug, Default)]
pub struct Basic;

mls_trellis_registry::register! {
    /// Basic credentials.
    pub static BASIC: Basic::default
}

impl Plugin for Basic {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.credential(self);
    }
}

impl CredentialKind for Basic {
    const NAME: &'static str = "basic";
    const TYPE: CredentialType = CredentialType::BASIC;
    const DRAFT: Draft = Draft::new("RFC 9420", "", "5.3");

    fn identify(&self, content: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
        wire::identity(content)
    }

    /// Any identity belongs to any key.
    fn verify(
        &self,
        content: &[u8],
        _: &SignatureKey<'_>,
        cx: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        Ok(Verified::new(self.identify(content, &cx.kinds)?))
    }
}
