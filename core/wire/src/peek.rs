//! The head of a message, without the rest.

use std::fmt;

use crate::decode::message::{
    self, EXTERNAL, MEMBER, MLS10, NEW_MEMBER_PROPOSAL, PRIVATE_MESSAGE, PUBLIC_MESSAGE,
};
use crate::error::WireError;
use crate::label;
use crate::reader::{Mode, Reader, Result};

/// The head of an MLSMessage (RFC 9420 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// Protocol version; 0x0001 is mls10.
    pub version: u16,
    /// Wire format, known or not.
    pub wire_format: u16,
    /// Where the message belongs, for a PublicMessage or PrivateMessage of version mls10.
    pub framing: Option<Framing<'a>>,
}

/// The part of a PublicMessage or PrivateMessage that everyone can read. Nothing of it is
/// authenticated yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Framing<'a> {
    /// The group.
    pub group_id: &'a [u8],
    /// The epoch in which it was sent.
    pub epoch: u64,
    /// What it carries.
    pub content_type: ContentType,
    /// Who says to have sent it; `None` for a PrivateMessage, which hides its sender.
    pub sender: Option<Sender>,
    /// Bytes that are authenticated but not encrypted.
    pub authenticated_data: &'a [u8],
}

impl fmt::Debug for Framing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Framing")
            .field("group_id", &Hex(self.group_id))
            .field("epoch", &self.epoch)
            .field("content_type", &self.content_type)
            .field("sender", &self.sender)
            .field("authenticated_data", &Hex(self.authenticated_data))
            .finish()
    }
}

/// RFC 9420 §6: the enumeration is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentType {
    /// Application data.
    Application,
    /// A proposal.
    Proposal,
    /// A commit.
    Commit,
}

/// RFC 9420 §6: the enumeration is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sender {
    /// The member at this leaf index.
    Member(u32),
    /// The external sender at this index of the `external_senders` extension.
    External(u32),
    /// A client that proposes to be added.
    NewMemberProposal,
    /// A client that joins by its own commit.
    NewMemberCommit,
}

/// Reads the head of an MLSMessage and no more. It allocates nothing unless it fails.
///
/// An unknown version or wire format is not an error here; it yields a header without framing.
///
/// # Errors
///
/// [`WireError`] if the bytes end within the head, or its content type or sender type is none of
/// RFC 9420. What comes after the head is not looked at: see
/// [`check_message`](crate::check_message).
///
/// ```
/// use mls_trellis_wire::{ContentType, peek};
///
/// let head = [0, 1, 0, 2, 3, b'g', b'i', b'd', 0, 0, 0, 0, 0, 0, 0, 9, 3, 0];
/// let framing = peek(&head)?.framing.unwrap();
/// assert_eq!((framing.group_id, framing.epoch), (&b"gid"[..], 9));
/// assert_eq!(framing.content_type, ContentType::Commit);
/// # Ok::<(), mls_trellis_wire::WireError>(())
/// ```
pub fn peek(input: &[u8]) -> Result<Header<'_>, WireError> {
    let r = &mut Reader::new(input, 0..input.len(), "MLSMessage", Mode::Check);
    let version = r.code("version", "ProtocolVersion", label::protocol_version)?;
    let wire_format = r.code("wire_format", "WireFormat", label::wire_format)?;
    let framing = match (version, wire_format) {
        (MLS10, PUBLIC_MESSAGE) => Some(public_framing(r)?),
        (MLS10, PRIVATE_MESSAGE) => Some(private_framing(r)?),
        _ => None,
    };
    Ok(Header {
        version,
        wire_format,
        framing,
    })
}

fn public_framing<'a>(r: &mut Reader<'a>) -> Result<Framing<'a>> {
    let group_id = r.opaque("group_id", "opaque")?;
    let epoch = r.u64("epoch")?;
    let sender = Some(match message::sender(r)? {
        (MEMBER, index) => Sender::Member(index),
        (EXTERNAL, index) => Sender::External(index),
        (NEW_MEMBER_PROPOSAL, _) => Sender::NewMemberProposal,
        _ => Sender::NewMemberCommit,
    });
    let authenticated_data = r.opaque("authenticated_data", "opaque")?;
    let content_type = content_type(r)?;
    Ok(Framing {
        group_id,
        epoch,
        content_type,
        sender,
        authenticated_data,
    })
}

fn private_framing<'a>(r: &mut Reader<'a>) -> Result<Framing<'a>> {
    let group_id = r.opaque("group_id", "opaque")?;
    let epoch = r.u64("epoch")?;
    let content_type = content_type(r)?;
    let authenticated_data = r.opaque("authenticated_data", "opaque")?;
    Ok(Framing {
        group_id,
        epoch,
        content_type,
        sender: None,
        authenticated_data,
    })
}

fn content_type(r: &mut Reader<'_>) -> Result<ContentType> {
    Ok(match message::content_type(r)? {
        message::APPLICATION => ContentType::Application,
        message::PROPOSAL => ContentType::Proposal,
        _ => ContentType::Commit,
    })
}

struct Hex<'a>(&'a [u8]);

impl fmt::Debug for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const PUBLIC: &[u8] = &[
        0, 1, 0, 1, 1, 7, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 5, 2, 0xaa, 0xbb, 2,
    ];

    #[test]
    fn public_head_names_group_sender_and_content() {
        let header = peek(PUBLIC).unwrap();
        assert_eq!((header.version, header.wire_format), (1, 1));
        let framing = header.framing.unwrap();
        assert_eq!(
            format!("{framing:?}"),
            "Framing { group_id: 07, epoch: 2, content_type: Proposal, \
             sender: Some(Member(5)), authenticated_data: aabb }"
        );
    }

    #[test]
    fn every_cut_of_a_head_is_an_error_at_or_before_the_cut() {
        for cut in 0..PUBLIC.len() {
            let error = peek(PUBLIC.get(..cut).unwrap()).unwrap_err();
            assert!(error.offset <= cut, "{error}");
        }
    }

    #[test]
    fn wf_9_unknown_wire_format_is_reported_not_refused() {
        let header = peek(&[0, 1, 0xf0, 0x01, 1, 2, 3]).unwrap();
        assert_eq!((header.wire_format, header.framing), (0xf001, None));
        let header = peek(&[0, 2, 0, 1, 1, 2, 3]).unwrap();
        assert_eq!((header.version, header.framing), (2, None));
    }

    #[test]
    fn unknown_sender_type_is_an_error() {
        let mut bytes = PUBLIC.to_vec();
        *bytes.get_mut(14).unwrap() = 9;
        assert_eq!(
            peek(&bytes).unwrap_err().to_string(),
            "at byte 14 (MLSMessage.sender.sender_type): expected a sender type, 1 to 4, found 9"
        );
    }
}
