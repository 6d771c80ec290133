//! Whether a commit may happen in a room: one function of the whole list of proposals, each with its
//! sender, and of the epochs before and after. Members and hubs call the same.
//!
//! Every right is that of the epoch before. Whoever gets a role in a commit cannot use it there.

use mls_trellis_hooks::{
    Actor, Change, CommitView, Component, ComponentId, DataChange, Ids, Reject, Sent, wire,
};

use super::{
    People,
    participants::{self, Touch},
    rights,
    room::{Room, stranger},
    standing::Standing,
};
use crate::{
    Capability, JoinLinkList, JoinLinksUpdate, NO_ROLE, ParticipantList, ParticipantsUpdate,
    Policy, Preauth, Roles, RoomMetadata, hooks,
};

/// Judges a commit, if the epoch before has a participant list and roles.
pub(crate) fn judge(people: &dyn People, cx: &CommitView<'_>) -> Result<(), Reject> {
    let Some(before) = Room::of(people, cx.before)? else {
        return Ok(());
    };
    let Some(after) = Room::of(people, cx.after)? else {
        return Err(Reject::peer(
            "MIMI-20",
            "a participant list is never dropped",
        ));
    };
    let Some(roles) = before.roles() else {
        return Ok(());
    };
    let touches = touches(&before, cx)?;
    let commit = Commit {
        cx,
        before: &before,
        after: &after,
        roles,
        touches: &touches,
    };
    commit.nothing_changes_unsaid()?;
    commit.lists_change_alone()?;
    commit.fixed_membership_stays()?;
    commit.who_goes_takes_all_clients_along()?;
    for touch in &touches {
        let by = Standing::of(&before, roles, &touch.by);
        rights::touch(&by, touch).map_err(|reject| reject.culprit_at(touch.position))?;
    }
    for sent in cx.proposals {
        commit
            .proposal(sent)
            .map_err(|reject| reject.culprit_at(sent.position))?;
    }
    commit.joiner()?;
    commit.roles_are_filled_as_they_should()
}

/// MIMI-25 as we read it: an update of the list refers to the list that the one before it leaves, and
/// others may read it differently, so a commit of ours has only one.
pub(crate) fn concerns(cx: &CommitView<'_>) -> Vec<Reject> {
    let id = cx.before.ids.of::<ParticipantList>();
    let mut updates = cx
        .proposals
        .iter()
        .filter(|sent| component(sent) == Some(id));
    let second = updates.nth(1).map(|second| {
        let reject = Reject::peer(
            "MIMI-25",
            "two updates of the participant list in one commit",
        );
        reject.culprit_at(second.position)
    });
    second.into_iter().collect()
}

/// Whom the commit's updates touch.
fn touches(before: &Room<'_>, cx: &CommitView<'_>) -> Result<Vec<Touch>, Reject> {
    let id = cx.before.ids.of::<ParticipantList>();
    let mut updates = Vec::new();
    for (sent, update) in updates_of(cx, id) {
        let update = wire::decode::<ParticipantsUpdate>(update);
        let update = update.map_err(|e| Reject::peer("MIMI-25", e.to_string()))?;
        updates.push(sent.map(update));
    }
    Ok(participants::fold(before.list().clone(), &updates)?.1)
}

fn updates_of<'a>(
    cx: &'a CommitView<'_>,
    id: ComponentId,
) -> impl Iterator<Item = (&'a Sent<Change>, &'a [u8])> {
    cx.proposals
        .iter()
        .filter_map(move |sent| match &sent.body {
            Change::AppData {
                component,
                change: DataChange::Update(update),
            } if *component == id => Some((sent, update.as_slice())),
            _ => None,
        })
}

/// The component whose entry a proposal changes.
fn component(sent: &Sent<Change>) -> Option<ComponentId> {
    match &sent.body {
        Change::AppData { component, .. } => Some(*component),
        _ => None,
    }
}

struct Commit<'a> {
    cx: &'a CommitView<'a>,
    before: &'a Room<'a>,
    after: &'a Room<'a>,
    roles: &'a Roles,
    touches: &'a [Touch],
}

