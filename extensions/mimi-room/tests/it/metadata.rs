//! The component `room_metadata`.

use std::sync::Arc;

use mls_trellis_hooks::{
    Actor, ComponentEntry, ComponentId, EpochState, FoldView, LeafIndex, LeafInfo, Origin, Place,
    Plugins, Reject, Sent, wire,
};
use mls_trellis_mimi_room::{MIMI_ROOM, Metadata};

const ID: ComponentId = ComponentId(0x0023);
const ALICE: Actor = Actor::Member(LeafIndex(0));

fn metadata_component() -> ComponentEntry {
    let plugins = Plugins::builder()
        .add(MIMI_ROOM.make(), Origin::here())
        .build()
        .unwrap();
    plugins.component(ID).unwrap().clone()
}

fn garden() -> Metadata {
    Metadata::new("mimi://a.example/r/garden", "Garden")
}

fn fold(state: Option<&Metadata>, updates: &[(Actor, Metadata)]) -> Result<Metadata, Reject> {
    let positions = 7..;
    let updates: Vec<_> = positions
        .zip(updates)
        .map(|(position, (from, update))| Sent {
            from: from.clone(),
            by_reference: true,
            position,
            body: wire::encode(update).unwrap().into(),
        })
        .collect();
    let before = EpochState::new(b"room");
    let cx = FoldView {
        id: ID,
        before: &before,
        committer: &ALICE,
    };
    let state = state.map(|state| wire::encode(state).unwrap());
    let folded = metadata_component()
        .group_state
        .unwrap()
        .fold(&cx, state.as_deref(), &updates)?;
    Ok(wire::decode(&folded).unwrap())
}

fn epoch(metadata: &Metadata) -> EpochState {
    EpochState::new(b"room").with_data(ID, wire::encode(metadata).unwrap())
}

fn holds(metadata: &Metadata) -> Option<String> {
    let held = metadata_component()
        .invariant
        .unwrap()
        .holds(&epoch(metadata));
    held.err().map(|reject| reject.rule().to_owned())
}

fn concerns(metadata: &Metadata) -> Vec<String> {
    let concerns = metadata_component()
        .invariant
        .unwrap()
        .concerns(&epoch(metadata));
    concerns
        .iter()
        .map(|reject| reject.rule().to_owned())
        .collect()
}

fn outsiders() -> [Actor; 3] {
    let leaf = Arc::new(LeafInfo::basic("alice"));
    [
        Actor::External(0),
        Actor::Candidate(leaf.clone()),
        Actor::Joiner(leaf),
    ]
}

#[test]
fn it_stands_in_the_group_context() {
    assert_eq!(metadata_component().places(), [Place::GroupContext]);
    assert!(metadata_component().invariant.is_some());
}

#[test]
fn an_update_replaces_the_whole() {
    let mut old = garden();
    old.room_subject = "Weeds".into();
    let new = Metadata::new("mimi://a.example/r/garden", "Roses");
    assert_eq!(fold(Some(&old), &[(ALICE, new.clone())]), Ok(new.clone()));
    assert_eq!(fold(None, &[(ALICE, new.clone())]), Ok(new));
}

#[test]
fn mimi_20_only_members_change_the_metadata() {
    for from in outsiders() {
        let reject = fold(Some(&garden()), &[(from, garden())]).unwrap_err();
        assert_eq!(
            (reject.rule(), reject.plugin()),
            ("MIMI-20", "room_metadata")
        );
        assert_eq!(reject.culprit(), Some(7));
    }
}

#[test]
fn mimi_20_only_members_drop_the_metadata() {
    let before = epoch(&garden());
    let cx = FoldView {
        id: ID,
        before: &before,
        committer: &ALICE,
    };
    let state = metadata_component().group_state.unwrap();
    let drop = |from: &Actor| state.may_remove(&cx, from, before.data(ID).unwrap());
    assert_eq!(drop(&ALICE), Ok(()));
    for from in outsiders() {
        assert_eq!(drop(&from).unwrap_err().rule(), "MIMI-20");
    }
}

#[test]
fn mimi_26_one_update_per_commit() {
    let twice = [(ALICE, garden()), (ALICE, garden())];
    let reject = fold(None, &twice).unwrap_err();
    assert_eq!((reject.rule(), reject.culprit()), ("MIMI-26", Some(8)));
}

#[test]
fn mimi_28_texts_are_without_nul() {
    let nul = || "a\0b".into();
    for bad in [
        Metadata {
            room_name: nul(),
            ..garden()
        },
        Metadata {
            room_subject: nul(),
            ..garden()
        },
        Metadata {
            room_mood: nul(),
            ..garden()
        },
    ] {
        let reject = fold(Some(&garden()), &[(ALICE, bad.clone())]).unwrap_err();
        assert_eq!((reject.rule(), reject.culprit()), ("MIMI-28", Some(7)));
        assert_eq!(holds(&bad).as_deref(), Some("MIMI-28"));
    }
    assert_eq!(holds(&garden()), None);
}

#[test]
fn mimi_29_the_room_has_a_uri() {
    for good in [
        "mimi://a.example/r/x",
        "urn:x",
        "https://a.example/%41?b=c#d",
        "a+b-c.d:e",
    ] {
        assert_eq!(concerns(&Metadata::new(good, "")), [""; 0], "{good}");
    }
    for bad in [
        "",
        "a.example",
        ":x",
        "mimi:",
        "1a:b",
        "mimi://a b",
        "mimi://ä",
        "a_b:c",
        "a:b\0",
    ] {
        let metadata = Metadata::new(bad, "");
        assert_eq!(concerns(&metadata), ["MIMI-29"], "{bad}");
        // The draft leaves the syntax open, so another's commit is not refused by it.
        assert_eq!(holds(&metadata), None);
    }
}

#[test]
fn mimi_30_an_avatar_is_fetched_by_https() {
    let with_avatar = |uri: &str| Metadata {
        room_avatar: uri.into(),
        ..garden()
    };
    for good in ["", "https://a.example/a.png", "HTTPS://a.example"] {
        assert_eq!(concerns(&with_avatar(good)), [""; 0], "{good}");
    }
    for bad in ["http://a.example", "file:///etc/passwd", "a.png", "https:"] {
        assert_eq!(concerns(&with_avatar(bad)), ["MIMI-30"], "{bad}");
        assert_eq!(holds(&with_avatar(bad)), None);
    }
}
