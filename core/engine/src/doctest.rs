//! What the examples of this crate stand on. Not part of the interface.

use std::sync::Arc;

use mls_trellis_hooks::{
    CipherSuite, Credential, CredentialKind, CredentialType, Draft, Hooks, Identity, Origin,
    Plugin, Plugins, Reject, SignatureKey, Unverified, Verified, VerifyView,
};

use crate::{Client, GroupConfig, Result, SoftwareSigner};

/// A basic credential that takes everybody at their word.
struct Basic;

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

/// A table with nothing but a basic credential.
#[must_use]
pub fn plugins() -> Plugins {
    let built = Plugins::builder()
        .add(Arc::new(Basic), Origin::here())
        .build();
    built.unwrap_or_default()
}

/// A client with a store in memory.
///
/// # Errors
/// When it cannot be built.
pub fn client(name: &str) -> Result<Client> {
    let signer = SoftwareSigner::generate(CipherSuite(0x0001))?;
    Client::builder(plugins())
        .identity(Credential::basic(name), Arc::new(signer))
        .build()
}

/// A table of plugins and the GroupInfo of a new group.
#[must_use]
pub fn group_info() -> (Plugins, Vec<u8>) {
    let info = client("alice")
        .and_then(|alice| alice.create_group(GroupConfig::new(b"room")))
        .and_then(|mut room| room.group_info());
    (plugins(), info.unwrap_or_default())
}
