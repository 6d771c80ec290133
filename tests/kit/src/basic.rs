//! The credential of the walks, for plugins that bring none.

use std::sync::Arc;

use mls_trellis_hooks::{
    CredentialKind, CredentialType, Draft, Hooks, Identity, Plugin, Reject, SignatureKey,
    Unverified, Verified, VerifyView,
};

/// A basic credential that takes everybody at their word.
pub(crate) struct Basic;

impl CredentialKind for Basic {
    const NAME: &'static str = "basic";
    const TYPE: CredentialType = CredentialType::BASIC;
    const DRAFT: Draft = Draft::new("RFC 9420", "", "5.3");

    fn identify(&self, content: &[u8]) -> Result<Identity, Reject> {
        Ok(content.into())
    }

    fn verify(
        &self,
        content: &[u8],
        _: &SignatureKey<'_>,
        _: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        Ok(Verified::new(content.into()))
    }
}

impl Plugin for Basic {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.credential(self);
    }
}
