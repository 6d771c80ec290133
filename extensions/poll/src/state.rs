//! The rules of polls, as functions of plain values.

use std::collections::BTreeSet;

use mls_trellis_hooks::{
    Action, Actor, EpochState, Identity, Reject,
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
        match (update, ballot) {
            (Update::Open { question, options }, last) => {
                Self::new(who, question, options).open(last)
            }
            (Update::Vote { option }, Some(ballot)) => ballot.vote(who, *option),
            (Update::Vote { .. }, None) => refuse("POLL-3", "there is no poll"),
            (Update::Close, Some(ballot)) => ballot.close(from, before),
            (Update::Close, None) => refuse("POLL-5", "there is no poll"),
        }
    }

    /// How many votes each option has, in the order of the options.
    #[must_use]
    pub fn tally(&self) -> Vec<usize> {
        let votes_for = |option| self.votes.values().filter(|vote| **vote == option).count();
        let options = (0..).zip(&self.options);
        options.map(|(option, _)| votes_for(option)).collect()
    }

    /// Whether votes are taken.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// POLL-1, of any ballot.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        let mut texts = self.options.iter().chain([&self.question]);
        if self.options.is_empty() || texts.any(|text| text.0.is_empty()) {
            return refuse(
                "POLL-1",
                "the poll lacks its question or options, or one is empty",
            );
        }
        match self.votes.values().find(|option| !self.has(**option)) {
            Some(option) => refuse(
                "POLL-1",
                format!("votes for option {option}, which is none"),
            ),
            None => Ok(()),
        }
    }

    /// POLL-5: whether `from` may close the poll or drop it.
    pub(crate) fn may_end(&self, from: &Actor, before: &EpochState) -> Result<(), Reject> {
        let who = member(from, before)?;
        if let Some(verdict) = before.may(from, &Action::new("poll", "close")) {
            return verdict;
        }
        let owner = Identity::from(self.owner.as_slice());
        if *who != owner && identities(before).any(|member| *member == owner) {
            return refuse("POLL-5", format!("{who} cannot end the poll of {owner}"));
        }
        Ok(())
    }

    fn new(owner: &Identity, question: &Text, options: &[Text]) -> Self {
        Self {
            question: question.clone(),
            options: options.to_vec(),
            owner: owner.as_bytes().into(),
            votes: SortedMap::new(),
            phase: Phase::Open,
        }
    }

    fn open(self, last: Option<Self>) -> Result<Self, Reject> {
        self.check()?;
        let Some(open) = last.filter(Self::is_open) else {
            return Ok(self);
        };
        let mut asked = open.clone();
        asked.votes.clear();
        if asked != self {
            return refuse("POLL-2", format!("{:?} is still open", open.question.0));
        }
        Ok(open)
    }

    fn vote(mut self, voter: &Identity, option: u32) -> Result<Self, Reject> {
        if !self.is_open() || !self.has(option) {
            return refuse(
                "POLL-3",
                format!("option {option} is not, or no longer, to be voted for"),
            );
        }
        // POLL-4: an earlier vote of theirs is replaced.
        self.votes.insert(voter.as_bytes().into(), option);
        Ok(self)
    }

    fn close(mut self, from: &Actor, before: &EpochState) -> Result<Self, Reject> {
        self.may_end(from, before)?;
        self.phase = Phase::Closed;
        Ok(self)
    }

    fn has(&self, option: u32) -> bool {
        (option as usize) < self.options.len()
    }
}

/// POLL-6: the member who acts.
pub(crate) fn member<'a>(from: &'a Actor, epoch: &'a EpochState) -> Result<&'a Identity, Reject> {
    match (from, from.identity(epoch)) {
        (Actor::Member(_), Some(identity)) => Ok(identity),
        _ => refuse("POLL-6", format!("{from} is not a member")),
    }
}

/// Who is a member after and was none before. A new device of a member is nobody new.
pub(crate) fn newcomer<'a>(before: &EpochState, after: &'a EpochState) -> Option<&'a Identity> {
    let known: BTreeSet<_> = identities(before).collect();
    identities(after).find(|identity| !known.contains(identity))
}

/// A refusal of what a peer did.
pub(crate) fn refuse<T>(rule: &'static str, detail: impl Into<String>) -> Result<T, Reject> {
    Err(Reject::peer(rule, detail))
}

fn identities(epoch: &EpochState) -> impl Iterator<Item = &Identity> {
    epoch.leaves.values().map(|leaf| &leaf.identity)
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