impl Commit<'_> {
    fn ids(&self) -> &Ids {
        &self.cx.before.ids
    }

    fn id<C: Component>(&self) -> ComponentId {
        self.ids().of::<C>()
    }

    fn position_of(&self, id: ComponentId) -> Option<usize> {
        let mut proposals = self.cx.proposals.iter();
        let found = proposals.find(|sent| component(sent) == Some(id));
        found.map(|sent| sent.position)
    }

    /// MIMI-20: what changes was proposed, so that somebody's right to it was judged.
    fn nothing_changes_unsaid(&self) -> Result<(), Reject> {
        let ids = hooks::governed(self.ids());
        let changed = |id: &ComponentId| self.cx.before.data(*id) != self.cx.after.data(*id);
        let mut unsaid = ids.into_iter().filter(changed);
        match unsaid.find(|id| self.position_of(*id).is_none()) {
            Some(id) => {
                let detail = format!("component {id} changes, and nobody proposed it");
                Err(Reject::peer("MIMI-20", detail))
            }
            None => Ok(()),
        }
    }

    /// RP-2.
    fn lists_change_alone(&self) -> Result<(), Reject> {
        let refuse =
            |detail: &str, position| Err(Reject::policy("RP-2", detail).culprit_at(position));
        if let (Some(position), false) = (
            self.position_of(self.id::<Policy<Roles>>()),
            self.touches.is_empty(),
        ) {
            return refuse("roles change together with the participant list", position);
        }
        let mut touches = self.touches.iter();
        if let (Some(position), true) = (
            self.position_of(self.id::<Policy<Preauth>>()),
            touches.any(|touch| touch.to != NO_ROLE),
        ) {
            let detail = "who is preauthorized changes together with more than removals";
            return refuse(detail, position);
        }
        Ok(())
    }

    /// RP-4.
    fn fixed_membership_stays(&self) -> Result<(), Reject> {
        let mut touches = self.touches.iter();
        let moves = |touch: &&Touch| touch.from == NO_ROLE || touch.to == NO_ROLE;
        match touches.find(moves) {
            Some(touch) if self.before.has_fixed_membership() => {
                let detail = format!(
                    "{} comes or goes in a room of fixed membership",
                    participants::name(touch)
                );
                Err(Reject::policy("RP-4", detail).culprit_at(touch.position))
            }
            _ => Ok(()),
        }
    }

    /// MIMI-5, where an update alone is at fault.
    fn who_goes_takes_all_clients_along(&self) -> Result<(), Reject> {
        let ends = self.touches.iter().filter(|touch| touch.ends());
        let mut ends = ends.map(|touch| (touch, touch.user.as_slice().into()));
        match ends.find(|(_, user)| self.after.is_active(user)) {
            Some((touch, user)) => {
                let reject = Reject::peer("MIMI-5", stranger(self.after, &user));
                Err(reject.culprit_at(touch.position))
            }
            None => Ok(()),
        }
    }

    /// One proposal, by the rights of its own sender.
    fn proposal(&self, sent: &Sent<Change>) -> Result<(), Reject> {
        let by = Standing::of(self.before, self.roles, &sent.from);
        let remove = |index| rights::remove(&by, &sent.from, self.before, self.after, index);
        match (&sent.body, &sent.from) {
            (Change::Add(added), _) => rights::add(&by, self.before, self.after, &added.leaf),
            (Change::Remove(index), _) => remove(*index),
            (Change::SelfRemove, Actor::Member(index)) => remove(*index),
            (Change::ReInit, _) => {
                let right = by.may(Capability::SEND_MLS_REINIT_PROPOSAL);
                by.needs("RP-24", right, "propose a ReInit")
            }
            (Change::AppData { component, change }, _) => self.data(&by, *component, change),
            _ => Ok(()),
        }
    }

    /// A change of a component's entry. The participant list's is judged user by user.
    fn data(&self, by: &Standing<'_>, id: ComponentId, change: &DataChange) -> Result<(), Reject> {
        if id == self.id::<RoomMetadata>() {
            let before = self.cx.before.state::<RoomMetadata>()?;
            let after = self.cx.after.state::<RoomMetadata>()?;
            return rights::metadata(by, before.as_ref(), after.as_ref());
        }
        if let (true, DataChange::Update(update)) = (id == self.id::<JoinLinkList>(), change) {
            let update = wire::decode::<JoinLinksUpdate>(update.as_slice());
            let update = update.map_err(|e| Reject::peer("RP-33", e.to_string()))?;
            return rights::join_links(by, &update);
        }
        match hooks::right_to_change(self.ids(), id) {
            Some(capability) => {
                let what = format!("change component {id}");
                by.needs("RP-22", by.may(capability), &what)
            }
            None => Ok(()),
        }
    }

    /// Whoever joins by this commit brings a client along.
    fn joiner(&self) -> Result<(), Reject> {
        let (actor @ Actor::Joiner(leaf), before) = (self.cx.committer, self.before) else {
            return Ok(());
        };
        let by = Standing::of(before, self.roles, actor);
        rights::add(&by, before, self.after, leaf)
    }

    /// RP-27 and RP-28: no role gets above its maximum, or below its minimum. One that was out of its
    /// bounds already may stay so, or the room could do nothing any more.
    fn roles_are_filled_as_they_should(&self) -> Result<(), Reject> {
        for role in &self.roles.roles {
            let index = role.role_index;
            let (was, is) = (self.before.holders(index), self.after.holders(index));
            let bounds = [
                (
                    was.0,
                    is.0,
                    role.minimum_participants_constraint,
                    role.maximum_participants_constraint,
                ),
                (
                    was.1,
                    is.1,
                    role.minimum_active_participants_constraint,
                    role.maximum_active_participants_constraint,
                ),
            ];
            for (was, is, minimum, maximum) in bounds {
                let above = is > was && maximum.is_some_and(|maximum| is > maximum as usize);
                let below = is < was && is < minimum as usize;
                let (rule, what) = match (above, below) {
                    (true, _) => ("RP-27", "more"),
                    (_, true) => ("RP-28", "less"),
                    _ => continue,
                };
                let detail = format!("{is} users have role {index}, {what} than it takes");
                let reject = Reject::policy(rule, detail);
                return Err(match self.last_to_move(index) {
                    Some(position) => reject.culprit_at(position),
                    None => reject,
                });
            }
        }
        Ok(())
    }

    /// The last proposal that moves somebody from or to a role, or moves clients of its holders.
    fn last_to_move(&self, role: u32) -> Option<usize> {
        let touches = self.touches.iter();
        let touches = touches.filter(|touch| touch.from == role || touch.to == role);
        let touches = touches.map(|touch| touch.position);
        let holds = |room: &Room<'_>, leaf| room.role_of(&room.user(leaf)) == role;
        let held = |index| {
            let leaf = self.cx.before.leaf(index);
            leaf.is_some_and(|leaf| holds(self.before, leaf))
        };
        let proposals = self.cx.proposals.iter();
        let clients = proposals.filter(|sent| match (&sent.body, &sent.from) {
            (Change::Add(added), _) => holds(self.after, &added.leaf),
            (Change::Remove(index), _) | (Change::SelfRemove, Actor::Member(index)) => held(*index),
            _ => false,
        });
        touches.chain(clients.map(|sent| sent.position)).max()
    }
}
