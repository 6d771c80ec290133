//! What acknowledgements say, as functions of plain values: sets of messages, the rules, and the report.

use std::collections::BTreeSet;

use mls_trellis_hooks::{Actor, EpochState, LeafIndex, Reject};

use crate::{
    Acknowledgement, Generations, Log, MessageRange, Received, Span,
    wire::{End, Heard},
};

/// ACK-S7: how many ranges we send, and remember, at most.
const MOST_RANGES: usize = 1024;

impl Generations {
    /// Whether the message is in the set.
    #[must_use]
    pub fn contains(&self, generation: u32) -> bool {
        let mut spans = self.spans.iter();
        spans.any(|span| (span.first..=span.last).contains(&generation))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// How many messages it holds.
    #[must_use]
    pub fn count(&self) -> u64 {
        let lengths = self.spans.iter();
        lengths
            .map(|span| u64::from(span.last) - u64::from(span.first) + 1)
            .sum()
    }

    /// The spans, in ascending order.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Those that are in this set and not in the other.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for span in &self.spans {
            let mut next = u64::from(span.first);
            let last = u64::from(span.last);
            for gone in &other.spans {
                let (first, end) = (u64::from(gone.first), u64::from(gone.last));
                if end < next || first > last {
                    continue;
                }
                left.extend(between(next, first));
                next = end + 1;
            }
            left.extend(between(next, last + 1));
        }
        Self { spans: left }
    }

    /// The set with one more span.
    fn with(mut self, span: Span) -> Self {
        let mut merged = span;
        self.spans.retain(|old| {
            let apart = u64::from(old.last) + 1 < u64::from(merged.first)
                || u64::from(merged.last) + 1 < u64::from(old.first);
            if !apart {
                merged.first = merged.first.min(old.first);
                merged.last = merged.last.max(old.last);
            }
            apart
        });
        let at = self.spans.partition_point(|old| old.first < merged.first);
        self.spans.insert(at, merged);
        self
    }

    /// Those below the highest that are not there.
    fn holes(&self) -> Self {
        let all = self.spans.last().map(|span| Span {
            first: 0,
            last: span.last,
        });
        all.into_iter().collect::<Self>().without(self)
    }
}

impl FromIterator<Span> for Generations {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        let ordered = spans.into_iter().filter(|span| span.first <= span.last);
        ordered.fold(Self::default(), Self::with)
    }
}

impl FromIterator<u32> for Generations {
    fn from_iter<I: IntoIterator<Item = u32>>(generations: I) -> Self {
        generations
            .into_iter()
            .map(|n| Span { first: n, last: n })
            .collect()
    }
}

/// The numbers from `first` to before `end`, if there are any.
fn between(first: u64, end: u64) -> Option<Span> {
    let last = end.checked_sub(1)?;
    (first <= last).then_some(Span {
        first: u32::try_from(first).ok()?,
        last: u32::try_from(last).ok()?,
    })
}

impl Acknowledgement {
    /// An acknowledgement of these messages: by sender and first generation, each once (ACK-S3).
    #[must_use]
    pub fn of(received: &Received) -> Self {
        let ranges = received.iter().flat_map(|(sender, generations)| {
            generations.spans.iter().map(|span| MessageRange {
                sender: *sender,
                first_generation: span.first,
                last_generation: span.last,
            })
        });
        Self {
            received_ranges: ranges.take(MOST_RANGES).collect(),
        }
    }

    /// The messages by sender, in whatever order the ranges came (ACK-4). Ranges that end before they
    /// begin hold none.
    #[must_use]
    pub fn received(&self) -> Received {
        let mut received = Received::new();
        for range in &self.received_ranges {
            let span = Span {
                first: range.first_generation,
                last: range.last_generation,
            };
            if span.first <= span.last {
                let set = received.entry(range.sender).or_default();
                *set = std::mem::take(set).with(span);
            }
        }
        received
    }

    /// ACK-2, ACK-3 and ACK-5: what is dubious about it.
    pub(crate) fn concerns(&self, from: &Actor, epoch: &EpochState) -> Vec<Reject> {
        let mut concerns = Vec::new();
        if !matches!(from, Actor::Member(_)) {
            concerns.push(Reject::peer(
                "ACK-5",
                format!("{from} acknowledges messages and is not a member"),
            ));
        }
        let mut ranges = self.received_ranges.iter();
        if let Some(range) = ranges
            .clone()
            .find(|r| r.first_generation > r.last_generation)
        {
            concerns.push(Reject::peer(
                "ACK-2",
                format!(
                    "{from} acknowledges messages {} to {} of {}",
                    range.first_generation,
                    range.last_generation,
                    LeafIndex(range.sender),
                ),
            ));
        }
        if let Some(range) = ranges.find(|r| epoch.leaf(LeafIndex(r.sender)).is_none()) {
            let nobody = LeafIndex(range.sender);
            concerns.push(Reject::peer(
                "ACK-3",
                format!("{from} acknowledges messages of {nobody}, where nobody is"),
            ));
        }
        concerns
    }
}

