//! What roles are, and what they allow.

use std::collections::BTreeSet;

use mls_trellis_hooks::Reject;

use crate::{BANNED, Capability, NO_ROLE, Role, Roles};

impl Roles {
    /// The role of that index.
    #[must_use]
    pub fn role(&self, index: u32) -> Option<&Role> {
        self.roles.iter().find(|role| role.role_index == index)
    }

    /// RP-1: indexes are unique, 0 and 1 mean what they mean, only strangers join openly.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        let mut seen = BTreeSet::new();
        for role in &self.roles {
            let index = role.role_index;
            if !seen.insert(index) {
                return refuse(format!("role {index} is there twice"));
            }
            if index == BANNED && role.role_name.as_slice() != b"banned" {
                return refuse("role 1 is not named banned");
            }
            if index != NO_ROLE && role.may(Capability::OPEN_JOIN) {
                return refuse(format!("role {index} may join openly, as only role 0 can"));
            }
        }
        Ok(())
    }

    /// RP-9: roles that are spoken of are there.
    pub(crate) fn concerns(&self) -> Vec<Reject> {
        let targets = self.roles.iter().flat_map(|role| {
            let changes = role.authorized_role_changes.iter();
            changes.flat_map(|change| {
                let targets = change.target_role_indexes.iter();
                targets.chain([&change.from_role_index])
            })
        });
        let targets: BTreeSet<u32> = targets.copied().collect();
        let dangling = targets.into_iter().filter(|index| self.dangling(*index));
        let concern = |index| {
            Reject::peer(
                "RP-9",
                format!("users are moved from or to role {index}, which is none"),
            )
        };
        dangling.map(concern).collect()
    }

    /// Whether an index is that of no role.
    pub(crate) fn dangling(&self, index: u32) -> bool {
        index != NO_ROLE && self.role(index).is_none()
    }
}

impl Role {
    /// Whether its holders have a right.
    #[must_use]
    pub fn may(&self, capability: Capability) -> bool {
        self.role_capabilities.contains(&capability)
    }

    /// Whether its holders may move users from one role to another.
    #[must_use]
    pub fn may_move(&self, from: u32, to: u32) -> bool {
        let changes = self.authorized_role_changes.iter();
        let mut from = changes.filter(|change| change.from_role_index == from);
        from.any(|change| change.target_role_indexes.contains(&to))
    }
}

fn refuse<T>(detail: impl Into<String>) -> Result<T, Reject> {
    Err(Reject::peer("RP-1", detail))
}
