//! The components of a room's policy. All but one are values that an update replaces.

use std::marker::PhantomData;

use mls_trellis_hooks::{
    Actor, Component, ComponentId, Draft, EpochState, FoldView, GroupState, Ids, Invariant, Reject,
    Sent, wire::Wire,
};

use super::{ParticipantList, RoomMetadata};
use crate::{
    AssetPolicy, BasePolicy, BotPolicy, Capability, ExpirationPolicy, HistoryPolicy,
    JoinLinkPolicy, JoinLinks, JoinLinksUpdate, LinkPreviewPolicy, LoggingPolicy,
    OperationalPolicy, Preauth, Roles, StatusPolicy,
    state::{metadata, room::has_list},
};

const DRAFT: &str = "draft-ietf-mimi-room-policy";
const REVISION: &str = "03";

/// A part of a room's policy that stands in the GroupContext as one value.
pub trait RoomPolicy: Wire {
    /// The component's name.
    const NAME: &'static str;
    /// The number the draft suggests.
    const ID: ComponentId;
    /// The section of draft-ietf-mimi-room-policy-03.
    const SECTION: &'static str;
    /// The right that a change needs.
    const RIGHT: Capability = Capability::CHANGE_OTHER_POLICY_ATTRIBUTE;

    /// Whether the value is one.
    ///
    /// # Errors
    /// A rule of the draft that it breaks.
    fn check(&self) -> Result<(), Reject> {
        Ok(())
    }

    /// What we would not do ourselves.
    fn concerns(&self) -> Vec<Reject> {
        Vec::new()
    }
}

/// The component of a [`RoomPolicy`], such as `Policy<Roles>`.
#[derive(Clone, Copy, Debug)]
pub struct Policy<P>(PhantomData<fn() -> P>);

impl<P> Default for Policy<P> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<P: RoomPolicy> Component for Policy<P> {
    const NAME: &'static str = P::NAME;
    const DEFAULT_ID: ComponentId = P::ID;
    const DRAFT: Draft = Draft::new(DRAFT, REVISION, P::SECTION);
}

impl<P: RoomPolicy> GroupState for Policy<P> {
    type State = P;
    type Update = P;

    fn fold(&self, cx: &FoldView<'_>, state: Option<P>, updates: &[Sent<P>]) -> Result<P, Reject> {
        for update in updates {
            metadata::authorised(cx.before, &update.from)
                .and_then(|()| update.body.check())
                .map_err(|reject| reject.culprit_at(update.position))?;
        }
        let last = updates.last().map(|update| update.body.clone());
        let none = || Reject::misuse("RP-22", "there is neither a policy nor an update");
        last.or(state).ok_or_else(none)
    }

    fn may_remove(&self, cx: &FoldView<'_>, from: &Actor, _: &P) -> Result<(), Reject> {
        metadata::authorised(cx.before, from)
    }
}

impl<P: RoomPolicy> Invariant for Policy<P> {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        epoch.state::<Self>()?.iter().try_for_each(P::check)
    }

    fn concerns(&self, epoch: &EpochState) -> Vec<Reject> {
        let Ok(Some(policy)) = epoch.state::<Self>() else {
            return Vec::new();
        };
        // RP-34: nobody is in the room whom the policy could bind.
        let detail = || format!("{} without a participant list", P::NAME);
        let alone = (!has_list(epoch)).then(|| Reject::policy("RP-34", detail()));
        policy.concerns().into_iter().chain(alone).collect()
    }
}

/// The join links that are valid now.
#[derive(Clone, Copy, Debug, Default)]
pub struct JoinLinkList;

impl Component for JoinLinkList {
    const NAME: &'static str = "join_links";
    const DEFAULT_ID: ComponentId = ComponentId(0x002a);
    const DRAFT: Draft = Draft::new(DRAFT, REVISION, "6.2");
}

impl GroupState for JoinLinkList {
    type State = JoinLinks;
    type Update = JoinLinksUpdate;

    fn fold(
        &self,
        cx: &FoldView<'_>,
        state: Option<JoinLinks>,
        updates: &[Sent<JoinLinksUpdate>],
    ) -> Result<JoinLinks, Reject> {
        updates
            .iter()
            .try_fold(state.unwrap_or_default(), |links, update| {
                metadata::authorised(cx.before, &update.from)
                    .and_then(|()| links.after(&update.body))
                    .map_err(|reject| reject.culprit_at(update.position))
            })
    }

    fn may_remove(&self, cx: &FoldView<'_>, from: &Actor, _: &JoinLinks) -> Result<(), Reject> {
        metadata::authorised(cx.before, from)
    }
}

impl RoomPolicy for OperationalPolicy {
    const NAME: &'static str = "mls_operational_policy";
    const ID: ComponentId = ComponentId(0x0024);
    const SECTION: &'static str = "7";
    const RIGHT: Capability = Capability::CHANGE_MLS_OPERATIONAL_POLICIES;
}

