//! What updates do to the participant list.

use std::collections::BTreeSet;

use mls_trellis_hooks::{Actor, Reject, Sent, wire::Opaque};

use crate::{BANNED, NO_ROLE, Participants, ParticipantsUpdate, UserRole};

/// A user whom an update touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Touch {
    pub(crate) user: Opaque,
    /// The role before; [`NO_ROLE`] for a user who is added.
    pub(crate) from: u32,
    /// The role after; [`NO_ROLE`] for a user who is removed.
    pub(crate) to: u32,
    /// Whose update it is, and its position in the commit.
    pub(crate) by: Actor,
    pub(crate) position: usize,
}

impl Touch {
    /// Whether the user has no clients afterwards.
    pub(crate) fn ends(&self) -> bool {
        self.to == NO_ROLE || self.to == BANNED
    }
}

/// The list after all updates of one commit, and whom they touched: MIMI-25.
///
/// Each update refers to the list that the one before it leaves.
pub(crate) fn fold(
    list: Participants,
    updates: &[Sent<ParticipantsUpdate>],
) -> Result<(Participants, Vec<Touch>), Reject> {
    let mut list = list;
    let mut touched = Vec::new();
    for update in updates {
        let before = touched.len();
        list = list
            .after(update, &mut touched)
            .and_then(|list| once(&touched, before).map(|()| list))
            .map_err(|reject| reject.culprit_at(update.position))?;
    }
    Ok((list, touched))
}

/// Those touched since `new` are different users, and none of them was touched before.
fn once(touched: &[Touch], new: usize) -> Result<(), Reject> {
    let (before, new) = touched.split_at_checked(new).unwrap_or_default();
    let mut seen: BTreeSet<&Opaque> = before.iter().map(|touch| &touch.user).collect();
    match new.iter().find(|touch| !seen.insert(&touch.user)) {
        Some(touch) => refuse(format!("{} is touched twice in one commit", name(touch))),
        None => Ok(()),
    }
}

impl Participants {
    /// The list after all updates of one commit, in their order.
    ///
    /// A hub lets what it has accepted count at once, though nobody has committed it yet. It asks the
    /// room as it will be: the epoch with this list in place of the old one.
    ///
    /// # Errors
    /// MIMI-25, when an update does not fit the list.
    pub fn updated(&self, updates: &[Sent<ParticipantsUpdate>]) -> Result<Self, Reject> {
        Ok(fold(self.clone(), updates)?.0)
    }

    /// MIMI-25, of any list: users are there once, and have a role.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        let mut seen = BTreeSet::new();
        for listed in &self.participants {
            if listed.user.as_slice().is_empty() {
                return refuse("a user without a name is listed");
            }
            if listed.role_index == NO_ROLE {
                return refuse("role 0 is that of users who are not listed");
            }
            if !seen.insert(&listed.user) {
                return refuse(format!("{} is listed twice", show(&listed.user)));
            }
        }
        Ok(())
    }

    /// The list after one update: roles change first, then users go, then users come, and positions
    /// are those of the list before.
    fn after(
        &self,
        update: &Sent<ParticipantsUpdate>,
        touched: &mut Vec<Touch>,
    ) -> Result<Self, Reject> {
        let ParticipantsUpdate {
            changed_role_participants: changed,
            removed_indices: removed,
            added_participants: added,
        } = &update.body;
        let mut touch = |user: &Opaque, from, to| {
            touched.push(Touch {
                user: user.clone(),
                from,
                to,
                by: update.from.clone(),
                position: update.position,
            });
        };

        let mut list = self.participants.clone();
        for change in changed {
            let listed = list.get_mut(change.user_index as usize);
            let listed = listed.ok_or_else(|| out_of_range(change.user_index))?;
            touch(&listed.user, listed.role_index, change.role_index);
            listed.role_index = change.role_index;
        }
        let gone: BTreeSet<u32> = removed.iter().copied().collect();
        for index in removed {
            let listed = self.participants.get(*index as usize);
            let listed = listed.ok_or_else(|| out_of_range(*index))?;
            touch(&listed.user, listed.role_index, NO_ROLE);
        }
        let stays = (0..).zip(list).filter(|(index, _)| !gone.contains(index));
        let mut list: Vec<UserRole> = stays.map(|(_, listed)| listed).collect();
        for user in added {
            touch(&user.user, NO_ROLE, user.role_index);
            list.push(user.clone());
        }
        let list = Self { participants: list };
        list.check()?;
        Ok(list)
    }
}

fn out_of_range(index: u32) -> Reject {
    Reject::peer("MIMI-25", format!("nobody is at position {index}"))
}

fn refuse<T>(detail: impl Into<String>) -> Result<T, Reject> {
    Err(Reject::peer("MIMI-25", detail))
}

pub(crate) fn name(touch: &Touch) -> String {
    show(&touch.user)
}

fn show(user: &Opaque) -> String {
    mls_trellis_hooks::Identity::from(user.as_slice()).to_string()
}
