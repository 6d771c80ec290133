//! Who is preauthorized (draft-ietf-mimi-room-policy-03, section 4).

use mls_trellis_hooks::{CredentialType, wire::Opaque};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

use super::Role;

/// Roles for those whose credentials make certain claims: `PreAuthData` of the draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Preauth {
    /// Asked in this order; the first that matches counts.
    pub preauthorized_entries: Vec<PreauthEntry>,
}

/// A role for those who make all of some claims: `PreAuthRoleEntry` of the draft.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct PreauthEntry {
    /// All of these must be made, with exactly these values.
    pub claimset: Vec<Claim>,
    /// The role. The draft spells it out whole; its index alone counts here, and the role is what the
    /// room's roles say of that index.
    pub target_role: Role,
}

/// Something that a credential says of its owner.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Claim {
    /// Which claim.
    pub claim_id: ClaimId,
    /// What it says.
    pub claim_value: Opaque,
}

/// A claim's name within a type of credentials.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ClaimId {
    /// The type of the credential.
    pub credential_type: CredentialType,
    /// An OID, the name of a JWT claim, or a CWT key.
    pub id: Opaque,
}

impl Claim {
    /// A claim with a value.
    #[must_use]
    pub fn new(credential_type: CredentialType, id: &str, value: &[u8]) -> Self {
        Self {
            claim_id: ClaimId {
                credential_type,
                id: id.as_bytes().into(),
            },
            claim_value: value.into(),
        }
    }
}
