//! Our own rules: what depends on a clock, or on what we happen to know.
//!
//! Others may see it differently, so these keep us from bringing somebody in, and from entering a group;
//! what others did is an alarm, and a review says whom to remove.

use std::{fmt, sync::Arc};

use mls_trellis_hooks::{
    Assessment, Candidate, Door, Evidence, Reject, Standing, StatusRef, StatusSource, Validity,
    Voucher,
};

use crate::{Decision, decision::Finding};

/// What we think of credentials that are over, about to be, or revoked.
///
/// ```
/// use mls_trellis_policy::{Local, Mode};
///
/// let strict = Local::default().min_remaining(7 * 86_400).revocation(Mode::Hard);
/// ```
#[derive(Clone)]
pub struct Local {
    pub(crate) expired: Weight,
    pub(crate) min_remaining: u64,
    pub(crate) renew_before: u64,
    pub(crate) mode: Mode,
    pub(crate) max_age: u64,
    pub(crate) unknown: Option<Weight>,
    sources: Vec<Arc<dyn StatusSource>>,
}

/// How much something weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It is told, and keeps nobody out.
    Alarm,
    /// We bring nobody in with it.
    Avoid,
}

/// What revocation leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is not looked at.
    Off,
    /// An alarm.
    Soft,
    /// We bring nobody in who is revoked, and do not enter a group with them; members are an alarm.
    HardForNew,
    /// A review says that members are to be removed, too.
    Hard,
}

impl Default for Local {
    /// Credentials must be valid now; revocation is not looked at, for there is no source.
    fn default() -> Self {
        Self {
            expired: Weight::Avoid,
            min_remaining: 0,
            renew_before: 0,
            mode: Mode::Off,
            max_age: 24 * 60 * 60,
            unknown: Some(Weight::Alarm),
            sources: Vec::new(),
        }
    }
}

/// What we found, and whether it keeps us from doing something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// Everything that was found.
    pub decision: Decision,
    /// The first that keeps us from it.
    avoid: Option<Finding>,
}

impl Local {
    /// How much it weighs that a credential is not valid now.
    #[must_use]
    pub fn expired(mut self, weight: Weight) -> Self {
        self.expired = weight;
        self
    }

    /// We add nobody whose credential ends within so many seconds.
    #[must_use]
    pub fn min_remaining(mut self, seconds: u64) -> Self {
        self.min_remaining = seconds;
        self
    }

    /// A review tells of credentials that end within so many seconds.
    #[must_use]
    pub fn renew_before(mut self, seconds: u64) -> Self {
        self.renew_before = seconds;
        self
    }

