//! The conformance kit for Trellis plugins: run it in the tests of your own crate.
//!
//! Name the plugin, its components, and samples of its values; [`check`] does the rest:
//!
//! ```
//! use std::sync::Arc;
//! use mls_trellis_hooks::{
//!     Component, ComponentId, Draft, FoldView, GroupState, Hooks, Plugin, Reject, Sent,
//! };
//! use mls_trellis_kit::{Effort, Subject, check, facets};
//!
//! /// A number that updates add to.
//! #[derive(Default)]
//! struct Counter;
//!
//! impl Component for Counter {
//!     const NAME: &'static str = "counter";
//!     const DEFAULT_ID: ComponentId = ComponentId(0x8100);
//!     const DRAFT: Draft = Draft::private("counter", "1");
//! }
//! impl GroupState for Counter {
//!     type State = u32;
//!     type Update = u8;
//!
//!     fn fold(
//!         &self,
//!         _: &FoldView<'_>,
//!         state: Option<u32>,
//!         updates: &[Sent<u8>],
//!     ) -> Result<u32, Reject> {
//!         Ok(updates.iter().fold(state.unwrap_or(0), |n, add| n.wrapping_add(add.body.into())))
//!     }
//! }
//! impl Plugin for Counter {
//!     fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
//!         hooks.component(self).group_state();
//!     }
//! }
//!
//! # let tiny = Effort { walks: 2, steps: 8, mutants: 50, transitions: 20, ..Effort::quick() };
//! let subject = Subject::new(Counter::default)
//!     .component(facets!(Counter))
//!     .states::<Counter>([0, 7])
//!     .updates::<Counter>([1, 2, 255]);
//! # let subject = subject.effort(tiny);
//! let report = check(&subject).unwrap();
//! assert!(report.updates > 0);
//! ```
//!
//! What is checked, in this order ([`Property`]):
//!
//! - **facets**: every facet that a component implements is installed;
//! - **codec**: every sample has exactly one encoding, and mutated bytes are refused or are the one
//!   encoding of something; nothing panics;
//! - **determinism**: the same question gets the same answer, again, from another instance, on
//!   another thread, and later;
//! - **agreement**: over random walks of a real group with commits inline and by reference, joins by
//!   Welcome and from outside, removals, races, restarts and messages, the sender, the receivers,
//!   the joiners and a hub without secrets come to the same verdicts and the same epochs;
//! - **atomicity**: meanwhile stores fail in the middle of steps, which then have not happened.
//!
//! A walk that fails is shortened, and the [`Failure`] tells it step by step. The numbers behind the
//! walks are the same in every run.

mod codec;
mod determinism;
pub mod facets;
mod failure;
mod faulty;
mod report;
mod rng;
mod sample;
mod scenario;
mod scene;
mod shrink;
mod subject;
mod walk;

pub use facets::Declared;
pub use report::{Effort, Failure, Property, Report};
pub use subject::Subject;

use crate::{
    determinism::Transcript, failure::Broken, rng::Rng, scenario::Scenario, shrink::shrink,
};

/// Checks every property of a plugin.
///
/// # Errors
/// The first property that does not hold, with a scenario that shows it.
pub fn check(subject: &Subject) -> Result<Report, Failure> {
    all(subject).map_err(|broken| Failure {
        property: broken.property,
        plugin: subject.name(),
        what: broken.what,
        steps: broken.steps,
    })
}

fn all(subject: &Subject) -> Result<Report, Broken> {
    let plugins = subject.plugins()?;
    let mut report = Report::default();
    facets::check(subject, &plugins)?;
    subject.check_samples(&plugins)?;
    codec::check(subject, &mut report)?;
    let transcript = Transcript::take(subject, &mut report)?;
    let walked = walks(subject, &mut report);
    transcript.compare_later(subject)?;
    walked?;
    coverage(subject, &report)?;
    Ok(report)
}

fn walks(subject: &Subject, report: &mut Report) -> Result<(), Broken> {
    let effort = subject.effort;
    let mut rng = Rng::new(effort.seed);
    for _ in 0..effort.walks {
        let scenario = Scenario::draw(subject, &mut rng, effort);
        match walk::run(subject, &scenario) {
            Ok(walk) => report.add(&walk),
            Err(failed) => return Err(shrink(subject, &scenario, failed)),
        }
    }
    Ok(())
}

/// Walks in which nothing takes effect show nothing.
fn coverage(subject: &Subject, report: &Report) -> Result<(), Broken> {
    let idle = [
        (
            !subject.updates.is_empty() && report.updates == 0,
            "no sample update was ever accepted",
        ),
        (
            !subject.notices.is_empty() && report.notices == 0,
            "no sample notice was ever accepted",
        ),
        (
            report.walks > 0 && report.welcomes + report.external_joins == 0,
            "nobody could ever join; add `.with_add(..)` if an update must go along",
        ),
    ];
    match idle.into_iter().find(|(idle, _)| *idle) {
        Some((_, what)) => Err(Broken::new(
            Property::Setup,
            format!("{what}, so nothing was tried"),
        )),
        None => Ok(()),
    }
}
