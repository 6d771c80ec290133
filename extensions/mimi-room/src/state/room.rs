//! All that an epoch says of a room, together.

use std::collections::{BTreeMap, BTreeSet};

use mls_trellis_hooks::{Component, EpochState, Identity, LeafInfo, Reject};

use super::People;
use crate::{
    BANNED, BasePolicy, Capability, HistoryPolicy, NO_ROLE, ParticipantList, Participants, Policy,
    Preauth, Roles,
};

/// An epoch of a room that has a participant list.
pub(crate) struct Room<'a> {
    pub(crate) epoch: &'a EpochState,
    pub(crate) people: &'a dyn People,
    list: Participants,
    /// Listed users with their roles.
    users: BTreeMap<Identity, u32>,
    /// Users with clients.
    active: BTreeMap<Identity, u32>,
    /// The roles. Without them the room has no policy, and every member may do everything.
    roles: Option<Roles>,
    pub(crate) preauth: Preauth,
    base: Option<BasePolicy>,
}

impl<'a> Room<'a> {
    /// The room of an epoch, or `None` when it has no participant list.
    pub(crate) fn of(
        people: &'a dyn People,
        epoch: &'a EpochState,
    ) -> Result<Option<Self>, Reject> {
        let Some(list) = epoch.state::<ParticipantList>()? else {
            return Ok(None);
        };
        let users = list.participants.iter();
        let users = users.map(|listed| (listed.user.as_slice().into(), listed.role_index));
        let mut active = BTreeMap::new();
        for leaf in epoch.leaves.values() {
            *active.entry(people.user(&leaf.identity)).or_default() += 1;
        }
        Ok(Some(Self {
            epoch,
            people,
            users: users.collect(),
            active,
            list,
            roles: epoch.state::<Policy<Roles>>()?,
            preauth: epoch.state::<Policy<Preauth>>()?.unwrap_or_default(),
            base: epoch.state::<Policy<BasePolicy>>()?,
        }))
    }

    pub(crate) fn list(&self) -> &Participants {
        &self.list
    }

    /// The roles, if the room has a policy.
    pub(crate) fn roles(&self) -> Option<&Roles> {
        self.roles.as_ref()
    }

    /// The user behind a leaf.
    pub(crate) fn user(&self, leaf: &LeafInfo) -> Identity {
        self.people.user(&leaf.identity)
    }

    /// The role of a user; [`NO_ROLE`] for one who is not listed.
    pub(crate) fn role_of(&self, user: &Identity) -> u32 {
        self.users.get(user).copied().unwrap_or(NO_ROLE)
    }

    /// Whether a user may have clients: it is listed and not banned.
    pub(crate) fn takes_part(&self, user: &Identity) -> bool {
        ![NO_ROLE, BANNED].contains(&self.role_of(user))
    }

    /// Whether a user has a client.
    pub(crate) fn is_active(&self, user: &Identity) -> bool {
        self.active.contains_key(user)
    }

    pub(crate) fn has_fixed_membership(&self) -> bool {
        self.base
            .as_ref()
            .is_some_and(|base| base.fixed_membership.0)
    }

    /// How many users have a role, and how many of them have clients.
    pub(crate) fn holders(&self, role: u32) -> (usize, usize) {
        let holders = self.users.iter().filter(|(_, has)| **has == role);
        let active = holders.clone();
        let active = active.filter(|(user, _)| self.active.contains_key(*user));
        (holders.count(), active.count())
    }