    /// What revocation leads to.
    #[must_use]
    pub fn revocation(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Lists older than so many seconds say nothing.
    #[must_use]
    pub fn max_age(mut self, seconds: u64) -> Self {
        self.max_age = seconds;
        self
    }

    /// How much it weighs that nothing, or nothing recent, is known; `None` for not at all.
    #[must_use]
    pub fn unknown(mut self, weight: Option<Weight>) -> Self {
        self.unknown = weight;
        self
    }

    /// Where revocation is looked up, besides the sources that were named before: the first that knows
    /// something counts.
    #[must_use]
    pub fn source(mut self, source: impl StatusSource) -> Self {
        self.sources.push(Arc::new(source));
        self
    }

    /// What we think of somebody, at this second of Unix time.
    #[must_use]
    pub fn judge(&self, who: &Candidate<'_>, now: u64) -> Judged {
        let mut judged = Judged::default();
        let facts = &who.verified.facts;
        if let Some(validity) = facts.validity {
            self.judge_time("the credential", validity, who.door, now, &mut judged);
        }
        for Voucher { name, validity } in &facts.vouchers {
            let what = format!("{name}, which vouches for the credential,");
            self.judge_time(&what, *validity, who.door, now, &mut judged);
        }
        if self.mode != Mode::Off {
            for status in &facts.status {
                self.judge_status(status, who.door, now, &mut judged);
            }
        }
        judged
    }

    /// POL-12 and POL-14.
    fn judge_time(&self, what: &str, validity: Validity, door: Door, now: u64, out: &mut Judged) {
        let Validity {
            not_before,
            not_after,
        } = validity;
        let left = not_after.saturating_sub(now);
        if now < not_before {
            let detail = format!("{what} is valid in {} s only", not_before - now);
            out.find(self.expired, "POL-12", detail);
        } else if now > not_after {
            let detail = format!("{what} is over since {} s", now - not_after);
            out.find(self.expired, "POL-12", detail);
        } else if door == Door::Add && left < self.min_remaining {
            out.find(Weight::Avoid, "POL-12", format!("{what} ends in {left} s"));
        } else if door == Door::Review && left < self.renew_before {
            let detail = format!("{what} ends in {left} s and is to be renewed");
            out.find(Weight::Alarm, "POL-14", detail);
        }
    }

    /// POL-13.
    fn judge_status(&self, status: &StatusRef, door: Door, now: u64, out: &mut Judged) {
        let evidence = self.sources.iter().find_map(|source| source.status(status));
        let fresh = |evidence: &Evidence| {
            let age = now.saturating_sub(evidence.as_of);
            age <= self.max_age && evidence.until.is_none_or(|until| now <= until)
        };
        let what = shown(status);
        let (standing, source) = match evidence {
            Some(evidence) if fresh(&evidence) => (evidence.standing, evidence.source),
            // What was revoked for good stays revoked, however old the list.
            Some(evidence) if evidence.standing == Standing::Revoked => {
                (evidence.standing, evidence.source)
            }
            stale => {
                if let Some(weight) = self.unknown {
                    let known = match stale {
                        None => "nothing is known".to_owned(),
                        Some(old) => format!("{} of {} is too old", old.source, old.as_of),
                    };
                    out.find(weight, "POL-13", format!("{what}: {known}"));
                }
                return;
            }
        };
        let weight = match (standing, self.mode, door) {
            (Standing::Good, _, _) => return,
            (_, Mode::Off | Mode::Soft, _) => Weight::Alarm,
            // Nobody is removed for what may pass, or for what we cannot interpret.
            (Standing::Revoked, Mode::Hard, Door::Review) => Weight::Avoid,
            (_, _, Door::Review) => Weight::Alarm,
            (_, _, _) => Weight::Avoid,
        };
        out.find(
            weight,
            "POL-13",
            format!("{what} is {standing}, by {source}"),
        );
    }
}

impl Judged {
    fn find(&mut self, weight: Weight, rule: &'static str, detail: String) {
        let finding = Finding::new(rule, detail);
        if weight == Weight::Avoid && self.avoid.is_none() {
            self.avoid = Some(finding.clone());
        }
        self.decision.findings.push(finding);
    }

    /// Whether we would not bring them in, or want them out.
    #[must_use]
    pub fn is_avoided(&self) -> bool {
        self.avoid.is_some()
    }

    /// As the engine wants to know it.
    #[must_use]
    pub fn assessment(&self) -> Assessment {
        let reject = |finding: &Finding| Reject::policy(finding.rule, finding.detail.clone());
        match (&self.avoid, self.decision.findings.first()) {
            (Some(finding), _) => Assessment::Avoid(reject(finding)),
            (None, Some(finding)) => Assessment::Alarm(reject(finding)),
            (None, None) => Assessment::Fine,
        }
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local")
            .field("expired", &self.expired)
            .field("min_remaining", &self.min_remaining)
            .field("renew_before", &self.renew_before)
            .field("mode", &self.mode)
            .field("max_age", &self.max_age)
            .field("unknown", &self.unknown)
            .field("sources", &self.sources.len())
            .finish()
    }
}

fn shown(status: &StatusRef) -> String {
    match status {
        StatusRef::Certificate { serial, .. } => {
            let serial: String = serial.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("certificate {serial}")
        }
        StatusRef::Token { uri, index } => format!("token {index} of {uri}"),
    }
}
