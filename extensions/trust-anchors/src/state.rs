//! The rules of trust anchors, as functions of plain values.

use mls_trellis_hooks::{
    Action, Actor, Anchors, Candidate, EpochState, Reject, names::is_host, wire::Text,
};

use crate::{Anchor, Update, Vouched};

/// No group names more domains (ANC-5).
pub const MAX_DOMAINS: usize = 256;
/// No domain has more anchors (ANC-5).
pub const MAX_ANCHORS: usize = 16;
/// No anchor is longer, in bytes (ANC-5).
pub const MAX_ANCHOR_LEN: usize = 8 * 1024;

/// What an authority is asked about any entry.
const CHANGE: Action<'_> = Action::new("trust_anchors", "change");

impl Vouched {
    /// The anchors after one update, which `from` sent in the epoch `before`.
    ///
    /// # Errors
    /// ANC-1, ANC-2 and ANC-5, when the update breaks one.
    pub fn after(
        mut self,
        update: &Update,
        from: &Actor,
        before: &EpochState,
    ) -> Result<Self, Reject> {
        let (Update::Put { domain, .. } | Update::Drop { domain }) = update;
        may_change(domain, from, before)?;
        match update {
            Update::Put { domain, anchors } => {
                self.domains.insert(domain.clone(), anchors.clone());
            }
            Update::Drop { domain } => {
                if self.domains.remove(domain).is_none() {
                    return refuse("ANC-1", format!("there is no entry of {}", domain.0));
                }
            }
        }
        self.check()?;
        Ok(self)
    }

    /// As kinds of credentials ask for them.
    #[must_use]
    pub fn anchors(&self) -> Anchors {
        let entries = self.domains.iter();
        let all = entries.flat_map(|(domain, anchors)| anchors.iter().map(move |a| (domain, a)));
        all.fold(Anchors::default(), |all, (domain, anchor)| {
            all.with(&domain.0, anchor.credential_type, anchor.data.as_slice())
        })
    }

    /// ANC-1 and ANC-5, of any state.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        if self.domains.len() > MAX_DOMAINS {
            return refuse("ANC-5", format!("more than {MAX_DOMAINS} domains"));
        }
        let mut entries = self.domains.iter();
        entries.try_for_each(|(domain, anchors)| check_entry(&domain.0, anchors))
    }

    /// ANC-4: whether `from` may drop every entry.
    pub(crate) fn may_remove(&self, from: &Actor, before: &EpochState) -> Result<(), Reject> {
        let mut domains = self.domains.keys();
        domains.try_for_each(|domain| {
            may_change(domain, from, before).map_err(|reject| {
                let detail = format!("the anchors are not all {from}'s to drop: {reject}");
                Reject::policy("ANC-4", detail)
            })
        })
    }
}

/// ANC-3: somebody of the candidate's domain vouches for credentials of their type.
pub(crate) fn admit(anchors: &Anchors, who: &Candidate<'_>) -> Result<(), Reject> {
    let (identity, of) = (&who.verified.identity, who.credential.credential_type);
    let Some(domain) = identity.domain() else {
        let detail = format!("{identity} is of no domain: it is no URI with a host");
        return Err(Reject::policy("ANC-3", detail));
    };
    match anchors.of(of, domain).is_empty() {
        false => Ok(()),
        true => Err(Reject::policy(
            "ANC-3",
            format!("in this group nobody vouches for credentials of type {of} of {domain}"),
        )),
    }
}

fn check_entry(domain: &str, anchors: &[Anchor]) -> Result<(), Reject> {
    if !is_host(domain) {
        let domain = domain.escape_debug();
        return refuse("ANC-1", format!("{domain} is no host in small letters"));
    }
    if anchors.len() > MAX_ANCHORS {
        return refuse(
            "ANC-5",
            format!("more than {MAX_ANCHORS} anchors of {domain}"),
        );
    }
    if anchors.is_empty() {
        return refuse("ANC-1", format!("the entry of {domain} has no anchors"));
    }
    let long = |anchor: &Anchor| anchor.data.as_slice().len() > MAX_ANCHOR_LEN;
    if anchors.iter().any(long) {
        let detail = format!("an anchor of {domain} with more than {MAX_ANCHOR_LEN} bytes");
        return refuse("ANC-5", detail);
    }
    let mut rest = anchors;
    while let Some((anchor, after)) = rest.split_first() {
        if after.contains(anchor) {
            return refuse("ANC-1", format!("an anchor of {domain} stands twice"));
        }
        rest = after;
    }
    Ok(())
}

/// ANC-2: whether `from` may put or drop the entry of a domain.
fn may_change(domain: &Text, from: &Actor, before: &EpochState) -> Result<(), Reject> {
    let its_member = match from {
        Actor::Member(_) => from.identity(before).and_then(|who| who.domain()) == Some(&domain.0),
        Actor::External(_) => false,
        _ => return refuse("ANC-2", format!("{from} is not in the group yet")),
    };
    if its_member {
        return Ok(());
    }
    before.may(from, &CHANGE).unwrap_or_else(|| {
        let domain = domain.0.escape_debug();
        let detail = format!("{from} is no member of {domain}, and nobody else lets them");
        Err(Reject::policy("ANC-2", detail))
    })
}

/// A refusal of what a peer did.
fn refuse<T>(rule: &'static str, detail: impl Into<String>) -> Result<T, Reject> {
    Err(Reject::peer(rule, detail))
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
