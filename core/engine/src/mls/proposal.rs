//! Proposals (RFC 9420, section 12.1; draft-ietf-mls-extensions-10, sections 4.5, 4.7, 4.8 and 6.3).

use std::io::{Read, Write};

use mls_trellis_hooks::{
    CipherSuite, ComponentId, ProposalType,
    wire::{self, Opaque, WireError},
};
use tls_codec::{
    Deserialize, Error as CodecError, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize,
};

use super::{Extension, KeyPackage, LeafNode};

/// Writes the proposal types down once: number, name and body of each.
macro_rules! proposals {
    ($($code:literal => $name:ident($body:ty),)*) => {
        /// A proposal.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) enum Proposal {
            $($name($body),)*
            /// Has no body.
            SelfRemove,
            /// Of a type unknown here: its body is taken to be one `opaque<V>`, as OpenMLS takes it.
            Other(ProposalType, Opaque),
        }

        impl Proposal {
            fn proposal_type(&self) -> ProposalType {
                match self {
                    $(Self::$name(_) => ProposalType($code),)*
                    Self::SelfRemove => ProposalType::SELF_REMOVE,
                    Self::Other(proposal_type, _) => *proposal_type,
                }
            }
        }

        impl Size for Proposal {
            fn tls_serialized_len(&self) -> usize {
                self.proposal_type().tls_serialized_len()
                    + match self {
                        $(Self::$name(body) => body.tls_serialized_len(),)*
                        Self::SelfRemove => 0,
                        Self::Other(_, body) => body.tls_serialized_len(),
                    }
            }
        }

        impl Serialize for Proposal {
            fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, CodecError> {
                let written = self.proposal_type().tls_serialize(writer)?;
                let body = match self {
                    $(Self::$name(body) => body.tls_serialize(writer)?,)*
                    Self::SelfRemove => 0,
                    Self::Other(_, body) => body.tls_serialize(writer)?,
                };
                Ok(written + body)
            }
        }

        impl Deserialize for Proposal {
            fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, CodecError> {
                let proposal_type = ProposalType::tls_deserialize(bytes)?;
                Ok(match proposal_type.0 {
                    $($code => Self::$name(<$body>::tls_deserialize(bytes)?),)*
                    _ if proposal_type == ProposalType::SELF_REMOVE => Self::SelfRemove,
                    _ => Self::Other(proposal_type, Opaque::tls_deserialize(bytes)?),
                })
            }
        }
    };
}

proposals! {
    0x0001 => Add(Box<KeyPackage>),
    0x0002 => Update(Box<LeafNode>),
    0x0003 => Remove(u32),
    0x0004 => PreSharedKey(PreSharedKeyId),
    0x0005 => ReInit(ReInit),
    0x0006 => ExternalInit(Opaque),
    0x0007 => GroupContextExtensions(Vec<Extension>),
    0x0008 => AppDataUpdate(AppDataUpdate),
    0x0009 => AppEphemeral(AppEphemeral),
}

impl Proposal {
    /// Decodes exactly one proposal from all of `bytes`.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        wire::decode(bytes)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct PreSharedKeyId {
    pub(crate) psk: Psk,
    pub(crate) nonce: Opaque,
}

/// The name of a pre-shared key, without its nonce.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub(crate) enum Psk {
    #[tls_codec(discriminant = 1)]
    External(Opaque),
    #[tls_codec(discriminant = 2)]
    Resumption(ResumptionPsk),
    #[tls_codec(discriminant = 3)]
    Application(ApplicationPsk),
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct ResumptionPsk {
    pub(crate) usage: u8,
    pub(crate) group_id: Opaque,
    pub(crate) epoch: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct ApplicationPsk {
    pub(crate) component: ComponentId,
    pub(crate) psk_id: Opaque,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct ReInit {
    pub(crate) group_id: Opaque,
    pub(crate) version: u16,
    pub(crate) cipher_suite: CipherSuite,
    pub(crate) extensions: Vec<Extension>,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct AppDataUpdate {
    pub(crate) component: ComponentId,
    pub(crate) operation: AppDataOperation,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub(crate) enum AppDataOperation {
    #[tls_codec(discriminant = 1)]
    Update(Opaque),
    #[tls_codec(discriminant = 2)]
    Remove,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct AppEphemeral {
    pub(crate) component: ComponentId,
    pub(crate) data: Opaque,
}
