//! The kit on the plugins of Trellis.

use mls_trellis_basic::Basic;
use mls_trellis_kit::{Effort, Report, Subject, check, facets};
use mls_trellis_last_resort::{LastResort, Marker};
use mls_trellis_poll::{Ballot, Phase, Poll, Reminder, Update};

fn effort() -> Effort {
    Effort { walks: 4, ..Effort::quick() }
}

fn passes(subject: Subject) -> Report {
    check(&subject.effort(effort())).unwrap()
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
            .notices::<Poll>([Reminder { text: "closes at noon".into() }]),
    );
    assert!(report.updates > 0 && report.refused > 0, "{report:#?}");
}

#[test]
fn last_resort_key_packages() {
    let report = passes(
        Subject::new(LastResort::default).component(facets!(LastResort)).marks::<LastResort>([Marker]),
    );
    assert!(report.welcomes > 0, "{report:#?}");
}

#[test]
fn basic_credentials() {
    let report = passes(Subject::new(Basic::default));
    assert!(report.welcomes > 0, "{report:#?}");
}
