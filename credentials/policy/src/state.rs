//! What follows from the rules, as pure functions.

use std::collections::BTreeMap;

use mls_trellis_hooks::{
    Action, Actor, Candidate, Claim, EpochState, Facts, Identity, LeafInfo, Reject,
    names::is_host,
    wire::{self, Text},
};

use crate::{
    CredentialPolicy, Decision, Domain, LANGUAGE, Requirement, Rules, Succession,
    attributes::{Conditions, Subject},
    decision::Finding,
};

/// What an authority is asked about the policy itself.
pub(crate) const CHANGE: Action<'_> = Action::new("credential_policy", "change");
/// What administrators may do: change the rules, and whom the group believes.
pub(crate) const ADMINISTERED: [Action<'_>; 2] = [CHANGE, Action::new("trust_anchors", "change")];

/// Rules that are ready to be applied.
pub struct Compiled {
    rules: Rules,
    conditions: Option<Conditions>,
}

impl Compiled {
    /// Makes rules ready.
    ///
    /// # Errors
    /// POL-1 when they are in another language; POL-2 when they make no sense.
    pub fn new(rules: Rules) -> Result<Self, Reject> {
        if rules.language != LANGUAGE {
            let language = rules.language;
            let detail = format!("rules of language {language}, and only {LANGUAGE} is known here");
            return Err(Reject::incompatible("POL-1", detail));
        }
        if let Some(wrong) = contradictions(&rules).into_iter().next() {
            return Err(Reject::peer("POL-2", wrong.to_string()));
        }
        let conditions = rules.attributes.as_ref().map(Conditions::new).transpose();
        let conditions = conditions.map_err(|wrong| Reject::peer("POL-2", wrong.join("; ")))?;
        Ok(Self { rules, conditions })
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Whether the candidate may be in the group: a function of the rules, of the candidate's leaf and
    /// of what its genuine credential says. Everything that speaks against it is found, not only the
    /// first.
    #[must_use]
    pub fn decide(&self, who: &Candidate<'_>) -> Decision {
        let mut decision = Decision::default();
        match self.profile(who) {
            Err(finding) => decision.findings.push(finding),
            Ok((domain, profile)) => self.apply(who, domain, profile, &mut decision),
        }
        decision
    }

    /// POL-3, POL-10: what holds for the candidate.
    fn profile<'r>(&'r self, who: &'r Candidate<'_>) -> Result<(&'r str, &'r Domain), Finding> {
        let identity = &who.verified.identity;
        let domain = identity.domain().ok_or_else(|| {
            Finding::new(
                "POL-3",
                format!("{identity} is of no domain: it is no URI with a host"),
            )
        })?;
        let key = Text::from(domain);
        if who.leaf.is_none() {
            let named = self.rules.external_senders.get(&key);
            return named.map(|profile| (domain, profile)).ok_or_else(|| {
                Finding::new("POL-10", format!("no external senders may be of {domain}"))
            });
        }
        let known = self.rules.domains.get(&key);
        known.map(|profile| (domain, profile)).ok_or_else(|| {
            Finding::new(
                "POL-3",
                format!("{identity} is of {domain}, which has no entry"),
            )
        })
    }

    fn apply(&self, who: &Candidate<'_>, domain: &str, profile: &Domain, out: &mut Decision) {
        let mut deny = |rule, detail| out.findings.push(Finding::new(rule, detail));
        let Some(kind) = who.epoch.ids.kind(who.credential.credential_type) else {
            return deny(
                "POL-4",
                "the kind of the credential is not linked".to_owned(),
            );
        };
        let facts = &who.verified.facts;
        let sources: Vec<_> = match facts.inside.is_empty() {
            true => vec![(kind, facts)],
            false => facts
                .inside
                .iter()
                .map(|(kind, facts)| (kind.as_str(), facts))
                .collect(),
        };
        let mut kinds: Vec<_> = sources.iter().map(|(kind, _)| *kind).collect();
        kinds.sort_unstable();
        if kinds
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a == b))
        {
            deny("POL-4", "the credential holds two of one kind".to_owned());
        }
        kinds.push(kind);
        kinds.dedup();
        for kind in kinds {
            if !profile.allows_kind(kind) {
                deny(
                    "POL-4",
                    format!("{domain} has no credentials of kind {kind}"),
                );
            }
        }
        for (kind, facts) in &sources {
            let issuer = facts.issuer.as_deref();
            if !profile.trusts(issuer) {
                let issuer = issuer.unwrap_or("nobody");
                deny(
                    "POL-5",
                    format!("{issuer} vouches for nobody of {domain} ({kind})"),
                );
            }
            for requirement in &profile.require {
                if let Some(missing) = requirement.misses(kind, facts) {
                    deny("POL-6", missing);
                }
            }
            if let Some(detail) = profile.outlives(kind, facts) {
                deny("POL-7", detail);
            }
        }
        if let Some(old) = who.replaces
            && let Err(detail) = succeeds(profile, old, who, kind)
        {
            deny("POL-9", detail);
        }
        if let Some(conditions) = &self.conditions {
            let identity = who.verified.identity.to_string();
            let user = who.leaf.and_then(|leaf| leaf.user.as_ref());
            let subject = Subject {
                identity: &identity,
                domain,
                user: user.map(ToString::to_string),
                kind,
                sources: &sources,
                external: who.leaf.is_none(),
            };
            if let Err(detail) = conditions.permit(&subject) {
                deny("POL-11", detail);
            }
        }
    }

    /// POL-8: nobody has more clients than their domain allows.
    ///
    /// # Errors
    /// POL-8.
    pub fn clients_of_users(&self, epoch: &EpochState) -> Result<(), Reject> {
        let mut counts = BTreeMap::<&Identity, u32>::new();
        for leaf in epoch.leaves.values() {
            let user = leaf.user.as_ref().unwrap_or(&leaf.identity);
            let count = counts.entry(user).or_default();
            *count += 1;
            let domain = leaf.identity.domain().map(Text::from);
            let profile = domain.and_then(|domain| self.rules.domains.get(&domain));
            match profile.and_then(|profile| profile.clients_per_user) {
                Some(limit) if *count > limit => {
                    let detail = format!("{user} has more than {limit} clients in the group");
                    return Err(Reject::policy("POL-8", detail));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether somebody is an administrator: a member whom the rules name, by client or user.
    #[must_use]
    pub fn administers(&self, from: &Actor, epoch: &EpochState) -> bool {
        let Actor::Member(leaf) = from else {
            return false;
        };
        let Some(leaf) = epoch.leaf(*leaf) else {
            return false;
        };
        let names = |identity: &Identity| {
            let named = |name: &Text| name.0.as_bytes() == identity.as_bytes();
            self.rules.administrators.iter().any(named)
        };
        names(&leaf.identity) || leaf.user.as_ref().is_some_and(names)
    }
}

/// POL-2: whether `from` may put `next`, or nothing, in place of the rules.
///
/// # Errors
/// POL-2.
pub(crate) fn may_change(
    current: Option<&Compiled>,
    next: Option<&Rules>,
    from: &Actor,
    before: &EpochState,
) -> Result<(), Reject> {
    // Our own opinion is among those of the authorities; without rules we have none.
    match (before.may(from, &CHANGE), current) {
        (Some(verdict), _) => verdict?,
        (None, Some(current)) if current.administers(from, before) => {}
        (None, _) => {
            let detail = format!("{from} is no administrator of the policy");
            return Err(Reject::policy("POL-2", detail));
        }
    }
    let (current, next) = (current.map(|c| c.rules.version), next.map(|n| n.version));
    match (current, next) {
        (Some(current), Some(next)) if next <= current => Err(Reject::peer(
            "POL-2",
            format!("version {next} of the policy does not follow on version {current}"),
        )),
        _ => Ok(()),
    }
}

/// The rules of a group, ready to be applied; `None` where it has none.
///
/// # Errors
/// POL-1 and POL-2; ADU-6 when they do not decode.
pub(crate) fn compile(data: &[u8]) -> Result<Compiled, Reject> {
    let rules = wire::decode(data).map_err(|e| Reject::peer("ADU-6", e.to_string()))?;
    Compiled::new(rules)
}

/// Where the rules of an epoch stand.
pub(crate) fn data(epoch: &EpochState) -> Option<&[u8]> {
    epoch.data(epoch.ids.of::<CredentialPolicy>())
}

impl Domain {
    pub(crate) fn allows_kind(&self, kind: &str) -> bool {
        self.credentials.iter().any(|allowed| allowed.0 == kind)
    }

    /// POL-5.
    fn trusts(&self, issuer: Option<&str>) -> bool {
        let is_named = |issuer: &str| self.issuers.iter().any(|named| named.0 == issuer);
        self.issuers.is_empty() || issuer.is_some_and(is_named)
    }

    /// POL-7.
    fn outlives(&self, kind: &str, facts: &Facts) -> Option<String> {
        let limit = self.max_validity?;
        let Some(validity) = facts.validity else {
            return Some(format!(
                "the {kind} credential does not say until when it is valid"
            ));
        };
        let span = validity.not_after.saturating_sub(validity.not_before);
        (span > limit).then(|| format!("the {kind} credential is valid for {span} s, not {limit}"))
    }
}

impl Requirement {
    /// POL-6: what is missing in a credential of that kind.
    fn misses(&self, kind: &str, facts: &Facts) -> Option<String> {
        let mut path = self.claim.0.split('.');
        if path.next() != Some(kind) {
            return None;
        }
        let first = path.next().and_then(|name| facts.claims.get(name));
        let claim = path.fold(first, |claim, name| claim?.get(name));
        let is_one = |claim: &Claim| {
            let text = claim.as_text();
            text.is_some_and(|text| self.any_of.iter().any(|wanted| wanted.0 == text))
        };
        let holds = match claim {
            Some(Claim::List(values)) => values.iter().any(is_one),
            Some(claim) => is_one(claim),
            None => false,
        };
        let wanted: Vec<_> = self.any_of.iter().map(|text| text.0.as_str()).collect();
        (!holds).then(|| format!("{} is none of {}", self.claim.0, wanted.join(", ")))
    }
}

/// POL-9: the new credential may follow on that of the old leaf. That it is of the same client is the
/// engine's rule (CRED-3).
fn succeeds(
    profile: &Domain,
    old: &LeafInfo,
    who: &Candidate<'_>,
    kind: &str,
) -> Result<(), String> {
    let user = who.leaf.and_then(|leaf| leaf.user.as_ref());
    if old
        .user
        .as_ref()
        .is_some_and(|old| user.is_some_and(|user| user != old))
    {
        return Err("the new credential is of another user".to_owned());
    }
    let before = who.epoch.ids.kind(old.credential.credential_type);
    let before = before.ok_or("the kind of the old credential is not linked")?;
    let allowed = |step: &Succession| step.from.0 == before && step.to.0 == kind;
    match before == kind || profile.succession.iter().any(allowed) {
        true => Ok(()),
        false => Err(format!("{kind} may not follow on {before}")),
    }
}

/// What speaks against rules before anybody is judged by them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contradiction {
    /// Where: the domain, if it is about one, and a value in it.
    pub(crate) domain: Option<String>,
    pub(crate) value: String,
    pub(crate) why: &'static str,
}

impl std::fmt::Display for Contradiction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.domain {
            Some(domain) => write!(f, "{domain}: {:?} {}", self.value, self.why),
            None => write!(f, "{:?} {}", self.value, self.why),
        }
    }
}

