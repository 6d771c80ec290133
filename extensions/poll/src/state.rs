//! The rules of polls, as functions of plain values.

use std::collections::BTreeSet;

use mls_trellis_hooks::{
    Actor, EpochState, Identity, LeafInfo, Reject,
    wire::{SortedMap, Text},
};

use crate::{Ballot, Phase, Update};

impl Ballot {
    /// The ballot after one update, which `from` sent in the epoch `before`.
    ///
    /// # Errors
    /// POLL-1 to POLL-3, POLL-5 and POLL-6, when the update breaks one.
    pub fn after(
        ballot: Option<Self>,
        update: &Update,
        from: &Actor,
        before: &EpochState,
    ) -> Result<Self, Reject> {
        let who = member(from, before)?;
        match update {
            Update::Open { question, options } => Self::opened(ballot, who, question, options),
            Update::Vote { option } => Self::voted(ballot, who, *option),
            Update::Close => Self::closed(ballot, who, before),
        }
    }

    /// How many votes each option has, in the order of the options.
    #[must_use]
    pub fn tally(&self) -> Vec<usize> {
        let votes_for = |option| self.votes.values().filter(|vote| **vote == option).count();
        (0..)
            .zip(&self.options)
            .map(|(option, _)| votes_for(option))
            .collect()
    }

    /// Whether votes are taken.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// POLL-1, of any ballot.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        if self.question.0.is_empty() {
            return Err(Reject::peer("POLL-1", "the poll has no question"));
        }
        if self.options.is_empty() || self.options.iter().any(|option| option.0.is_empty()) {
            return Err(Reject::peer(
                "POLL-1",
                "the poll lacks options, or one is empty",
            ));
        }
        match self.votes.values().find(|option| !self.has(**option)) {
            Some(option) => Err(Reject::peer(
                "POLL-1",
                format!("votes for option {option}, which is none"),
            )),
            None => Ok(()),
        }
    }

    /// POLL-5: whether `who` may close the poll or drop it.
    pub(crate) fn may_end(&self, who: &Identity, before: &EpochState) -> Result<(), Reject> {
        let owner = Identity::from(self.owner.as_slice());
        let mut members = before.leaves.values();
        if *who != owner && members.any(|leaf| leaf.identity == owner) {
            return Err(Reject::peer(
                "POLL-5",
                format!("{who} cannot end the poll of {owner}"),
            ));
        }
        Ok(())
    }

    fn opened(
        last: Option<Self>,
        owner: &Identity,
        question: &Text,
        options: &[Text],
    ) -> Result<Self, Reject> {
        let new = Self {
            question: question.clone(),
            options: options.to_vec(),
            owner: owner.as_bytes().into(),
            votes: SortedMap::new(),
            phase: Phase::Open,
        };
        new.check()?;
        match last.filter(Self::is_open) {
            Some(open) if open.asks_the_same(&new) => Ok(open),
            Some(open) => Err(Reject::peer(
                "POLL-2",
                format!("{:?} is still open; close it first", open.question.0),
            )),
            None => Ok(new),
        }
    }

    fn voted(ballot: Option<Self>, voter: &Identity, option: u32) -> Result<Self, Reject> {
        let mut ballot = ballot
            .filter(Self::is_open)
            .ok_or_else(|| Reject::peer("POLL-3", "no poll is open"))?;
        if !ballot.has(option) {
            return Err(Reject::peer(
                "POLL-3",
                format!("option {option} is none of the poll's"),
            ));
        }
        // POLL-4: an earlier vote of theirs is replaced.
        ballot.votes.insert(voter.as_bytes().into(), option);
        Ok(ballot)
    }

    fn closed(ballot: Option<Self>, who: &Identity, before: &EpochState) -> Result<Self, Reject> {
        let mut ballot = ballot.ok_or_else(|| Reject::peer("POLL-5", "there is no poll"))?;
        ballot.may_end(who, before)?;
        ballot.phase = Phase::Closed;
        Ok(ballot)
    }

    fn asks_the_same(&self, other: &Self) -> bool {
        (&self.question, &self.options, &self.owner)
            == (&other.question, &other.options, &other.owner)
    }

    fn has(&self, option: u32) -> bool {
        (option as usize) < self.options.len()
    }
}

/// POLL-6: the member who acts.
pub(crate) fn member<'a>(from: &'a Actor, epoch: &'a EpochState) -> Result<&'a Identity, Reject> {
    let identity = match from {
        Actor::Member(_) => from.identity(epoch),
        _ => None,
    };
    identity.ok_or_else(|| Reject::peer("POLL-6", format!("{from} is not a member")))
}

/// Somebody who is a member after, and was none before. A new device of a member is nobody new.
pub(crate) fn newcomer<'a>(before: &EpochState, after: &'a EpochState) -> Option<&'a LeafInfo> {
    let known: BTreeSet<_> = before.leaves.values().map(|leaf| &leaf.identity).collect();
    let mut leaves = after.leaves.values();
    leaves
        .find(|leaf| !known.contains(&leaf.identity))
        .map(AsRef::as_ref)
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
