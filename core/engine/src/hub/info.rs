//! The GroupInfo and the ratchet tree that a hub hands to those who join.
//!
//! Only members can sign a GroupInfo. A hub keeps the one it is given, and completes one from what a
//! committer sends along and what follows from the commit.

use mls_trellis_hooks::{EpochState, ExtensionType, GroupInfoParts, LeafIndex, Reject, wire};
use mls_trellis_store::{Row, Scope};
use openmls::group::PublicGroup as MlsPublicGroup;
use openmls_traits::{OpenMlsProvider as _, crypto::OpenMlsCrypto as _};
use tls_codec::Serialize as _;

use super::{Followed, PublicGroup, in_step};
use crate::{
    Error, Result,
    client::cipher_suite,
    mls::{self, GroupInfo, GroupInfoMessage, GroupInfoTbs},
    roster,
    step::Step,
};

const GROUP_INFO: &str = "group_info";

impl PublicGroup {
    /// The ratchet tree of the current epoch, for those who join.
    ///
    /// # Errors
    /// [`Error::Store`] when the group had to be loaded and could not be.
    pub fn ratchet_tree(&mut self) -> Result<Vec<u8>> {
        self.reload()?;
        encoded_tree(self.mls.as_ref().ok_or(Error::NoSuchGroup)?)
    }

    /// The GroupInfo message of the current epoch, if the hub has it: it was given with
    /// [`follow`](Self::follow), [`receive_with`](Self::receive_with) or
    /// [`put_group_info`](Self::put_group_info).
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn group_info(&self) -> Result<Option<Vec<u8>>> {
        let kept = self.kept_group_info()?;
        let current = kept.filter(|kept| kept.epoch() == self.epoch.epoch);
        Ok(current.map(|kept| wire::encode(&kept)).transpose()?)
    }

    /// Whether the last GroupInfo that the hub was given has the ratchet tree inside.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn has_tree_inside(&self) -> Result<Option<bool>> {
        let kept = self.kept_group_info()?;
        Ok(kept.map(|kept| kept.info.has_tree()))
    }

    /// Takes in a commit, as [`receive`](Self::receive), with what completes the GroupInfo of the
    /// epoch that it creates. Both are taken or none.
    ///
    /// # Errors
    /// GI-1 when the signature of the GroupInfo does not hold, GI-2 when the message is no commit.
    pub fn receive_with(&mut self, commit: &[u8], parts: &GroupInfoParts) -> Result<Followed> {
        self.take_in(commit, Some(parts))
    }

    /// Keeps a GroupInfo message of the current epoch, to be handed to those who join.
    ///
    /// # Errors
    /// GI-1 when its signature does not hold, GI-2 when it is of another group or epoch.
    pub fn put_group_info(&mut self, message: &[u8]) -> Result<()> {
        let message = GroupInfoMessage::decode(message)?;
        self.reload()?;
        let mls = self.mls.as_ref().ok_or(Error::NoSuchGroup)?;
        let (epoch, scope) = (&self.epoch, &self.scope);
        let guard = Some((scope.clone(), self.version));
        let (plugins, store) = (&self.plugins, self.store.as_ref());
        in_step(plugins, store, &self.crypto, guard, |step| {
            let signed = &message.info.signed;
            let ours = signed.group_context == roster::group_context(mls.group_context())?
                && signed.confirmation_tag == roster::confirmation_tag(mls.confirmation_tag())?;
            if !ours {
                return Err(
                    Reject::peer("GI-2", "the GroupInfo is of another group or epoch").into(),
                );
            }
            if !holds(step, epoch, &message.info)? {
                return Err(unsigned().into());
            }
            keep(step, scope, &message)
        })?;
        self.version += 1;
        Ok(())
    }

    fn kept_group_info(&self) -> Result<Option<GroupInfoMessage>> {
        let row = Row::new(self.scope.clone(), GROUP_INFO, b"");
        let kept = self.store.get(&row)?;
        let kept = kept.map(|bytes| GroupInfoMessage::decode(&bytes));
        Ok(kept.transpose()?)
    }
}

/// Keeps a GroupInfo with the group.
pub(super) fn keep(step: &Step<'_>, scope: &Scope, message: &GroupInfoMessage) -> Result<()> {
    let row = Row::new(scope.clone(), GROUP_INFO, b"");
    step.buffer.put(row, wire::encode(message)?)?;
    Ok(())
}

/// The GroupInfo of the epoch that was just entered. The draft leaves open where the ratchet tree
/// stands among the extensions: the signature tells.
///
/// # Errors
/// GI-1 when the signature holds for no order.
pub(super) fn complete(
    step: &Step<'_>,
    mls: &MlsPublicGroup,
    after: &EpochState,
    signer: LeafIndex,
    parts: &GroupInfoParts,
) -> Result<GroupInfoMessage> {
    let group_context = roster::group_context(mls.group_context())?;
    let confirmation_tag = roster::confirmation_tag(mls.confirmation_tag())?;
    for extensions in orders(mls, parts)? {
        let info = GroupInfo {
            signed: GroupInfoTbs {
                group_context: group_context.clone(),
                extensions,
                confirmation_tag: confirmation_tag.clone(),
                signer: signer.0,
            },
            signature: parts.signature.clone(),
        };
        if holds(step, after, &info)? {
            return Ok(GroupInfoMessage::new(info));
        }
    }
    Err(unsigned().into())
}

fn orders(mls: &MlsPublicGroup, parts: &GroupInfoParts) -> Result<Vec<Vec<mls::Extension>>> {
    let others = &parts.extensions;
    if !parts.tree_inside {
        return Ok(vec![others.clone()]);
    }
    let tree = [mls::Extension {
        extension_type: ExtensionType::RATCHET_TREE,
        data: encoded_tree(mls)?.into(),
    }];
    Ok(vec![
        [others.as_slice(), &tree].concat(),
        [&tree, others.as_slice()].concat(),
    ])
}

fn encoded_tree(mls: &MlsPublicGroup) -> Result<Vec<u8>> {
    let tree = mls.export_ratchet_tree().tls_serialize_detached();
    tree.map_err(Error::mls("encoding the ratchet tree"))
}

/// Whether the signature is the signer's (RFC 9420, section 12.4.3.1).
fn holds(step: &Step<'_>, epoch: &EpochState, info: &GroupInfo) -> Result<bool> {
    let Some(leaf) = epoch.leaf(LeafIndex(info.signed.signer)) else {
        return Ok(false);
    };
    let label = wire::Opaque::from(b"MLS 1.0 GroupInfoTBS");
    let content = wire::Opaque::from(wire::encode(&info.signed)?);
    let scheme = cipher_suite(epoch.cipher_suite)?.signature_algorithm();
    let verified = step.provider.crypto().verify_signature(
        scheme,
        &wire::encode(&(label, content))?,
        &leaf.signature_key,
        info.signature.as_slice(),
    );
    Ok(verified.is_ok())
}

fn unsigned() -> Reject {
    Reject::peer("GI-1", "the signature of the GroupInfo does not hold")
}
