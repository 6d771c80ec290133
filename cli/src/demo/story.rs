//! What happened, kept for whoever tells it again.

use std::collections::BTreeMap;

use mls_trellis_engine::{EpochChange, PublicGroup};
use mls_trellis_hooks::{ComponentId, EpochState, LeafIndex, Place, Plugins, Reject};
use mls_trellis_wire::{Node, ObjectType, Value, decode, label};

use super::Error;
use crate::{
    inspect::components,
    page::{Tree, name_of_leaf},
};

/// One thing that happened.
#[derive(Debug)]
pub(crate) enum Told {
    /// A scene begins.
    Scene(String),
    /// Somebody does something.
    Act { who: String, does: String },
    /// Somebody refuses something.
    Refuses { who: String, reject: Reject },
    /// The group is in a new epoch.
    Epoch(Box<Epoch>),
    /// The outcome of one comparison at the end.
    Verdict { agreed: bool, what: String },
}

/// An epoch and the commit that began it, as the hub sees them.
#[derive(Debug, Default)]
pub(crate) struct Epoch {
    pub(crate) number: u64,
    /// Who committed; nobody did for the first epoch.
    pub(crate) committer: Option<String>,
    /// The committer's leaf, if the commit has a path.
    pub(crate) path_of: Option<u32>,
    pub(crate) proposals: Vec<Proposal>,
    pub(crate) states: Vec<StateChange>,
    /// Rules that were broken in a way that everybody must live with: their ids, and what was found.
    pub(crate) alarms: Vec<(String, String)>,
    pub(crate) tree: Tree,
}

/// A proposal of a commit.
#[derive(Debug)]
pub(crate) struct Proposal {
    pub(crate) what: String,
    /// Whose it is, if it was committed by reference.
    pub(crate) by_reference_of: Option<String>,
}

/// The state of a component before and after a commit, in words.
#[derive(Debug)]
pub(crate) struct StateChange {
    pub(crate) component: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// Proposals that the hub has taken, by their references: whose they are, and the messages.
pub(crate) type Proposed = BTreeMap<Vec<u8>, (String, Vec<u8>)>;

impl Epoch {
    /// The first epoch that the hub follows.
    pub(super) fn first(hub: &mut PublicGroup, plugins: &Plugins) -> Result<Self, Error> {
        let epoch = hub.epoch();
        Ok(Self {
            number: epoch.epoch,
            states: states(None, epoch, plugins),
            tree: tree(hub)?,
            ..Self::default()
        })
    }

