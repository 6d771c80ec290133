//! A kind of credentials that does not stand by what it said.

use mls_trellis_hooks::{
    CredentialKind, CredentialType, Draft, Hooks, Identity, Kinds, Origin, Plugin, Verified,
    VerifyView,
};

use super::*;

/// Reads a credential as one identity and verifies it as another.
struct Fickle;

impl CredentialKind for Fickle {
    const NAME: &'static str = "fickle";
    const TYPE: CredentialType = CredentialType::BASIC;
    const DRAFT: Draft = Draft::private("fickle", "1");

    fn identify(&self, content: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
        Ok(content.into())
    }

    fn verify(
        &self,
        _: &[u8],
        _: &SignatureKey<'_>,
        _: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        Ok(Verified::new("somebody else".into()))
    }
}

impl Plugin for Fickle {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.credential(self);
    }
}

#[test]
fn cred_2_a_credential_that_is_verified_as_another() {
    let plugins = Plugins::builder().add(Arc::new(Fickle), Origin::here());
    let plugins = plugins.build().unwrap();
    let epoch = EpochState::new(b"room").with_leaf(LeafIndex(0), LeafInfo::basic("alice"));
    let refused = verify_all(&plugins, Door::Founding, &epoch, None).err();
    let Some(Unverified::Reject(reject)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((reject.rule(), reject.plugin()), ("CRED-2", "fickle"));
}
