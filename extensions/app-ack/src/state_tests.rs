#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use mls_trellis_hooks::{LeafInfo, wire};
use proptest::{collection, prelude::*};

use super::*;

const ME: LeafIndex = LeafIndex(0);

fn set(generations: &[u32]) -> Generations {
    generations.iter().copied().collect()
}

fn acknowledgement(ranges: &[(u32, u32, u32)]) -> Acknowledgement {
    let ranges = ranges.iter().map(|(sender, first, last)| MessageRange {
        sender: *sender,
        first_generation: *first,
        last_generation: *last,
    });
    Acknowledgement {
        received_ranges: ranges.collect(),
    }
}

fn epoch() -> EpochState {
    (0..4).fold(EpochState::new(b"room"), |epoch, index| {
        epoch.with_leaf(LeafIndex(index), LeafInfo::basic("somebody"))
    })
}

/// A log of these messages, as (sender, generation).
fn log(messages: &[(u32, u32)]) -> Log {
    messages.iter().fold(Log::default(), |log, (from, n)| {
        log.after(ME, LeafIndex(*from), *n)
    })
}

fn ended(log: Log, heard: &[(u32, Acknowledgement)]) -> Log {
    let heard = heard.iter().cloned();
    log.ended(
        ME,
        &epoch(),
        heard.map(|(from, ack)| (LeafIndex(from), ack)),
    )
}

#[test]
fn ack_s3_ranges_are_sorted_merged_and_of_others() {
    let log = log(&[(2, 5), (0, 0), (1, 1), (2, 3), (1, 0), (2, 4), (1, 3)]);
    let expected = acknowledgement(&[(1, 0, 1), (1, 3, 3), (2, 3, 5)]);
    assert_eq!(log.acknowledgement(), expected);
    assert_eq!((log.count(), log.sent().count()), (6, 1));
}

#[test]
fn ack_s7_no_more_than_1024_ranges_are_sent() {
    let log = (0..2000).fold(Log::default(), |log, n| log.after(ME, LeafIndex(1), n * 2));
    let ranges = log.acknowledgement().received_ranges;
    assert_eq!(ranges.len(), 1024);
    // The earliest are forgotten: too little is claimed, never too much.
    assert_eq!(ranges.last().unwrap().last_generation, 3998);
    assert_eq!(ranges[0].first_generation, 3998 - 2 * 1023);

    let many = (0..3000).map(|sender| (sender, set(&[0]))).collect();
    assert_eq!(Acknowledgement::of(&many).received_ranges.len(), 1024);
}

#[test]
fn ack_4_overlapping_and_unsorted_ranges_are_one_set() {
    let received = acknowledgement(&[(2, 4, 9), (1, 0, 0), (2, 0, 5), (2, 11, 11), (2, 5, 5)]);
    let received = received.received();
    let expected: Generations = (0..=9).chain([11]).collect();
    assert_eq!(received.get(&2), Some(&expected));
    assert_eq!(received.get(&1), Some(&set(&[0])));
}

#[test]
fn ack_6_messages_of_ours_that_are_missing_are_suspected() {
    let sent = log(&[(0, 0), (0, 1), (0, 2), (0, 3)]);
    assert_eq!(sent.report().unacknowledged, set(&[0, 1, 2, 3]));
    assert!(sent.report().is_clean());
    let heard = [
        (1, acknowledgement(&[(0, 0, 1)])),
        (2, acknowledgement(&[(0, 1, 1), (0, 3, 3)])),
    ];
    let report = ended(sent, &heard).report();
    assert_eq!(report.suspected.get(LeafIndex(1)), Some(&set(&[2, 3])));
    assert_eq!(report.suspected.get(LeafIndex(2)), Some(&set(&[0, 2])));
    assert_eq!(report.unacknowledged, set(&[2]));
    assert_eq!(report.silent, [LeafIndex(3)]);
    assert!(!report.is_clean());
}

