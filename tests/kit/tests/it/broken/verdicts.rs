//! Verdicts that depend on something else than the question.

use std::{
    cell::Cell,
    collections::HashSet,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{SystemTime, UNIX_EPOCH},
};

use mls_trellis_hooks::{CommitView, EpochState, Invariant, Judge, Reject};
use mls_trellis_kit::{Property, Subject, facets};

use super::{component, failure, folds};

component! {
    /// Counts how often it is asked.
    Counting(AtomicU64), group_state
}
folds!(Counting, |self, _cx, state, update| {
    state + u64::from(update) + self.0.fetch_add(1, Relaxed)
});

component! {
    /// Depends on the order of a hash set.
    Hashing, group_state
}
folds!(Hashing, |self, cx, state, update| {
    let leaves: HashSet<_> = cx.before.leaves.keys().map(|leaf| leaf.0).collect();
    leaves.iter().fold(state, |sum, leaf| {
        sum.wrapping_mul(31) + u64::from(leaf + u32::from(update))
    })
});

thread_local! {
    static BIAS: Cell<u64> = Cell::new(std::thread::current().name().map_or(0, str::len) as u64);
}

component! {
    /// Depends on the thread.
    Local, group_state
}
folds!(Local, |self, _cx, state, update| state
    + u64::from(update)
    + BIAS.get());

component! {
    /// Depends on the clock.
    Clock, group_state
}
folds!(Clock, |self, _cx, state, update| {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    state + u64::from(update) + u64::try_from(now.as_millis() / 100).unwrap()
});

component! {
    /// Panics at some update.
    Fragile, group_state
}
folds!(Fragile, |self, _cx, state, update| {
    assert_ne!(update, 2, "two is too much");
    state + u64::from(update)
});

static INSTANCES: AtomicU64 = AtomicU64::new(0);

component! {
    /// Every other instance is strict.
    Moody(bool), group_state invariant judge
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
impl Judge for Moody {
    fn judge(&self, _: &CommitView<'_>) -> Result<(), Reject> {
        Ok(())
    }
}

macro_rules! nondeterministic {
    ($test:ident, $plugin:ident) => {
        #[test]
        fn $test() {
            let subject = Subject::new($plugin::default)
                .component(facets!($plugin))
                .updates::<$plugin>([1, 2, 3]);
            let failure = failure(subject);
            assert_eq!(failure.property, Property::Determinism, "{failure}");
            assert!(!failure.steps.is_empty(), "{failure}");
        }
    };
}
nondeterministic!(a_fold_that_counts, Counting);
nondeterministic!(a_fold_in_the_order_of_a_hash_set, Hashing);
nondeterministic!(a_fold_that_depends_on_the_thread, Local);
nondeterministic!(a_fold_that_reads_the_clock, Clock);

#[test]
fn a_fold_that_panics() {
    let subject = Subject::new(Fragile::default)
        .component(facets!(Fragile))
        .updates::<Fragile>([1, 2]);
    let failure = failure(subject);
    assert_eq!(failure.property, Property::Panic, "{failure}");
    assert!(failure.what.contains("two is too much"), "{failure}");
}

#[test]
fn an_invariant_that_only_some_instances_enforce() {
    let subject = Subject::new(|| Moody(INSTANCES.fetch_add(1, Relaxed).is_multiple_of(2)))
        .component(facets!(Moody))
        .states::<Moody>([0])
        .updates::<Moody>([1, 2]);
    let failure = failure(subject);
    assert_eq!(failure.property, Property::Determinism, "{failure}");
    assert!(failure.what.contains("MOODY-1"), "{failure}");
}
