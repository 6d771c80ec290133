//! What becomes of messages in a room.

use mls_trellis_mimi_content::{Content, MessageId, NestedPart, Posted, Salt, Timeline};
use proptest::prelude::*;

use crate::{ALICE, BOB, message, posted, rule};

fn broken(id: &str) -> Option<String> {
    Some(id.to_owned())
}

fn salt(byte: u8) -> Salt {
    Salt::from([byte; 16])
}

/// A message of bob's, in a timeline.
fn started() -> (Timeline, Posted) {
    let first = posted(&message(1, "Good mornign!"), BOB, 10);
    let mut timeline = Timeline::default();
    timeline.add(first.clone()).unwrap();
    (timeline, first)
}

#[test]
fn mct_4_a_new_version_names_the_first() {
    let (mut timeline, first) = started();
    let second = posted(
        &first.edited(salt(2), NestedPart::text("Good morning!")),
        BOB,
        20,
    );
    timeline.add(second.clone()).unwrap();
    assert_eq!(timeline.current(&first.id), Some(&second));

    let third = second.edited(salt(3), NestedPart::text("Good evening!"));
    assert_eq!(third.replaces, Some(first.id));
    let of_second = Content {
        replaces: Some(second.id),
        ..third.clone()
    };
    assert_eq!(
        rule(timeline.add(posted(&of_second, BOB, 30))),
        broken("MCT-4")
    );
    let third = posted(&third, BOB, 30);
    timeline.add(third.clone()).unwrap();
    assert_eq!(timeline.versions(&first.id), [&first, &second, &third]);
    assert_eq!(timeline.messages(), [&first]);
}

#[test]
fn mct_5_only_the_sender_changes_a_message_and_only_what_it_says() {
    let (mut timeline, first) = started();
    let change = first.edited(salt(2), NestedPart::text("I resign."));
    let of_alice = posted(&change, ALICE, 20);
    assert_eq!(rule(timeline.add(of_alice.clone())), broken("MCT-5"));
    let delete = posted(&first.deleted(salt(2)), ALICE, 20);
    assert_eq!(rule(timeline.add(delete)), broken("MCT-5"));

    let other = MessageId::of(&message(9, "").encode().unwrap(), BOB, "x").unwrap();
    for bad in [
        Content {
            topic_id: vec![1],
            ..change.clone()
        },
        Content {
            in_reply_to: Some(other),
            ..change.clone()
        },
        Content {
            expires: Some(mls_trellis_mimi_content::Expiration::At(1)),
            ..change.clone()
        },
        change.clone().from_to(BOB, crate::ROOM),
    ] {
        assert_eq!(rule(timeline.add(posted(&bad, BOB, 20))), broken("MCT-5"));
    }
    let elsewhere = Posted {
        room_uri: "mimi://a.example/r/other".into(),
        ..posted(&change, BOB, 20)
    };
    assert_eq!(rule(timeline.add(elsewhere)), broken("MCT-5"));
    assert_eq!(timeline.current(&first.id), Some(&first));

    // A policy may permit what the sender alone may do otherwise.
    timeline.add_permitted(of_alice.clone()).unwrap();
    assert_eq!(timeline.current(&first.id), Some(&of_alice));
}

#[test]
fn mct_5_a_new_version_that_says_nothing_deletes() {
    let (mut timeline, first) = started();
    let gone = posted(&first.deleted(salt(2)), BOB, 20);
    timeline.add(gone.clone()).unwrap();
    assert!(timeline.current(&first.id).unwrap().is_deletion());
    let nothing = Content::new(salt(3), NestedPart::nothing(first.content.body.disposition));
    assert!(!posted(&nothing, BOB, 30).is_deletion());
}

#[test]
fn mct_8_a_message_is_there_once() {
    let (mut timeline, first) = started();
    assert_eq!(rule(timeline.add(first.clone())), broken("MCT-8"));
    assert_eq!(rule(timeline.add_permitted(first)), broken("MCT-8"));
}

#[test]
fn mct_9_what_is_referred_to_may_be_unknown() {
    let (mut timeline, first) = started();
    let unknown = MessageId::of(&message(9, "").encode().unwrap(), ALICE, "x").unwrap();
    let answer = posted(&message(2, "Yes").answering(unknown), ALICE, 20);
    timeline.add(answer.clone()).unwrap();
    let edit = Content {
        replaces: Some(unknown),
        ..message(3, "No")
    };
    timeline.add(posted(&edit, ALICE, 30)).unwrap();
    assert_eq!(timeline.current(&unknown), None);
    assert_eq!(timeline.messages(), [&first, &answer]);
}

proptest! {
    /// Versions of the sender and of others, in any order: the same timeline.
    #[test]
    fn mct_5_the_order_of_arrival_does_not_matter(
        times in prop::collection::vec((0u64..4, any::<bool>()), 0..8),
        turn in 0usize..8,
    ) {
        let first = posted(&message(1, "hi"), BOB, 0);
        let versions = (2u8..).zip(times).map(|(n, (time, own))| {
            let sender = if own { BOB } else { ALICE };
            posted(&first.edited(salt(n), NestedPart::text("ho")), sender, time)
        });
        let mut arrivals: Vec<_> = [first.clone()].into_iter().chain(versions).collect();
        let fold = |arrivals: &[Posted]| {
            let mut timeline = Timeline::default();
            for message in arrivals {
                let _ = timeline.add(message.clone());
            }
            let versions = timeline.versions(&first.id);
            versions.into_iter().cloned().collect::<Vec<_>>()
        };
        let in_order = fold(&arrivals);
        prop_assert!(in_order.iter().all(|version| version.sender_uri == BOB));
        let turn = turn % arrivals.len();
        arrivals.rotate_left(turn);
        prop_assert_eq!(fold(&arrivals), in_order);
    }
}
