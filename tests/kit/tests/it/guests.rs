//! A sound plugin that must be told, in the same commit, who comes.

use std::sync::Arc;

use mls_trellis_hooks::{
    Component, ComponentId, Draft, EpochState, FoldView, GroupState, Hooks, Invariant, Plugin,
    Reject, Sent,
    wire::{Opaque, SortedMap},
};
use mls_trellis_kit::{Effort, Property, Subject, check, facets};

/// Lets in who is on the list.
#[derive(Default)]
struct Guests;

impl Component for Guests {
    const NAME: &'static str = "guests";
    const DEFAULT_ID: ComponentId = ComponentId(0x8151);
    const DRAFT: Draft = Draft::private("guests", "1");
}

impl GroupState for Guests {
    type State = SortedMap<Opaque, u8>;
    /// A name, and whether it is put on the list or struck off.
    type Update = (Opaque, u8);

    fn fold(
        &self,
        _: &FoldView<'_>,
        state: Option<Self::State>,
        updates: &[Sent<Self::Update>],
    ) -> Result<Self::State, Reject> {
        let mut list = state.unwrap_or_default();
        for update in updates {
            let (name, on) = &update.body;
            match on {
                0 => drop(list.remove(name)),
                _ => drop(list.insert(name.clone(), 1)),
            }
        }
        Ok(list)
    }
}

impl Invariant for Guests {
    fn holds(&self, epoch: &EpochState) -> Result<(), Reject> {
        let list = epoch.state::<Self>()?.unwrap_or_default();
        let mut leaves = epoch.leaves.values();
        match leaves.find(|leaf| !list.contains_key(&Opaque::from(leaf.identity.as_bytes()))) {
            Some(leaf) => {
                let detail = format!("{} is not on the list", leaf.identity);
                Err(Reject::peer("GUESTS-1", detail))
            }
            None => Ok(()),
        }
    }
}

impl Plugin for Guests {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self).group_state().invariant();
    }
}

fn list(name: &str, on: u8) -> Vec<(Opaque, u8)> {
    vec![(name.as_bytes().into(), on)]
}

fn guests() -> Subject {
    let alice = [(b"alice".into(), 1)].into_iter().collect();
    Subject::new(Guests::default)
        .component(facets!(Guests))
        .states::<Guests>([alice])
        .updates::<Guests>([(b"zoe".into(), 1), (b"zoe".into(), 0), (b"bob".into(), 0)])
}

#[test]
fn updates_go_along_with_adds_removals_and_joins() {
    let subject = guests()
        .with_add::<Guests>(|name| list(name, 1))
        .with_remove::<Guests>(|name| list(name, 0))
        .with_join::<Guests>(|name| list(name, 1));
    let report = check(&subject).unwrap();
    assert!(report.welcomes > 0, "{report:#?}");
    assert!(report.external_joins > 0, "{report:#?}");
    assert!(report.removals > 0, "{report:#?}");
}

#[test]
fn without_them_nobody_can_join_and_the_kit_says_so() {
    let effort = Effort {
        walks: 2,
        ..Effort::quick()
    };
    let failure = check(&guests().effort(effort)).unwrap_err();
    assert_eq!(failure.property, Property::Setup, "{failure}");
    assert!(failure.what.contains("with_add"), "{failure}");
}
