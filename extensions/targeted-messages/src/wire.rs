//! What targeted messages look like on the wire, and what is signed and bound.

use mls_trellis_hooks::{
    Reject, WireFormatId,
    wire::{self, Opaque, Wire},
};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// `mls10`.
pub(crate) const MLS10: u16 = 0x0001;

/// An MLSMessage with a targeted message in it.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct MlsMessage {
    /// The protocol version, `mls10`.
    pub version: u16,
    /// The wire format, `mls_targeted_message`.
    pub wire_format: WireFormatId,
    /// The message.
    pub message: TargetedMessage,
}

/// A targeted message, sealed.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct TargetedMessage {
    /// The group.
    pub group_id: Opaque,
    /// The epoch.
    pub epoch: u64,
    /// The recipient's position.
    pub recipient_leaf_index: u32,
    /// What is authenticated and not encrypted.
    pub authenticated_data: Opaque,
    /// A [`SenderAuthData`], encrypted.
    pub encrypted_sender_auth_data: Opaque,
    /// The content, encrypted to the recipient.
    pub ciphertext: Opaque,
}

/// Who sent a message.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct SenderAuthData {
    /// The sender's position.
    pub sender_leaf_index: u32,
    /// The sender's signature.
    pub signature: Opaque,
    /// The encapsulated key of the content.
    pub kem_output: Opaque,
}

/// TargetedMessageTBS: what the sender signs.
#[derive(Clone, Debug, PartialEq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct Tbs {
    pub(crate) version: u16,
    pub(crate) wire_format: WireFormatId,
    pub(crate) group_id: Opaque,
    pub(crate) epoch: u64,
    pub(crate) recipient_leaf_index: u32,
    pub(crate) authenticated_data: Opaque,
    pub(crate) sender_leaf_index: u32,
    pub(crate) kem_output: Opaque,
    pub(crate) ciphertext_hash: Opaque,
}

/// TargetedMessageTBM: the associated data of the content in revision 01.
#[derive(Clone, Debug, PartialEq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct Tbm {
    pub(crate) group_id: Opaque,
    pub(crate) epoch: u64,
    pub(crate) recipient_leaf_index: u32,
    pub(crate) authenticated_data: Opaque,
    pub(crate) sender_leaf_index: u32,
    pub(crate) kem_output: Opaque,
}

/// PSKId: the name of the pre-shared key.
#[derive(Clone, Debug, PartialEq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct PskId {
    pub(crate) group_id: Opaque,
    pub(crate) epoch: u64,
    pub(crate) label: Opaque,
}

/// SenderAuthDataAAD: the associated data of the sender data.
#[derive(Clone, Debug, PartialEq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct SenderAuthDataAad {
    pub(crate) group_id: Opaque,
    pub(crate) epoch: u64,
    pub(crate) recipient_leaf_index: u32,
}

/// The authenticated data of a group whose members guard against replay: not of the draft.
#[derive(Clone, Debug, PartialEq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct Guarded {
    pub(crate) nonce: Opaque,
    pub(crate) authenticated_data: Opaque,
}

impl MlsMessage {
    /// Decodes a message, strictly.
    ///
    /// # Errors
    /// TM-11 when it is none of version `mls10` and `wire_format`, or its bytes are not exactly one.
    pub(crate) fn decode(bytes: &[u8], wire_format: WireFormatId) -> Result<Self, Reject> {
        let message: Self = wire::decode(bytes).map_err(|e| malformed("TM-11", e))?;
        if message.version != MLS10 || message.wire_format != wire_format {
            return Err(Reject::peer(
                "TM-11",
                format!(
                    "version {:#06x}, wire format {}",
                    message.version, message.wire_format
                ),
            ));
        }
        Ok(message)
    }
}

/// Bytes that do not decode, by rule `rule`.
pub(crate) fn malformed(rule: &'static str, error: wire::WireError) -> Reject {
    Reject::peer(rule, error.to_string())
}

/// The encoding of what we send.
pub(crate) fn encode<T: Wire>(value: &T) -> Result<Vec<u8>, Reject> {
    wire::encode(value).map_err(|e| Reject::misuse("TM-11", e.to_string()))
}