    /// What holds in every epoch.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        self.list.check()?;
        self.every_role_is_there()?;
        self.every_client_has_a_participant()?;
        self.history_is_shared_by_clients()?;
        match &self.base {
            Some(base) => self.keeps_to(base),
            None => Ok(()),
        }
    }

    /// RP-9, where the roles are spoken of outside of the roles.
    pub(crate) fn concerns(&self) -> Vec<Reject> {
        let Some(roles) = &self.roles else {
            return Vec::new();
        };
        let entries = self.preauth.preauthorized_entries.iter();
        let targets = entries.map(|entry| entry.target_role.role_index);
        let dangling: BTreeSet<u32> = targets.filter(|index| roles.dangling(*index)).collect();
        let concern = |index| {
            Reject::peer(
                "RP-9",
                format!("preauthorizes for role {index}, which is none"),
            )
        };
        dangling.into_iter().map(concern).collect()
    }

    /// RP-1: each participant has exactly one role.
    fn every_role_is_there(&self) -> Result<(), Reject> {
        let Some(roles) = &self.roles else {
            return Ok(());
        };
        let known: BTreeSet<u32> = roles.roles.iter().map(|role| role.role_index).collect();
        match self.users.iter().find(|(_, role)| !known.contains(role)) {
            Some((user, role)) => {
                let detail = format!("{user} has role {role}, which is none of the room's");
                Err(Reject::peer("RP-1", detail))
            }
            None => Ok(()),
        }
    }

    /// MIMI-5: a client is a member only if its user is a participant.
    fn every_client_has_a_participant(&self) -> Result<(), Reject> {
        match self.active.keys().find(|user| !self.takes_part(user)) {
            Some(user) => Err(Reject::peer("MIMI-5", stranger(self, user))),
            None => Ok(()),
        }
    }

    /// RP-9: a role that takes no users with clients shares no history.
    fn history_is_shared_by_clients(&self) -> Result<(), Reject> {
        let history = self.epoch.state::<Policy<HistoryPolicy>>()?;
        let sharing = history.as_ref().map(HistoryPolicy::sharing);
        let silent = |index: &&u32| {
            let role = self.roles.as_ref().and_then(|roles| roles.role(**index));
            role.is_some_and(|role| role.maximum_active_participants_constraint == Some(0))
        };
        match sharing.unwrap_or_default().iter().find(silent) {
            Some(role) => {
                let detail = format!("role {role} shares the history and has no clients");
                Err(Reject::peer("RP-9", detail))
            }
            None => Ok(()),
        }
    }

    /// RP-4 and RP-6.
    fn keeps_to(&self, base: &BasePolicy) -> Result<(), Reject> {
        if base.fixed_membership.0 {
            self.nobody_adds_users()?;
        }
        let refuse = |detail: String| Err(Reject::policy("RP-6", detail));
        let over = |count: usize, max: Option<u32>| max.filter(|max| count > *max as usize);
        if let Some(max) = over(self.epoch.leaves.len(), base.max_clients) {
            return refuse(format!("the room takes {max} clients and no more"));
        }
        let users = self.users.values().filter(|role| **role != BANNED);
        if let Some(max) = over(users.count(), base.max_users) {
            return refuse(format!("the room takes {max} users and no more"));
        }
        match self.active.iter().find(|(_, clients)| **clients > 1) {
            Some((user, _)) if !base.multi_device.0 => refuse(format!(
                "{user} has more than the one client that users may have"
            )),
            _ => Ok(()),
        }
    }

    fn nobody_adds_users(&self) -> Result<(), Reject> {
        let mut roles = self.roles.iter().flat_map(|roles| &roles.roles);
        let adds = roles.find(|role| {
            ![NO_ROLE, BANNED].contains(&role.role_index) && role.may(Capability::ADD_PARTICIPANT)
        });
        match adds {
            Some(role) => {
                let detail = format!(
                    "the membership is fixed, and role {} adds users",
                    role.role_index
                );
                Err(Reject::peer("RP-4", detail))
            }
            None => Ok(()),
        }
    }
}

/// Why a user has no clients in the room.
pub(crate) fn stranger(room: &Room<'_>, user: &Identity) -> String {
    match room.role_of(user) {
        BANNED => format!("{user} is banned and has a client in the room"),
        _ => format!("{user} has a client in the room and is no participant"),
    }
}

/// Whether an epoch has a participant list and roles: rights are judged there.
pub(crate) fn is_governed(epoch: &EpochState) -> bool {
    has_list(epoch) && has::<Policy<Roles>>(epoch)
}

/// Whether an epoch has a participant list.
pub(crate) fn has_list(epoch: &EpochState) -> bool {
    has::<ParticipantList>(epoch)
}

fn has<C: Component>(epoch: &EpochState) -> bool {
    epoch.data(epoch.ids.of::<C>()).is_some()
}
