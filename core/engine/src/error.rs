//! What can go wrong in a step.

use std::fmt;

use mls_trellis_hooks::{HandleError, Reject, wire::WireError};
use mls_trellis_store::StoreError;

use crate::storage::StorageError;

/// Why a step did not happen. Whatever it is, the group is as it was before, in memory and in the
/// store, and the step can be repeated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A rule refuses it. The rejection names the rule, the plugin and who is at fault.
    #[error(transparent)]
    Rejected(#[from] Reject),
    /// A message of a wire format cannot be opened. What is shown to others is the same whatever the
    /// reason; the reason is inside, see [`as_reject`](Self::as_reject).
    #[error("the message cannot be opened")]
    Unopened(Reject),
    /// OpenMLS refuses it: the bytes are not authentic, not for this epoch, or break RFC 9420.
    #[error("{context}: {detail}")]
    Mls {
        /// What was being done.
        context: &'static str,
        /// What OpenMLS says.
        detail: String,
    },
    /// The bytes are not the strict encoding of what was expected.
    #[error("{context}: {detail}")]
    Malformed {
        /// What was being decoded.
        context: &'static str,
        /// What is wrong, and where.
        detail: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Whatever holds the signing key refused to sign.
    #[error("signing failed: {0}")]
    Signer(#[from] crate::SignerError),
    /// Something must be fetched before the step can be repeated.
    #[error("missing before this can be decided: {}", .0.join(", "))]
    Missing(Vec<String>),
    /// Another handle to the same group is alive in this process.
    #[error("the group is in use; drop the other handle first")]
    InUse,
    /// The client has no such group.
    #[error("no such group")]
    NoSuchGroup,
    /// The group was stored by a client with other component ids in force.
    #[error(
        "component {name} went by {stored} when the group was stored and goes by {now} now; build the client with the profile of the group (CID-4)"
    )]
    Renumbered {
        /// The component.
        name: String,
        /// Its id when the group was stored.
        stored: mls_trellis_hooks::ComponentId,
        /// Its id now, or "nothing" when it is not linked.
        now: Numbered,
    },
    /// The group was stored by a client with another type in force for a kind of extension.
    #[error(
        "extension {name} went by {stored} when the group was stored and goes by {now} now; build the client with the profile of the group (CID-4)"
    )]
    RenumberedExtension {
        /// The name of the kind.
        name: String,
        /// Its type when the group was stored.
        stored: mls_trellis_hooks::ExtensionType,
        /// Its type now, or "nothing" when it is not linked.
        now: String,
    },
    /// The group was stored by a client with other credential types in force.
    #[error(
        "credentials of kind {name} went by {stored} when the group was stored and do not now; build the client with the profile of the group (CID-4)"
    )]
    RenumberedCredential {
        /// The kind of credential.
        name: String,
        /// Its type when the group was stored.
        stored: mls_trellis_hooks::CredentialType,
    },
    /// The group was stored by a client with other wire formats in force.
    #[error(
        "wire format {name} went by {stored} when the group was stored and does not now; build the client with the profile of the group (CID-4)"
    )]
    RenumberedWireFormat {
        /// The wire format.
        name: String,
        /// Its code point when the group was stored.
        stored: mls_trellis_hooks::WireFormatId,
    },
    /// What the linked OpenMLS does is not what this engine was written for. Do not go on.
    #[error("the engine's self-test failed: {0}")]
    SelfTest(String),
}

/// The id a component goes by now, if it is linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered(pub Option<mls_trellis_hooks::ComponentId>);

impl fmt::Display for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(id) => write!(f, "{id}"),
            None => f.write_str("nothing"),
        }
    }
}

impl Error {
    /// The rejection, when a rule refused the step.
    #[must_use]
    pub fn as_reject(&self) -> Option<&Reject> {
        match self {
            Self::Rejected(reject) | Self::Unopened(reject) => Some(reject),
            _ => None,
        }
    }

    /// Something OpenMLS refused while doing `context`.
    pub(crate) fn mls<E: fmt::Display>(context: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Mls {
            context,
            detail: error.to_string(),
        }
    }

    /// Bytes that do not decode as `context`.
    pub(crate) fn malformed<E: fmt::Display>(context: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Malformed {
            context,
            detail: error.to_string(),
        }
    }
}

impl From<HandleError> for Error {
    fn from(error: HandleError) -> Self {
        match error {
            HandleError::Reject(reject) => reject.into(),
            HandleError::Store(detail) => StoreError::backend(detail).into(),
            other => Self::mls("using the keys of the epoch")(other),
        }
    }
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Store(detail) => StoreError::backend(detail).into(),
            other => Self::Malformed {
                context: "the state of OpenMLS",
                detail: other.to_string(),
            },
        }
    }
}

impl From<WireError> for Error {
    fn from(error: WireError) -> Self {
        Self::Malformed {
            context: "encoding",
            detail: error.to_string(),
        }
    }
}

/// Short for results of steps.
pub type Result<T, E = Error> = std::result::Result<T, E>;
