//! Kinds of credentials, and the verdict on one (RFC 9420, section 5.3.1).
//!
//! ```
//! use mls_trellis_hooks::{
//!     CredentialKind, CredentialType, Draft, Identity, Kinds, Reject, SignatureKey, Unverified,
//!     Verified, VerifyView,
//! };
//!
//! /// Takes everybody at their word.
//! struct Trusting;
//!
//! impl CredentialKind for Trusting {
//!     const NAME: &'static str = "trusting";
//!     const TYPE: CredentialType = CredentialType(0xf001);
//!     const DRAFT: Draft = Draft::private("trusting", "1");
//!
//!     fn identify(&self, content: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
//!         Ok(content.into())
//!     }
//!
//!     fn verify(
//!         &self,
//!         content: &[u8],
//!         _: &SignatureKey<'_>,
//!         cx: &VerifyView<'_>,
//!     ) -> Result<Verified, Unverified> {
//!         Ok(Verified::new(self.identify(content, &cx.kinds)?))
//!     }
//! }
//! ```

mod anchors;
mod eligibility;
mod facts;
mod gate;
mod kinds;
mod status;

pub use anchors::{AnchorSource, Anchors, PreparedAnchors};
pub use eligibility::{Assessment, Assessor, Candidate, Eligibility};
pub use facts::{Claim, Facts, StatusRef, Validity, Voucher};
pub use gate::Gate;
pub use kinds::Kinds;
pub use status::{Evidence, Standing, StatusSource};

use crate::{CipherSuite, CredentialType, Draft, EpochState, Identity, Reject, Signatures};

/// A kind of credential. All methods are pure: same bytes, same verdict, on every member and hub.
pub trait CredentialKind: Send + Sync + 'static {
    /// A short name in lower case.
    const NAME: &'static str;
    /// Its credential type.
    const TYPE: CredentialType;
    /// Where it is specified.
    const DRAFT: Draft;

    /// Who the credential speaks of, without checking that it speaks the truth. A credential with
    /// others inside asks `kinds` about them.
    ///
    /// # Errors
    /// A rejection when the content is malformed.
    fn identify(&self, content: &[u8], kinds: &Kinds<'_>) -> Result<Identity, Reject>;

    /// The user whose client the credential speaks of, where the kind tells users from their clients:
    /// one user may have several. As [`identify`](Self::identify), without checking.
    fn user(&self, _content: &[u8], _kinds: &Kinds<'_>) -> Option<Identity> {
        None
    }

    /// Whether a credential may take the place of another one of this kind that the same member showed
    /// before. That both speak of the same client is not asked here. The default has nothing against it.
    ///
    /// # Errors
    /// A rejection refuses the new credential.
    fn succeeds(&self, _old: &[u8], _new: &[u8], _kinds: &Kinds<'_>) -> Result<(), Reject> {
        Ok(())
    }

    /// Whether the credential is genuine and belongs to the key.
    ///
    /// # Errors
    /// [`Unverified::Reject`] when it is not; [`Unverified::Missing`] when it cannot be said before
    /// the application supplies something.
    fn verify(
        &self,
        content: &[u8],
        key: &SignatureKey<'_>,
        cx: &VerifyView<'_>,
    ) -> Result<Verified, Unverified>;
}

/// The public key next to a credential, with the suite that says what kind of key it is.
#[derive(Clone, Copy, Debug)]
pub struct SignatureKey<'a> {
    /// The group's or KeyPackage's cipher suite.
    pub cipher_suite: CipherSuite,
    /// The key as it stands in the leaf.
    pub bytes: &'a [u8],
}

/// A credential that was found genuine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// Whom it speaks of.
    pub identity: Identity,
    /// What we would not bring into a group ourselves, but must live with when another did: it
    /// refuses our own commit and is an alarm on another's.
    pub concerns: Vec<Reject>,
    /// What else is known now, for rules on who may be in a group.
    pub facts: Facts,
}

impl Verified {
    /// The verdict that the credential speaks of `identity`.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            concerns: Vec::new(),
            facts: Facts::default(),
        }
    }

    /// The same verdict with these facts.
    #[must_use]
    pub fn with_facts(mut self, facts: Facts) -> Self {
        self.facts = facts;
        self
    }

    /// The same verdict with a concern.
    #[must_use]
    pub fn with_concern(mut self, concern: Reject) -> Self {
        self.concerns.push(concern);
        self
    }
}

/// Why a credential was not found genuine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// It is not.
    #[error(transparent)]
    Reject(#[from] Reject),
    /// It cannot be said yet: fetch these and repeat the step.
    #[error("missing: {}", .0.join(", "))]
    Missing(Vec<String>),
}

/// Through which door a credential comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Door {
    /// The leaf of a group's founder.
    Founding,
    /// A KeyPackage that we are about to add, or that an Add names.
    Add,
    /// An Update proposal.
    Update,
    /// The path of a commit.
    Path,
    /// The path of an external commit.
    ExternalCommit,
    /// The tree of a group that we are about to join.
    Welcome,
    /// The tree of a group that a hub begins to follow.
    Import,
    /// The group's list of external senders.
    ExternalSender,
    /// The member is in the group, and the group's rules on credentials have changed.
    Rules,
    /// The member is in the group, and somebody asks anew.
    Review,
}

/// What a credential kind sees besides the credential.
#[derive(Clone, Debug)]
pub struct VerifyView<'a> {
    /// Through which door the credential comes.
    pub door: Door,
    /// The group, when there is one yet.
    pub epoch: Option<&'a EpochState>,
    /// The kinds of credentials that are linked, for a credential with others inside.
    pub kinds: Kinds<'a>,
    /// Verifies signatures that stand in the credential.
    pub signatures: Signatures<'a>,
}

impl VerifyView<'_> {
    /// A view without a group, other kinds and signatures, to be filled in by hand.
    #[must_use]
    pub fn new(door: Door) -> Self {
        Self {
            door,
            epoch: None,
            kinds: Kinds::none(),
            signatures: Signatures::none(),
        }
    }
}
