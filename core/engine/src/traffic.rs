//! What components remember of an epoch's application messages: a row each, written in the step that
//! sends or receives the message.

use mls_trellis_hooks::{ComponentId, EndView, EpochState, LeafIndex, TrafficView, wire::Opaque};
use mls_trellis_store::{Row, Scope, Value};

use crate::{Result, crypto::SenderData, event::Notice, judge, step::Step};

/// The table of logs: two bytes of the component's id, then eight of the epoch.
const TRAFFIC: &str = "traffic";

/// Where the log of a component about an epoch is.
pub(crate) fn row(scope: &Scope, id: ComponentId, epoch: u64) -> Row {
    let key = [&id.0.to_be_bytes()[..], &epoch.to_be_bytes()].concat();
    Row::new(scope.clone(), TRAFFIC, &key)
}

/// The log of a component about an epoch, as this step sees it.
pub(crate) fn log(
    step: &Step<'_>,
    scope: &Scope,
    id: ComponentId,
    epoch: u64,
) -> Result<Option<Value>> {
    Ok(step.buffer.get(&row(scope, id, epoch))?)
}

/// Tells components of a message of ours or another's that was just sent or received. `current` is the
/// epoch we are in, `epoch` that of the message.
pub(crate) fn observe(
    step: &Step<'_>,
    scope: &Scope,
    current: &EpochState,
    own: LeafIndex,
    epoch: u64,
    sent: SenderData,
) -> Result<()> {
    for entry in judge::active(step.plugins, None, current) {
        let Some(traffic) = &entry.traffic else {
            continue;
        };
        let view = TrafficView {
            id: entry.id,
            epoch,
            own,
            from: LeafIndex(sent.leaf_index),
            generation: sent.generation,
        };
        let log = log(step, scope, entry.id, epoch)?;
        if let Some(log) = traffic.observe(&view, log.as_deref().map(Vec::as_slice)) {
            step.buffer.put(row(scope, entry.id, epoch), log)?;
        }
    }
    Ok(())
}

/// Tells components that an epoch ends, and forgets what is remembered of epochs whose messages cannot be
/// read any more.
pub(crate) fn conclude(
    step: &Step<'_>,
    scope: &Scope,
    before: &EpochState,
    own: LeafIndex,
    notices: &[Notice],
    past_epochs: usize,
) -> Result<()> {
    for entry in judge::active(step.plugins, None, before) {
        let Some(traffic) = &entry.traffic else {
            continue;
        };
        let told = notices.iter().filter(|n| n.component == entry.id.0);
        let told: Vec<_> = told
            .map(|n| (n.from.leaf.map(LeafIndex), Opaque(n.data.clone())))
            .collect();
        let view = EndView {
            id: entry.id,
            epoch: before,
            own,
            told: &told,
        };
        let log = log(step, scope, entry.id, before.epoch)?;
        if let Some(log) = traffic.conclude(&view, log.as_deref().map(Vec::as_slice)) {
            step.buffer.put(row(scope, entry.id, before.epoch), log)?;
        }
    }
    // The epoch that just ended is kept in any case, for somebody to read its report.
    let kept = u64::try_from(past_epochs.max(1)).unwrap_or(u64::MAX);
    let oldest = (before.epoch + 1).saturating_sub(kept);
    for (key, _) in step.buffer.list(scope, TRAFFIC)? {
        if epoch_of(&key).is_none_or(|epoch| epoch < oldest) {
            step.buffer.delete(Row::new(scope.clone(), TRAFFIC, &key))?;
        }
    }
    Ok(())
}

fn epoch_of(key: &[u8]) -> Option<u64> {
    let epoch = key.get(2..)?.try_into().ok()?;
    Some(u64::from_be_bytes(epoch))
}
