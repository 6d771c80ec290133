//! What single policies must look like.

use std::collections::BTreeSet;

use mls_trellis_hooks::Reject;

use crate::{
    AssetPolicy, AssetUploadLocation, BANNED, BasePolicy, BotPolicy, HistoryPolicy, JoinLinks,
    JoinLinksUpdate, LinkPreviewPolicy, LoggingPolicy, NO_ROLE, Optionality,
};

impl BasePolicy {
    /// RP-5: a room that depends on a parent names it, and no other does.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        match (self.parent_dependent.0, self.parent_room.0.is_empty()) {
            (true, true) => refuse("RP-5", "the room depends on a parent and names none"),
            (false, false) => refuse("RP-5", "the room names a parent and depends on none"),
            _ => Ok(()),
        }
    }
}

impl LinkPreviewPolicy {
    /// RP-30.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        match self.autodetect_hyperlinks_in_text {
            Optionality::Required => refuse("RP-30", "finding links in text is required"),
            _ => Ok(()),
        }
    }
}

impl LoggingPolicy {
    /// RP-31.
    pub(crate) fn concerns(&self) -> Vec<Reject> {
        match self {
            Self::Required(logging) if logging.logging_clients.is_empty() => {
                vec![Reject::policy(
                    "RP-31",
                    "logging is required, and nobody logs",
                )]
            }
            _ => Vec::new(),
        }
    }
}

impl HistoryPolicy {
    /// The roles whose holders share the history.
    #[must_use]
    pub fn sharing(&self) -> &[u32] {
        match self {
            Self::Optional(history) | Self::Required(history) => &history.roles_that_can_share,
            Self::Forbidden => &[],
        }
    }

    /// RP-9: who shares is a participant.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        let outside = |role: &&u32| **role == NO_ROLE || **role == BANNED;
        match self.sharing().iter().find(outside) {
            Some(role) => refuse("RP-9", format!("role {role} cannot share the history")),
            None => Ok(()),
        }
    }
}

impl BotPolicy {
    /// RP-32: a bot inside of somebody's client has no role.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        let mut bots = self.allowed_bots.iter();
        match bots.any(|bot| bot.local_client_bot.0 && bot.bot_role_index != NO_ROLE) {
            true => refuse("RP-32", "a bot of a local client has a role"),
            false => Ok(()),
        }
    }
}

impl AssetPolicy {
    /// RP-8: whether a user of the provider `sender` may point to an asset on `host`.
    #[must_use]
    pub fn allows_host(&self, sender: &str, host: &str) -> bool {
        let own = |provider: &[u8]| match self.asset_upload_location {
            AssetUploadLocation::LocalProvider => provider == sender.as_bytes(),
            AssetUploadLocation::Unspecified | AssetUploadLocation::Hub => true,
        };
        let domains = self.upload_domains.iter();
        let own = domains.filter(|domains| own(domains.provider.as_slice()));
        let mut hosts = own.flat_map(|domains| &domains.asset_upload_destinations);
        self.asset_upload_location == AssetUploadLocation::Unspecified
            || hosts.any(|allowed| allowed.as_slice() == host.as_bytes())
    }
}

impl JoinLinks {
    /// The links after one update. RP-33: what is removed is there, once.
    pub(crate) fn after(&self, update: &JoinLinksUpdate) -> Result<Self, Reject> {
        let gone: BTreeSet<u32> = update.removed_indices.iter().copied().collect();
        let there = |index: &u32| (*index as usize) < self.links.len();
        if gone.len() != update.removed_indices.len() || !gone.iter().all(there) {
            return refuse(
                "RP-33",
                "a join link is removed that is not there, or twice",
            );
        }
        let stays = (0..)
            .zip(&self.links)
            .filter(|(index, _)| !gone.contains(index));
        let stays = stays.map(|(_, link)| link);
        Ok(Self {
            links: stays.chain(&update.added_links).cloned().collect(),
        })
    }
}

fn refuse<T>(rule: &'static str, detail: impl Into<String>) -> Result<T, Reject> {
    Err(Reject::peer(rule, detail))
}
