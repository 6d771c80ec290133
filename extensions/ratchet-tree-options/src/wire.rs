//! The structures on the wire, as any peer may have written them.

use mls_trellis_hooks::{RawExtension, wire::Opaque};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// Where a joiner finds the ratchet tree (`RatchetTreeOption`). It comes beside a Welcome or a
/// GroupInfo, in the application's own protocol.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum RatchetTreeOption {
    /// Here: the nodes of an `optional<Node> ratchet_tree<V>`.
    #[tls_codec(discriminant = 1)]
    Full(Opaque),
    /// At this URL, in ASCII.
    #[tls_codec(discriminant = 2)]
    HttpsUri(Opaque),
    /// The joiner knows where.
    #[tls_codec(discriminant = 3)]
    OutOfBand,
    /// At the distribution service, which follows the group.
    #[tls_codec(discriminant = 4)]
    DistributionService,
}

/// The domain of a host that ratchet trees may be fetched from.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Domain {
    /// Its name, in A-labels.
    pub domain: Opaque,
}

/// The content of the extension `ratchet_tree_source_domains` in the GroupContext.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct DomainList {
    /// The domains.
    pub domains: Vec<Domain>,
}

/// Whether the ratchet tree is inside the last GroupInfo and inside this one
/// (`RatchetTreePresence`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum Presence {
    /// In neither.
    NoRatchetTree = 0,
    /// In both.
    Present = 1,
    /// In the last one only.
    Removed = 2,
    /// In this one only.
    Added = 3,
}

/// A GroupInfo of the epoch that a commit creates, without what a hub can compute
/// (`PartialGroupInfo`).
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct PartialGroupInfo {
    /// Where the ratchet tree is (`ratchet_tree_presence`).
    pub presence: Presence,
    /// The extensions without the ratchet tree (`group_info_extensions`).
    pub extensions: Vec<RawExtension>,
    /// The GroupInfo's signature.
    pub signature: Opaque,
}
