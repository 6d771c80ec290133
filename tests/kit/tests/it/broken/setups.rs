//! Plugins that are put together badly, and checks that would check nothing.

use mls_trellis_hooks::{Hooks, Invariant, Judge, Plugin};
use mls_trellis_kit::{Effort, Failure, Property, Subject, check, facets};

use super::{component, failure, folds};

component! {
    /// Forgets to install its invariant.
    Forgetful, group_state judge
}
folds!(Forgetful, |self, _cx, state, update| state
    + u64::from(update));
impl Invariant for Forgetful {}
impl Judge for Forgetful {}

component! {
    /// Is what it should be.
    Plain, group_state
}
folds!(Plain, |self, _cx, state, update| state + u64::from(update));

/// Installs nothing.
struct Nothing;
impl Plugin for Nothing {
    fn install(self: std::sync::Arc<Self>, _: &mut Hooks<'_>) {}
}

fn setup(subject: Subject, words: &str) -> Failure {
    let failure = failure(subject);
    assert_eq!(failure.property, Property::Setup, "{failure}");
    assert!(failure.what.contains(words), "{failure}");
    failure
}

#[test]
fn a_facet_that_is_implemented_and_not_installed() {
    let subject = Subject::new(Forgetful::default)
        .component(facets!(Forgetful))
        .updates::<Forgetful>([1]);
    let failure = failure(subject);
    assert_eq!(failure.property, Property::Facets, "{failure}");
    assert!(failure.what.contains("add `.invariant()`"), "{failure}");
}

#[test]
fn a_component_that_is_not_installed() {
    let failure = failure(Subject::new(|| Nothing).component(facets!(Plain)));
    assert_eq!(failure.property, Property::Facets, "{failure}");
}

#[test]
fn a_component_that_was_not_named() {
    setup(
        Subject::new(Plain::default).updates::<Plain>([1]),
        "was not named",
    );
}

#[test]
fn a_facet_without_samples() {
    setup(
        Subject::new(Plain::default).component(facets!(Plain)),
        "no samples of updates",
    );
}

#[test]
fn a_number_that_no_component_may_have() {
    let profile = mls_trellis_hooks::Profile::new("moved")
        .assign("broken", mls_trellis_hooks::ComponentId(0x0a0a));
    let subject = Subject::new(Plain::default)
        .component(facets!(Plain))
        .updates::<Plain>([1]);
    setup(subject.profile(profile), "GREASE");
}

component! {
    /// Refuses everything.
    Stubborn, group_state
}
impl mls_trellis_hooks::GroupState for Stubborn {
    type State = u8;
    type Update = u8;

    fn fold(
        &self,
        _: &mls_trellis_hooks::FoldView<'_>,
        _: Option<u8>,
        _: &[mls_trellis_hooks::Sent<u8>],
    ) -> Result<u8, mls_trellis_hooks::Reject> {
        Err(mls_trellis_hooks::Reject::peer("STUBBORN-1", "no"))
    }
}

#[test]
fn samples_that_never_take_effect() {
    let subject = Subject::new(Stubborn::default)
        .component(facets!(Stubborn))
        .updates::<Stubborn>([1]);
    let effort = Effort {
        walks: 1,
        ..Effort::quick()
    };
    let failure = check(&subject.effort(effort)).unwrap_err();
    assert_eq!(failure.property, Property::Setup, "{failure}");
    assert!(
        failure.what.contains("no sample update was ever accepted"),
        "{failure}"
    );
}
