//! Lists of media types, in leaves and in the GroupContext.

use mls_trellis_content_media::{ContentMedia, MediaTypeList, RawMediaType};
use mls_trellis_hooks::{
    Actor, Blame, EpochState, FoldView, LeafData, LeafIndex, LeafInfo, MediaType, Place, Reject,
    Sent, wire,
};

use crate::{ID, bytes, content_media, list, requiring, rule, text};

fn png() -> MediaType {
    MediaType::new("image/png")
}

/// What a group of a single member says of its lists; `advertised` is the member's.
fn concerns(required: &[MediaType], advertised: &[MediaType]) -> Vec<Reject> {
    let leaf = LeafInfo::basic("alice").with_data(ID, bytes(advertised));
    let epoch = requiring(required).with_leaf(LeafIndex(0), leaf);
    content_media().invariant.unwrap().concerns(&epoch)
}

fn holds(media_types: &[MediaType]) -> Option<String> {
    rule(
        content_media()
            .invariant
            .unwrap()
            .holds(&requiring(media_types)),
    )
}

fn check_leaf(media_types: &[MediaType]) -> Option<String> {
    let leaf = LeafInfo::basic("alice");
    rule(
        content_media()
            .leaf_data
            .unwrap()
            .check_leaf(&leaf, &bytes(media_types)),
    )
}

fn fold(state: Option<&[u8]>, updates: &[Vec<MediaType>]) -> Result<MediaTypeList, Reject> {
    let positions = 2..;
    let updates: Vec<_> = positions
        .zip(updates)
        .map(|(position, update)| Sent {
            from: Actor::Member(LeafIndex(0)),
            by_reference: false,
            position,
            body: bytes(update).into(),
        })
        .collect();
    let before = EpochState::new(b"room");
    let cx = FoldView {
        id: ID,
        before: &before,
        committer: &Actor::Member(LeafIndex(0)),
    };
    let folded = content_media()
        .group_state
        .unwrap()
        .fold(&cx, state, &updates)?;
    Ok(wire::decode(&folded).unwrap())
}

#[test]
fn it_is_found_with_all_its_facets() {
    assert_eq!(
        content_media().places(),
        [Place::GroupContext, Place::LeafNode]
    );
    assert!(content_media().invariant.is_some() && content_media().payload_framing.is_some());
}

#[test]
fn ca_s1_our_leaves_list_what_we_receive() {
    let published = content_media().leaf_data.unwrap().publish().unwrap();
    assert_eq!(
        published,
        bytes(&[
            MediaType::new("text/plain"),
            MediaType::new("application/octet-stream")
        ])
    );

    let configured = ContentMedia::receiving([png()]).unwrap();
    assert_eq!(LeafData::publish(&configured), Some(list(&[png()])));
}

#[test]
fn an_update_is_the_whole_new_list() {
    let old = bytes(&[text()]);
    assert_eq!(fold(Some(&old), &[vec![png()]]).unwrap(), list(&[png()]));
    assert_eq!(
        fold(None, &[vec![png()], vec![text()]]).unwrap(),
        list(&[text()])
    );
    assert_eq!(
        fold(None, &[vec![png()], vec![png()]]).unwrap(),
        list(&[png()])
    );
}

#[test]
fn ca_1_ca_s2_a_list_is_not_empty() {
    assert_eq!(holds(&[]).as_deref(), Some("CA-1"));
    assert_eq!(check_leaf(&[]).as_deref(), Some("CA-1"));
    let reject = fold(None, &[vec![text()], vec![]]).unwrap_err();
    assert_eq!((reject.rule(), reject.culprit()), ("CA-1", Some(3)));
    let reject = MediaTypeList::new([]).unwrap_err();
    assert_eq!((reject.rule(), reject.blame()), ("CA-1", Blame::Misuse));

    assert_eq!(holds(&[text()]), None);
    assert_eq!(check_leaf(&[text()]), None);
}

#[test]
fn ca_7_media_types_in_a_list_have_names() {
    let nameless = [text(), MediaType::new("")];
    assert_eq!(holds(&nameless).as_deref(), Some("CA-7"));
    assert_eq!(check_leaf(&nameless).as_deref(), Some("CA-7"));
    assert_eq!(
        rule(fold(None, &[nameless.into()])).as_deref(),
        Some("CA-7")
    );
}

#[test]
fn ca_8_names_have_two_sides() {
    let long = format!("text/{}", "x".repeat(127));
    for good in [
        "text/plain",
        "Image/PNG",
        "application/vnd.example.msgbus+cbor",
        "a/0",
        &long,
    ] {
        assert_eq!(
            rule(MediaTypeList::new([MediaType::new(good)])),
            None,
            "{good}"
        );
    }
    let too_long = format!("{long}x");
    let bad = [
        "",
        "/",
        "text",
        "text/",
        "/plain",
        "text/plain/x",
        "text /plain",
        "text/plain;a=b",
        "-a/b",
        "text/plén",
        &too_long,
    ];
    for bad in bad {
        let reject = ContentMedia::receiving([MediaType::new(bad)]).unwrap_err();
        assert_eq!(
            (reject.rule(), reject.blame()),
            ("CA-8", Blame::Misuse),
            "{bad}"
        );
    }
}

