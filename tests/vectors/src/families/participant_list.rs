//! The participant list of a MIMI room, and what an update makes of it.
//!
//! ```
//! use mls_trellis_vectors::families::{Family, participant_list::ParticipantList};
//!
//! let refused = ParticipantList::cases().into_iter().filter(|case| case.after.is_none());
//! assert!(refused.count() >= 5);
//! ```

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Family;
use crate::{Hex, tls::Writer};

/// One vector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParticipantList {
    /// What it shows.
    pub says: String,
    /// The list before the commit.
    pub before: Vec<Participant>,
    /// Its encoding: the entry of component 0x0022 in the GroupContext.
    pub participant_list: Hex,
    /// The one update of the commit.
    pub update: Update,
    /// Its encoding: the `update` of the AppDataUpdate.
    pub participant_list_update: Hex,
    /// The list after the commit, or `null` when it is refused.
    pub after: Option<Vec<Participant>>,
    /// The rule that refuses it.
    pub rule: Option<String>,
}

/// A user with a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Participant {
    /// The user.
    pub user: String,
    /// The index of the role.
    pub role_index: u32,
}

/// A change of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// Positions in the list before, and the index of the new role.
    pub changed: Vec<(u32, u32)>,
    /// Positions in the list before.
    pub removed: Vec<u32>,
    /// Who comes.
    pub added: Vec<Participant>,
}

fn participant(w: Writer, participant: &Participant) -> Writer {
    w.opaque(participant.user.as_bytes())
        .u32(participant.role_index)
}

/// The encoding of a ParticipantListData.
#[must_use]
pub fn encode(list: &[Participant]) -> Vec<u8> {
    Writer::new().vector(list, participant).done()
}

impl Update {
    /// The encoding of the ParticipantListUpdate.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let changed = |w: Writer, (user, role): &(u32, u32)| w.u32(*user).u32(*role);
        Writer::new()
            .vector(&self.changed, changed)
            .vector(&self.removed, |w, user| w.u32(*user))
            .vector(&self.added, participant)
            .done()
    }

    /// The list after: roles change, then users go, then users come. Positions are those of the list
    /// before, and no user is touched twice. `None` when the update does not fit.
    fn apply(&self, before: &[Participant]) -> Option<Vec<Participant>> {
        let at = |position: u32| before.get(usize::try_from(position).ok()?);
        let mut touched = BTreeSet::new();
        let mut roles: Vec<_> = before
            .iter()
            .map(|listed| Some(listed.role_index))
            .collect();
        for (position, role) in &self.changed {
            touched.insert(&at(*position)?.user).then_some(())?;
            *roles.get_mut(usize::try_from(*position).ok()?)? = Some(*role);
        }
        for position in &self.removed {
            touched.insert(&at(*position)?.user).then_some(())?;
            *roles.get_mut(usize::try_from(*position).ok()?)? = None;
        }
        let stays = before.iter().zip(&roles).filter_map(|(listed, role)| {
            Some(Participant {
                user: listed.user.clone(),
                role_index: (*role)?,
            })
        });
        let mut after: Vec<_> = stays.collect();
        for new in &self.added {
            let listed = before.iter().any(|listed| listed.user == new.user);
            (!listed && touched.insert(&new.user)).then_some(())?;
            after.push(new.clone());
        }
        Some(after)
    }
}

impl Family for ParticipantList {
    const NAME: &'static str = "participant-list";
    const SOURCE: &'static str = "draft-ietf-mimi-protocol-06, section 7.5";

    fn cases() -> Vec<Self> {
        let user = |name: &str, role_index| Participant {
            user: format!("mimi://{name}.example/u/{name}"),
            role_index,
        };
        let before = [user("alice", 2), user("bob", 3), user("carol", 3)];
        let case = |says: &str, changed: &[(u32, u32)], removed: &[u32], added: &[Participant]| {
            let update = Update {
                changed: changed.to_vec(),
                removed: removed.to_vec(),
                added: added.to_vec(),
            };
            let after = update.apply(&before);
            Self {
                says: says.into(),
                before: before.to_vec(),
                participant_list: encode(&before).into(),
                participant_list_update: update.encode().into(),
                update,
                rule: after.is_none().then(|| "MIMI-25".into()),
                after,
            }
        };
        let dave = user("dave", 3);
        vec![
            case("nothing changes", &[], &[], &[]),
            case("a role changes", &[(1, 2)], &[], &[]),
            case("a user goes", &[], &[0], &[]),
            case("a user comes", &[], &[], std::slice::from_ref(&dave)),
            case(
                "all of it: positions are those of the list before",
                &[(2, 2)],
                &[0],
                &[dave.clone(), user("erin", 4)],
            ),
            case("two go, named out of order", &[], &[2, 0], &[]),
            case("everybody goes", &[], &[0, 1, 2], &[]),
            case("a position that is not there", &[(3, 2)], &[], &[]),
            case("nobody is there to go", &[], &[3], &[]),
            case("a user goes twice", &[], &[1, 1], &[]),
            case("a role changes twice", &[(1, 2), (1, 4)], &[], &[]),
            case("a role changes and the user goes", &[(1, 2)], &[1], &[]),
            case("a user comes who is there", &[], &[], &[user("bob", 2)]),
            case("a user comes twice", &[], &[], &[dave.clone(), dave]),
            case("a user goes and comes", &[], &[1], &[user("bob", 2)]),
        ]
    }
}
