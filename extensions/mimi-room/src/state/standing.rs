//! What somebody is in a room, before a commit: all rights come from this.

use mls_trellis_hooks::{Actor, Identity, Reject};

use super::room::Room;
use crate::{Capability, NO_ROLE, Role, Roles};

/// Somebody who acts.
pub(crate) struct Standing<'a> {
    /// The user, if it is known.
    pub(crate) user: Option<Identity>,
    /// The role as which it may join, being nobody.
    preauthorized: Option<u32>,
    /// The role that it may take, being somebody.
    pub(crate) to_take: Option<u32>,
    /// The role whose rights it has: that on the list, or else the preauthorized one (RP-3, RP-7).
    role: Option<&'a Role>,
    roles: &'a Roles,
    who: String,
}

impl<'a> Standing<'a> {
    /// What `actor` is in a room that has roles.
    pub(crate) fn of(room: &'a Room<'a>, roles: &'a Roles, actor: &Actor) -> Self {
        let leaf = match actor {
            Actor::Member(index) => room.epoch.leaf(*index),
            Actor::Joiner(leaf) | Actor::Candidate(leaf) => Some(leaf.as_ref()),
            _ => None,
        };
        let sender = match actor {
            Actor::External(index) => room.epoch.external_senders.get(*index as usize),
            _ => None,
        };
        let credential = leaf
            .map(|leaf| &leaf.credential)
            .or_else(|| sender.map(|sender| &sender.credential));
        let user = leaf.map(|leaf| room.user(leaf)).or_else(|| {
            // No kind of credential has read it: it is taken for what it contains.
            let content = sender.map(|sender| Identity(sender.credential.content.clone()));
            content.map(|content| room.people.user(&content))
        });
        let listed = user.as_ref().map_or(NO_ROLE, |user| room.role_of(user));
        let claims = credential.map(|credential| room.people.claims(credential));
        let claims = claims.as_deref();
        let preauthorized = claims.and_then(|claims| room.preauth.role_for(claims));
        let rights = match listed {
            NO_ROLE => preauthorized,
            listed => Some(listed),
        };
        Self {
            who: user
                .as_ref()
                .map_or_else(|| actor.to_string(), Identity::to_string),
            user,
            preauthorized,
            to_take: claims.and_then(|claims| room.preauth.role_to_take(claims)),
            role: rights.and_then(|index| roles.role(index)),
            roles,
        }
    }

    /// Whether this is the user itself.
    pub(crate) fn is(&self, user: &Identity) -> bool {
        self.user.as_ref() == Some(user)
    }

    /// Whether its role has a right.
    pub(crate) fn may(&self, capability: Capability) -> bool {
        self.role.is_some_and(|role| role.may(capability))
    }

    /// Whether its role has one of these rights and may move users so.
    pub(crate) fn may_move(&self, capabilities: &[Capability], from: u32, to: u32) -> bool {
        let right = capabilities.iter().any(|capability| self.may(*capability));
        right && self.role.is_some_and(|role| role.may_move(from, to))
    }

    /// Whether it joins as `to`, being nobody in the room: by preauthorization, openly, or with a
    /// code, which the hub has seen and nobody else.
    pub(crate) fn may_join(&self, to: u32) -> bool {
        let preauthorized = self.preauthorized == Some(to) && {
            let role = self.roles.role(to);
            role.is_some_and(|role| role.may(Capability::JOIN_IF_PREAUTHORIZED))
        };
        let anybody = self.roles.role(NO_ROLE).is_some_and(|role| {
            let open = role.may(Capability::OPEN_JOIN) || role.may(Capability::USE_JOIN_CODE);
            open && role.may_move(NO_ROLE, to)
        });
        preauthorized || anybody
    }

    /// A refusal, when it lacks a right.
    pub(crate) fn needs(&self, rule: &'static str, right: bool, what: &str) -> Result<(), Reject> {
        match right {
            true => Ok(()),
            false => Err(Reject::policy(rule, format!("{} may not {what}", self.who))),
        }
    }
}