#[test]
fn ack_7_messages_that_others_have_are_gaps() {
    let received = log(&[(1, 0), (1, 2), (2, 0)]);
    // A gap among what came is one without any acknowledgement.
    assert_eq!(received.report().gaps.get(LeafIndex(1)), Some(&set(&[1])));
    let heard = [(3, acknowledgement(&[(1, 0, 4), (2, 0, 0), (3, 7, 7)]))];
    let report = ended(received.clone(), &heard).report();
    assert_eq!(report.gaps.get(LeafIndex(1)), Some(&set(&[1, 3, 4])));
    // Nobody is a witness of their own messages, and we have all of carol's.
    assert_eq!(report.gaps.iter().count(), 1);

    // What comes late fills the gap.
    let late = [1, 3, 4].iter().fold(ended(received, &heard), |log, n| {
        log.after(ME, LeafIndex(1), *n)
    });
    assert!(late.report().is_clean());
}

#[test]
fn ack_8_messages_that_we_never_sent_are_claimed() {
    let heard = [(1, acknowledgement(&[(0, 0, 2)]))];
    let report = ended(log(&[(0, 0), (0, 1)]), &heard).report();
    assert_eq!(report.claimed.get(LeafIndex(1)), Some(&set(&[2])));
    assert!(report.suspected.iter().next().is_none());
}

#[test]
fn ack_9_an_empty_acknowledgement_says_that_nothing_came() {
    let heard = [(1, Acknowledgement::default())];
    let report = ended(log(&[(0, 0)]), &heard).report();
    assert_eq!(report.suspected.get(LeafIndex(1)), Some(&set(&[0])));
    assert_eq!(report.silent, [LeafIndex(2), LeafIndex(3)]);
}

#[test]
fn our_own_acknowledgement_says_nothing_new() {
    let heard = [(0, acknowledgement(&[(1, 0, 9)]))];
    let report = ended(log(&[(0, 0)]), &heard).report();
    assert!(report.is_clean());
    assert_eq!(report.unacknowledged, set(&[0]));
    assert_eq!(report.silent.len(), 3);
}

#[test]
fn the_edges_of_the_numbers_hold() {
    let all: Generations = [Span {
        first: 0,
        last: u32::MAX,
    }]
    .into_iter()
    .collect();
    assert_eq!(all.count(), 1 << 32);
    assert_eq!(all.without(&set(&[0, u32::MAX])).count(), (1 << 32) - 2);
    let ends = set(&[u32::MAX, 0]);
    assert_eq!(ends.spans().len(), 2);
    assert_eq!(ends.holes().count(), (1 << 32) - 2);
    assert_eq!(set(&[u32::MAX, u32::MAX - 1]).spans().len(), 1);
}

fn small() -> impl Strategy<Value = Vec<(u32, u32)>> {
    collection::vec((0..40_u32, 0..6_u32), 0..12)
}

fn spans(pairs: &[(u32, u32)]) -> (Generations, BTreeSet<u32>) {
    let spans = pairs.iter().map(|(first, more)| Span {
        first: *first,
        last: first + more,
    });
    let model = spans.clone().flat_map(|span| span.first..=span.last);
    (spans.collect(), model.collect())
}

proptest! {
    #[test]
    fn generations_are_a_set_of_numbers(left in small(), right in small()) {
        let ((left, one), (right, other)) = (spans(&left), spans(&right));
        let numbers = |set: &Generations| -> BTreeSet<u32> {
            (0..60).filter(|n| set.contains(*n)).collect()
        };
        prop_assert_eq!(numbers(&left), one.clone());
        prop_assert_eq!(left.count(), one.len() as u64);
        let difference: BTreeSet<_> = one.difference(&other).copied().collect();
        prop_assert_eq!(numbers(&left.without(&right)), difference.clone());
        prop_assert_eq!(left.without(&right), difference.into_iter().collect());
        let bytes = wire::encode(&left).unwrap();
        prop_assert_eq!(wire::decode::<Generations>(&bytes).unwrap(), left);
    }

    #[test]
    fn the_order_of_messages_does_not_matter(
        mut messages in collection::vec((0..4_u32, 0..30_u32), 0..40),
        seed in any::<u64>(),
    ) {
        let in_order = log(&messages);
        let mut state = seed | 1;
        for i in (1..messages.len()).rev() {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            messages.swap(i, (state >> 33) as usize % (i + 1));
        }
        prop_assert_eq!(log(&messages), in_order);
    }
}
