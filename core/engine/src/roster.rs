//! What plugins see of a group: owned snapshots, read from what OpenMLS holds or has verified.

mod after;
mod change;
mod epoch;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

pub(crate) use after::after;
pub(crate) use change::{added_key_package, change, check_staged, key_package_info, resolve};
pub(crate) use epoch::{epoch_state, group_context};
use mls_trellis_hooks::{
    Capabilities, Credential, CredentialType, ExtensionType, Identity, Kinds, LeafIndex, LeafInfo,
    Lifetime, Plugins, RawExtension, Reject,
    wire::{Wire, WireError},
};
use openmls::{
    prelude::{LeafNode, SenderExtensionIndex},
    treesync::TreeSync,
};
use tls_codec::Serialize;

use crate::mls;

/// The members of an epoch.
pub(crate) type Leaves = Arc<BTreeMap<LeafIndex, Arc<LeafInfo>>>;

/// A leaf as plugins see it.
///
/// # Errors
/// CRED-1 when no plugin is linked for its credential; what the credential's kind rejects; ADD-1 to
/// ADD-4 when its dictionary is malformed.
pub(crate) fn leaf_info(leaf: &mls::LeafNode, plugins: &Plugins) -> Result<LeafInfo, Reject> {
    let credential = credential(&leaf.credential);
    let capabilities = &leaf.capabilities;
    let kinds = Kinds::of(plugins);
    Ok(LeafInfo {
        identity: kinds.identify(&credential)?,
        user: kinds.user(&credential),
        credential,
        signature_key: leaf.signature_key.as_slice().into(),
        encryption_key: leaf.encryption_key.as_slice().into(),
        capabilities: Capabilities {
            cipher_suites: capabilities.cipher_suites.iter().copied().collect(),
            extensions: capabilities.extensions.iter().copied().collect(),
            proposals: capabilities.proposals.iter().copied().collect(),
            credentials: capabilities.credentials.iter().copied().collect(),
        },
        dictionary: mls::dictionary(&leaf.extensions)?,
        extensions: raw(&leaf.extensions, &[ExtensionType::APP_DATA_DICTIONARY]),
        lifetime: match leaf.source {
            mls::LeafNodeSource::KeyPackage(lifetime) => Some(Lifetime {
                not_before: lifetime.not_before,
                not_after: lifetime.not_after,
            }),
            mls::LeafNodeSource::Update | mls::LeafNodeSource::Commit(_) => None,
        },
    })
}

/// An OpenMLS leaf as plugins see it.
///
/// # Errors
/// As [`leaf_info`].
pub(crate) fn leaf_info_of(leaf: &LeafNode, plugins: &Plugins) -> Result<LeafInfo, Reject> {
    leaf_info(&read_again(leaf, "a leaf")?, plugins)
}

/// All members of a tree: of `MlsGroup::public_group().treesync()` or `PublicGroup::treesync()`.
///
/// # Errors
/// As [`leaf_info`].
pub(crate) fn leaves_of(tree: &TreeSync, plugins: &Plugins) -> Result<Leaves, Reject> {
    let leaves = tree.full_leaves().map(|(index, leaf)| {
        let leaf = leaf_info_of(leaf, plugins)?;
        Ok((LeafIndex(index.u32()), Arc::new(leaf)))
    });
    Ok(Arc::new(leaves.collect::<Result<_, Reject>>()?))
}

/// Checks that the members of a tree are those computed before the merge.
///
/// # Errors
/// ENG-3 when they are not.
pub(crate) fn check_members(tree: &TreeSync, leaves: &Leaves) -> Result<(), Reject> {
    let mut computed = leaves.iter();
    let equal = tree.full_leaves().all(|(index, leaf)| {
        let computed = computed.next();
        computed.is_some_and(|(at, info)| at.0 == index.u32() && is(leaf, info))
    });
    match equal && computed.next().is_none() {
        true => Ok(()),
        false => Err(Reject::misuse(
            "ENG-3",
            "OpenMLS arrives at other members than the engine computed",
        )),
    }
}

/// Whether both are the same leaf. The HPKE key alone tells each leaf from all others; the rest says
/// whose it is.
fn is(leaf: &LeafNode, info: &LeafInfo) -> bool {
    let key = read_again::<_, mls_trellis_hooks::wire::Opaque>(leaf.encryption_key(), "a key");
    key.is_ok_and(|key| *key.as_slice() == *info.encryption_key)
        && *leaf.signature_key().as_slice() == *info.signature_key
        && *leaf.credential().serialized_content() == *info.credential.content
}

/// The number of an external sender in the group's list. OpenMLS shows it only encoded.
pub(crate) fn external_index(index: SenderExtensionIndex) -> Result<u32, Reject> {
    read_again(&index, "an external sender's index")
}

/// A confirmation tag; OpenMLS shows it only encoded.
pub(crate) fn confirmation_tag(
    tag: &openmls::messages::ConfirmationTag,
) -> Result<mls_trellis_hooks::wire::Opaque, Reject> {
    read_again(tag, "a confirmation tag")
}

/// Whom an OpenMLS credential speaks of.
///
/// # Errors
/// CRED-1 when no plugin is linked for it; what its kind rejects.
pub(crate) fn identity(
    credential: &openmls::credentials::Credential,
    plugins: &Plugins,
) -> Result<Identity, Reject> {
    let credential = Credential {
        credential_type: CredentialType(credential.credential_type().into()),
        content: credential.serialized_content().into(),
    };
    Kinds::of(plugins).identify(&credential)
}

fn credential(credential: &mls::Credential) -> Credential {
    Credential {
        credential_type: credential.credential_type,
        content: credential.content.as_slice().into(),
    }
}

/// The extensions other than those that are `understood`, byte for byte.
fn raw(extensions: &[mls::Extension], understood: &[ExtensionType]) -> Vec<RawExtension> {
    let others = extensions
        .iter()
        .filter(|extension| !understood.contains(&extension.extension_type));
    others.cloned().collect()
}

/// Reads a value of OpenMLS by its encoding, for OpenMLS does not show what is in it.
fn read_again<O: Serialize, T: Wire>(value: &O, what: &'static str) -> Result<T, Reject> {
    let bytes = value.tls_serialize_detached();
    let bytes = bytes.map_err(|e| WireError::Unencodable(e.to_string()));
    bytes
        .and_then(|bytes| mls::decode(&bytes))
        .map_err(unreadable(what))
}

fn unreadable(what: &'static str) -> impl Fn(WireError) -> Reject {
    move |e| Reject::misuse("ENG-0", format!("{what} does not decode: {e}"))
}
