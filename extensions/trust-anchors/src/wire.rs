//! What trust anchors look like on the wire.

use mls_trellis_hooks::{
    CredentialType,
    wire::{Opaque, SortedMap, Text},
};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// The state in the GroupContext: who vouches for the members of each domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Vouched {
    /// The anchors of each domain.
    pub domains: SortedMap<Text, Vec<Anchor>>,
}

/// Who vouches for credentials of one type.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Anchor {
    /// The type of credential.
    pub credential_type: CredentialType,
    /// The anchor, as the credential's kind reads it.
    pub data: Opaque,
}

/// What an AppDataUpdate carries: one domain's entry.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum Update {
    /// Puts it, in place of what was there.
    #[tls_codec(discriminant = 1)]
    Put {
        /// The domain.
        domain: Text,
        /// All of its anchors.
        anchors: Vec<Anchor>,
    },
    /// Drops it.
    Drop {
        /// The domain.
        domain: Text,
    },
}

impl Anchor {
    /// An anchor for credentials of one type.
    #[must_use]
    pub fn new(credential_type: CredentialType, data: impl Into<Opaque>) -> Self {
        Self {
            credential_type,
            data: data.into(),
        }
    }
}

impl Update {
    /// Puts the anchors of a domain, in place of those that it has.
    pub fn put(domain: &str, anchors: impl IntoIterator<Item = Anchor>) -> Self {
        Self::Put {
            domain: domain.into(),
            anchors: anchors.into_iter().collect(),
        }
    }

    /// Drops a domain: none of its members may be in the group afterwards.
    #[must_use]
    pub fn drop(domain: &str) -> Self {
        Self::Drop {
            domain: domain.into(),
        }
    }
}
