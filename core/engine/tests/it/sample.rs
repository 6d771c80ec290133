//! A plugin with every facet, to see that each is asked when it should be.

use std::sync::Arc;

use mls_trellis_hooks::{
    AadItem, AadView, Actor, BuildView, Change, CommitView, Component, ComponentId, Contribution,
    Contributor, CredentialKind, CredentialType, Draft, Ephemeral, EpochState, FoldView,
    GroupState, Hooks, Identity, Invariant, Judge, KeyPackageData, Kinds, LeafData, LeafInfo,
    MediaType, Origin, Payload, PayloadFraming, Plugin, Plugins, ProposalKind, ProposalType,
    ProposalView, PskSource, PskView, Reject, Secret, Sent, SignatureKey, Unverified, Verified,
    VerifyView, wire::Opaque,
};

/// A number that updates add to, modulo 256, and that remembers who added last.
#[derive(Clone, Default)]
pub(crate) struct Tally;

pub(crate) const TALLY: ComponentId = ComponentId(0x8150);

impl Component for Tally {
    const NAME: &'static str = "tally";
    const DEFAULT_ID: ComponentId = TALLY;
    const DRAFT: Draft = Draft::private("tally", "1");
}

impl GroupState for Tally {
    type State = (u64, Opaque);
    type Update = u64;

    fn fold(
        &self,
        cx: &FoldView<'_>,
        state: Option<Self::State>,
        updates: &[Sent<u64>],
    ) -> Result<Self::State, Reject> {
        let mut state = state.unwrap_or_default();
        for update in updates {
            if update.body == 13 {
                return Err(
                    Reject::peer("TALLY-1", "thirteen brings bad luck").culprit_at(update.position)
                );
            }
            state.0 = state.0.wrapping_mul(31).wrapping_add(update.body);
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
        match epoch.state::<Tally>()? {
            Some((77, _)) => Err(Reject::peer("TALLY-5", "the tally may never be 77")),
            _ => Ok(()),
        }
    }
}

impl Judge for Tally {
    fn judge(&self, cx: &CommitView<'_>) -> Result<(), Reject> {
        let adds = cx
            .proposals
            .iter()
            .filter(|p| matches!(p.body, Change::Add(_)))
            .count();
        let frozen = cx
            .before
            .state::<Tally>()?
            .is_some_and(|(tally, _)| tally == 99);
        match frozen && adds > 0 {
            true => Err(Reject::peer("TALLY-6", "nobody joins at 99")),
            false => Ok(()),
        }
    }
}

impl Contributor for Tally {
    fn contribute(&self, cx: &BuildView<'_>, out: &mut Contribution) {
        let removes = cx
            .proposals
            .iter()
            .any(|p| matches!(p.body, Change::Remove(_)));
        if removes {
            let _ = out.update::<Tally>(&1000);
        }
    }
}

impl PayloadFraming for Tally {
    fn wrap(&self, _: &EpochState, payload: &Payload) -> Result<Vec<u8>, Reject> {
        Ok([b"T", payload.body.as_slice()].concat())
    }

    fn unwrap(&self, _: &EpochState, bytes: &[u8]) -> Result<Payload, Reject> {
        match bytes.split_first() {
            Some((b'T', body)) => Ok(Payload::typed(MediaType::new("text/tally"), body)),
            _ => Err(Reject::peer("TALLY-7", "not framed")),
        }
    }
}

impl PskSource for Tally {
    fn psk(&self, _: &PskView<'_>, psk_id: &[u8]) -> Option<Secret> {
        (psk_id == b"well known").then(|| Secret::from(b"a well known secret".to_vec()))
    }
}

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
            .psk_source();
    }
}

/// The tally without its judge and invariant: what a careless client links.
pub(crate) struct Careless;

impl Plugin for Careless {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        let tally = Arc::new(Tally);
        hooks
            .component(tally)
            .group_state()
            .ephemeral()
            .leaf_data()
            .aad_item()
            .payload_framing();
    }
}

/// SelfRemove, which anybody may send in any way.
pub(crate) struct Leaving;

impl ProposalKind for Leaving {
    const NAME: &'static str = "leaving";
    const TYPE: ProposalType = ProposalType::SELF_REMOVE;
    const DRAFT: Draft = Draft::new("draft-ietf-mls-extensions", "10", "6.3");
    const NEEDS_PATH: bool = true;
    type Body = ();

    fn may_send(&self, _: &ProposalView<'_>, (): &()) -> Result<(), Reject> {
        Ok(())
    }
}

impl Plugin for Leaving {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.proposal(self);
    }
}

/// A basic credential that takes everybody at their word, except mallory.
pub(crate) struct Basic;

impl CredentialKind for Basic {
    const NAME: &'static str = "basic";
    const TYPE: CredentialType = CredentialType::BASIC;
    const DRAFT: Draft = Draft::new("RFC 9420", "", "5.3");

    fn identify(&self, content: &[u8], _: &Kinds<'_>) -> Result<Identity, Reject> {
        Ok(content.into())
    }

    fn verify(
        &self,
        content: &[u8],
        _: &SignatureKey<'_>,
        _: &VerifyView<'_>,
    ) -> Result<Verified, Unverified> {
        match content {
            b"mallory" => Err(Reject::peer("BASIC-1", "mallory is not welcome").into()),
            b"late" => Err(Unverified::Missing(vec!["the certificate of late".into()])),
            _ => Ok(Verified::new(content.into())),
        }
    }
}

impl Plugin for Basic {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.credential(self);
    }
}

pub(crate) fn plugins() -> Plugins {
    table(Arc::new(Tally))
}

/// No component at all.
pub(crate) fn basic_only() -> Plugins {
    Plugins::builder()
        .add(Arc::new(Basic), Origin::here())
        .build()
        .unwrap()
}

pub(crate) fn careless_plugins() -> Plugins {
    table(Arc::new(Careless))
}

fn table(tally: Arc<dyn Plugin>) -> Plugins {
    let origin = Origin::here();
    Plugins::builder()
        .add(Arc::new(Basic), origin)
        .add(tally, origin)
        .add(Arc::new(Leaving), origin)
        .build()
        .unwrap()
}

pub(crate) fn leaf_says(leaf: &LeafInfo) -> Option<u16> {
    mls_trellis_hooks::wire::decode(leaf.data(TALLY)?).ok()
}
