//! What is kept of epochs that are over, so that late messages of wire formats can be opened: our
//! leaf key, the leaves, and the secrets that the formats name. Bounded, and deleted in the batch in
//! which its time is over.
//!
//! Besides, which messages were opened, for formats that want each opened once.

use std::{fmt, sync::Arc};

use mls_trellis_hooks::{
    EpochState, Export, HandleError, LeafIndex, Plugins, Reject, Secret, WireFormatEntry,
    wire::{self, Opaque},
};
use mls_trellis_store::{Row, Scope};
use tls_codec::{
    Deserialize as _, SecretVLBytes, Serialize as _, TlsDeserialize, TlsSerialize, TlsSize,
};

use super::{Live, direct::CurrentKeys};
use crate::{
    Error, Result, client::cipher_suite, message_cx::Keys, mls, roster, step::Step, storage::Buffer,
};

/// By epoch; and under the empty key, which epochs there are.
const RETAINED: &str = "retained";
/// By epoch, format, sender, and the value that no other message has.
const ONCE: &str = "once";

/// An epoch that is over.
pub(super) struct PastEpoch {
    pub(super) epoch: EpochState,
    pub(super) own: LeafIndex,
    leaf_key: Secret,
    exports: Vec<StoredExport>,
}

/// A row of [`RETAINED`].
#[derive(TlsSize, TlsSerialize, TlsDeserialize)]
struct StoredEpoch {
    /// A GroupContext.
    context: Opaque,
    /// Where members sit, with their LeafNode.
    leaves: Vec<(u32, Opaque)>,
    own: u32,
    leaf_key: SecretVLBytes,
    exports: Vec<StoredExport>,
}

#[derive(TlsSize, TlsSerialize, TlsDeserialize)]
struct StoredExport {
    label: Opaque,
    context: Opaque,
    secret: SecretVLBytes,
}

/// tls_codec asks for it, and nothing secret may be shown.
impl fmt::Debug for StoredExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredExport").finish_non_exhaustive()
    }
}

/// When an epoch ended, in seconds since 1970.
type Ended = (u64, u64);

/// Before a merge: keeps what wire formats need of the epoch that ends, and deletes what no format
/// can open after the merge.
pub(super) fn retain(live: &Live, step: &Step<'_>, scope: &Scope, now: u64) -> Result<()> {
    let ending = live.epoch.epoch;
    let wanted = longest(step.plugins);
    let mut index = index(step.buffer, scope)?;
    if wanted > 0 && somebody_sends(live, step.plugins) {
        let stored = store_epoch(live, step)?;
        let row = Row::new(scope.clone(), RETAINED, &ending.to_be_bytes());
        step.buffer
            .put(row, stored.tls_serialize_detached().map_err(broken)?)?;
        index.push((ending, now));
    }
    let gone = |epoch: u64| epoch.saturating_add(wanted) <= ending;
    drop_epochs(step.buffer, scope, index, |(epoch, _)| gone(*epoch))?;
    drop_opened(step.buffer, scope, gone)
}

/// Deletes what is kept of epochs that ended at `before` or earlier.
pub(super) fn forget(buffer: &Buffer<'_>, scope: &Scope, before: u64) -> Result<()> {
    let index = index(buffer, scope)?;
    drop_epochs(buffer, scope, index, |(_, ended)| *ended <= before)
}

/// Deletes everything, when we are not a member any more.
pub(super) fn wipe(buffer: &Buffer<'_>, scope: &Scope) -> Result<()> {
    let index = index(buffer, scope)?;
    drop_epochs(buffer, scope, index, |_| true)?;
    drop_opened(buffer, scope, |_| true)
}

/// An epoch that is over, if `entry` can still open its messages in the epoch `current`.
pub(super) fn past_epoch(
    plugins: &Plugins,
    buffer: &Buffer<'_>,
    scope: &Scope,
    entry: &WireFormatEntry,
    (current, epoch): (u64, u64),
) -> Result<Option<PastEpoch>> {
    if epoch.saturating_add(entry.kind.past_epochs()) < current {
        return Ok(None);
    }
    let row = Row::new(scope.clone(), RETAINED, &epoch.to_be_bytes());
    let Some(bytes) = buffer.get(&row)? else {
        return Ok(None);
    };
    let stored = StoredEpoch::tls_deserialize(&mut bytes.as_slice()).map_err(broken)?;
    let leaves = stored.leaves.iter().map(|(index, leaf)| {
        let leaf = mls::decode::<mls::LeafNode>(leaf.as_slice()).map_err(broken)?;
        let leaf = roster::leaf_info(&leaf, plugins)?;
        Ok((LeafIndex(*index), Arc::new(leaf)))
    });
    let leaves = Arc::new(leaves.collect::<Result<_>>()?);
    let context = mls::decode(stored.context.as_slice()).map_err(broken)?;
    Ok(Some(PastEpoch {
        epoch: roster::epoch_state(&context, leaves, plugins)?,
        own: LeafIndex(stored.own),
        leaf_key: secret(&stored.leaf_key),
        exports: stored.exports,
    }))
}

