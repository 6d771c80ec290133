//! A sound plugin passes, and everything was really tried.

use mls_trellis_hooks::{ComponentId, Profile};
use mls_trellis_kit::{Effort, Subject, check, facets};

use crate::sample::Tally;

pub(crate) fn tally() -> Subject {
    Subject::new(Tally::default)
        .component(facets!(Tally))
        .states::<Tally>([(0, b"".into()), (8, b"alice".into())])
        .updates::<Tally>([1, 2, 5, 13, 77])
        .notices::<Tally>([1, 13])
        .marks::<Tally>([0, 1])
        .leaves::<Tally>([7])
        .items::<Tally>([3])
}

#[test]
fn a_sound_plugin_passes_and_everything_was_tried() {
    let report = check(&tally()).unwrap();
    println!("{report:#?}");
    for count in [
        report.mutants,
        report.transitions,
        report.walks,
        report.commits,
        report.refused,
        report.updates,
        report.by_reference,
        report.notices,
        report.welcomes,
        report.external_joins,
        report.removals,
        report.lost_races,
        report.discards,
        report.restarts,
        report.messages,
        report.faults,
    ] {
        assert!(count > 0, "{report:#?}");
    }
}

#[test]
fn a_plugin_passes_under_other_numbers() {
    let effort = Effort {
        walks: 1,
        ..Effort::quick()
    };
    let profile = Profile::new("moved").assign("tally", ComponentId(0x8777));
    check(&tally().profile(profile).effort(effort.seed(2))).unwrap();
}

#[test]
#[ignore = "takes minutes"]
fn a_sound_plugin_passes_at_length() {
    let report = check(&tally().effort(Effort::long())).unwrap();
    println!("{report:#?}");
}
