//! Stamps: what a hub attaches to an application message that it accepts, and receivers check.
//!
//! A hub cannot read the message. It sees the SafeAAD, is told who sent it, and knows when it
//! accepted it. What it attaches travels beside the message, through providers that may alter it.
//!
//! ```
//! use mls_trellis_hooks::{
//!     AcceptView, Component, ComponentId, Draft, HubStamp, Reject, StampView,
//! };
//!
//! /// The time at which the hub accepted the message, and nothing else.
//! struct Clock;
//!
//! impl Component for Clock {
//!     const NAME: &'static str = "clock";
//!     const DEFAULT_ID: ComponentId = ComponentId(0x8100);
//!     const DRAFT: Draft = Draft::private("clock", "1");
//! }
//!
//! impl HubStamp for Clock {
//!     type Stamp = u64;
//!
//!     fn stamp(&self, cx: &AcceptView<'_>) -> Result<Option<u64>, Reject> {
//!         Ok(Some(cx.accepted_at))
//!     }
//!
//!     fn check_stamp(&self, cx: &StampView<'_>, stamp: &u64) -> Result<(), Reject> {
//!         match *stamp == cx.accepted_at {
//!             true => Ok(()),
//!             false => Err(Reject::peer("CLOCK-1", "the time was altered on the way")),
//!         }
//!     }
//! }
//! ```

use std::fmt;

use crate::{
    Actor, Claims, Component, ComponentId, Credential, Dictionary, EpochState, HandleError,
    Identity, Reject, SignatureKey, Signatures, Unverified, Verified,
    wire::{self, Wire},
};

/// What a hub attaches to the application messages that it accepts.
pub trait HubStamp: Component {
    /// What is attached.
    type Stamp: Wire;

    /// What the hub attaches to a message, if anything.
    ///
    /// # Errors
    /// A rejection keeps the message from being accepted.
    fn stamp(&self, cx: &AcceptView<'_>) -> Result<Option<Self::Stamp>, Reject>;

    /// Whether what came with a message is genuine and belongs to it.
    ///
    /// # Errors
    /// A rejection refuses the message as it was handed in; it can be handed in again without the
    /// stamp, or with the right one.
    fn check_stamp(&self, cx: &StampView<'_>, stamp: &Self::Stamp) -> Result<(), Reject>;
}

/// What a hub sees of a message that it is about to accept.
#[derive(Debug)]
pub struct AcceptView<'a> {
    /// The component's id in force.
    pub id: ComponentId,
    /// The current epoch, which is the message's.
    pub epoch: &'a EpochState,
    /// The items of its SafeAAD. Nobody has verified them: only members can.
    pub items: &'a Dictionary,
    /// Who sent it, as the provider says that submitted it.
    pub sender: &'a str,
    /// When it was accepted, in milliseconds of Unix time.
    pub accepted_at: u64,
    /// Signs for the hub.
    pub signer: &'a dyn LabelSigner,
}

/// What a receiver sees when it checks a stamp: the message is authentic and in the clear.
#[derive(Clone, Debug)]
pub struct StampView<'a> {
    /// The component's id in force.
    pub id: ComponentId,
    /// The epoch of the message, which may be past; the members are those of the current one.
    pub epoch: &'a EpochState,
    /// Whose message it is.
    pub from: &'a Actor,
    /// Who that is, as of the message's epoch.
    pub identity: &'a Identity,
    /// The items of its SafeAAD.
    pub items: &'a Dictionary,
    /// The bytes that were encrypted.
    pub application_data: &'a [u8],
    /// What they say of themselves, when a linked plugin can read them.
    pub claims: Option<&'a Claims>,
    /// When the hub accepted it, as we were told, in milliseconds of Unix time.
    pub accepted_at: u64,
    /// Verifies signatures.
    pub signatures: Signatures<'a>,
    /// Verifies credentials of those outside of the group.
    pub credentials: &'a dyn CredentialVerifier,
}

/// Verifies credentials of those who are outside of the group, as its external senders are.
pub trait CredentialVerifier {
    /// Whether the credential is genuine and belongs to the key, as the kind that is linked says.
    ///
    /// # Errors
    /// CRED-1 when no plugin is linked for its type; what its kind rejects or misses.
    fn verify(
        &self,
        credential: &Credential,
        key: &SignatureKey<'_>,
    ) -> Result<Verified, Unverified>;
}

impl fmt::Debug for dyn CredentialVerifier + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialVerifier")
    }
}

/// Signs with one key (SignWithLabel of RFC 9420, section 5.1.2).
pub trait LabelSigner {
    /// The public key.
    fn public_key(&self) -> &[u8];

    /// Signs; `label` is without "MLS 1.0 ".
    ///
    /// # Errors
    /// When the signer fails.
    fn sign(&self, label: &str, content: &[u8]) -> Result<Vec<u8>, HandleError>;
}

impl fmt::Debug for dyn LabelSigner + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LabelSigner")
    }
}

/// [`HubStamp`] over bytes.
pub trait ErasedStamp: Send + Sync {
    /// What the hub attaches to a message, if anything.
    ///
    /// # Errors
    /// What the component rejects.
    fn stamp(&self, cx: &AcceptView<'_>) -> Result<Option<Vec<u8>>, Reject>;

    /// Whether what came with a message is genuine and belongs to it.
    ///
    /// # Errors
    /// HUB-4 when it does not decode, or what the component rejects.
    fn check_stamp(&self, cx: &StampView<'_>, stamp: &[u8]) -> Result<(), Reject>;
}

impl<C: HubStamp> ErasedStamp for C {
    fn stamp(&self, cx: &AcceptView<'_>) -> Result<Option<Vec<u8>>, Reject> {
        let stamp = HubStamp::stamp(self, cx).map_err(|reject| reject.in_plugin(C::NAME))?;
        let bytes = stamp.map(|stamp| wire::encode(&stamp)).transpose();
        bytes.map_err(|e| Reject::misuse("HUB-4", e.to_string()).in_plugin(C::NAME))
    }

    fn check_stamp(&self, cx: &StampView<'_>, stamp: &[u8]) -> Result<(), Reject> {
        let stamp = wire::decode(stamp)
            .map_err(|e| Reject::peer("HUB-4", e.to_string()))
            .and_then(|stamp| HubStamp::check_stamp(self, cx, &stamp));
        stamp.map_err(|reject| reject.in_plugin(C::NAME))
    }
}