impl Log {
    /// Our own messages.
    #[must_use]
    pub fn sent(&self) -> &Generations {
        &self.sent
    }

    /// Others' messages, by the position of their sender.
    #[must_use]
    pub fn received(&self) -> &Received {
        &self.received
    }

    /// What we would acknowledge.
    #[must_use]
    pub fn acknowledgement(&self) -> Acknowledgement {
        Acknowledgement::of(&self.received)
    }

    /// How many messages of others there are to acknowledge.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.received.values().map(Generations::count).sum()
    }

    /// The log after one more message.
    pub(crate) fn after(mut self, own: LeafIndex, from: LeafIndex, generation: u32) -> Self {
        let span = Span {
            first: generation,
            last: generation,
        };
        match from == own {
            true => self.sent = self.sent.with(span),
            false => {
                let set = self.received.entry(from.0).or_default();
                *set = std::mem::take(set).with(span);
                // Whoever leaves gaps on purpose must not fill our store. What is forgotten is not
                // acknowledged, which is the harmless mistake.
                if set.spans.len() > MOST_RANGES {
                    set.spans.remove(0);
                }
            }
        }
        self
    }

    /// The log after the epoch's end, with what was acknowledged in the commit (ACK-11).
    pub(crate) fn ended(
        mut self,
        own: LeafIndex,
        epoch: &EpochState,
        heard: impl Iterator<Item = (LeafIndex, Acknowledgement)>,
    ) -> Self {
        let heard = heard.map(|(from, acknowledgement)| Heard {
            from: from.0,
            received: acknowledgement.received(),
        });
        self.end = Some(End {
            own: own.0,
            members: epoch.leaves.keys().map(|index| index.0).collect(),
            heard: heard.collect(),
        });
        self
    }

    /// What is missing, as far as it can be told. Ask once the epoch is over, and again when messages
    /// may have come late.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut report = Report {
            unacknowledged: self.sent.clone(),
            ..Report::default()
        };
        for (sender, generations) in self.received.iter() {
            report.gaps.add(*sender, &generations.holes());
        }
        let Some(end) = &self.end else {
            return report;
        };
        let mut silent: BTreeSet<_> = end.members.iter().copied().collect();
        silent.remove(&end.own);
        for heard in &end.heard {
            silent.remove(&heard.from);
            if heard.from != end.own {
                self.compare(end.own, heard, &mut report);
            }
        }
        report.silent = silent.into_iter().map(LeafIndex).collect();
        report
    }

    /// One acknowledgement of another against what we know.
    fn compare(&self, own: u32, heard: &Heard, report: &mut Report) {
        let ours = heard.received.get(&own).cloned().unwrap_or_default();
        let from = heard.from;
        // ACK-6, ACK-8: of our own messages we know all.
        report.suspected.add(from, &self.sent.without(&ours));
        report.claimed.add(from, &ours.without(&self.sent));
        report.unacknowledged = report.unacknowledged.without(&ours);
        // ACK-7: whatever somebody has received of a third, we should have.
        for (sender, generations) in heard.received.iter() {
            if *sender != own && *sender != from {
                let none = Generations::default();
                let received = self.received.get(sender).unwrap_or(&none);
                report.gaps.add(*sender, &generations.without(received));
            }
        }
    }
}

/// What may have been lost or suppressed in an epoch. Positions are those of the epoch.
///
/// Acknowledgements are what others say of themselves; they may be wrong in either direction. Never send
/// anything again by itself because of one (ACK-10): tell people, or ask the Delivery Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Messages of ours that nobody has acknowledged.
    pub unacknowledged: Generations,
    /// Messages of ours that a member who acknowledged something did not have then, by that member
    /// (ACK-6).
    pub suspected: ByMember,
    /// Messages of others that we do not have, by their sender: others have them (ACK-7), or later ones
    /// of the same sender came.
    pub gaps: ByMember,
    /// Messages that we never sent and a member says to have, by that member (ACK-8).
    pub claimed: ByMember,
    /// Members that acknowledged nothing in this epoch. On OpenMLS only the committer can acknowledge.
    pub silent: Vec<LeafIndex>,
}

impl Report {
    /// Whether everything that can be known is well: no gaps, nothing suspected, nothing claimed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        [&self.suspected, &self.gaps, &self.claimed]
            .iter()
            .all(|by| by.0.is_empty())
    }
}

/// Sets of messages, by member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByMember(std::collections::BTreeMap<LeafIndex, Generations>);

impl ByMember {
    /// The messages of one member, if there are any.
    #[must_use]
    pub fn get(&self, member: LeafIndex) -> Option<&Generations> {
        self.0.get(&member)
    }

    /// All members with their messages, in ascending order of their positions.
    pub fn iter(&self) -> impl Iterator<Item = (LeafIndex, &Generations)> {
        self.0.iter().map(|(member, set)| (*member, set))
    }

    fn add(&mut self, member: u32, generations: &Generations) {
        if !generations.is_empty() {
            let set = self.0.entry(LeafIndex(member)).or_default();
            *set = generations
                .spans
                .iter()
                .fold(std::mem::take(set), |set, span| set.with(*span));
        }
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
