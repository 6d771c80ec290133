//! What is signed when a message is sent (RFC 9420, sections 6, 8.1 and 12.4).

use std::io::{Read, Write};

use mls_trellis_hooks::{CipherSuite, HpkeCiphertext, Reject, WireFormatId, wire::Opaque};
use tls_codec::{
    Deserialize, Error as CodecError, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize,
};

use super::{Extension, LeafNode, Proposal};

/// FramedContentTBS (section 6.1): everything that the sender of a message signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) version: u16,
    pub(crate) wire_format: WireFormatId,
    pub(crate) content: FramedContent,
    /// The GroupContext of the message's own epoch; senders outside the group do not sign it.
    pub(crate) group_context: Option<GroupContext>,
}

impl Signed {
    /// The commit that was signed.
    ///
    /// # Errors
    /// ENG-0 when it is something else.
    pub(crate) fn into_commit(self) -> Result<Commit, Reject> {
        match self.content.body {
            Body::Commit(commit) => Ok(*commit),
            _ => Err(Reject::misuse("ENG-0", "what was signed is not a commit")),
        }
    }
}

/// The content of a PublicMessage (section 6.2), as it says; nothing is verified. `None` when the message
/// is none.
pub(crate) fn public_content(mut message: &[u8]) -> Option<FramedContent> {
    let _version = u16::tls_deserialize(&mut message).ok()?;
    let wire_format = WireFormatId::tls_deserialize(&mut message).ok()?;
    match wire_format {
        WireFormatId::PUBLIC_MESSAGE => FramedContent::tls_deserialize(&mut message).ok(),
        _ => None,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct FramedContent {
    pub(crate) group_id: Opaque,
    pub(crate) epoch: u64,
    pub(crate) sender: Sender,
    pub(crate) authenticated_data: Opaque,
    pub(crate) body: Body,
}

/// Who sent a message, by its place in the tree or in the group's list of external senders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub(crate) enum Sender {
    #[tls_codec(discriminant = 1)]
    Member(u32),
    #[tls_codec(discriminant = 2)]
    External(u32),
    #[tls_codec(discriminant = 3)]
    NewMemberProposal,
    #[tls_codec(discriminant = 4)]
    NewMemberCommit,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub(crate) enum Body {
    #[tls_codec(discriminant = 1)]
    Application(Opaque),
    #[tls_codec(discriminant = 2)]
    Proposal(Proposal),
    #[tls_codec(discriminant = 3)]
    Commit(Box<Commit>),
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct Commit {
    pub(crate) proposals: Vec<ProposalOrRef>,
    pub(crate) path: Option<UpdatePath>,
}

impl Commit {
    /// The reference that stands at `position`, if the commit names its proposal by reference there.
    pub(crate) fn reference_at(&self, position: usize) -> Option<Vec<u8>> {
        match self.proposals.get(position) {
            Some(ProposalOrRef::Reference(reference)) => Some(reference.0.clone()),
            _ => None,
        }
    }

    /// The leaf that the commit's path installs.
    pub(crate) fn path_leaf(&self) -> Option<&LeafNode> {
        self.path.as_ref().map(|path| &path.leaf_node)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub(crate) enum ProposalOrRef {
    #[tls_codec(discriminant = 1)]
    Proposal(Proposal),
    #[tls_codec(discriminant = 2)]
    Reference(Opaque),
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct UpdatePath {
    pub(crate) leaf_node: LeafNode,
    pub(crate) nodes: Vec<UpdatePathNode>,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct UpdatePathNode {
    pub(crate) encryption_key: Opaque,
    pub(crate) secrets: Vec<HpkeCiphertext>,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct GroupContext {
    pub(crate) version: u16,
    pub(crate) cipher_suite: CipherSuite,
    pub(crate) group_id: Opaque,
    pub(crate) epoch: u64,
    pub(crate) tree_hash: Opaque,
    pub(crate) confirmed_transcript_hash: Opaque,
    pub(crate) extensions: Vec<Extension>,
}

// Written out because whether there is a GroupContext follows from the sender.
impl Size for Signed {
    fn tls_serialized_len(&self) -> usize {
        let context = self.group_context.as_ref();
        self.version.tls_serialized_len()
            + self.wire_format.tls_serialized_len()
            + self.content.tls_serialized_len()
            + context.map_or(0, Size::tls_serialized_len)
    }
}

impl Serialize for Signed {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, CodecError> {
        let mut written = self.version.tls_serialize(writer)?;
        written += self.wire_format.tls_serialize(writer)?;
        written += self.content.tls_serialize(writer)?;
        if let Some(context) = &self.group_context {
            written += context.tls_serialize(writer)?;
        }
        Ok(written)
    }
}

impl Deserialize for Signed {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, CodecError> {
        let version = u16::tls_deserialize(bytes)?;
        let wire_format = WireFormatId::tls_deserialize(bytes)?;
        let content = FramedContent::tls_deserialize(bytes)?;
        let group_context = match content.sender {
            Sender::Member(_) | Sender::NewMemberCommit => {
                Some(GroupContext::tls_deserialize(bytes)?)
            }
            Sender::External(_) | Sender::NewMemberProposal => None,
        };
        Ok(Self {
            version,
            wire_format,
            content,
            group_context,
        })
    }
}
