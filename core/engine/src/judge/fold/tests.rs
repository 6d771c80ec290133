//! Entries without bytes, which no other test has.

use std::sync::Arc;

use mls_trellis_hooks::{
    Component, Draft, GroupState, Hooks, LeafIndex, LeafInfo, Origin, Plugin, wire::Opaque,
};

use super::*;

/// A component whose entry says all it has to say by being there.
struct Flag;

const FLAG: ComponentId = ComponentId(0x8160);

impl Component for Flag {
    const NAME: &'static str = "flag";
    const DEFAULT_ID: ComponentId = FLAG;
    const DRAFT: Draft = Draft::private("flag", "1");
}

impl GroupState for Flag {
    type State = ();
    type Update = ();

    fn fold(&self, _: &FoldView<'_>, _: Option<()>, _: &[Sent<()>]) -> Result<(), Reject> {
        Ok(())
    }
}

impl Plugin for Flag {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.component(self).group_state();
    }
}

#[test]
fn adu_13_an_entry_without_bytes_is_no_removal() {
    let plugins = Plugins::builder().add(Arc::new(Flag), Origin::here());
    let plugins = plugins.build().unwrap();
    let before = EpochState::new(b"room").with_leaf(LeafIndex(0), LeafInfo::basic("alice"));
    let alice = Actor::Member(LeafIndex(0));
    let update = Sent {
        from: alice.clone(),
        by_reference: false,
        position: 0,
        body: Change::AppData {
            component: FLAG,
            change: DataChange::Update(Opaque::default()),
        },
    };
    let changes = fold(&plugins, &before, &alice, &[update]).unwrap();
    assert_eq!(changes.get(&FLAG), Some(&Some(Vec::new())));
}
