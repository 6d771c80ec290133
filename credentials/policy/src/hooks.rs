//! How the policy plugs in: the group's rules as a component, ours as an assessor.

use std::{fmt, sync::Arc};

use mls_trellis_hooks::{
    Action, Actor, Assessment, Assessor, Authority, Candidate, Component, ComponentId, Draft,
    Eligibility, EpochState, FoldView, GroupState, Hooks, Invariant, Last, Plugin, Reject, Sent,
};

use crate::{
    Audit, Compiled, Layer, Local, Record, Rules,
    state::{self, ADMINISTERED},
};

/// The component: its state is the group's rules. With [`ours`](Self::ours), our own rules are asked
/// besides.
#[derive(Clone, Default)]
pub struct CredentialPolicy {
    local: Option<Local>,
    audit: Option<Arc<dyn Audit>>,
    ready: Arc<Last<Vec<u8>, Result<Compiled, Reject>>>,
}

mls_trellis_registry::register! {
    /// The group's rules on who may be in it.
    pub static CREDENTIAL_POLICY: CredentialPolicy::default
}

impl CredentialPolicy {
    /// Also judges by these rules of our own.
    #[must_use]
    pub fn ours(mut self, local: Local) -> Self {
        self.local = Some(local);
        self
    }

    /// Hands a record of every decision to somebody who keeps them.
    #[must_use]
    pub fn audited(mut self, audit: impl Audit) -> Self {
        self.audit = Some(Arc::new(audit));
        self
    }

    /// The rules of an epoch, or why they are none.
    fn rules(&self, epoch: &EpochState) -> Option<Arc<Result<Compiled, Reject>>> {
        let data = state::data(epoch)?;
        Some(self.ready.of(data, || state::compile(data)))
    }

    fn tell(&self, record: impl FnOnce() -> Record) {
        if let Some(audit) = &self.audit {
            audit.record(&record());
        }
    }
}

impl fmt::Debug for CredentialPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialPolicy")
            .field("local", &self.local)
            .finish_non_exhaustive()
    }
}

impl Plugin for CredentialPolicy {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        if self.local.is_some() {
            hooks.assessor("credential_policy", self.clone());
        }
        hooks
            .component(self)
            .group_state()
            .eligibility()
            .invariant()
            .authority();
    }
}

impl Component for CredentialPolicy {
    const NAME: &'static str = "credential_policy";
    const DEFAULT_ID: ComponentId = ComponentId(0x8043);
    const DRAFT: Draft = Draft::private("credential-policy", "1");
}

impl GroupState for CredentialPolicy {
    type State = Rules;
    type Update = Rules;

    fn fold(
        &self,
        cx: &FoldView<'_>,
        state: Option<Rules>,
        updates: &[Sent<Rules>],
    ) -> Result<Rules, Reject> {
        let mut current = state.map(Compiled::new).transpose()?;
        for Sent {
            from,
            position,
            body,
            ..
        } in updates
        {
            let at = |reject: Reject| reject.culprit_at(*position);
            state::may_change(current.as_ref(), Some(body), from, cx.before).map_err(at)?;
            current = Some(Compiled::new(body.clone()).map_err(at)?);
        }
        let current = current.ok_or_else(|| Reject::misuse("POL-2", "there are no rules"))?;
        Ok(current.rules().clone())
    }

    fn may_remove(&self, cx: &FoldView<'_>, from: &Actor, state: &Rules) -> Result<(), Reject> {
        let current = Compiled::new(state.clone())?;
        state::may_change(Some(&current), None, from, cx.before)
    }
}

impl Eligibility for CredentialPolicy {
    fn admit(&self, who: &Candidate<'_>) -> Result<(), Reject> {
        let Some(ready) = self.rules(who.epoch) else {
            return Ok(());
        };
        let rules = ready.as_ref().as_ref().map_err(Clone::clone)?;
        let decision = rules.decide(who);
        self.tell(|| Record {
            version: Some(rules.rules().version),
            ..Record::new(Layer::Group, who, decision.clone())
        });
        decision.verdict()
    }
}

/// The rules make sense, and nobody has too many clients.
impl Invariant for CredentialPolicy {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        let Some(ready) = self.rules(epoch) else {
            return Ok(());
        };
        let rules = ready.as_ref().as_ref().map_err(Clone::clone)?;
        rules.clients_of_users(epoch)
    }
}

/// Administrators change the policy, and the group's trust anchors where it has some.
impl Authority for CredentialPolicy {
    fn may(
        &self,
        epoch: &EpochState,
        from: &Actor,
        action: &Action<'_>,
    ) -> Option<Result<(), Reject>> {
        let ready = self
            .rules(epoch)
            .filter(|_| ADMINISTERED.contains(action))?;
        let rules = ready.as_ref().as_ref().ok()?;
        rules.administers(from, epoch).then_some(Ok(()))
    }
}

impl Assessor for CredentialPolicy {
    fn assess(&self, who: &Candidate<'_>, now: u64) -> Assessment {
        let Some(local) = &self.local else {
            return Assessment::Fine;
        };
        let judged = local.judge(who, now);
        self.tell(|| Record {
            time: Some(now),
            ..Record::new(Layer::Ours, who, judged.decision.clone())
        });
        judged.assessment()
    }
}
