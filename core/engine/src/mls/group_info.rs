//! GroupInfo (RFC 9420, section 12.4.3.1).

use mls_trellis_hooks::{
    ExtensionType, GroupInfoParts, Reject, WireFormatId,
    wire::{self, Opaque},
};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

use super::{Extension, GroupContext};

/// A GroupInfo as MLSMessage.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct GroupInfoMessage {
    version: u16,
    wire_format: WireFormatId,
    pub(crate) info: GroupInfo,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct GroupInfo {
    pub(crate) signed: GroupInfoTbs,
    pub(crate) signature: Opaque,
}

/// What the signature of a GroupInfo covers.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct GroupInfoTbs {
    pub(crate) group_context: GroupContext,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) confirmation_tag: Opaque,
    pub(crate) signer: u32,
}

impl GroupInfoMessage {
    /// A GroupInfo of mls10.
    pub(crate) fn new(info: GroupInfo) -> Self {
        Self {
            version: 1,
            wire_format: WireFormatId::GROUP_INFO,
            info,
        }
    }

    /// The epoch it is of.
    pub(crate) fn epoch(&self) -> u64 {
        self.info.signed.group_context.epoch
    }

    /// Reads a GroupInfo message.
    ///
    /// # Errors
    /// When the bytes are something else.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Reject> {
        let message: Self = wire::decode(bytes)
            .map_err(|e| Reject::peer("GI-2", format!("not a GroupInfo: {e}")))?;
        match (message.version, message.wire_format) {
            (1, WireFormatId::GROUP_INFO) => Ok(message),
            _ => Err(Reject::peer("GI-2", "the message is no GroupInfo")),
        }
    }
}

impl GroupInfo {
    /// Whether the ratchet tree is inside.
    pub(crate) fn has_tree(&self) -> bool {
        self.signed.extensions.iter().any(is_tree)
    }

    /// What a hub cannot compute.
    pub(crate) fn parts(&self) -> GroupInfoParts {
        let others = self.signed.extensions.iter().filter(|e| !is_tree(e));
        GroupInfoParts {
            extensions: others.cloned().collect(),
            tree_inside: self.has_tree(),
            signature: self.signature.clone(),
        }
    }
}

fn is_tree(extension: &Extension) -> bool {
    extension.extension_type == ExtensionType::RATCHET_TREE
}
