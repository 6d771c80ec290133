//! Who is preauthorized for which role.

use mls_trellis_hooks::Reject;

use crate::{Claim, NO_ROLE, Preauth, PreauthEntry};

impl Preauth {
    /// RP-3: the role of the first entry all of whose claims are made.
    #[must_use]
    pub fn role_for(&self, claims: &[Claim]) -> Option<u32> {
        let mut entries = self.preauthorized_entries.iter();
        let found = entries.find(|entry| entry.matches(claims));
        found.map(|entry| entry.target_role.role_index)
    }

    /// RP-19: the role that a participant may take: the first but 0 for which it is preauthorized.
    pub(crate) fn role_to_take(&self, claims: &[Claim]) -> Option<u32> {
        let entries = self.preauthorized_entries.iter();
        let matching = entries.filter(|entry| entry.matches(claims));
        let mut roles = matching.map(|entry| entry.target_role.role_index);
        roles.find(|role| *role != NO_ROLE)
    }

    /// RP-25: an entry without claims lets everybody in.
    pub(crate) fn concerns(&self) -> Vec<Reject> {
        let entries = self.preauthorized_entries.iter();
        let open = entries.filter(|entry| entry.claimset.is_empty());
        let concern = |entry: &PreauthEntry| {
            let role = entry.target_role.role_index;
            Reject::policy(
                "RP-25",
                format!("everybody is preauthorized for role {role}: the entry has no claims"),
            )
        };
        open.map(concern).collect()
    }
}

impl PreauthEntry {
    fn matches(&self, claims: &[Claim]) -> bool {
        self.claimset.iter().all(|claim| claims.contains(claim))
    }
}
