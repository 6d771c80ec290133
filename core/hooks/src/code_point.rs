//! Code points: the numbers that name things on the wire.
//!
//! Each is a newtype over `u16`, never a closed enum: every value can be carried, shown and
//! compared, whether this build knows it or not. Drafts collide and move, so a number is written
//! once, as the default of the plugin that owns it, and everything else asks which number is in
//! force.
//!
//! ```
//! use mls_trellis_hooks::ComponentId;
//!
//! let poll = ComponentId(0x8042);
//! assert!(poll.is_private());
//! assert_eq!(poll.to_string(), "0x8042");
//! ```

use std::fmt;

use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

macro_rules! code_point {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, TlsSize, TlsSerialize, TlsDeserialize,
        )]
        pub struct $name(pub u16);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:#06x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:#06x})", stringify!($name), self.0)
            }
        }

        impl $name {
            /// Whether this is one of the values reserved to keep receivers honest (GREASE,
            /// RFC 9420 section 13.5). Only what is sent may depend on it, never what is accepted.
            #[must_use]
            pub const fn is_grease(self) -> bool {
                Self::grease_pattern(self.0)
            }
        }
    };
}

code_point! {
    /// A component (draft-ietf-mls-extensions-10, section 4.1).
    ComponentId
}
code_point! {
    /// An extension of a KeyPackage, LeafNode, GroupContext or GroupInfo (RFC 9420, section 17.3).
    ExtensionType
}
code_point! {
    /// A proposal (RFC 9420, section 17.4).
    ProposalType
}
code_point! {
    /// A credential (RFC 9420, section 17.5).
    CredentialType
}
code_point! {
    /// A framing of an MLSMessage (RFC 9420, section 17.2).
    WireFormatId
}
code_point! {
    /// A cipher suite (RFC 9420, section 17.1).
    CipherSuite
}

/// `0x0A0A`, `0x1A1A`, ... up to `last`, the high nibble of the first byte.
const fn grease_up_to(value: u16, last: u16) -> bool {
    value & 0x0f0f == 0x0a0a && value >> 12 == (value >> 4) & 0xf && value >> 12 <= last
}

impl ComponentId {
    /// The reserved value. It is never a live component.
    pub const RESERVED: Self = Self(0x0000);
    /// `app_components`: the components a client supports or a group requires (section 4.6).
    pub const APP_COMPONENTS: Self = Self(0x0001);
    /// `safe_aad`: the components whose AAD items are understood (section 4.9).
    pub const SAFE_AAD: Self = Self(0x0002);
    /// All component GREASE values (section 5.1). Those from `0x8A8A` on are private use.
    pub const GREASE: [Self; 8] = [
        Self(0x0a0a),
        Self(0x1a1a),
        Self(0x2a2a),
        Self(0x3a3a),
        Self(0x4a4a),
        Self(0x5a5a),
        Self(0x6a6a),
        Self(0x7a7a),
    ];

    /// Whether the value is in the private-use range `0x8000..=0xFFFF`.
    #[must_use]
    pub const fn is_private(self) -> bool {
        self.0 >= 0x8000
    }

    const fn grease_pattern(value: u16) -> bool {
        grease_up_to(value, 0x7)
    }
}

macro_rules! rfc_grease {
    ($($name:ident),*) => {
        $(impl $name {
            const fn grease_pattern(value: u16) -> bool {
                grease_up_to(value, 0xe)
            }
        })*
    };
}
rfc_grease!(ExtensionType, ProposalType, CredentialType, CipherSuite);

impl WireFormatId {
    /// `mls_public_message`.
    pub const PUBLIC_MESSAGE: Self = Self(0x0001);
    /// `mls_private_message`.
    pub const PRIVATE_MESSAGE: Self = Self(0x0002);
    /// `mls_welcome`.
    pub const WELCOME: Self = Self(0x0003);
    /// `mls_group_info`.
    pub const GROUP_INFO: Self = Self(0x0004);
    /// `mls_key_package`.
    pub const KEY_PACKAGE: Self = Self(0x0005);

    /// Whether every RFC 9420 client can parse this format.
    #[must_use]
    pub const fn is_default(self) -> bool {
        self.0 >= 0x0001 && self.0 <= 0x0005
    }

    /// No GREASE is defined for wire formats.
    const fn grease_pattern(_value: u16) -> bool {
        false
    }
}

impl ExtensionType {
    /// `ratchet_tree` (RFC 9420, section 12.4.3.3).
    pub const RATCHET_TREE: Self = Self(0x0002);
    /// `required_capabilities` (RFC 9420, section 11.1).
    pub const REQUIRED_CAPABILITIES: Self = Self(0x0003);
    /// `external_senders` (RFC 9420, section 12.1.8.1).
    pub const EXTERNAL_SENDERS: Self = Self(0x0005);
    /// `app_data_dictionary` (draft-ietf-mls-extensions-10, section 4.6).
    pub const APP_DATA_DICTIONARY: Self = Self(0x0006);
    /// `supported_wire_formats`, in a LeafNode (section 5).
    pub const SUPPORTED_WIRE_FORMATS: Self = Self(0x0007);
    /// `required_wire_formats`, in a GroupContext (section 5).
    pub const REQUIRED_WIRE_FORMATS: Self = Self(0x0008);
    /// `last_resort` as shipped before it became a component.
    pub const LEGACY_LAST_RESORT: Self = Self(0x000a);

    /// Whether every RFC 9420 client supports it without saying so (RFC 9420, section 7.2).
    #[must_use]
    pub const fn is_default(self) -> bool {
        self.0 >= 0x0001 && self.0 <= 0x0005
    }
}

impl ProposalType {
    /// `app_data_update` (draft-ietf-mls-extensions-10, section 4.7).
    pub const APP_DATA_UPDATE: Self = Self(0x0008);
    /// `app_ephemeral` (section 4.8).
    pub const APP_EPHEMERAL: Self = Self(0x0009);
    /// `self_remove` (section 6.3).
    pub const SELF_REMOVE: Self = Self(0x000a);

    /// Whether every RFC 9420 client supports it without saying so (RFC 9420, section 7.2).
    #[must_use]
    pub const fn is_default(self) -> bool {
        self.0 >= 0x0001 && self.0 <= 0x0007
    }
}

impl CredentialType {
    /// `basic` (RFC 9420, section 5.3).
    pub const BASIC: Self = Self(0x0001);
    /// `x509` (RFC 9420, section 5.3).
    pub const X509: Self = Self(0x0002);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grease_ends_where_private_use_begins_for_components_only() {
        for id in ComponentId::GREASE {
            assert!(id.is_grease() && !id.is_private());
        }
        assert!(!ComponentId(0x8a8a).is_grease());
        assert!(!ComponentId(0x0a1a).is_grease());
        assert!(ExtensionType(0x8a8a).is_grease());
        assert!(ExtensionType(0xeaea).is_grease());
        assert!(!ExtensionType(0xfafa).is_grease());
        assert!(!WireFormatId(0x0a0a).is_grease());
    }
}
