//! What stands in the SafeAAD, in the GroupContext, and beside a message.

use mls_trellis_hooks::{
    CipherSuite, Credential, CredentialType,
    wire::{self, Opaque, Text, WireError},
};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// The SafeAAD item of a franked message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct FrankAad {
    /// HMAC-SHA256 of the application data with the salt inside of it.
    pub franking_tag: [u8; 32],
}

/// Who franks the group's messages: `FrankingAgentData` of the draft, and its update.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct FrankingAgent {
    /// The key that verifies franks, of the group's signature scheme.
    pub signature_key: Opaque,
    /// The type of the hub's credential.
    pub credential_type: CredentialType,
    /// The content of the hub's credential: one `opaque<V>`.
    pub credential: Opaque,
}

impl FrankingAgent {
    /// A hub with this key and credential.
    #[must_use]
    pub fn new(signature_key: &[u8], credential: &Credential) -> Self {
        Self {
            signature_key: signature_key.into(),
            credential_type: credential.credential_type,
            credential: credential.content[..].into(),
        }
    }

    /// The hub's credential.
    #[must_use]
    pub fn credential(&self) -> Credential {
        Credential {
            credential_type: self.credential_type,
            content: self.credential.as_slice().into(),
        }
    }
}

/// What a hub attaches to a message. It is to be kept with the message, for a report.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Frank {
    /// The hub's own MAC, which only the hub can check.
    pub server_frank: [u8; 32],
    /// The group's cipher suite when the message was franked.
    pub cipher_suite: CipherSuite,
    /// The hub's signature, which everybody in the group can check.
    pub integrity_signature: Opaque,
}

/// What a hub vouches for: `ServerFrankingContext` of the draft.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct FrankContext {
    /// Who sent the message.
    pub sender_uri: Text,
    /// Where.
    pub room_uri: Text,
    /// When the hub accepted it, in milliseconds of Unix time.
    pub accepted_timestamp: u64,
}

/// What the hub signs: `FrankingIntegrityTBS` of the draft.
#[derive(Clone, Debug, PartialEq, TlsSize, TlsSerialize, TlsDeserialize)]
struct FrankingIntegrityTbs {
    server_frank: [u8; 32],
    cipher_suite: CipherSuite,
    context: FrankContext,
}

/// The bytes that the hub signs.
pub(super) fn to_be_signed(
    server_frank: [u8; 32],
    cipher_suite: CipherSuite,
    context: &FrankContext,
) -> Result<Vec<u8>, WireError> {
    wire::encode(&FrankingIntegrityTbs {
        server_frank,
        cipher_suite,
        context: context.clone(),
    })
}
