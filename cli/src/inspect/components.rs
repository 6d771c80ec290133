//! The data of components in words.

use mls_trellis_hooks::{self as hooks, ComponentId, Plugins};
use mls_trellis_wire::{ComponentBytes, Node, Place, Value};

/// Adds a remark to all data of components: the plugin's name, and what it reads there.
pub(crate) fn explain(node: &mut Node<'_>, plugins: &Plugins) {
    node.visit_mut(&mut |node| {
        let Some(component) = &node.component else {
            return;
        };
        // What the decoder knows itself needs no remark.
        if node.note.is_none() && matches!(node.value, Value::Bytes(_)) {
            node.note = Some(remark(component, plugins));
        }
    });
}

fn remark(data: &ComponentBytes<'_>, plugins: &Plugins) -> String {
    let id = ComponentId(data.component);
    let Some(entry) = plugins.component(id) else {
        return format!("component {id}: no plugin is linked");
    };
    let shown = match data.place {
        Place::GroupContext => entry.show(hooks::Place::GroupContext, data.data),
        Place::LeafNode => entry.show(hooks::Place::LeafNode, data.data),
        Place::KeyPackage => entry.show(hooks::Place::KeyPackage, data.data),
        Place::Ephemeral => entry.show(hooks::Place::Ephemeral, data.data),
        Place::AadItem => entry.show(hooks::Place::Aad, data.data),
        Place::Update => {
            let state = entry.group_state.as_ref();
            state.and_then(|state| state.show_update(data.data))
        }
        // No facet puts data there yet.
        Place::GroupInfo => None,
    };
    match shown {
        Some(shown) => format!("{}: {shown}", entry.name),
        None => format!("{}: the plugin cannot read this", entry.name),
    }
}
