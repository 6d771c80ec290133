//! What was decided, why, and the record of it.

use std::fmt;

use mls_trellis_hooks::{Candidate, Door, Reject};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// Whether somebody may be in the group, with everything that speaks against it.
///
/// ```
/// let decision = mls_trellis_policy::Decision::default();
/// assert!(decision.is_allowed());
/// assert_eq!(decision.to_string(), "allow");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What speaks against it.
    pub findings: Vec<Finding>,
}

/// One thing that speaks against somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: &'static str,
    /// What was found, for people.
    pub detail: String,
}

impl Finding {
    pub(crate) fn new(rule: &'static str, detail: impl Into<String>) -> Self {
        Self {
            rule,
            detail: detail.into(),
        }
    }
}

impl Decision {
    /// Whether nothing speaks against it.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.findings.is_empty()
    }

    /// The first finding, as a refusal that says how many there are.
    ///
    /// # Errors
    /// When there is one.
    pub fn verdict(&self) -> Result<(), Reject> {
        match self.findings.as_slice() {
            [] => Ok(()),
            [first] => Err(Reject::policy(first.rule, first.detail.clone())),
            [first, others @ ..] => {
                let others: Vec<_> = others.iter().map(|other| other.rule).collect();
                let detail = format!("{}; and by {}", first.detail, others.join(", "));
                Err(Reject::policy(first.rule, detail))
            }
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.findings.as_slice() {
            [] => f.write_str("allow"),
            findings => {
                f.write_str("deny")?;
                let mut findings = findings.iter();
                findings.try_for_each(|Finding { rule, detail }| write!(f, "\n  {rule}: {detail}"))
            }
        }
    }
}

/// A decision as it goes into an audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Record {
    /// Which layer decided.
    pub layer: Layer,
    /// Whom it is about.
    pub identity: String,
    /// SHA-256 of the credential, in hexadecimal digits.
    pub credential: String,
    /// At which door.
    pub door: String,
    /// The version of the group's rules; ours have none.
    pub version: Option<u32>,
    /// The second of Unix time for which it was decided; the group's rules know none.
    pub time: Option<u64>,
    /// The decision.
    pub decision: Decision,
}

/// Who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The group: everybody alike.
    Group,
    /// We, by our clock and what we know.
    Ours,
}

impl Record {
    pub(crate) fn new(layer: Layer, who: &Candidate<'_>, decision: Decision) -> Self {
        let hash = Sha256::digest(&who.credential.content);
        Self {
            layer,
            identity: who.verified.identity.to_string(),
            credential: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            door: door(who.door),
            version: None,
            time: None,
            decision,
        }
    }
}

fn door(door: Door) -> String {
    format!("{door:?}")
}

/// Gets a record of every decision. It has no say: what it does cannot change the verdict.
pub trait Audit: Send + Sync + 'static {
    /// Takes a record down.
    fn record(&self, record: &Record);
}

impl<F: Fn(&Record) + Send + Sync + 'static> Audit for F {
    fn record(&self, record: &Record) {
        self(record);
    }
}
