//! How the credential plugs in.

use std::sync::Arc;

use mls_trellis_hooks::{
    CredentialKind, CredentialType, Draft, Hooks, Identity, Kinds, Plugin, Reject, SignatureKey,
    Unverified, Verified, VerifyView,
};
use serde_json::Value;

use crate::{Trust, facts::facts, wire::Token};

/// SD-JWT credentials, with whom they are trusted from. By default nobody is.
#[derive(Clone, Debug, Default)]
pub struct SdJwt {
    trust: Trust,
}

impl SdJwt {
    /// Credentials from these issuers.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self { trust }
    }
}

mls_trellis_registry::register! {
    /// SD-JWT credentials.
    pub static SD_JWT: SdJwt::default
}

impl Plugin for SdJwt {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.credential(self);
    }
}

impl CredentialKind for SdJwt {
    const NAME: &'static str = "sd_jwt";
    const TYPE: CredentialType = CredentialType(0xf6d0);
    const DRAFT: Draft = Draft::private("sd-jwt", "1");

    /// The client that `sub` names. It stands in clear, so that it is the same for whoever asks.
    fn identify(&self, content: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
        let token = Token::parse(content)?;
        let sub = token.issued.payload.get("sub").and_then(Value::as_str);
        match sub {
            Some(sub) if !sub.is_empty() => Ok(sub.into()),
            _ => Err(Reject::peer("SDJ-12", "the token names no client (sub)")),
        }
    }

    fn verify(
        &self,
        content: &[u8],
        key: &SignatureKey<'_>,
        cx: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        let identity = self.identify(content, &cx.kinds)?;
        let group_id = cx.epoch.map(|epoch| &*epoch.group_id);
        let presented = self.trust.verify(content, key, group_id)?;
        Ok(Verified::new(identity).with_facts(facts(presented.claims())))
    }
}