#[test]
fn ca_8_of_another_is_an_alarm() {
    let odd = [MediaType::new("text")];
    assert_eq!(holds(&odd), None);
    let concerns = concerns(&odd, &odd);
    assert_eq!(
        concerns.iter().map(Reject::rule).collect::<Vec<_>>(),
        ["CA-8"]
    );
}

#[test]
fn ca_8_names_are_compared_without_regard_to_case() {
    assert_eq!(
        concerns(
            &[MediaType::new("Text/PLAIN")],
            &[MediaType::new("text/plain")]
        ),
        []
    );
}

#[test]
fn ca_9_parameter_names_are_tokens_and_stand_once() {
    let plain = MediaType::new("text/plain");
    for bad in ["", "a b", "a=", "ä", "a\"", "a;b"] {
        let list = MediaTypeList::new([plain.clone().with_parameter(bad, "x")]);
        assert_eq!(rule(list).as_deref(), Some("CA-9"), "{bad}");
    }
    let twice = plain.with_parameter("a", "1").with_parameter("A", "1");
    assert_eq!(
        rule(MediaTypeList::new([twice.clone()])).as_deref(),
        Some("CA-9")
    );
    let concerns = concerns(std::slice::from_ref(&twice), std::slice::from_ref(&twice));
    assert_eq!(
        concerns.iter().map(Reject::rule).collect::<Vec<_>>(),
        ["CA-9"]
    );
}

#[test]
fn ca_10_parameters_may_be_many_and_of_any_bytes() {
    let mut many =
        MediaType::new("text/plain").with_parameter("quoted", b"\"a\\b\"; \0\xff".as_slice());
    for n in 0..500 {
        many = many.with_parameter(&format!("p{n}"), vec![b'x'; 200]);
    }
    let written = bytes(std::slice::from_ref(&many));
    assert_eq!(fold(Some(&written), &[]).unwrap(), list(&[many.clone()]));
    assert_eq!(check_leaf(&[many.clone()]), None);
    assert_eq!(concerns(&[many.clone()], &[many]), []);
}

#[test]
fn ca_11_ca_s5_every_member_receives_what_is_required() {
    let required = [text(), png()];
    assert_eq!(
        concerns(&required, &[png(), MediaType::new("text/plain")]),
        []
    );

    let [missing] = &concerns(&required, &[png()])[..] else {
        unreachable!("one member lacks one media type");
    };
    assert_eq!(
        (missing.rule(), missing.blame()),
        ("CA-11", Blame::PeerIncompatible)
    );
    assert_eq!(
        missing.detail(),
        "alice does not advertise text/plain;charset=\"UTF-8\""
    );
    // Another may know from elsewhere that alice copes.
    assert_eq!(holds(&required), None);
}

#[test]
fn ca_11_who_advertises_nothing_receives_nothing() {
    let epoch = requiring(&[png()])
        .with_leaf(
            LeafIndex(0),
            LeafInfo::basic("alice").with_data(ID, bytes(&[png()])),
        )
        .with_leaf(LeafIndex(1), LeafInfo::basic("bob"));
    let concerns = content_media().invariant.unwrap().concerns(&epoch);
    assert_eq!(concerns.len(), 1);
    assert!(concerns[0].detail().starts_with("bob "));
}

#[test]
fn ca_11_without_a_list_nothing_is_required() {
    let epoch = EpochState::new(b"room").with_leaf(LeafIndex(0), LeafInfo::basic("alice"));
    assert_eq!(content_media().invariant.unwrap().concerns(&epoch), []);
}

#[test]
fn ca_11_advertised_parameters_are_exact_and_none_stands_for_all() {
    let flowed = || text().with_parameter("format", "flowed");
    let covers = |advertised: MediaType, wanted: MediaType| {
        list(&[advertised]).covers(&RawMediaType::from(&wanted))
    };
    let plain = || MediaType::new("text/plain");
    assert!(covers(plain(), flowed()));
    assert!(covers(flowed(), flowed()));
    assert!(!covers(text(), flowed()));
    assert!(!covers(flowed(), text()));
    assert!(!covers(text(), plain()));

    let swapped = plain()
        .with_parameter("FORMAT", "flowed")
        .with_parameter("Charset", "UTF-8");
    assert!(covers(swapped, flowed()));
    assert!(!covers(plain().with_parameter("charset", "utf-8"), text()));
    assert!(!covers(MediaType::new("text/html"), plain()));
}

#[test]
fn ca_12_a_joiner_sees_that_it_lacks_something() {
    let joiner = LeafInfo::basic("carol").with_data(ID, bytes(&[text()]));
    let epoch = requiring(&[png()]).with_leaf(LeafIndex(4), joiner);
    let concerns = content_media().invariant.unwrap().concerns(&epoch);
    assert_eq!(
        concerns.iter().map(Reject::rule).collect::<Vec<_>>(),
        ["CA-11"]
    );
    assert!(concerns[0].detail().starts_with("carol "));
}
