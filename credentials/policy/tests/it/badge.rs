//! A kind of credential that says what a test wants it to say, and is always genuine.

use std::sync::Arc;

use mls_trellis_hooks::{
    Candidate, Claim, Credential, CredentialKind, CredentialType, Door, Draft, EpochState, Facts,
    Hooks, Identity, Kinds, LeafInfo, Origin, Plugin, Plugins, Reject, SignatureKey, StatusRef,
    Unverified, Validity, Verified, VerifyView,
};
use mls_trellis_policy::{Compiled, CredentialPolicy, Decision, Document};

pub(crate) const BADGE: CredentialType = CredentialType(0xf00b);
const DAY: u64 = 86_400;

#[derive(Default)]
pub(crate) struct Badge;

impl Plugin for Badge {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.credential(self);
    }
}

impl CredentialKind for Badge {
    const NAME: &'static str = "badge";
    const TYPE: CredentialType = BADGE;
    const DRAFT: Draft = Draft::private("badge", "1");

    fn identify(&self, content: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
        Ok(Holder::read(content).identity())
    }

    fn user(&self, content: &[u8], _: &Kinds<'_>) -> Option<Identity> {
        Some(Holder::read(content).user.as_str().into())
    }

    fn verify(
        &self,
        content: &[u8],
        _: &SignatureKey<'_>,
        _: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        Ok(Holder::read(content).verified())
    }
}

/// What a badge says: `client user issuer level days`, with a serial number behind it if it has one.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) client: String,
    pub(crate) user: String,
    pub(crate) issuer: String,
    pub(crate) level: String,
    pub(crate) days: u64,
}

impl Holder {
    /// Whom [`POLICY`](crate::POLICY) lets in.
    pub(crate) fn of(client: &str, user: &str) -> Self {
        Self {
            client: format!("mimi://a.example/d/{client}"),
            user: format!("mimi://a.example/u/{user}"),
            issuer: "https://id.a.example".to_owned(),
            level: "staff".to_owned(),
            days: 90,
        }
    }

    pub(crate) fn alice() -> Self {
        Self::of("alice/phone", "alice")
    }

    pub(crate) fn credential(&self) -> Credential {
        let Self {
            client,
            user,
            issuer,
            level,
            days,
        } = self;
        Credential {
            credential_type: BADGE,
            content: format!("{client} {user} {issuer} {level} {days}")
                .into_bytes()
                .into(),
        }
    }

    fn read(content: &[u8]) -> Self {
        let text = String::from_utf8_lossy(content);
        let mut parts = text.split(' ').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        Self {
            client: next(),
            user: next(),
            issuer: next(),
            level: next(),
            days: next().parse().unwrap_or_default(),
        }
    }

    fn identity(&self) -> Identity {
        self.client.as_str().into()
    }

    pub(crate) fn facts(&self) -> Facts {
        Facts::default()
            .issued_by(&self.issuer)
            .valid(Validity {
                not_before: 1000 * DAY,
                not_after: (1000 + self.days) * DAY,
            })
            .claim("level", Claim::Text(self.level.clone()))
            .claim("keys", Claim::texts(["door", "lift"]))
            .status(StatusRef::Token {
                uri: "https://id.a.example/status".to_owned(),
                index: 7,
            })
    }

    pub(crate) fn verified(&self) -> Verified {
        Verified::new(self.identity()).with_facts(self.facts())
    }

    pub(crate) fn leaf(&self) -> LeafInfo {
        let mut leaf = LeafInfo::basic(&self.client);
        leaf.credential = self.credential();
        leaf.user = Some(self.user.as_str().into());
        leaf
    }
}

pub(crate) fn plugins(policy: CredentialPolicy) -> Plugins {
    Plugins::builder()
        .add(mls_trellis_basic::BASIC.make(), Origin::here())
        .add(Arc::new(Badge), Origin::here())
        .add(Arc::new(policy), Origin::here())
        .build()
        .unwrap()
}

/// An epoch with these numbers, and nobody in it.
pub(crate) fn epoch() -> EpochState {
    EpochState::new(b"room").with_plugins(&plugins(CredentialPolicy::default()))
}

pub(crate) fn compiled(document: &str) -> Compiled {
    Compiled::new(Document::parse(document).unwrap().rules().clone()).unwrap()
}

/// What the rules of a document say of somebody who comes with this badge.
pub(crate) fn decide(document: &str, holder: &Holder) -> Decision {
    judge(
        document,
        Door::Add,
        &holder.leaf(),
        None,
        &holder.verified(),
    )
}

pub(crate) fn judge(
    document: &str,
    door: Door,
    leaf: &LeafInfo,
    replaces: Option<&LeafInfo>,
    verified: &Verified,
) -> Decision {
    with(door, leaf, replaces, verified, |who| {
        compiled(document).decide(who)
    })
}

/// An external sender: it has no leaf, at whatever door.
pub(crate) fn sender<T>(
    door: Door,
    credential: &Credential,
    verified: &Verified,
    ask: impl FnOnce(&Candidate<'_>) -> T,
) -> T {
    let epoch = epoch();
    ask(&Candidate {
        door,
        epoch: &epoch,
        leaf: None,
        replaces: None,
        credential,
        key: SignatureKey {
            cipher_suite: epoch.cipher_suite,
            bytes: b"key",
        },
        verified,
    })
}

pub(crate) fn with<T>(
    door: Door,
    leaf: &LeafInfo,
    replaces: Option<&LeafInfo>,
    verified: &Verified,
    ask: impl FnOnce(&Candidate<'_>) -> T,
) -> T {
    let epoch = epoch();
    ask(&Candidate {
        door,
        epoch: &epoch,
        leaf: Some(leaf),
        replaces,
        credential: &leaf.credential,
        key: SignatureKey {
            cipher_suite: epoch.cipher_suite,
            bytes: b"key",
        },
        verified,
    })
}

/// The rules that speak against somebody.
pub(crate) fn broken(decision: &Decision) -> Vec<&'static str> {
    decision
        .findings
        .iter()
        .map(|finding| finding.rule)
        .collect()
}
