//! A sound plugin with every facet, from which the unsound ones are made.

use std::sync::Arc;

use mls_trellis_hooks::{
    AadItem, AadView, Actor, BuildView, Change, CommitView, Component, ComponentId, Contribution,
    Contributor, Draft, Ephemeral, EpochState, FoldView, GroupState, Hooks, Invariant, Judge,
    KeyPackageData, LeafData, LeafInfo, Observer, Payload, PayloadFraming, Plugin, PskSource,
    PskView, Reject, Secret, Sent, wire::Opaque,
};

/// A number that updates add to, and who added last.
#[derive(Default)]
pub(crate) struct Tally;

impl Component for Tally {
    const NAME: &'static str = "tally";
    const DEFAULT_ID: ComponentId = ComponentId(0x8150);
    const DRAFT: Draft = Draft::private("tally", "1");
}

impl GroupState for Tally {
    type State = (u64, Opaque);
    type Update = u8;

    fn fold(
        &self,
        cx: &FoldView<'_>,
        state: Option<Self::State>,
        updates: &[Sent<u8>],
    ) -> Result<Self::State, Reject> {
        let mut state = state.unwrap_or_default();
        for update in updates {
            if update.body == 13 {
                let reject = Reject::peer("TALLY-1", "thirteen brings bad luck");
                return Err(reject.culprit_at(update.position));
            }
            state.0 = state.0.wrapping_mul(31).wrapping_add(update.body.into());
            let who = update.from.identity(cx.before);
            state.1 = who.map(|who| who.as_bytes().into()).unwrap_or_default();
        }
        Ok(state)
    }

    fn may_remove(&self, _: &FoldView<'_>, _: &Actor, state: &Self::State) -> Result<(), Reject> {
        match state.0 {
            0 => Err(Reject::peer("TALLY-2", "a tally of nothing stays")),
            _ => Ok(()),
        }
    }
}

impl Ephemeral for Tally {
    type Notice = u32;

    fn check_notice(&self, _: &CommitView<'_>, _: &Actor, notice: &u32) -> Result<(), Reject> {
        match notice {
            13 => Err(Reject::peer("TALLY-3", "thirteen again")),
            _ => Ok(()),
        }
    }
}

impl LeafData for Tally {
    type Leaf = u16;

    fn publish(&self) -> Option<u16> {
        Some(7)
    }

    fn check_leaf(&self, _: &LeafInfo, data: &u16) -> Result<(), Reject> {
        match data {
            7 => Ok(()),
            _ => Err(Reject::peer("TALLY-8", "a leaf says seven")),
        }
    }
}

impl KeyPackageData for Tally {
    type Mark = u8;

    fn keep_after_join(&self, mark: &u8) -> bool {
        *mark == 1
    }
}

impl AadItem for Tally {
    type Item = u64;

    fn item(&self, cx: &AadView<'_>) -> Result<Option<u64>, Reject> {
        Ok(Some(cx.epoch.epoch))
    }

    fn check_item(&self, cx: &AadView<'_>, _: &Actor, item: &u64) -> Result<(), Reject> {
        match *item == cx.epoch.epoch {
            true => Ok(()),
            false => Err(Reject::peer("TALLY-4", "the item names another epoch")),
        }
    }
}

impl Invariant for Tally {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        match epoch.state::<Self>()? {
            Some((77, _)) => Err(Reject::peer("TALLY-5", "the tally may never be 77")),
            _ => Ok(()),
        }
    }
}

impl Judge for Tally {
    fn judge(&self, cx: &CommitView<'_>) -> Result<(), Reject> {
        let grows = cx.after.leaves.len() > cx.before.leaves.len();
        match cx.before.state::<Self>()? {
            Some((tally, _)) if tally % 10 == 9 && grows => {
                Err(Reject::peer("TALLY-6", "nobody joins at nine"))
            }
            _ => Ok(()),
        }
    }
}

impl Contributor for Tally {
    fn contribute(&self, cx: &BuildView<'_>, out: &mut Contribution) {
        if cx
            .proposals
            .iter()
            .any(|p| matches!(p.body, Change::Remove(_)))
        {
            let _ = out.update::<Self>(&100);
        }
    }
}

impl PayloadFraming for Tally {
    fn wrap(&self, _: &EpochState, payload: &Payload) -> Result<Vec<u8>, Reject> {
        Ok([b"T", payload.body.as_slice()].concat())
    }

    fn unwrap(&self, _: &EpochState, bytes: &[u8]) -> Result<Payload, Reject> {
        match bytes.split_first() {
            Some((b'T', body)) => Ok(Payload::plain(body)),
            _ => Err(Reject::peer("TALLY-7", "not framed")),
        }
    }
}

impl PskSource for Tally {
    fn psk(&self, _: &PskView<'_>, _: &[u8]) -> Option<Secret> {
        None
    }
}

impl Observer for Tally {}

impl Plugin for Tally {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks
            .component(self)
            .group_state()
            .ephemeral()
            .leaf_data()
            .key_package_data()
            .aad_item()
            .invariant()
            .judge()
            .contributor()
            .payload_framing()
            .psk_source()
            .observer();
    }
}
