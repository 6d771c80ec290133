//! What the AppDataUpdates of one commit make of the dictionary in the GroupContext.
//!
//! The components are logs: a component's new entry is the old one followed by the updates, in the
//! order of the commit. So the order of the updates shows.
//!
//! ```
//! use mls_trellis_vectors::families::{Family, app_data_update::AppDataUpdate};
//!
//! let refused = AppDataUpdate::cases().into_iter().filter(|case| case.after.is_none());
//! assert!(refused.count() >= 3);
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ComponentData, Family, component_data};
use crate::{Hex, tls::Writer};

/// One vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppDataUpdate {
    /// What it shows.
    pub says: String,
    /// The entries before the commit.
    pub before: Vec<ComponentData>,
    /// The AppDataUpdates of the commit, in its order.
    pub updates: Vec<Update>,
    /// The entries after it, or `null` when the commit is refused.
    pub after: Option<Vec<ComponentData>>,
    /// The encoding of the dictionary after it: the `extension_data` in the GroupContext.
    pub dictionary: Option<Hex>,
    /// The rule that refuses the commit.
    pub rule: Option<String>,
}

/// One AppDataUpdate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// The component.
    pub component_id: u16,
    /// The update, or `null` to remove the entry.
    pub update: Option<Hex>,
    /// The encoding of the Proposal.
    pub proposal: Hex,
}

impl Update {
    /// An update of a component, or the removal of its entry.
    #[must_use]
    pub fn new(component_id: u16, update: Option<&[u8]>) -> Self {
        let proposal = Writer::new().u16(0x0008).u16(component_id);
        let proposal = match update {
            Some(update) => proposal.u8(1).opaque(update),
            None => proposal.u8(2),
        };
        Self {
            component_id,
            update: update.map(Hex::from),
            proposal: proposal.done().into(),
        }
    }
}

type Dictionary = BTreeMap<u16, Vec<u8>>;

/// The dictionary after the updates, or the rule that they break (section 4.7).
fn apply(mut dictionary: Dictionary, updates: &[Update]) -> Result<Dictionary, &'static str> {
    let mut by_component = BTreeMap::<u16, Vec<_>>::new();
    for update in updates {
        by_component
            .entry(update.component_id)
            .or_default()
            .push(&update.update);
    }
    for (id, updates) in by_component {
        let removes = updates.iter().filter(|update| update.is_none()).count();
        match (removes, updates.len()) {
            (0, _) => {
                let entry = dictionary.entry(id).or_default();
                updates
                    .into_iter()
                    .flatten()
                    .for_each(|update| entry.extend_from_slice(update));
            }
            (1, 1) => {
                dictionary.remove(&id).ok_or("ADU-3")?;
            }
            (removes, all) if removes == all => return Err("ADU-4"),
            _ => return Err("ADU-5"),
        }
    }
    Ok(dictionary)
}

impl Family for AppDataUpdate {
    const NAME: &'static str = "app-data-update";
    const SOURCE: &'static str = "draft-ietf-mls-extensions-10, sections 4.6 and 4.7";

    fn cases() -> Vec<Self> {
        const A: u16 = 0x8101;
        const B: u16 = 0x8102;
        const C: u16 = 0x8103;
        let set = |id, data: &'static [u8]| Update::new(id, Some(data));
        let drop = |id| Update::new(id, None);
        let case = |says: &str, before: &[(u16, &[u8])], updates: Vec<Update>| {
            let before = before.iter().map(|(id, data)| (*id, data.to_vec()));
            let before: Dictionary = before.collect();
            let applied = apply(before.clone(), &updates);
            let after = applied.as_ref().ok().map(entries);
            Self {
                says: says.into(),
                before: entries(&before),
                updates,
                dictionary: after.as_deref().map(|after| component_data(after).into()),
                after,
                rule: applied.err().map(Into::into),
            }
        };
        vec![
            case("the first entry", &[], vec![set(A, b"a")]),
            case("an entry grows", &[(A, b"a")], vec![set(A, b"b")]),
            case(
                "updates of one component, in the order of the commit",
                &[(A, b"a")],
                vec![set(A, b"c"), set(A, b"b")],
            ),
            case(
                "updates of several components, interleaved",
                &[(B, b"x")],
                vec![
                    set(C, b"1"),
                    set(A, b"1"),
                    set(B, b"y"),
                    set(A, b"2"),
                    set(C, b"0"),
                ],
            ),
            case(
                "an entry between two others",
                &[(A, b"a"), (C, b"c")],
                vec![set(B, b"b")],
            ),
            case("an entry without data is an entry", &[], vec![set(A, b"")]),
            case(
                "an entry is removed",
                &[(A, b"a"), (B, b"b")],
                vec![drop(A)],
            ),
            case(
                "the last entry is removed: the dictionary stays, empty",
                &[(A, b"a")],
                vec![drop(A)],
            ),
            case(
                "one is removed, another grows",
                &[(A, b"a"), (B, b"b")],
                vec![set(B, b"c"), drop(A)],
            ),
            case("an absent entry is removed", &[(A, b"a")], vec![drop(B)]),
            case(
                "an entry is removed twice",
                &[(A, b"a")],
                vec![drop(A), drop(A)],
            ),
            case(
                "an entry is updated and removed",
                &[(A, b"a")],
                vec![set(A, b"b"), drop(A)],
            ),
            case(
                "an entry is removed and updated",
                &[(A, b"a")],
                vec![drop(A), set(A, b"b")],
            ),
        ]
    }
}

fn entries(dictionary: &Dictionary) -> Vec<ComponentData> {
    let entries = dictionary.iter();
    entries
        .map(|(id, data)| ComponentData::new(*id, data))
        .collect()
}
