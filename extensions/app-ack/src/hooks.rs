//! How acknowledgements plug in.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, BuildView, Change, CommitView, Component, ComponentId, Contribution, Draft, EndView,
    Ephemeral, Hooks, Judge, Plugin, Reject, Traffic, TrafficView, wire,
};

use crate::{Acknowledgement, Log};

/// The component, with the schedule by which we acknowledge.
#[derive(Clone, Copy, Debug, Default)]
pub struct AppAck {
    schedule: Schedule,
}

/// When we acknowledge (ACK-S4). On OpenMLS an acknowledgement is part of a commit of its sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Schedule {
    /// With every commit that we build, even if nothing was received: that is worth knowing too.
    #[default]
    EveryCommit,
    /// With a commit that we build once so many messages were received in the epoch. When
    /// [`AppAck::due`] says so, the application commits.
    EveryMessages(u32),
    /// When the application says so, with `commit.ephemeral::<AppAck>(&log.acknowledgement())`.
    ByHand,
}

impl AppAck {
    /// Acknowledgements by this schedule.
    #[must_use]
    pub const fn new(schedule: Schedule) -> Self {
        Self { schedule }
    }

    /// Whether we should commit now for the sake of the acknowledgement: so many messages of others are
    /// in the log of the current epoch.
    #[must_use]
    pub fn due(&self, log: &Log) -> bool {
        match self.schedule {
            Schedule::EveryMessages(number) => log.count() >= u64::from(number.max(1)),
            Schedule::EveryCommit | Schedule::ByHand => false,
        }
    }
}

mls_trellis_registry::register! {
    /// Acknowledgements with every commit.
    pub static APP_ACK: AppAck::default
}

impl Plugin for AppAck {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self).ephemeral().judge().traffic();
    }
}

impl Component for AppAck {
    const NAME: &'static str = "app_ack";
    const DEFAULT_ID: ComponentId = ComponentId(0x0005);
    const DRAFT: Draft = Draft::new("draft-ietf-mls-extensions", "10", "6.1");
}

impl Ephemeral for AppAck {
    type Notice = Acknowledgement;

    // Whatever decodes is valid (ACK-1): all that the draft does not say is no reason to part.
    fn check_notice(
        &self,
        _: &CommitView<'_>,
        _: &Actor,
        _: &Acknowledgement,
    ) -> Result<(), Reject> {
        Ok(())
    }
}

impl Judge for AppAck {
    fn concerns(&self, cx: &CommitView<'_>) -> Vec<Reject> {
        let mut concerns = Vec::new();
        for sent in cx.proposals {
            if let Change::AppEphemeral { component, data } = &sent.body
                && *component == cx.id
                && let Ok(notice) = wire::decode::<Acknowledgement>(data.as_slice())
            {
                let own = notice.concerns(&sent.from, cx.before).into_iter();
                concerns.extend(own.map(|reject| reject.culprit_at(sent.position)));
            }
        }
        concerns
    }
}

impl Traffic for AppAck {
    type Log = Log;

    fn observe(&self, cx: &TrafficView, log: Log) -> Log {
        log.after(cx.own, cx.from, cx.generation)
    }

    fn conclude(&self, cx: &EndView<'_>, log: Log) -> Log {
        let heard = cx.told.iter().filter_map(|(from, data)| {
            let acknowledgement = wire::decode::<Acknowledgement>(data.as_slice()).ok()?;
            Some(((*from)?, acknowledgement))
        });
        log.ended(cx.own, cx.epoch, heard)
    }

    fn tell(&self, _: &BuildView<'_>, log: &Log, out: &mut Contribution) {
        if self.schedule == Schedule::EveryCommit || self.due(log) {
            // What cannot be encoded is not sent; there is no such acknowledgement.
            let _ = out.ephemeral::<Self>(&log.acknowledgement());
        }
    }
}
