//! Who is in the group: snapshots for plugins, and membership after a commit.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use mls_trellis_hooks::{
    Actor, AddedKeyPackage, Capabilities, Change, Credential, DataChange, EpochState,
    ExtensionType, ExternalSender, Ids, LeafIndex, LeafInfo, Lifetime, Plugins, PskId,
    RawExtension, Reject, RequiredCapabilities, Sent, wire::Opaque,
};
use openmls::{
    group::{GroupContext, QueuedProposal},
    prelude::{LeafNode, SenderExtensionIndex},
    treesync::TreeSync,
};
use tls_codec::{Serialize as _, TlsDeserialize, TlsSize};

use crate::{Result, mls, pool::ByReference};

/// The members of an epoch.
pub(crate) type Leaves = Arc<BTreeMap<LeafIndex, Arc<LeafInfo>>>;

/// A leaf as plugins see it.
///
/// # Errors
/// CRED-1 when no plugin is linked for its credential; what the credential's kind rejects; ADD-1 to
/// ADD-4 when its dictionary is malformed.
pub(crate) fn leaf_info(leaf: &mls::LeafNode, plugins: &Plugins) -> Result<LeafInfo, Reject> {
    let credential_type = leaf.credential.credential_type;
    let entry = plugins.credential(credential_type).ok_or_else(|| {
        Reject::incompatible(
            "CRED-1",
            format!("no plugin is linked for credential type {credential_type}"),
        )
    })?;
    let content: Arc<[u8]> = leaf.credential.content.as_slice().into();
    let capabilities = &leaf.capabilities;
    Ok(LeafInfo {
        identity: entry.kind.identify(&content)?,
        credential: Credential {
            credential_type,
            content,
        },
        signature_key: leaf.signature_key.as_slice().into(),
        encryption_key: leaf.encryption_key.as_slice().into(),
        capabilities: Capabilities {
            cipher_suites: capabilities.cipher_suites.iter().copied().collect(),
            extensions: capabilities.extensions.iter().copied().collect(),
            proposals: capabilities.proposals.iter().copied().collect(),
            credentials: capabilities.credentials.iter().copied().collect(),
        },
        dictionary: mls::dictionary(&leaf.extensions)?,
        extensions: others(&leaf.extensions, &[ExtensionType::APP_DATA_DICTIONARY]),
        lifetime: match leaf.source {
            mls::LeafNodeSource::KeyPackage(lifetime) => Some(Lifetime {
                not_before: lifetime.not_before,
                not_after: lifetime.not_after,
            }),
            _ => None,
        },
    })
}

/// An OpenMLS leaf as plugins see it.
pub(crate) fn leaf_info_of(leaf: &LeafNode, plugins: &Plugins) -> Result<LeafInfo, Reject> {
    let bytes = leaf.tls_serialize_detached();
    let leaf = bytes.and_then(|bytes| mls::decode::<mls::LeafNode>(&bytes));
    leaf_info(&leaf.map_err(unreadable("a leaf"))?, plugins)
}

/// All members of a tree.
pub(crate) fn leaves_of(tree: &TreeSync, plugins: &Plugins) -> Result<Leaves, Reject> {
    let leaves = tree.full_leaves().map(|(index, leaf)| {
        let leaf = leaf_info_of(leaf, plugins)?;
        Ok((LeafIndex(index.u32()), Arc::new(leaf)))
    });
    Ok(Arc::new(leaves.collect::<Result<_, Reject>>()?))
}

/// ENG-3: the members of a tree are those computed before the merge.
pub(crate) fn check_members(tree: &TreeSync, leaves: &Leaves) -> Result<(), Reject> {
    let mut expected = leaves.iter();
    let mut differ = false;
    for (index, leaf) in tree.full_leaves() {
        differ |= !expected.next().is_some_and(|(computed, info)| {
            computed.0 == index.u32()
                && *info.signature_key == *leaf.signature_key().as_slice()
                && info.credential.content[..] == *leaf.credential().serialized_content()
        });
    }
    match differ || expected.next().is_some() {
        false => Ok(()),
        true => Err(Reject::misuse(
            "ENG-3",
            "OpenMLS arrives at other members than the engine computed",
        )),
    }
}

/// A KeyPackage as plugins see it.
fn added_key_package(
    key_package: &mls::KeyPackage,
    plugins: &Plugins,
) -> Result<AddedKeyPackage, Reject> {
    Ok(AddedKeyPackage {
        leaf: Arc::new(leaf_info(&key_package.leaf_node, plugins)?),
        dictionary: mls::dictionary(&key_package.extensions)?,
        extensions: others(
            &key_package.extensions,
            &[ExtensionType::APP_DATA_DICTIONARY],
        ),
    })
}

