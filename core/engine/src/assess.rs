//! Our own judgement on credentials: what depends on a clock, or on what we alone know.
//!
//! It comes after the verdict that all share, and cannot change it.

use mls_trellis_hooks::{Assessment, EpochState, Identity, LeafIndex, Plugins, Reject, Unverified};

use crate::{
    Error, Result,
    judge::{self, Admitted, blame},
};

/// What assessors say of those who come in with one commit or are in a group that we enter.
#[derive(Default)]
pub(crate) struct Assessed {
    alarms: Vec<Reject>,
    avoided: Vec<Reject>,
    missing: Vec<String>,
}

impl Assessed {
    /// For what we do ourselves: what is to be told when we may do it.
    ///
    /// # Errors
    /// What we avoid; [`Error::Missing`] when something must be fetched first.
    pub(crate) fn permit(self) -> Result<Vec<Reject>> {
        match self.avoided.into_iter().next() {
            Some(avoided) => Err(avoided.into()),
            None if self.missing.is_empty() => Ok(self.alarms),
            None => Err(Error::Missing(self.missing)),
        }
    }

    /// For what is only asked: what we would avoid.
    ///
    /// # Errors
    /// What must be fetched first.
    pub(crate) fn avoided(self) -> std::result::Result<Vec<Reject>, Vec<String>> {
        match self.missing.is_empty() {
            true => Ok(self.avoided),
            false => Err(self.missing),
        }
    }

    /// For what another did: all of it is to be told.
    pub(crate) fn tell(mut self) -> Vec<Reject> {
        self.alarms.append(&mut self.avoided);
        if !self.missing.is_empty() {
            self.alarms.push(unknown(&self.missing));
        }
        self.alarms
    }
}

/// CRED-5: we could not judge by ourselves what another committed or proposed.
pub(crate) fn unknown(missing: &[String]) -> Reject {
    let detail = format!("not known here and to be fetched: {}", missing.join(", "));
    Reject::policy("CRED-5", detail)
}

/// Asks all assessors of all who were let in.
pub(crate) fn assess(
    plugins: &Plugins,
    epoch: &EpochState,
    admitted: &[Admitted],
    now: u64,
) -> Assessed {
    let mut assessed = Assessed::default();
    for admitted in admitted {
        let brought = admitted.brought;
        for assessment in ask(plugins, epoch, admitted, now) {
            match assessment {
                Assessment::Alarm(reject) => assessed.alarms.push(blame(reject, brought)),
                Assessment::Avoid(reject) => assessed.avoided.push(blame(reject, brought)),
                Assessment::Missing(needs) => assessed.missing.extend(needs),
                _ => {}
            }
        }
    }
    assessed
}

/// What each assessor says of one of them, with the assessor's name.
fn ask<'a>(
    plugins: &'a Plugins,
    epoch: &'a EpochState,
    admitted: &'a Admitted,
    now: u64,
) -> impl Iterator<Item = Assessment> + 'a {
    let who = admitted.candidate(epoch);
    plugins
        .assessors()
        .iter()
        .map(move |entry| match entry.rule.assess(&who, now) {
            Assessment::Alarm(reject) => Assessment::Alarm(reject.in_plugin(entry.name)),
            Assessment::Avoid(reject) => Assessment::Avoid(reject.in_plugin(entry.name)),
            other => other,
        })
}

/// Somebody in a group, of whom something is to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// The member's position; an external sender has none.
    pub leaf: Option<LeafIndex>,
    /// Whom the credential speaks of; `None` for an external sender whose credential is not genuine.
    pub identity: Option<Identity>,
    /// What is to be said. `Avoid` means that we would not bring them in today: remove them.
    pub assessment: Assessment,
}

/// Judges everybody in a group anew, as of `now`.
pub(crate) fn review(plugins: &Plugins, epoch: &EpochState, now: u64) -> Vec<Reviewed> {
    let mut reviewed = Vec::new();
    for (leaf, verdict) in judge::review(plugins, epoch) {
        let known = leaf.and_then(|index| epoch.leaf(index));
        let known = known.map(|leaf| leaf.identity.clone());
        let (identity, assessments) = match verdict {
            Ok(admitted) => {
                let assessments = ask(plugins, epoch, &admitted, now).collect();
                (Some(admitted.verified.identity.clone()), assessments)
            }
            Err(Unverified::Reject(reject)) => (known, vec![Assessment::Avoid(reject)]),
            Err(Unverified::Missing(needs)) => (known, vec![Assessment::Missing(needs)]),
        };
        let worth_saying = assessments.into_iter().filter(|a| *a != Assessment::Fine);
        reviewed.extend(worth_saying.map(|assessment| Reviewed {
            leaf,
            identity: identity.clone(),
            assessment,
        }));
    }
    reviewed
}
