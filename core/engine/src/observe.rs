//! Telling observers, after everything is durable.

use mls_trellis_hooks::{EpochState, Observer, Plugins};

use crate::EpochChange;

/// Every observer of the client: components' first, in ascending order of their ids.
fn observers(plugins: &Plugins) -> impl Iterator<Item = &dyn Observer> {
    let components = plugins
        .components()
        .filter_map(|entry| entry.observer.as_deref());
    components.chain(plugins.observers().iter().map(|entry| entry.rule.as_ref()))
}

pub(crate) fn epoch_changed(
    plugins: &Plugins,
    before: &EpochState,
    after: &EpochState,
    change: &EpochChange,
) {
    for observer in observers(plugins) {
        observer.epoch_changed(before, after);
        if change.lost_race {
            observer.lost_race(&before.group_id, before.epoch);
        }
    }
}

pub(crate) fn removed(plugins: &Plugins, epoch: &EpochState) {
    for observer in observers(plugins) {
        observer.removed(&epoch.group_id, epoch.epoch);
    }
}
