//! Rules on who may be in a group, asked of each credential that was found genuine.
//!
//! There are two kinds of rules. What the *group* says is asked of everybody alike, so it must be
//! pure: an [`Eligibility`]. What *we* say, by our clock or what we know of revocation, may differ from
//! what others say, so it must not refuse their commits: an [`Assessor`].
//!
//! ```
//! use mls_trellis_hooks::{Assessment, Assessor, Candidate, Reject};
//!
//! /// Brings nobody into a group whose credential is over.
//! struct InTime;
//!
//! impl Assessor for InTime {
//!     fn assess(&self, who: &Candidate<'_>, now: u64) -> Assessment {
//!         match who.verified.facts.validity {
//!             Some(validity) if validity.not_after < now => Assessment::Avoid(Reject::policy(
//!                 "TIME-1",
//!                 format!("the credential of {} is over", who.verified.identity),
//!             )),
//!             _ => Assessment::Fine,
//!         }
//!     }
//! }
//! ```

use super::{Door, SignatureKey, Verified};
use crate::{Component, Credential, EpochState, LeafInfo, Reject};

/// Somebody at a door of the group, whose credential is genuine.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// Which door it is.
    pub door: Door,
    /// The group as it would be with them: its state is that after the commit, if there is one.
    pub epoch: &'a EpochState,
    /// Their leaf; an external sender has none.
    pub leaf: Option<&'a LeafInfo>,
    /// The leaf of theirs that this one replaces, if it does.
    pub replaces: Option<&'a LeafInfo>,
    /// Their credential.
    pub credential: &'a Credential,
    /// The key that it belongs to.
    pub key: SignatureKey<'a>,
    /// What the credential's kind says.
    pub verified: &'a Verified,
}

/// A component whose state says who may be in the group.
///
/// It is asked where it is active, at every door, after the credential's kind. When its state changes,
/// it is asked of every member and external sender anew ([`Door::Rules`]): nobody may stay whom the
/// next one to join would have to refuse.
pub trait Eligibility: Component {
    /// Whether the candidate may be in the group. A pure function.
    ///
    /// # Errors
    /// A rejection refuses the credential, and with it the commit, the join or the import.
    fn admit(&self, who: &Candidate<'_>) -> Result<(), Reject>;
}

/// Our own judgement on a credential, by what others may see differently: a clock, a list of
/// revocations, a directory. It is asked after everything that all agree on, and never refuses what
/// another did.
pub trait Assessor: Send + Sync + 'static {
    /// What we think of the candidate, at this second of Unix time.
    fn assess(&self, who: &Candidate<'_>, now: u64) -> Assessment;
}

/// What an [`Assessor`] thinks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Assessment {
    /// Nothing speaks against it.
    Fine,
    /// It is to be told to the application, and keeps nobody out.
    Alarm(Reject),
    /// We do not bring them in, nor enter a group that they are in. When another brings them in, it is
    /// an alarm.
    Avoid(Reject),
    /// It cannot be said before these are fetched. We wait; when another brings them in, it is an
    /// alarm.
    Missing(Vec<String>),
}
