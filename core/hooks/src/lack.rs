//! What a member lacks that it would have to support, so that it can be shown, counted and looked up.
//!
//! ```
//! use mls_trellis_hooks::{ComponentId, Lack, LeafIndex, Reject};
//!
//! let reject = Reject::incompatible("NEG-2", "bob (leaf 1) does not support component 0x8042")
//!     .lacking(LeafIndex(1), [Lack::Component(ComponentId(0x8042))]);
//! let lacking = reject.lacks().ok_or("nobody lacks anything")?;
//! assert_eq!(lacking.who, LeafIndex(1));
//! assert_eq!(lacking.what[0].to_string(), "component 0x8042");
//! # Ok::<(), &str>(())
//! ```

use std::fmt;

use crate::{
    CipherSuite, ComponentId, CredentialType, ExtensionType, LeafIndex, ProposalType, WireFormatId,
};

/// Who lacks what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// The member, in the epoch that is judged.
    pub who: LeafIndex,
    /// What it lacks; never empty.
    pub what: Vec<Lack>,
}

/// Something that a member does not say it supports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Lack {
    /// A cipher suite (RFC 9420, section 7.2).
    CipherSuite(CipherSuite),
    /// An extension (RFC 9420, section 7.2).
    Extension(ExtensionType),
    /// A type of proposals (RFC 9420, section 7.2).
    Proposal(ProposalType),
    /// A type of credentials (RFC 9420, section 7.2).
    Credential(CredentialType),
    /// A component (draft-ietf-mls-extensions-10, section 4.6).
    Component(ComponentId),
    /// Items of a component in SafeAAD (section 4.9).
    AadItem(ComponentId),
    /// A wire format (section 5).
    WireFormat(WireFormatId),
    /// A media type (section 6.2), with its parameters.
    MediaType(String),
}

impl Lack {
    /// Of what kind it is, in words.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CipherSuite(_) => "cipher suite",
            Self::Extension(_) => "extension",
            Self::Proposal(_) => "proposal",
            Self::Credential(_) => "credential type",
            Self::Component(_) => "component",
            Self::AadItem(_) => "AAD items of component",
            Self::WireFormat(_) => "wire format",
            Self::MediaType(_) => "media type",
        }
    }

    /// Its number; media types have none.
    #[must_use]
    pub fn number(&self) -> Option<u16> {
        match self {
            Self::CipherSuite(id) => Some(id.0),
            Self::Extension(id) => Some(id.0),
            Self::Proposal(id) => Some(id.0),
            Self::Credential(id) => Some(id.0),
            Self::Component(id) | Self::AadItem(id) => Some(id.0),
            Self::WireFormat(id) => Some(id.0),
            Self::MediaType(_) => None,
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match (self, self.number()) {
            (Self::MediaType(name), _) => write!(f, "{kind} {name}"),
            (_, number) => write!(f, "{kind} {:#06x}", number.unwrap_or_default()),
        }
    }
}
