//! The rules that need no key: what is bound to what, and what content is valid.

use mls_trellis_hooks::{
    EpochState, LeafIndex, Reject,
    wire::{self, Opaque},
};

use crate::wire::{PskId, SenderAuthDataAad, TargetedMessage, Tbm, Tbs, encode, malformed};

/// The name of the pre-shared key, as it is in every group.
const PSK_LABEL: &[u8] = b"MLS 1.0 targeted message psk";

/// Which revision of the draft says what the content is bound to. Nothing on the wire tells them
/// apart: the members of a group must have agreed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Revision {
    /// Revision 01, of 2026-07-06. Stock OpenMLS 0.9.2 speaks it.
    V01,
    /// Revision 02, the editor's copy of 2026-08-19.
    #[default]
    V02,
}

impl Revision {
    /// What follows the label in HPKE's `info`: TargetedMessageContext.
    pub(crate) fn context(self, from: LeafIndex, to: LeafIndex) -> Vec<u8> {
        match self {
            // An `opaque context<V>` without content.
            Self::V01 => vec![0],
            Self::V02 => [to.0.to_be_bytes(), from.0.to_be_bytes()].concat(),
        }
    }

    /// HPKE's associated data.
    pub(crate) fn associated_data(
        self,
        epoch: &EpochState,
        from: LeafIndex,
        to: LeafIndex,
        authenticated_data: &[u8],
        kem_output: &[u8],
    ) -> Result<Vec<u8>, Reject> {
        match self {
            Self::V01 => encode(&Tbm {
                group_id: epoch.group_id[..].into(),
                epoch: epoch.epoch,
                recipient_leaf_index: to.0,
                authenticated_data: authenticated_data.into(),
                sender_leaf_index: from.0,
                kem_output: kem_output.into(),
            }),
            Self::V02 => Ok(authenticated_data.to_vec()),
        }
    }
}

/// TM-1 to TM-3: a message is of this group and epoch, and for this leaf.
pub(crate) fn belongs(
    message: &TargetedMessage,
    epoch: &EpochState,
    own: LeafIndex,
) -> Result<(), Reject> {
    if message.group_id.as_slice() != &epoch.group_id[..] {
        return Err(Reject::peer("TM-1", "the message is of another group"));
    }
    if message.epoch != epoch.epoch {
        let detail = format!("the message is of epoch {}", message.epoch);
        return Err(Reject::peer("TM-2", detail));
    }
    if message.recipient_leaf_index != own.0 {
        let detail = format!("the message is for leaf {}", message.recipient_leaf_index);
        return Err(Reject::peer("TM-3", detail));
    }
    Ok(())
}

/// TM-5: the sender is a member of the epoch.
pub(crate) fn is_member(epoch: &EpochState, sender: LeafIndex) -> Result<(), Reject> {
    match epoch.leaf(sender) {
        Some(_) => Ok(()),
        None => Err(Reject::peer("TM-5", format!("{sender} is not a member"))),
    }
}

/// TM-12: nobody writes to themselves. Only recommended, so nothing that others do is refused by it.
pub(crate) fn to_oneself(from: LeafIndex, to: LeafIndex) -> Option<Reject> {
    let itself = from == to;
    itself.then(|| Reject::peer("TM-12", format!("{from} writes to itself")))
}

/// What the sender signs.
pub(crate) fn tbs(
    message: &TargetedMessage,
    (version, wire_format): (u16, mls_trellis_hooks::WireFormatId),
    from: LeafIndex,
    kem_output: &Opaque,
    ciphertext_hash: Vec<u8>,
) -> Result<Vec<u8>, Reject> {
    encode(&Tbs {
        version,
        wire_format,
        group_id: message.group_id.clone(),
        epoch: message.epoch,
        recipient_leaf_index: message.recipient_leaf_index,
        authenticated_data: message.authenticated_data.clone(),
        sender_leaf_index: from.0,
        kem_output: kem_output.clone(),
        ciphertext_hash: ciphertext_hash.into(),
    })
}

/// The name of the epoch's pre-shared key.
pub(crate) fn psk_id(epoch: &EpochState) -> Result<Vec<u8>, Reject> {
    encode(&PskId {
        group_id: epoch.group_id[..].into(),
        epoch: epoch.epoch,
        label: PSK_LABEL.into(),
    })
}

/// What sender data is bound to.
pub(crate) fn sender_aad(message: &TargetedMessage) -> Result<Vec<u8>, Reject> {
    encode(&SenderAuthDataAad {
        group_id: message.group_id.clone(),
        epoch: message.epoch,
        recipient_leaf_index: message.recipient_leaf_index,
    })
}

/// TargetedMessageContent: the application's bytes, and zeros up to a multiple of `block`.
pub(crate) fn content(body: &[u8], block: usize) -> Result<Vec<u8>, Reject> {
    let mut content = encode(&Opaque::from(body))?;
    let padded = content.len().checked_next_multiple_of(block);
    content.resize(padded.unwrap_or(content.len()), 0);
    Ok(content)
}

/// TM-9: the application's bytes in a content, whose padding is zero.
pub(crate) fn body(content: &[u8]) -> Result<Vec<u8>, Reject> {
    let mut rest = content;
    let body = <Opaque as tls_codec::Deserialize>::tls_deserialize(&mut rest);
    let body = body.map_err(|e| Reject::peer("TM-9", e.to_string()))?;
    if rest.iter().any(|octet| *octet != 0) {
        return Err(Reject::peer("TM-9", "the padding is not zero"));
    }
    // The length has one encoding only.
    let exact = wire::encode(&body).map_err(|e| malformed("TM-9", e))?;
    match exact.len() + rest.len() == content.len() {
        true => Ok(body.0),
        false => Err(malformed("TM-9", wire::WireError::NotCanonical)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn padding_fills_whole_blocks() {
        for (body, block, length) in [(0, 0, 1), (7, 8, 8), (8, 8, 16), (300, 256, 512)] {
            let content = content(&vec![7; body], block).unwrap();
            assert_eq!(content.len(), length);
            assert_eq!(super::body(&content).unwrap(), vec![7; body]);
        }
    }

    #[test]
    fn tm_9_malformed_content_is_refused() {
        let valid = content(b"hello", 8).unwrap();
        assert_eq!(valid, b"\x05hello\0\0");
        for wrong in [
            &b""[..],
            b"\x06hello",
            b"\x05hello\0\x01",
            b"\x05hello\x01\0",
            b"\x40\x05hello",
        ] {
            assert_eq!(body(wrong).unwrap_err().rule(), "TM-9", "{wrong:?}");
        }
    }

    #[test]
    fn the_revisions_bind_different_values() {
        let epoch = EpochState::new(b"room");
        let (from, to) = (LeafIndex(1), LeafIndex(2));
        assert_eq!(Revision::V01.context(from, to), [0]);
        assert_eq!(Revision::V02.context(from, to), [0, 0, 0, 2, 0, 0, 0, 1]);
        let bound = |revision: Revision| {
            let bound = revision.associated_data(&epoch, from, to, b"aad", b"kem");
            bound.unwrap()
        };
        assert_eq!(bound(Revision::V02), b"aad");
        let old = b"\x04room\0\0\0\0\0\0\0\0\0\0\0\x02\x03aad\0\0\0\x01\x03kem";
        assert_eq!(bound(Revision::V01), old);
    }
}
