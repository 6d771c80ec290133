//! MLS structures as they stand in signed bytes (RFC 9420; draft-ietf-mls-extensions-10), read-only.
//!
//! OpenMLS hides most of them; what it has verified is read again here, into owned values.

use std::io::Read;

use mls_trellis_hooks::{
    CipherSuite, ComponentId, CredentialType, Dictionary, ExtensionType, ProposalType, Reject,
    WireFormatId,
    wire::{self, Opaque},
};
use tls_codec::{Deserialize, Error as CodecError, Size, TlsDeserialize, TlsSerialize, TlsSize};

/// Decodes one value from all of `bytes`.
pub(crate) fn decode<T: Deserialize>(bytes: &[u8]) -> Result<T, CodecError> {
    let mut rest = bytes;
    let value = T::tls_deserialize(&mut rest)?;
    match rest.is_empty() {
        true => Ok(value),
        false => Err(CodecError::TrailingData),
    }
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(crate) struct Extension {
    pub(crate) extension_type: ExtensionType,
    pub(crate) data: Opaque,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
pub(crate) struct Credential {
    pub(crate) credential_type: CredentialType,
    pub(crate) content: Opaque,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
pub(crate) struct Capabilities {
    pub(crate) versions: Vec<u16>,
    pub(crate) cipher_suites: Vec<CipherSuite>,
    pub(crate) extensions: Vec<ExtensionType>,
    pub(crate) proposals: Vec<ProposalType>,
    pub(crate) credentials: Vec<CredentialType>,
}

/// Where a leaf comes from (RFC 9420, section 7.2).
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
#[repr(u8)]
pub(crate) enum LeafNodeSource {
    #[tls_codec(discriminant = 1)]
    KeyPackage(Lifetime),
    #[tls_codec(discriminant = 2)]
    Update,
    #[tls_codec(discriminant = 3)]
    Commit(Opaque),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
pub(crate) struct Lifetime {
    pub(crate) not_before: u64,
    pub(crate) not_after: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
pub(crate) struct LeafNode {
    pub(crate) encryption_key: Opaque,
    pub(crate) signature_key: Opaque,
    pub(crate) credential: Credential,
    pub(crate) capabilities: Capabilities,
    pub(crate) source: LeafNodeSource,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) signature: Opaque,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
pub(crate) struct KeyPackage {
    pub(crate) version: u16,
    pub(crate) cipher_suite: CipherSuite,
    pub(crate) init_key: Opaque,
    pub(crate) leaf_node: LeafNode,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) signature: Opaque,
}

/// What an AppDataUpdate does.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
#[repr(u8)]
pub(crate) enum AppDataOperation {
    #[tls_codec(discriminant = 1)]
    Update(Opaque),
    #[tls_codec(discriminant = 2)]
    Remove,
}

/// The name of a pre-shared key, without its nonce.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
#[repr(u8)]
pub(crate) enum Psk {
    #[tls_codec(discriminant = 1)]
    External(Opaque),
    #[tls_codec(discriminant = 2)]
    Resumption(ResumptionPsk),
    #[tls_codec(discriminant = 3)]
    Application(ApplicationPsk),
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
pub(crate) struct ResumptionPsk {
    pub(crate) usage: u8,
    pub(crate) group_id: Opaque,
    pub(crate) epoch: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
pub(crate) struct ApplicationPsk {
    pub(crate) component: ComponentId,
    pub(crate) psk_id: Opaque,
}

/// A proposal. A type unknown here is read as one `opaque<V>`, as OpenMLS reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proposal {
    Add(Box<KeyPackage>),
    Update(Box<LeafNode>),
    Remove(u32),
    Psk(Psk),
    ReInit,
    ExternalInit,
    GroupContextExtensions(Vec<Extension>),
    AppDataUpdate(ComponentId, AppDataOperation),
    AppEphemeral(ComponentId, Opaque),
    SelfRemove,
    Other(ProposalType, Opaque),
}

impl Proposal {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        decode(bytes)
    }
}

impl Size for Proposal {
    fn tls_serialized_len(&self) -> usize {
        0
    }
}

impl Deserialize for Proposal {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, CodecError> {
        let proposal_type = ProposalType::tls_deserialize(bytes)?;
        Ok(match proposal_type.0 {
            0x0001 => Self::Add(Box::new(KeyPackage::tls_deserialize(bytes)?)),
            0x0002 => Self::Update(Box::new(LeafNode::tls_deserialize(bytes)?)),
            0x0003 => Self::Remove(u32::tls_deserialize(bytes)?),
            0x0004 => {
                let psk = Psk::tls_deserialize(bytes)?;
                Opaque::tls_deserialize(bytes)?;
                Self::Psk(psk)
            }
            0x0005 => {
                Opaque::tls_deserialize(bytes)?;
                <(u16, u16)>::tls_deserialize(bytes)?;
                Vec::<Extension>::tls_deserialize(bytes)?;
                Self::ReInit
            }
            0x0006 => {
                Opaque::tls_deserialize(bytes)?;
                Self::ExternalInit
            }
            0x0007 => Self::GroupContextExtensions(Vec::tls_deserialize(bytes)?),
            0x0008 => Self::AppDataUpdate(
                ComponentId::tls_deserialize(bytes)?,
                AppDataOperation::tls_deserialize(bytes)?,
            ),
            0x0009 => Self::AppEphemeral(
                ComponentId::tls_deserialize(bytes)?,
                Opaque::tls_deserialize(bytes)?,
            ),
            0x000a => Self::SelfRemove,
            _ => Self::Other(proposal_type, Opaque::tls_deserialize(bytes)?),
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
#[repr(u8)]
pub(crate) enum ProposalOrRef {
    #[tls_codec(discriminant = 1)]
    Proposal(Proposal),
    #[tls_codec(discriminant = 2)]
    Reference(Opaque),
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
pub(crate) struct UpdatePathNode {
    encryption_key: Opaque,
    secrets: Vec<mls_trellis_hooks::HpkeCiphertext>,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
pub(crate) struct UpdatePath {
    pub(crate) leaf_node: LeafNode,
    nodes: Vec<UpdatePathNode>,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
pub(crate) struct Commit {
    pub(crate) proposals: Vec<ProposalOrRef>,
    pub(crate) path: Option<UpdatePath>,
}

/// Who sent a message (RFC 9420, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
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

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
#[repr(u8)]
pub(crate) enum Body {
    #[tls_codec(discriminant = 1)]
    Application(Opaque),
    #[tls_codec(discriminant = 2)]
    Proposal(Proposal),
    #[tls_codec(discriminant = 3)]
    Commit(Commit),
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
pub(crate) struct FramedContent {
    pub(crate) group_id: Opaque,
    pub(crate) epoch: u64,
    pub(crate) sender: Sender,
    pub(crate) authenticated_data: Opaque,
    pub(crate) body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsDeserialize)]
pub(crate) struct GroupContext {
    pub(crate) version: u16,
    pub(crate) cipher_suite: CipherSuite,
    pub(crate) group_id: Opaque,
    pub(crate) epoch: u64,
    pub(crate) tree_hash: Opaque,
    pub(crate) confirmed_transcript_hash: Opaque,
    pub(crate) extensions: Vec<Extension>,
}

/// FramedContentTBS (RFC 9420, section 6.1): what the sender of a message signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) wire_format: WireFormatId,
    pub(crate) content: FramedContent,
    /// The GroupContext of the message's own epoch; senders outside the group do not sign it.
    pub(crate) group_context: Option<GroupContext>,
}

impl Size for Signed {
    fn tls_serialized_len(&self) -> usize {
        0
    }
}

impl Deserialize for Signed {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, CodecError> {
        u16::tls_deserialize(bytes)?;
        let wire_format = WireFormatId::tls_deserialize(bytes)?;
        let content = FramedContent::tls_deserialize(bytes)?;
        let group_context = match content.sender {
            Sender::Member(_) | Sender::NewMemberCommit => {
                Some(GroupContext::tls_deserialize(bytes)?)
            }
            Sender::External(_) | Sender::NewMemberProposal => None,
        };
        Ok(Self {
            wire_format,
            content,
            group_context,
        })
    }
}

impl Signed {
    /// The commit that was signed.
    pub(crate) fn into_commit(self) -> Result<Commit, Reject> {
        match self.content.body {
            Body::Commit(commit) => Ok(commit),
            _ => Err(Reject::misuse("ENG-0", "what was signed is not a commit")),
        }
    }
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

/// The `app_data_dictionary` among some extensions, decoded strictly.
///
/// # Errors
/// ADD-4 when it is there twice; ADD-1, ADD-2 or ADD-3 when it is malformed.
pub(crate) fn dictionary(extensions: &[Extension]) -> Result<Option<Dictionary>, Reject> {
    let mut found = extensions
        .iter()
        .filter(|extension| extension.extension_type == ExtensionType::APP_DATA_DICTIONARY);
    let Some(extension) = found.next() else {
        return Ok(None);
    };
    if found.next().is_some() {
        return Err(Reject::peer(
            "ADD-4",
            "two app_data_dictionary extensions in one list",
        ));
    }
    wire::decode(extension.data.as_slice())
        .map(Some)
        .map_err(|e| {
            let rule = match e {
                wire::WireError::Trailing(_) => "ADD-3",
                _ => "ADD-1",
            };
            Reject::peer(rule, format!("app_data_dictionary: {e}"))
        })
}
