//! What only a group of several clients brings to light.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use mls_trellis_hooks::{
    BuildView, Contribution, Contributor, EpochState, Invariant, Payload, PayloadFraming, Reject,
};
use mls_trellis_kit::{Effort, Property, Subject, check, facets};

use super::{component, failure, failure_in_a_walk, folds};

static INSTANCES: AtomicU64 = AtomicU64::new(0);

component! {
    /// Folds otherwise once it has built a commit of its own.
    Proud(AtomicBool), group_state contributor
}
folds!(Proud, |self, _cx, state, update| {
    state + u64::from(update) + u64::from(self.0.load(Relaxed) && update == 3)
});
impl Contributor for Proud {
    fn contribute(&self, _: &BuildView<'_>, _: &mut Contribution) {
        self.0.store(true, Relaxed);
    }
}

component! {
    /// Puts a number of its own into what all must share.
    Salted(u64), group_state
}
folds!(Salted, |self, _cx, state, update| state
    + u64::from(update)
    + self.0);

component! {
    /// Every other instance is strict.
    Moody(bool), group_state invariant
}
folds!(Moody, |self, _cx, state, update| state + u64::from(update));
impl Invariant for Moody {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        match epoch.state::<Self>()? {
            Some(state) if self.0 && state % 2 == 1 => Err(Reject::peer("MOODY-1", "odd")),
            _ => Ok(()),
        }
    }
}

component! {
    /// Reads a message as something else than was written.
    Garbling, group_state payload_framing
}
folds!(Garbling, |self, _cx, state, update| state
    + u64::from(update));
impl PayloadFraming for Garbling {
    fn wrap(&self, _: &EpochState, payload: &Payload) -> Result<Vec<u8>, Reject> {
        Ok([b"G", payload.body.as_slice()].concat())
    }

    fn unwrap(&self, _: &EpochState, bytes: &[u8]) -> Result<Payload, Reject> {
        Ok(Payload::plain(bytes))
    }
}

fn proud() -> Subject {
    Subject::new(Proud::default)
        .component(facets!(Proud))
        .states::<Proud>([0])
        .updates::<Proud>([1, 2, 3])
}

#[test]
fn a_fold_that_is_another_for_who_commits() {
    let failure = failure(proud());
    assert_eq!(failure.property, Property::Agreement, "{failure}");
}

#[test]
fn a_failure_is_told_in_few_steps_and_the_same_every_time() {
    let first = failure_in_a_walk(proud());
    assert!(first.steps.len() <= 5, "{first}");
    assert!(
        first
            .steps
            .iter()
            .any(|step| step.contains("the broken update 3")),
        "{first}"
    );
    assert_eq!(first.to_string(), failure_in_a_walk(proud()).to_string());
    let text = first.to_string();
    assert!(
        text.starts_with("plugin broken fails agreement: "),
        "{text}"
    );
    assert!(text.contains("\n  1. alice founds the group"), "{text}");
    assert_eq!(format!("{first:?}").trim(), text);
}

#[test]
fn a_state_with_something_in_it_that_is_not_shared() {
    let failure = failure_in_a_walk(
        Subject::new(|| Salted(INSTANCES.fetch_add(1, Relaxed)))
            .component(facets!(Salted))
            .states::<Salted>([0])
            .updates::<Salted>([1, 2]),
    );
    assert_eq!(failure.property, Property::Agreement, "{failure}");
}

#[test]
fn an_invariant_that_only_some_clients_enforce() {
    let failure = failure_in_a_walk(
        Subject::new(|| Moody(INSTANCES.fetch_add(1, Relaxed).is_multiple_of(2)))
            .component(facets!(Moody))
            .states::<Moody>([0])
            .updates::<Moody>([1, 2]),
    );
    assert_eq!(failure.property, Property::Agreement, "{failure}");
    assert!(failure.what.contains("MOODY-1"), "{failure}");
}

#[test]
fn a_message_that_is_read_as_something_else() {
    let subject = Subject::new(Garbling::default)
        .component(facets!(Garbling))
        .states::<Garbling>([0])
        .updates::<Garbling>([1, 2]);
    let failure = failure(subject);
    assert_eq!(failure.property, Property::Agreement, "{failure}");
    assert!(failure.what.contains("message"), "{failure}");
}

#[test]
fn without_walks_they_would_pass() {
    let effort = Effort {
        walks: 0,
        ..Effort::quick()
    };
    let failure = check(&proud().effort(effort)).unwrap_err();
    assert_eq!(failure.property, Property::Setup, "{failure}");
}