    /// The epoch that the hub is in since `commit`, and was not `before` it.
    pub(super) fn since(
        before: &EpochState,
        (commit, change): (&[u8], &EpochChange),
        proposed: &Proposed,
        hub: &mut PublicGroup,
        plugins: &Plugins,
    ) -> Result<Self, Error> {
        let message = decode(ObjectType::Message, commit).ok();
        let commit = message
            .as_ref()
            .and_then(|m| m.get("public_message.content.commit"));
        let path = commit.and_then(|commit| commit.get("path"));
        let has_path = path.is_some_and(|path| path.value != Value::Absent);
        let proposals = commit.and_then(|commit| commit.get("proposals"));
        let proposals = proposals.map(Node::children).unwrap_or_default();
        let alarms = change.alarms.iter();
        // Whoever joins from outside has no leaf before the commit.
        let leaf = change.committer.leaf.or_else(|| {
            let mut added = change.added.iter();
            let joiner = added.find(|who| who.identity == change.committer.identity)?;
            joiner.leaf
        });
        Ok(Self {
            number: change.epoch,
            committer: Some(change.committer.name()),
            path_of: leaf.filter(|_| has_path),
            proposals: proposals
                .iter()
                .map(|item| Proposal::read(item, before, proposed, plugins))
                .collect(),
            states: states(Some(before), hub.epoch(), plugins),
            alarms: alarms
                .map(|alarm| (alarm.rule.clone(), alarm.detail.clone()))
                .collect(),
            tree: tree(hub)?,
        })
    }
}

impl Proposal {
    /// What a decoded ProposalOrRef stands for.
    fn read(item: &Node<'_>, before: &EpochState, proposed: &Proposed, plugins: &Plugins) -> Self {
        if let Some(proposal) = item.get("proposal") {
            return Self {
                what: words(proposal, before, plugins),
                by_reference_of: None,
            };
        }
        let reference = item.get("reference").and_then(Node::as_bytes);
        let found = reference.and_then(|reference| proposed.get(reference));
        let (from, message) = match found {
            Some((from, message)) => (from.clone(), message.as_slice()),
            None => ("somebody".to_owned(), &[][..]),
        };
        let message = decode(ObjectType::Message, message).ok();
        let proposal = message
            .as_ref()
            .and_then(|message| message.get("public_message.content.proposal"));
        Self {
            what: proposal.map_or_else(
                || "something that is not known here".to_owned(),
                |proposal| words(proposal, before, plugins),
            ),
            by_reference_of: Some(from),
        }
    }
}

/// A decoded proposal in one line: its type, whom it is about, and what components say of their data.
fn words(proposal: &Node<'_>, before: &EpochState, plugins: &Plugins) -> String {
    let mut proposal = proposal.clone();
    components::explain(&mut proposal, plugins);
    let mut words = match proposal.get("proposal_type").map(|node| &node.value) {
        Some(Value::Uint {
            label: Some(label), ..
        }) => (*label).to_owned(),
        Some(Value::Uint { value, .. }) => format!("proposal of type 0x{value:04x}"),
        _ => "proposal".to_owned(),
    };
    if let Some(leaf) = proposal.get("add.key_package.leaf_node") {
        // What else its leaf and key package say is the same in every room.
        return format!("{words}: {}", name_of_leaf(leaf));
    }
    if let Some(removed) = proposal.get("remove.removed").and_then(Node::as_uint) {
        let leaf = u32::try_from(removed).ok().map(LeafIndex);
        let member = leaf.and_then(|leaf| before.leaf(leaf));
        let name = member.map(|member| member.identity.to_string());
        return format!("{words}: {}", name.unwrap_or_else(|| removed.to_string()));
    }
    for note in proposal.walk().filter_map(|node| node.note.as_ref()) {
        words = format!("{words}: {note}");
    }
    words
}

/// The states that are not what they were.
fn states(before: Option<&EpochState>, after: &EpochState, plugins: &Plugins) -> Vec<StateChange> {
    let dictionaries = [before, Some(after)].into_iter().flatten();
    let dictionaries = dictionaries.filter_map(|epoch| epoch.dictionary.as_ref());
    let mut ids: Vec<_> = dictionaries.flat_map(|data| data.keys().copied()).collect();
    ids.sort_unstable();
    ids.dedup();
    let changed = ids.into_iter().filter_map(|id| {
        let (old, new) = (before.and_then(|epoch| epoch.data(id)), after.data(id));
        let shown = |data: Option<&[u8]>| data.map(|data| state(id, data, plugins));
        (old != new).then(|| StateChange {
            component: {
                let name = plugins.component(id).map(|entry| entry.name);
                let name = name.or_else(|| label::component(id.0));
                format!("{} ({id})", name.unwrap_or("component"))
            },
            before: shown(old),
            after: shown(new),
        })
    });
    changed.collect()
}

fn state(id: ComponentId, data: &[u8], plugins: &Plugins) -> String {
    let entry = plugins.component(id);
    let shown = entry.and_then(|entry| entry.show(Place::GroupContext, data));
    shown.unwrap_or_else(|| hex::encode(data))
}

fn tree(hub: &mut PublicGroup) -> Result<Tree, Error> {
    let bytes = hub.ratchet_tree()?;
    let node = decode(ObjectType::RatchetTree, &bytes).ok();
    let tree = node.as_ref().and_then(Tree::read);
    tree.ok_or_else(|| super::unexpected("the hub's tree is none"))
}
