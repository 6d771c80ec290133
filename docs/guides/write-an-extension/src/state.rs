//! The rules of a poll, as functions of plain values.

use std::collections::BTreeSet;

use mls_trellis_hooks::{
    Actor, EpochState, Identity, LeafInfo, Reject,
    wire::{SortedMap, Text},
};

use crate::{Ballot, Update};

impl Ballot {
    /// The ballot after one update, which `from` sent in the epoch `before`.
    ///
    /// # Errors
    /// POLL-1 to POLL-4, when the update breaks one.
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
        }
    }

    /// POLL-1, of any ballot.
    ///
    /// # Errors
    /// POLL-1.
    pub fn check(&self) -> Result<(), Reject> {
        if self.question.0.is_empty() || self.options.is_empty() {
            return Err(Reject::peer("POLL-1", "a poll without question or options"));
        }
        match self.votes.values().find(|option| !self.has(**option)) {
            Some(option) => Err(Reject::peer(
                "POLL-1",
                format!("a vote for option {option}"),
            )),
            None => Ok(()),
        }
    }

    /// POLL-5: whether `who` may end the poll.
    ///
    /// # Errors
    /// POLL-5.
    pub fn may_end(&self, who: &Identity, before: &EpochState) -> Result<(), Reject> {
        let owner = Identity::from(self.owner.as_slice());
        let mut members = before.leaves.values();
        if *who != owner && members.any(|leaf| leaf.identity == owner) {
            let detail = format!("{who} cannot end the poll of {owner}");
            return Err(Reject::peer("POLL-5", detail));
        }
        Ok(())
    }

    fn opened(
        open: Option<Self>,
        owner: &Identity,
        question: &Text,
        options: &[Text],
    ) -> Result<Self, Reject> {
        let new = Self {
            question: question.clone(),
            options: options.to_vec(),
            owner: owner.as_bytes().into(),
            votes: SortedMap::new(),
        };
        new.check()?;
        match open {
            None => Ok(new),
            // Sent twice, it acts once.
            Some(open) if open.asks_the_same(&new) => Ok(open),
            Some(_) => Err(Reject::peer("POLL-2", "a poll is open; end it first")),
        }
    }

    fn voted(open: Option<Self>, voter: &Identity, option: u32) -> Result<Self, Reject> {
        let mut ballot = open.ok_or_else(|| Reject::peer("POLL-3", "no poll is open"))?;
        if !ballot.has(option) {
            return Err(Reject::peer(
                "POLL-3",
                format!("there is no option {option}"),
            ));
        }
        ballot.votes.insert(voter.as_bytes().into(), option);
        Ok(ballot)
    }

    fn has(&self, option: u32) -> bool {
        (option as usize) < self.options.len()
    }

    fn asks_the_same(&self, other: &Self) -> bool {
        (&self.question, &self.options, &self.owner)
            == (&other.question, &other.options, &other.owner)
    }
}

/// POLL-4: the member who acts.
pub(crate) fn member<'a>(from: &'a Actor, epoch: &'a EpochState) -> Result<&'a Identity, Reject> {
    let identity = match from {
        Actor::Member(_) => from.identity(epoch),
        _ => None,
    };
    identity.ok_or_else(|| Reject::peer("POLL-4", format!("{from} is not a member")))
}

/// Somebody who is a member after, and was none before. A new device of a member is nobody new.
pub(crate) fn newcomer<'a>(before: &EpochState, after: &'a EpochState) -> Option<&'a LeafInfo> {
    let known: BTreeSet<_> = before.leaves.values().map(|leaf| &leaf.identity).collect();
    let mut leaves = after.leaves.values().map(AsRef::as_ref);
    leaves.find(|leaf| !known.contains(&leaf.identity))
}
