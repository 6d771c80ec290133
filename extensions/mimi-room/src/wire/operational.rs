//! How clients run the MLS group (draft-ietf-mimi-room-policy-03, section 7). It is kept and shown;
//! keeping to it is the application's business.

use mls_trellis_hooks::{
    CipherSuite, ComponentId, CredentialType, ExtensionType, ProposalType, WireFormatId,
};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

use super::{Flag, MediaRange};

/// `OperationalParameters` of the draft. Times are in seconds unless a name says otherwise; the draft
/// gives no unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct OperationalPolicy {
    /// What clients must support.
    pub mandatory_capabilities: ExtendedCapabilities,
    /// What clients support by default.
    pub default_capabilities: ExtendedCapabilities,
    /// What clients must not use.
    pub forbidden_capabilities: ExtendedCapabilities,
    /// How handshake messages travel.
    pub handshake_formats: Vec<WireFormatId>,
    /// Outsiders may propose.
    pub external_proposal_allowed: Flag,
    /// Outsiders may join by a commit of their own.
    pub external_commit_allowed: Flag,
    /// When pending proposals are committed.
    pub pending_proposal_policy: PendingProposals,
    /// How often leaves are renewed.
    pub leaf_node_update_time: TimeRange,
    /// How late and how large messages may be.
    pub app_message_policy: AppMessagePolicy,
    /// The longest lifetime of a KeyPackage.
    pub max_kp_lifetime: u64,
    /// The longest lifetime of a credential.
    pub max_credential_lifetime: u64,
    /// How long resumption secrets are kept.
    pub resumption_psk_lifetime: u64,
    /// How long unused keys of a sender are kept.
    pub sender_nonce_keypair_lifetime: TimeRange,
    /// How many are kept.
    pub max_keypairs: u32,
    /// How long early messages are kept.
    pub buffer_incoming_message_time: TimeRange,
    /// How many are kept.
    pub max_buffered_messages: u32,
}

/// Everything that a client may support.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ExtendedCapabilities {
    /// Protocol versions.
    pub versions: Vec<u16>,
    /// Cipher suites.
    pub cipher_suites: Vec<CipherSuite>,
    /// Extensions.
    pub extensions: Vec<ExtensionType>,
    /// Proposals.
    pub proposals: Vec<ProposalType>,
    /// Credentials.
    pub credentials: Vec<CredentialType>,
    /// Wire formats.
    pub wire_formats: Vec<WireFormatId>,
    /// Components.
    pub component_ids: Vec<ComponentId>,
    /// Components with SafeAAD items.
    pub safe_aad_types: Vec<ComponentId>,
    /// Media types.
    pub media_types: Vec<MediaRange>,
    /// Content types (RFC 9420, section 6).
    pub content_types: Vec<u8>,
}

/// When pending proposals are committed: `PendingProposalPolicy` of the draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum PendingProposals {
    /// Nothing is said.
    #[default]
    #[tls_codec(discriminant = 0)]
    Unspecified,
    /// At once.
    ImmediateCommit,
    /// After some time between these, in milliseconds.
    RandomDelay {
        /// At least,
        minimum_delay_ms: u64,
        /// and at most.
        maximum_delay_ms: u64,
    },
}

/// `MinDefaultMaxTime` of the draft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct TimeRange {
    /// At least.
    pub minimum_time: u64,
    /// Unless there is a reason.
    pub default_time: u64,
    /// At most.
    pub maximum_time: u64,
}

/// How late and how large messages may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct AppMessagePolicy {
    /// How many epochs late.
    pub epoch_tolerance: u8,
    /// Padded to a multiple of this many bytes.
    pub pad_to_size: u16,
    /// How many generations a sender may be ahead.
    pub max_generations_skipahead: u32,
}
