//! Refusals: who is at fault, by which rule, and what to do.
//!
//! ```
//! use mls_trellis_hooks::{Blame, Reject};
//!
//! let reject = Reject::peer("ADU-3", "remove of a component that has no entry");
//! assert_eq!(reject.rule(), "ADU-3");
//! assert_eq!(reject.blame(), Blame::PeerMisbehaved);
//! assert_eq!(
//!     reject.to_string(),
//!     "ADU-3: remove of a component that has no entry (a peer misbehaved)",
//! );
//! ```

use std::{borrow::Cow, fmt};

use crate::{Lack, Lacking, LeafIndex};

/// Who is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Blame {
    /// A peer broke a rule of the protocol or of a component. Nothing to do here; tell its operator.
    PeerMisbehaved,
    /// A peer lacks something this group or client needs. It may be updated.
    PeerIncompatible,
    /// The application asked for something that cannot be. Correct the call.
    Misuse,
    /// A policy forbids what is otherwise valid. Ask whoever sets the policy.
    Policy,
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PeerMisbehaved => "a peer misbehaved",
            Self::PeerIncompatible => "a peer lacks support",
            Self::Misuse => "the call cannot be carried out",
            Self::Policy => "forbidden by policy",
        })
    }
}

/// A refusal: a value, not a string, so that it can be explained, tested and compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    rule: Cow<'static, str>,
    plugin: Cow<'static, str>,
    blame: Blame,
    detail: String,
    culprit: Option<usize>,
    lacks: Option<Box<Lacking>>,
}

impl Reject {
    /// A refusal by rule `rule`, such as `"ADU-3"`.
    pub fn new(
        blame: Blame,
        rule: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            rule: rule.into(),
            plugin: Cow::Borrowed(""),
            blame,
            detail: detail.into(),
            culprit: None,
            lacks: None,
        }
    }

    /// A peer broke a rule.
    pub fn peer(rule: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(Blame::PeerMisbehaved, rule, detail)
    }

    /// A peer lacks support for something.
    pub fn incompatible(rule: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(Blame::PeerIncompatible, rule, detail)
    }

    /// The application asked for something that cannot be.
    pub fn misuse(rule: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(Blame::Misuse, rule, detail)
    }

    /// A policy forbids it.
    pub fn policy(rule: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(Blame::Policy, rule, detail)
    }

    /// Names the proposal at fault by its position in the commit, so that it alone can be left out
    /// when the commit is built again.
    #[must_use]
    pub fn culprit_at(mut self, position: usize) -> Self {
        self.culprit.get_or_insert(position);
        self
    }

    /// Names the plugin that refused, unless it is named already.
    #[must_use]
    pub fn in_plugin(mut self, plugin: impl Into<Cow<'static, str>>) -> Self {
        if self.plugin.is_empty() {
            self.plugin = plugin.into();
        }
        self
    }

    /// Says what a member lacks, so that it need not be read out of the words.
    #[must_use]
    pub fn lacking(mut self, who: LeafIndex, what: impl IntoIterator<Item = Lack>) -> Self {
        let what: Vec<_> = what.into_iter().collect();
        self.lacks = (!what.is_empty()).then(|| Box::new(Lacking { who, what }));
        self
    }

    /// The rule's id.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// The plugin that refused, or `""` for the engine itself.
    #[must_use]
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// Who is at fault.
    #[must_use]
    pub fn blame(&self) -> Blame {
        self.blame
    }

    /// What was found, in words.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The position in the commit of the proposal at fault, when one alone is.
    #[must_use]
    pub fn culprit(&self) -> Option<usize> {
        self.culprit
    }

    /// Who lacks what, when that is the reason.
    #[must_use]
    pub fn lacks(&self) -> Option<&Lacking> {
        self.lacks.as_deref()
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({}", self.rule, self.detail, self.blame)?;
        if !self.plugin.is_empty() {
            write!(f, "; refused by {}", self.plugin)?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for Reject {}