/// Rules that nobody could satisfy, or that say something that is never looked at.
pub(crate) fn contradictions(rules: &Rules) -> Vec<Contradiction> {
    let mut found = Vec::new();
    for (Text(name), domain) in rules.domains.iter().chain(rules.external_senders.iter()) {
        let mut wrong = |value: &str, why| {
            found.push(Contradiction {
                domain: Some(name.clone()),
                value: value.to_owned(),
                why,
            });
        };
        if !is_host(name) {
            wrong(name, "is no host in small letters");
        }
        if domain.credentials.is_empty() {
            wrong(
                "credentials",
                "is empty, so that nobody could be of this domain",
            );
        }
        if domain.max_validity == Some(0) {
            wrong("max_validity", "is zero, which no credential has");
        }
        if domain.clients_per_user == Some(0) {
            wrong(
                "clients_per_user",
                "is zero, so that nobody could be of this domain",
            );
        }
        for requirement in &domain.require {
            let claim = &requirement.claim.0;
            match claim.split_once('.') {
                Some((kind, _)) if domain.allows_kind(kind) => {}
                Some(_) => wrong(claim, "is a claim of a kind that the domain does not allow"),
                None => wrong(claim, "is no claim: kind, dot, name"),
            }
            if requirement.any_of.is_empty() {
                wrong(claim, "is to be one of no values");
            }
        }
        for Succession { from: _, to } in &domain.succession {
            if !domain.allows_kind(&to.0) {
                wrong(
                    &to.0,
                    "may follow, and is a kind that the domain does not allow",
                );
            }
        }
    }
    for Text(administrator) in &rules.administrators {
        let identity = Identity::from(administrator.as_str());
        let domain = identity.domain().map(Text::from);
        if !domain.is_some_and(|domain| rules.domains.contains_key(&domain)) {
            found.push(Contradiction {
                domain: None,
                value: administrator.clone(),
                why: "is an administrator of no domain that has an entry",
            });
        }
    }
    found
}
