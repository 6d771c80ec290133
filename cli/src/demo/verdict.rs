//! Whether everybody agrees.

use std::sync::Arc;

use mls_trellis_engine::{Group, PublicGroup};
use mls_trellis_hooks::{ComponentId, EpochState, Plugins};

use super::{Error, report::Report};

/// Where somebody stands at the end.
#[derive(Clone)]
pub(super) struct Standing {
    who: &'static str,
    epoch: EpochState,
    /// A hub has none: only members can compute it.
    authenticator: Option<Vec<u8>>,
}

impl Standing {
    pub(super) fn of_member(who: &'static str, room: &mut Group) -> Result<Self, Error> {
        Ok(Self {
            who,
            authenticator: Some(room.epoch_authenticator()?),
            epoch: room.epoch().clone(),
        })
    }

    pub(super) fn of_hub(room: &PublicGroup) -> Self {
        Self {
            who: "hub",
            epoch: room.epoch().clone(),
            authenticator: None,
        }
    }
}

/// Compares all standings and announces the outcome. Answers whether they agree.
pub(super) fn announce(
    standings: &[Standing],
    plugins: &Plugins,
    report: &mut Report<'_>,
) -> Result<bool, Error> {
    let mut agreed = true;
    for (what, differ) in compare(standings, plugins) {
        let everybody = differ.is_empty();
        let what = match everybody {
            true => what,
            false => format!("{what}: not with {}", differ.join(", ")),
        };
        report.verdict(everybody, &what)?;
        agreed &= everybody;
    }
    Ok(agreed)
}

/// Everything there is to agree on, with those who do not have what the first one has.
fn compare(standings: &[Standing], plugins: &Plugins) -> Vec<(String, Vec<&'static str>)> {
    let Some(first) = standings.first() else {
        return Vec::new();
    };
    let members = standings.iter().filter(|one| one.authenticator.is_some());
    let members: Vec<_> = members.cloned().collect();
    let count = members.len();

    let mut outcomes = vec![
        (
            format!("epoch {}", first.epoch.epoch),
            differ(standings, |s| s.epoch.epoch),
        ),
        (
            format!("epoch authenticator, of {count} members"),
            differ(&members, |s| s.authenticator.clone()),
        ),
        (
            format!("{} leaves of the tree", first.epoch.leaves.len()),
            differ(standings, |s| Arc::clone(&s.epoch.leaves)),
        ),
    ];
    for id in components(standings) {
        let bytes = first.epoch.data(id).map_or(0, <[u8]>::len);
        let what = format!("{}, {bytes} bytes", name(id, plugins));
        outcomes.push((
            what,
            differ(standings, |s| s.epoch.data(id).map(<[u8]>::to_vec)),
        ));
    }
    outcomes
}

fn name(id: ComponentId, plugins: &Plugins) -> String {
    match plugins.component(id) {
        Some(entry) => format!("state of {} ({id})", entry.name),
        None => format!("state of component {id}"),
    }
}

/// Every component that anybody has a state of.
fn components(standings: &[Standing]) -> Vec<ComponentId> {
    let dictionaries = standings.iter().filter_map(|s| s.epoch.dictionary.as_ref());
    let mut ids: Vec<_> = dictionaries.flat_map(|d| d.keys().copied()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Who does not have what the first one has.
fn differ<T: PartialEq>(standings: &[Standing], of: impl Fn(&Standing) -> T) -> Vec<&'static str> {
    let expected = standings.first().map(&of);
    let others = standings.iter().filter(|one| Some(of(one)) != expected);
    others.map(|one| one.who).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use mls_trellis_hooks::{LeafIndex, LeafInfo};

    use super::*;

    fn standing(who: &'static str) -> Standing {
        let epoch = EpochState::new(b"room")
            .with_leaf(LeafIndex(0), LeafInfo::basic("alice"))
            .with_data(ComponentId(0x8042), b"state".to_vec());
        Standing {
            who,
            epoch,
            authenticator: (who != "hub").then(|| b"secret".to_vec()),
        }
    }

    /// Whether they agree, after somebody's standing was tampered with.
    fn agreed(tamper: impl FnOnce(&mut Standing)) -> bool {
        let mut standings = ["hub", "alice", "bob"].map(standing);
        tamper(standings.last_mut().unwrap());
        let mut out = Vec::new();
        announce(
            &standings,
            &Plugins::default(),
            &mut Report::new(false, &mut out),
        )
        .unwrap()
    }

    #[test]
    fn every_difference_is_noticed() {
        assert!(agreed(|_| ()));
        assert!(!agreed(|bob| bob.epoch.epoch += 1));
        assert!(!agreed(|bob| bob.authenticator = Some(b"other".to_vec())));
        let change = |id, data: &[u8]| {
            let data = data.to_vec();
            agreed(move |bob| bob.epoch = bob.epoch.clone().with_data(ComponentId(id), data))
        };
        assert!(!change(0x8042, b"other"));
        assert!(!change(0x8043, b"one more"));
        assert!(!agreed(|bob| bob.epoch.dictionary = None));
        assert!(!agreed(|bob| bob.epoch.leaves = Arc::default()));
    }

    #[test]
    fn whoever_differs_is_named() {
        let mut standings = ["hub", "alice", "bob"].map(standing);
        standings.last_mut().unwrap().epoch.epoch = 9;
        let mut out = Vec::new();
        announce(
            &standings,
            &Plugins::default(),
            &mut Report::new(false, &mut out),
        )
        .unwrap();
        assert!(
            String::from_utf8(out)
                .unwrap()
                .contains("epoch 0: not with bob")
        );
    }
}