/// A proposal as plugins see it.
pub(crate) fn change(proposal: &mls::Proposal, plugins: &Plugins) -> Result<Change, Reject> {
    Ok(match proposal {
        mls::Proposal::Add(key_package) => Change::Add(added_key_package(key_package, plugins)?),
        mls::Proposal::Update(leaf) => Change::Update(Arc::new(leaf_info(leaf, plugins)?)),
        mls::Proposal::Remove(leaf) => Change::Remove(LeafIndex(*leaf)),
        mls::Proposal::Psk(psk) => Change::Psk(psk_id(psk)),
        mls::Proposal::ReInit => Change::ReInit,
        mls::Proposal::ExternalInit => Change::ExternalInit,
        mls::Proposal::GroupContextExtensions(extensions) => {
            Change::GroupContextExtensions(others(extensions, &[]))
        }
        mls::Proposal::AppDataUpdate(component, operation) => Change::AppData {
            component: *component,
            change: match operation {
                mls::AppDataOperation::Update(update) => DataChange::Update(update.clone()),
                mls::AppDataOperation::Remove => DataChange::Remove,
            },
        },
        mls::Proposal::AppEphemeral(component, data) => Change::AppEphemeral {
            component: *component,
            data: data.clone(),
        },
        mls::Proposal::SelfRemove => Change::SelfRemove,
        mls::Proposal::Other(proposal_type, body) => Change::Other {
            proposal_type: *proposal_type,
            body: body.clone(),
        },
    })
}

fn psk_id(psk: &mls::Psk) -> PskId {
    match psk {
        mls::Psk::External(psk_id) => PskId::External {
            psk_id: psk_id.clone(),
        },
        mls::Psk::Resumption(psk) => PskId::Resumption {
            group_id: psk.group_id.clone(),
            epoch: psk.epoch,
        },
        mls::Psk::Application(psk) => PskId::Application {
            component: psk.component,
            psk_id: psk.psk_id.clone(),
        },
    }
}

/// The proposals of a signed commit, in its order and multiplicity, each with its sender.
///
/// # Errors
/// ENG-2 when it names a proposal that we do not have.
pub(crate) fn resolve(
    commit: &mls::Commit,
    committer: &Actor,
    pool: &ByReference,
    plugins: &Plugins,
) -> Result<Vec<Sent<Change>>, Reject> {
    let resolved = commit.proposals.iter().enumerate().map(|(position, item)| {
        let (from, by_reference, proposal) = match item {
            mls::ProposalOrRef::Proposal(proposal) => (committer, false, proposal),
            mls::ProposalOrRef::Reference(reference) => {
                let (from, proposal) = pool.get(reference.as_slice()).ok_or_else(|| {
                    Reject::peer("ENG-2", "the commit names a proposal that we do not have")
                })?;
                (from, true, proposal)
            }
        };
        let body = change(proposal, plugins).map_err(|reject| reject.culprit_at(position))?;
        Ok(Sent {
            from: from.clone(),
            by_reference,
            position,
            body,
        })
    });
    resolved.collect()
}

/// ENG-1: OpenMLS staged what was signed. It drops proposals that are the same byte for byte, and
/// nothing else.
pub(crate) fn check_staged<'a>(
    signed: &mls::Commit,
    staged: impl Iterator<Item = &'a QueuedProposal>,
) -> Result<(), Reject> {
    let staged: BTreeSet<Vec<u8>> = staged
        .map(|queued| queued.proposal_reference_ref().as_slice().to_vec())
        .collect();
    let by_reference = signed.proposals.iter().filter_map(|item| match item {
        mls::ProposalOrRef::Reference(reference) => Some(reference.as_slice()),
        mls::ProposalOrRef::Proposal(_) => None,
    });
    let missing = by_reference
        .filter(|reference| !staged.contains(*reference))
        .count();
    let fewer = staged.len() > signed.proposals.len();
    match missing > 0 || fewer {
        false => Ok(()),
        true => Err(Reject::misuse(
            "ENG-1",
            "OpenMLS staged other proposals than were signed",
        )),
    }
}

/// The members after a commit, and where its joiner is, if it is an external commit.
pub(crate) struct After {
    pub(crate) leaves: Leaves,
}

/// The members after a commit (RFC 9420, sections 7.8 and 12.3): a pure function of the epoch before
/// and of what was signed.
///
/// Updates come first, then removes, then adds, each into the lowest free leaf, in the order of the
/// commit; at last the leaf of the committer's path. Who joins by external commit takes the lowest
/// free leaf.
pub(crate) fn after(
    before: &EpochState,
    proposals: &[Sent<Change>],
    committer: &Actor,
    path: Option<&Arc<LeafInfo>>,
) -> After {
    let mut leaves = before.leaves.as_ref().clone();
    for sent in proposals {
        if let (Change::Update(leaf), Actor::Member(index)) = (&sent.body, &sent.from) {
            leaves.insert(*index, leaf.clone());
        }
    }
    for sent in proposals {
        match (&sent.body, &sent.from) {
            (Change::Remove(index), _) => drop(leaves.remove(index)),
            (Change::SelfRemove, Actor::Member(index)) => drop(leaves.remove(index)),
            _ => {}
        }
    }
    let mut free = LeafIndex(0);
    for sent in proposals {
        if let Change::Add(added) = &sent.body {
            free = lowest_free(&leaves, free);
            leaves.insert(free, added.leaf.clone());
        }
    }
    if let Some(path) = path {
        let index = match committer {
            Actor::Member(index) => *index,
            _ => lowest_free(&leaves, LeafIndex(0)),
        };
        leaves.insert(index, path.clone());
    }
    let unchanged = path.is_none() && leaves == *before.leaves;
    After {
        leaves: match unchanged {
            true => before.leaves.clone(),
            false => Arc::new(leaves),
        },
    }
}

