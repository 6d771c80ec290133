//! How the credential plugs in.

use std::sync::Arc;

use mls_trellis_hooks::{
    Assessment, Assessor, Candidate, CredentialKind, CredentialType, Draft, Hooks, Identity, Kinds,
    Plugin, PreparedAnchors, Reject, SignatureKey, Unverified, Verified, VerifyView,
};
use serde_json::Value;

use crate::{Trust, anchors::OfGroup, facts::facts, wire::Token};

/// SD-JWT credentials, with whom they are trusted from. By default nobody is.
#[derive(Clone, Debug, Default)]
pub struct SdJwt {
    trust: Trust,
    of_groups: Arc<PreparedAnchors<OfGroup>>,
}

impl SdJwt {
    /// Credentials from these issuers.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self {
            trust,
            of_groups: Arc::default(),
        }
    }
}

mls_trellis_registry::register! {
    /// SD-JWT credentials.
    pub static SD_JWT: SdJwt::default
}

impl Plugin for SdJwt {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        if !self.trust.believes_groups {
            hooks.assessor("sd_jwt_issuers", self.clone());
        }
        hooks.credential(self);
    }
}

impl CredentialKind for SdJwt {
    const NAME: &'static str = "sd_jwt";
    const TYPE: CredentialType = CredentialType(0xf6d0);
    const DRAFT: Draft = Draft::private("sd-jwt", "1");

    /// The client that `sub` names. It stands in clear, so that it is the same for whoever asks.
    fn identify(&self, content: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
        client(&Token::parse(content)?)
    }

    fn verify(
        &self,
        content: &[u8],
        key: &SignatureKey<'_>,
        cx: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        let token = Token::parse(content)?;
        let identity = client(&token)?;
        let group_id = cx.epoch.map(|epoch| &*epoch.group_id);
        let of_group = self.of_groups.of::<Self>(cx.epoch, OfGroup::new)?;
        let issuers = match &of_group {
            Some(of_group) => of_group.of(identity.domain())?,
            None => &self.trust.issuers,
        };
        let presented = self.trust.verify_by(issuers, token, key, group_id)?;
        Ok(Verified::new(identity).with_facts(facts(presented.claims())))
    }
}

/// SDJ-12: the client that a token names.
fn client(token: &Token<'_>) -> Result<Identity, Reject> {
    let sub = token.issued.payload.get("sub").and_then(Value::as_str);
    match sub {
        Some(sub) if !sub.is_empty() => Ok(sub.into()),
        _ => Err(Reject::peer("SDJ-12", "the token names no client (sub)")),
    }
}

/// ANC-7: our own issuers, asked where the group's have decided for all.
impl Assessor for SdJwt {
    fn assess(&self, who: &Candidate<'_>, _: u64) -> Assessment {
        Assessment::by_own_anchors::<Self>(who, || {
            let (content, group_id) = (&who.credential.content, Some(&*who.epoch.group_id));
            let presented = self.trust.verify(content, &who.key, group_id);
            presented.map(drop)
        })
    }
}
