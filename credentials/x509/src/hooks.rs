//! How X.509 credentials plug in.

use std::{fmt, sync::Arc};

use mls_trellis_hooks::{
    Assessment, Assessor, Candidate, CredentialKind, CredentialType, Draft, EpochState, Hooks,
    Identity, Invariant, Kinds, Plugin, Reject, SignatureKey, Unverified, Verified, VerifyView,
};

use crate::{
    Certified, Policy,
    state::{self, Authority},
};

/// X.509 credentials under one policy. Cloning is cheap, and clones share the intermediates that were
/// supplied: keep one beside the client.
#[derive(Clone)]
pub struct X509(Arc<Authority>);

mls_trellis_registry::register! {
    /// X.509 credentials, without anchors: nothing is installed until an application names some.
    pub static X509_CREDENTIALS: X509::default
}

impl X509 {
    /// Believes what the policy says.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self(Arc::new(Authority::new(policy)))
    }

    /// Keeps an intermediate certificate, in DER, for chains that leave it out. Whatever was
    /// [`Missing`](Unverified::Missing) can be tried again then. It is not trusted, only found.
    ///
    /// # Errors
    /// X5-14 and X5-21 when it is not the certificate of an authority; X5-4 when there are
    /// [`MAX_INTERMEDIATES`](crate::MAX_INTERMEDIATES) already.
    pub fn supply(&self, der: &[u8]) -> Result<(), Reject> {
        self.0.supply(der)
    }

    /// What the leaf certificate of a credential says, without checking that it speaks the truth.
    ///
    /// # Errors
    /// X5-1, X5-14, X5-19 and X5-23 to X5-25 when it is malformed.
    pub fn read(&self, content: &[u8]) -> Result<Certified, Reject> {
        self.0.certified(content)
    }

    /// The verdict by a clock: as the kind's own, and the whole path with its anchor is valid at that
    /// second of Unix time. Members' clocks differ, so this is for what we do ourselves: whom to add,
    /// which invitation to take, whose messages to mark. It never refuses another's commit (X5-9).
    ///
    /// # Errors
    /// As [`CredentialKind::verify`]; X5-21 and X5-22 when something in the path is not valid then.
    pub fn check_at(
        &self,
        content: &[u8],
        key: &SignatureKey<'_>,
        unix_seconds: u64,
    ) -> Result<Certified, Unverified> {
        self.0.verify(content, key, Some(unix_seconds))
    }
}

impl Default for X509 {
    /// Without anchors, so without effect.
    fn default() -> Self {
        Self::new(Policy::default())
    }
}

impl fmt::Debug for X509 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domains: Vec<_> = self.0.policy.anchors.domains().collect();
        f.debug_tuple("X509").field(&domains).finish()
    }
}

impl Plugin for X509 {
    /// Without anchors nothing is installed, unless those of groups are believed: a client that can
    /// verify no certificate must not say that it supports them.
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        let Policy {
            anchors,
            believes_groups,
            ..
        } = &self.0.policy;
        if anchors.is_empty() && !believes_groups {
            return;
        }
        if !believes_groups {
            hooks.assessor("x509_anchors", self.clone());
        }
        hooks.invariant("x509_clients", self.clone());
        hooks.credential(self);
    }
}

impl CredentialKind for X509 {
    const NAME: &'static str = "x509";
    const TYPE: CredentialType = CredentialType::X509;
    const DRAFT: Draft = Draft::new("RFC 9420", "", "5.3");

    /// The client's URI.
    fn identify(&self, content: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
        let certified = self.0.certified(content)?;
        Ok(Identity::from(certified.subject.client.as_str()))
    }

    /// The user's URI, if the certificate names one.
    fn user(&self, content: &[u8], _: &Kinds<'_>) -> Option<Identity> {
        let certified = self.0.certified(content).ok()?;
        certified
            .subject
            .user
            .map(|user| Identity::from(user.as_str()))
    }

    /// X5-8: it speaks of the same user.
    fn succeeds(&self, old: &[u8], new: &[u8], _: &Kinds<'_>) -> Result<(), Reject> {
        self.0.succeeds(old, new)
    }

    /// Without a clock: whether something has expired is a local matter, see [`X509::check_at`].
    fn verify(
        &self,
        content: &[u8],
        key: &SignatureKey<'_>,
        cx: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        let Certified { subject, facts, .. } = self.0.verify_in(cx.epoch, content, key)?;
        Ok(Verified::new(Identity::from(subject.client.as_str())).with_facts(facts))
    }
}

/// ANC-7: our own anchors, asked where the group's have decided for all.
impl Assessor for X509 {
    fn assess(&self, who: &Candidate<'_>, _: u64) -> Assessment {
        Assessment::by_own_anchors::<Self>(who, || {
            let certified = self.0.verify(&who.credential.content, &who.key, None);
            certified.map(drop)
        })
    }
}

impl Invariant for X509 {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        state::unique_clients(epoch)
    }
}