fn lowest_free(leaves: &BTreeMap<LeafIndex, Arc<LeafInfo>>, from: LeafIndex) -> LeafIndex {
    let mut free = from.0;
    for index in leaves.range(from..).map(|(index, _)| index.0) {
        if index != free {
            break;
        }
        free = free.saturating_add(1);
    }
    LeafIndex(free)
}

/// An OpenMLS GroupContext, read again.
pub(crate) fn group_context(context: &GroupContext) -> Result<mls::GroupContext, Reject> {
    let bytes = context.tls_serialize_detached();
    let context = bytes.and_then(|bytes| mls::decode(&bytes));
    context.map_err(unreadable("the GroupContext"))
}

/// An epoch as plugins see it.
///
/// # Errors
/// ADD-1 to ADD-4 when the dictionary is malformed; ENG-0 when another extension is.
pub(crate) fn epoch_state(
    context: &mls::GroupContext,
    leaves: Leaves,
    ids: &Ids,
) -> Result<EpochState, Reject> {
    let known = [
        ExtensionType::APP_DATA_DICTIONARY,
        ExtensionType::REQUIRED_CAPABILITIES,
        ExtensionType::EXTERNAL_SENDERS,
    ];
    let required = decode_extension::<Required>(context, ExtensionType::REQUIRED_CAPABILITIES)?;
    let senders = decode_extension::<Vec<SenderIn>>(context, ExtensionType::EXTERNAL_SENDERS)?;
    Ok(EpochState {
        group_id: context.group_id.as_slice().into(),
        epoch: context.epoch,
        cipher_suite: context.cipher_suite,
        dictionary: mls::dictionary(&context.extensions)?.map(Arc::new),
        extensions: Arc::new(others(&context.extensions, &known)),
        required: Arc::new(required.map(Required::into_sets).unwrap_or_default()),
        external_senders: Arc::new(
            senders
                .unwrap_or_default()
                .into_iter()
                .map(SenderIn::into_sender)
                .collect(),
        ),
        leaves,
        ids: ids.clone(),
    })
}

#[derive(Debug, TlsSize, TlsDeserialize)]
struct Required {
    extensions: Vec<ExtensionType>,
    proposals: Vec<mls_trellis_hooks::ProposalType>,
    credentials: Vec<mls_trellis_hooks::CredentialType>,
}

impl Required {
    fn into_sets(self) -> RequiredCapabilities {
        RequiredCapabilities {
            extensions: self.extensions.into_iter().collect(),
            proposals: self.proposals.into_iter().collect(),
            credentials: self.credentials.into_iter().collect(),
        }
    }
}

#[derive(Debug, TlsSize, TlsDeserialize)]
struct SenderIn {
    signature_key: Opaque,
    credential: mls::Credential,
}

impl SenderIn {
    fn into_sender(self) -> ExternalSender {
        ExternalSender {
            signature_key: self.signature_key.as_slice().into(),
            credential: Credential {
                credential_type: self.credential.credential_type,
                content: self.credential.content.as_slice().into(),
            },
        }
    }
}

fn decode_extension<T: tls_codec::Deserialize>(
    context: &mls::GroupContext,
    extension_type: ExtensionType,
) -> Result<Option<T>, Reject> {
    let mut extensions = context.extensions.iter();
    let found = extensions.find(|extension| extension.extension_type == extension_type);
    found
        .map(|extension| mls::decode(extension.data.as_slice()))
        .transpose()
        .map_err(unreadable("an extension of the GroupContext"))
}

/// The extensions that are not among `known`, byte for byte.
fn others(extensions: &[mls::Extension], known: &[ExtensionType]) -> Vec<RawExtension> {
    let others = extensions
        .iter()
        .filter(|e| !known.contains(&e.extension_type));
    others
        .map(|extension| RawExtension {
            extension_type: extension.extension_type,
            data: extension.data.clone(),
        })
        .collect()
}

/// The number of an external sender in the group's list. OpenMLS shows it only encoded.
pub(crate) fn external_index(index: SenderExtensionIndex) -> Result<u32, Reject> {
    let bytes = index.tls_serialize_detached();
    bytes
        .and_then(|bytes| mls::decode(&bytes))
        .map_err(unreadable("an external sender's index"))
}

fn unreadable(what: &'static str) -> impl Fn(tls_codec::Error) -> Reject {
    move |e| Reject::misuse("ENG-0", format!("{what} does not decode: {e}"))
}
