//! The extension on the wire, as any peer may have written it.

use mls_trellis_hooks::wire::Opaque;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// What kind of context a KeyPackage is bound to (`ContextType`), one byte. All values can be carried.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, TlsSize, TlsSerialize, TlsDeserialize,
)]
pub struct ContextType(pub u8);

impl ContextType {
    /// A group, by its id.
    pub const GROUP_ID: Self = Self(1);
    /// A URI.
    pub const URI: Self = Self(2);
    /// A domain.
    pub const DOMAIN: Self = Self(3);
    /// The thumbprint of a JSON Web Key.
    pub const JWK_THUMBPRINT: Self = Self(4);
}

/// The content of the extension: exactly one pair (`ContextPair`).
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct ContextPair {
    /// What kind of context it is.
    pub context_type: ContextType,
    /// Which one (`context_value`).
    pub context_value: Opaque,
}
