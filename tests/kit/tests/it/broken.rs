//! Unsound plugins, one for each property and more, all of which the kit must catch.

mod codecs;
mod disagreements;
mod setups;
mod verdicts;

use mls_trellis_kit::{Effort, Failure, Subject, check};

/// What the kit has against it.
fn failure(subject: Subject) -> Failure {
    check(&subject).unwrap_err()
}

/// As [`failure`], with real groups alone: nothing is compared before the walks.
fn failure_in_a_walk(subject: Subject) -> Failure {
    let effort = Effort {
        transitions: 0,
        mutants: 0,
        ..Effort::quick()
    };
    check(&subject.effort(effort)).unwrap_err()
}

/// A component, its state a number, with `fold` as given and whatever facets.
macro_rules! component {
    ($(#[$doc:meta])* $name:ident $(($($field:tt)*))?, $($facet:ident)*) => {
        $(#[$doc])*
        #[derive(Default)]
        struct $name $(($($field)*))?;

        impl mls_trellis_hooks::Component for $name {
            const NAME: &'static str = "broken";
            const DEFAULT_ID: mls_trellis_hooks::ComponentId =
                mls_trellis_hooks::ComponentId(0x8200);
            const DRAFT: mls_trellis_hooks::Draft =
                mls_trellis_hooks::Draft::private("broken", "1");
        }

        impl mls_trellis_hooks::Plugin for $name {
            fn install(
                self: std::sync::Arc<Self>,
                hooks: &mut mls_trellis_hooks::Hooks<'_>,
            ) {
                hooks.component(self)$(.$facet())*;
            }
        }
    };
}

/// The group state of a component: a number, with the given way to fold one update into it.
macro_rules! folds {
    ($name:ident, |$self:ident, $cx:ident, $state:ident, $update:ident| $fold:expr) => {
        impl mls_trellis_hooks::GroupState for $name {
            type State = u64;
            type Update = u8;

            fn fold(
                &$self,
                $cx: &mls_trellis_hooks::FoldView<'_>,
                state: Option<u64>,
                updates: &[mls_trellis_hooks::Sent<u8>],
            ) -> Result<u64, mls_trellis_hooks::Reject> {
                let mut $state = state.unwrap_or(0);
                for sent in updates {
                    let $update = sent.body;
                    $state = $fold;
                }
                Ok($state)
            }
        }
    };
}

pub(crate) use {component, folds};