impl RoomPolicy for Roles {
    const NAME: &'static str = "roles_list";
    const ID: ComponentId = ComponentId(0x0025);
    const SECTION: &'static str = "3";
    const RIGHT: Capability = Capability::CHANGE_ROLE_DEFINITIONS;

    fn check(&self) -> Result<(), Reject> {
        Self::check(self)
    }

    fn concerns(&self) -> Vec<Reject> {
        Self::concerns(self)
    }
}

impl RoomPolicy for Preauth {
    const NAME: &'static str = "preauth_list";
    const ID: ComponentId = ComponentId(0x0026);
    const SECTION: &'static str = "4";
    const RIGHT: Capability = Capability::CHANGE_PREAUTHORIZED_USER_LIST;

    fn concerns(&self) -> Vec<Reject> {
        Self::concerns(self)
    }
}

impl RoomPolicy for BasePolicy {
    const NAME: &'static str = "base_room_policy";
    const ID: ComponentId = ComponentId(0x0027);
    const SECTION: &'static str = "5";
    const RIGHT: Capability = Capability::CHANGE_ROOM_MEMBERSHIP_STYLE;

    fn check(&self) -> Result<(), Reject> {
        Self::check(self)
    }
}

impl RoomPolicy for StatusPolicy {
    const NAME: &'static str = "status_notification_policy";
    const ID: ComponentId = ComponentId(0x0028);
    const SECTION: &'static str = "6.1";
}

impl RoomPolicy for JoinLinkPolicy {
    const NAME: &'static str = "join_link_policy";
    const ID: ComponentId = ComponentId(0x0029);
    const SECTION: &'static str = "6.2";
}

impl RoomPolicy for LinkPreviewPolicy {
    const NAME: &'static str = "link_preview_policy";
    const ID: ComponentId = ComponentId(0x002b);
    const SECTION: &'static str = "6.3";

    fn check(&self) -> Result<(), Reject> {
        Self::check(self)
    }
}

impl RoomPolicy for AssetPolicy {
    const NAME: &'static str = "asset_policy";
    const ID: ComponentId = ComponentId(0x002c);
    const SECTION: &'static str = "6.4";
}

impl RoomPolicy for LoggingPolicy {
    const NAME: &'static str = "logging_policy";
    const ID: ComponentId = ComponentId(0x002d);
    const SECTION: &'static str = "6.5";

    fn concerns(&self) -> Vec<Reject> {
        Self::concerns(self)
    }
}

impl RoomPolicy for HistoryPolicy {
    const NAME: &'static str = "chat_history_policy";
    const ID: ComponentId = ComponentId(0x002e);
    const SECTION: &'static str = "6.6";

    fn check(&self) -> Result<(), Reject> {
        Self::check(self)
    }
}

impl RoomPolicy for BotPolicy {
    const NAME: &'static str = "bot_policy";
    const ID: ComponentId = ComponentId(0x002f);
    const SECTION: &'static str = "6.7";

    fn check(&self) -> Result<(), Reject> {
        Self::check(self)
    }
}

impl RoomPolicy for ExpirationPolicy {
    const NAME: &'static str = "message_expiration_policy";
    const ID: ComponentId = ComponentId(0x0030);
    const SECTION: &'static str = "6.8";
}

/// Each policy's id in force, with the right that a change of it needs: RP-22.
fn rights(ids: &Ids) -> [(ComponentId, Capability); 13] {
    fn of<P: RoomPolicy>(ids: &Ids) -> (ComponentId, Capability) {
        (ids.of::<Policy<P>>(), P::RIGHT)
    }
    [
        of::<OperationalPolicy>(ids),
        of::<Roles>(ids),
        of::<Preauth>(ids),
        of::<BasePolicy>(ids),
        of::<StatusPolicy>(ids),
        of::<JoinLinkPolicy>(ids),
        (ids.of::<JoinLinkList>(), Capability::DELETE_JOIN_CODE),
        of::<LinkPreviewPolicy>(ids),
        of::<AssetPolicy>(ids),
        of::<LoggingPolicy>(ids),
        of::<HistoryPolicy>(ids),
        of::<BotPolicy>(ids),
        of::<ExpirationPolicy>(ids),
    ]
}

/// The right that a change of a component's entry needs, if it is a policy of the room.
pub(crate) fn right_to_change(ids: &Ids, id: ComponentId) -> Option<Capability> {
    let found = rights(ids).into_iter().find(|(policy, _)| *policy == id);
    found.map(|(_, capability)| capability)
}

/// The components whose changes are judged.
pub(crate) fn governed(ids: &Ids) -> Vec<ComponentId> {
    let own = [ids.of::<ParticipantList>(), ids.of::<RoomMetadata>()];
    let policies = rights(ids).map(|(id, _)| id);
    own.into_iter().chain(policies).collect()
}
