//! The kit on the plugins of Trellis.

use mls_trellis_basic::Basic;
use mls_trellis_content_media::{ContentMedia, MediaTypeList};
use mls_trellis_hooks::MediaType;
use mls_trellis_kit::{Effort, Report, Subject, check, facets};
use mls_trellis_kp_context::{Context, ContextPair, KpContext};
use mls_trellis_last_resort::{LastResort, Marker};
use mls_trellis_mimi_content::MimiContent;
use mls_trellis_mimi_room::{Metadata, MimiRoom, RichDescription, RoomMetadata};
use mls_trellis_poll::{Ballot, Phase, Poll, Reminder, Update};
use mls_trellis_targeted_messages::TargetedMessages;

/// `KIT_EFFORT=long` tries harder.
fn passes(subject: Subject) -> Report {
    let effort = match std::env::var("KIT_EFFORT").as_deref() {
        Ok("long") => Effort::long(),
        _ => Effort::quick(),
    };
    check(&subject.effort(effort)).unwrap()
}

#[test]
fn polls() {
    let ballot = Ballot {
        question: "Lunch?".into(),
        options: vec!["soup".into(), "rice".into()],
        owner: b"alice".into(),
        votes: [(b"bob".into(), 1)].into_iter().collect(),
        phase: Phase::Closed,
    };
    let report = passes(
        Subject::new(Poll::default)
            .component(facets!(Poll))
            .states::<Poll>([ballot])
            .updates::<Poll>([
                Update::open("Lunch?", ["soup", "rice"]),
                Update::open("Dinner?", ["soup"]),
                Update::Vote { option: 0 },
                Update::Vote { option: 1 },
                Update::Close,
                Update::open("", []),
            ])
            .notices::<Poll>([Reminder {
                text: "closes at noon".into(),
            }]),
    );
    assert!(report.updates > 0 && report.notices > 0, "{report:#?}");
    assert!(report.refused > 0, "{report:#?}");
}

#[test]
fn rooms() {
    let garden = Metadata::new("mimi://a.example/r/garden", "Garden");
    let mut described = garden.clone();
    described
        .room_descriptions
        .push(RichDescription::text("What grows, and when."));
    described.room_avatar = "https://a.example/garden.png".into();
    let mut refused = garden.clone();
    refused.room_mood = "\0".into();
    let report = passes(
        Subject::new(MimiRoom::default)
            .component(facets!(RoomMetadata))
            .states::<RoomMetadata>([garden.clone(), described.clone()])
            .updates::<RoomMetadata>([garden, described, refused]),
    );
    assert!(report.updates > 0 && report.refused > 0, "{report:#?}");
}

#[test]
fn media_types() {
    let list = |types: &[&str]| {
        let types = types.iter().map(|essence| MediaType::new(*essence));
        MediaTypeList::new(types).unwrap()
    };
    let (text, both) = (
        list(&["text/plain"]),
        list(&["application/octet-stream", "text/plain"]),
    );
    let nobody_reads = list(&["text/plain", "image/avif"]);
    let report = passes(
        Subject::new(ContentMedia::default)
            .component(facets!(ContentMedia))
            .states::<ContentMedia>([text.clone(), both.clone()])
            .updates::<ContentMedia>([text.clone(), both, nobody_reads])
            .leaves::<ContentMedia>([text]),
    );
    assert!(report.updates > 0 && report.refused > 0, "{report:#?}");
    assert!(report.messages > 0, "{report:#?}");
}

#[test]
fn last_resort_key_packages() {
    let subject = Subject::new(LastResort::default).component(facets!(LastResort));
    let report = passes(subject.marks::<LastResort>([Marker]));
    assert!(report.welcomes > 0, "{report:#?}");
}

#[test]
fn contexts_of_key_packages() {
    let contexts = [
        Context::group_id(b"room").unwrap(),
        Context::group_id(b"another room").unwrap(),
        Context::domain("hub.example").unwrap(),
    ];
    let pairs = contexts.iter().map(ContextPair::from);
    let subject = Subject::new(KpContext::default).key_package_extensions::<KpContext>(pairs);
    let report = passes(subject);
    assert!(report.welcomes > 0 && report.refused > 0, "{report:#?}");
}

#[test]
fn mimi_content() {
    let report = passes(Subject::new(MimiContent::default));
    assert!(report.messages > 0, "{report:#?}");
}

#[test]
fn targeted_messages() {
    let report = passes(Subject::new(TargetedMessages::default));
    assert!(report.welcomes > 0, "{report:#?}");
}

#[test]
fn basic_credentials() {
    let report = passes(Subject::new(Basic::default));
    assert!(report.welcomes > 0, "{report:#?}");
}