/// Notes that a message was opened. Returns whether it was before.
pub(super) fn opened_before(
    step: &Step<'_>,
    scope: &Scope,
    entry: &WireFormatEntry,
    (epoch, from): (u64, LeafIndex),
    once: &[u8],
) -> Result<bool> {
    let key = [
        &epoch.to_be_bytes()[..],
        &entry.format.0.to_be_bytes(),
        &from.0.to_be_bytes(),
        once,
    ];
    let row = Row::new(scope.clone(), ONCE, &key.concat());
    let known = step.buffer.get(&row)?.is_some();
    if !known {
        step.buffer.put(row, Vec::new())?;
    }
    Ok(known)
}

impl Keys for PastEpoch {
    fn export(&self, export: &Export, _: usize) -> Result<Secret, HandleError> {
        let mut exports = self.exports.iter();
        let found = exports.find(|stored| {
            stored.label.as_slice() == export.label.as_bytes()
                && stored.context.as_slice() == export.context
        });
        let missing = || Reject::misuse("MSG-2", "the secret of the past epoch was not kept");
        Ok(found
            .map(|stored| secret(&stored.secret))
            .ok_or_else(missing)?)
    }

    fn leaf_key(&self) -> Result<Secret, HandleError> {
        Ok(self.leaf_key.clone())
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, HandleError> {
        Err(Reject::misuse("MSG-3", "nothing is sent in an epoch that is over").into())
    }
}

/// From how many past epochs some format opens messages.
fn longest(plugins: &Plugins) -> u64 {
    let formats = plugins.wire_formats();
    formats
        .map(|entry| entry.kind.past_epochs())
        .max()
        .unwrap_or_default()
}

/// Whether another member of the epoch says that it has a format that opens late messages.
fn somebody_sends(live: &Live, plugins: &Plugins) -> bool {
    let own = LeafIndex(live.mls.own_leaf_index().u32());
    let formats: Vec<_> = plugins
        .wire_formats()
        .filter(|entry| entry.kind.past_epochs() > 0)
        .map(|entry| entry.format)
        .collect();
    live.epoch.leaves.iter().any(|(index, leaf)| {
        let theirs = leaf.wire_formats();
        *index != own && formats.iter().any(|format| theirs.contains(format))
    })
}

fn store_epoch(live: &Live, step: &Step<'_>) -> Result<StoredEpoch> {
    let public = live.mls.public_group();
    let leaves = public.treesync().full_leaves().map(|(index, leaf)| {
        let leaf = leaf.tls_serialize_detached().map_err(broken)?;
        Ok((index.u32(), leaf.into()))
    });
    let length = cipher_suite(live.epoch.cipher_suite)?.hash_length();
    let keys = CurrentKeys { live, step };
    let formats = step.plugins.wire_formats();
    let formats = formats.filter(|entry| entry.kind.past_epochs() > 0);
    let mut exports: Vec<_> = formats.flat_map(|entry| entry.exports).collect();
    exports.sort();
    exports.dedup();
    let exports = exports.into_iter().map(|export| {
        Ok(StoredExport {
            label: export.label.as_bytes().into(),
            context: export.context.into(),
            secret: keys.export(export, length)?.as_slice().into(),
        })
    });
    Ok(StoredEpoch {
        context: public
            .group_context()
            .tls_serialize_detached()
            .map_err(broken)?
            .into(),
        leaves: leaves.collect::<Result<_>>()?,
        own: live.mls.own_leaf_index().u32(),
        leaf_key: keys.leaf_key()?.as_slice().into(),
        exports: exports.collect::<Result<_>>()?,
    })
}

fn index(buffer: &Buffer<'_>, scope: &Scope) -> Result<Vec<Ended>> {
    let row = buffer.get(&Row::new(scope.clone(), RETAINED, b""))?;
    let index = row.map(|bytes| wire::decode(&bytes).map_err(broken));
    Ok(index.transpose()?.unwrap_or_default())
}

fn drop_epochs(
    buffer: &Buffer<'_>,
    scope: &Scope,
    index: Vec<Ended>,
    gone: impl Fn(&Ended) -> bool,
) -> Result<()> {
    let (gone, kept): (Vec<_>, Vec<_>) = index.into_iter().partition(gone);
    for (epoch, _) in gone {
        let key = epoch.to_be_bytes();
        buffer.delete(Row::new(scope.clone(), RETAINED, &key))?;
    }
    if kept != self::index(buffer, scope)? {
        let row = Row::new(scope.clone(), RETAINED, b"");
        buffer.put(row, wire::encode(&kept)?)?;
    }
    Ok(())
}

fn drop_opened(buffer: &Buffer<'_>, scope: &Scope, gone: impl Fn(u64) -> bool) -> Result<()> {
    for (key, _) in buffer.list(scope, ONCE)? {
        if epoch_of(&key).is_none_or(&gone) {
            buffer.delete(Row::new(scope.clone(), ONCE, &key))?;
        }
    }
    Ok(())
}

fn epoch_of(key: &[u8]) -> Option<u64> {
    key.first_chunk().copied().map(u64::from_be_bytes)
}

fn secret(bytes: &SecretVLBytes) -> Secret {
    Secret::from(bytes.as_slice().to_vec())
}

fn broken(error: impl fmt::Display) -> Error {
    Error::malformed("an epoch that is over")(error)
}
