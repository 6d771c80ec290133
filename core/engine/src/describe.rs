//! A judged commit in words of the application.

use mls_trellis_hooks::{Actor, Change, DataChange, EpochState, LeafIndex, Reject, Sent};

use crate::{
    EpochChange,
    event::{Alarm, Committed, DataChanged, Notice, Who},
    judge::Transition,
};

/// Who an actor is, as of the epoch in which it acts.
pub(crate) fn who(actor: &Actor, epoch: &EpochState) -> Who {
    let identity = actor.identity(epoch);
    Who {
        leaf: match actor {
            Actor::Member(leaf) => Some(leaf.0),
            _ => None,
        },
        identity: identity
            .map(|identity| identity.as_bytes().to_vec())
            .unwrap_or_default(),
    }
}

/// What a commit did.
pub(crate) fn describe(t: &Transition<'_>, own: bool, concerns: &[Reject]) -> EpochChange {
    let mut change = EpochChange {
        epoch: t.after.epoch,
        committer: who(t.committer, t.before),
        own,
        lost_race: false,
        added: Vec::new(),
        removed: Vec::new(),
        updated: Vec::new(),
        data: Vec::new(),
        notices: Vec::new(),
        proposals: Vec::new(),
        alarms: concerns.iter().map(Alarm::from).collect(),
    };
    members(t, &mut change);
    for sent in t.proposals {
        proposal(t.before, sent, &mut change);
    }
    change
}

fn members(t: &Transition<'_>, change: &mut EpochChange) {
    for (index, leaf) in t.after.leaves.iter() {
        let who = Who::member(*index, &leaf.identity);
        match t.before.leaves.get(index) {
            Some(old) if old == leaf => {}
            Some(old) if old.identity == leaf.identity => change.updated.push(who),
            Some(old) => {
                change.removed.push(Who::member(*index, &old.identity));
                change.added.push(who);
            }
            None => change.added.push(who),
        }
    }
    for (index, leaf) in t.before.leaves.iter() {
        if !t.after.leaves.contains_key(index) {
            change.removed.push(Who::member(*index, &leaf.identity));
        }
    }
}

fn proposal(before: &EpochState, sent: &Sent<Change>, change: &mut EpochChange) {
    let from = who(&sent.from, before);
    match &sent.body {
        Change::AppData {
            component,
            change: data,
        } => change.data.push(DataChanged {
            component: component.0,
            from,
            by_reference: sent.by_reference,
            update: match data {
                DataChange::Update(update) => Some(update.0.clone()),
                DataChange::Remove => None,
            },
        }),
        Change::AppEphemeral { component, data } => change.notices.push(Notice {
            component: component.0,
            from,
            data: data.0.clone(),
        }),
        other => {
            if let Some((proposal_type, body)) = other.of_kind() {
                change.proposals.push(Committed {
                    proposal_type: proposal_type.0,
                    from,
                    by_reference: sent.by_reference,
                    body: body.0,
                });
            }
        }
    }
}

/// A proposal in words, for people.
pub(crate) fn words(change: &Change, before: &EpochState) -> String {
    let name = |leaf: &LeafIndex| match before.leaf(*leaf) {
        Some(info) => info.identity.to_string(),
        None => leaf.to_string(),
    };
    match change {
        Change::Add(added) => format!("add {}", added.leaf.identity),
        Change::Update(leaf) => format!("renew the leaf of {}", leaf.identity),
        Change::Remove(leaf) => format!("remove {}", name(leaf)),
        Change::SelfRemove => "leave".into(),
        Change::Psk(_) => "mix in a pre-shared key".into(),
        Change::ReInit => "continue in another group".into(),
        Change::ExternalInit => "join from outside".into(),
        Change::GroupContextExtensions(_) => "replace the extensions of the group".into(),
        Change::AppData {
            component,
            change: DataChange::Update(_),
        } => format!("update component {component}"),
        Change::AppData { component, .. } => format!("drop component {component}"),
        Change::AppEphemeral { component, .. } => format!("tell component {component}"),
        Change::Other { proposal_type, .. } => format!("proposal of type {proposal_type}"),
        _ => "something unknown".into(),
    }
}
