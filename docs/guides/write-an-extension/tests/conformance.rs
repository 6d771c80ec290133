//! What every plugin must do, checked by the kit.

use mls_trellis_kit::{Subject, check, facets};
use my_poll::{POLL, Poll, Reminder, Update};

fn open(question: &str) -> Update {
    Update::Open {
        question: question.into(),
        options: vec!["yes".into(), "no".into()],
    }
}

#[test]
fn polls_conform() {
    let votes = (0..3).map(|option| Update::Vote { option });
    let subject = Subject::of(|| POLL.make())
        .component(facets!(Poll))
        .updates::<Poll>([open("Lunch?"), open("")].into_iter().chain(votes))
        .notices::<Poll>([Reminder {
            text: "soon".into(),
        }]);
    let report = check(&subject).unwrap();
    assert!(report.updates > 0 && report.refused > 0);
}
