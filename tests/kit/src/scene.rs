//! Transitions made up of samples, and what a plugin says of them.

use std::{collections::BTreeMap, fmt};

use mls_trellis_hooks::{
    Actor, Change, CommitView, ComponentEntry, ComponentId, DataChange, EpochState, FoldView,
    LeafIndex, LeafInfo, Plugins, Reject, Sent, wire,
};

use crate::{Subject, codec::hex, rng::Rng};

const NAMES: [&str; 3] = ["alice", "bob", "carol"];

/// A transition that a group might go through, honest or not.
pub(crate) struct Scene {
    before: EpochState,
    committer: Actor,
    proposals: Vec<Sent<Change>>,
    words: Vec<String>,
}

impl Scene {
    /// Makes one up. The table is asked for the numbers in force and for what leaves say.
    pub(crate) fn draw(subject: &Subject, plugins: &Plugins, rng: &mut Rng) -> Self {
        let mut words = Vec::new();
        let before = epoch(subject, plugins, rng, &mut words);
        let committer = member(rng);
        words.push(format!("{} commits", name_of(&committer)));
        let mut proposals: Vec<Sent<Change>> = Vec::new();
        for position in 0..rng.below(5) {
            let Some((body, what)) = change(subject, plugins, rng) else {
                continue;
            };
            let by_reference = rng.one_in(2);
            let from = if by_reference {
                member(rng)
            } else {
                committer.clone()
            };
            words.push(format!("with {what} of {}", name_of(&from)));
            proposals.push(Sent {
                from,
                by_reference,
                position,
                body,
            });
        }
        Self {
            before,
            committer,
            proposals,
            words,
        }
    }

    /// The scene in words.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    /// Everything the plugins say of it: who was asked what, and the answer.
    pub(crate) fn answers(&self, plugins: &Plugins) -> Vec<Answer> {
        let mut answers = Vec::new();
        let after = self.after(plugins, &mut answers);
        for entry in plugins.components() {
            self.ask(entry, &after, &mut answers);
        }
        for rule in plugins.judges() {
            let cx = self.view(ComponentId::RESERVED, &after);
            answers.push(Answer::verdict(rule.name, "judges", &rule.rule.judge(&cx)));
        }
        for rule in plugins.invariants() {
            answers.push(Answer::verdict(
                rule.name,
                "holds",
                &rule.rule.holds(&after),
            ));
        }
        answers
    }

    /// Folds every component's updates; whoever refuses keeps its state.
    fn after(&self, plugins: &Plugins, answers: &mut Vec<Answer>) -> EpochState {
        let mut after = self.before.clone();
        after.epoch += 1;
        let mut updates = BTreeMap::<ComponentId, Vec<Sent<wire::Opaque>>>::new();
        for sent in &self.proposals {
            if let Change::AppData {
                component,
                change: DataChange::Update(update),
            } = &sent.body
            {
                updates
                    .entry(*component)
                    .or_default()
                    .push(sent.map(update.clone()));
            }
        }
        for (id, updates) in updates {
            let entry = plugins.component(id);
            let Some((entry, facet)) = entry.and_then(|e| Some((e, e.group_state.as_ref()?)))
            else {
                continue;
            };
            let folded = facet.fold(&self.fold_view(id), self.before.data(id), &updates);
            answers.push(Answer::state(entry.name, &folded));
            if let Ok(state) = folded {
                after = after.with_data(id, state);
            }
        }
        after
    }

    fn ask(&self, entry: &ComponentEntry, after: &EpochState, answers: &mut Vec<Answer>) {
        let id = entry.id;
        let cx = self.view(id, after);
        let mut say = |what, verdict: Result<(), Reject>| {
            answers.push(Answer::verdict(entry.name, what, &verdict));
        };
        if let (Some(facet), Some(state)) = (&entry.group_state, self.before.data(id)) {
            say(
                "may_remove",
                facet.may_remove(&self.fold_view(id), &self.committer, state),
            );
        }
        if let Some(facet) = &entry.ephemeral {
            for sent in &self.proposals {
                match &sent.body {
                    Change::AppEphemeral { component, data } if *component == id => {
                        say(
                            "check_notice",
                            facet.check_notice(&cx, &sent.from, data.as_slice()),
                        );
                    }
                    _ => {}
                }
            }
        }
        if let Some(facet) = &entry.leaf_data {
            for leaf in after.leaves.values() {
                if let Some(data) = leaf.data(id) {
                    say("check_leaf", facet.check_leaf(leaf, data));
                }
            }
        }
        if let Some(judge) = &entry.judge {
            say("judge", judge.judge(&cx));
            say("judge's concerns", concern(judge.concerns(&cx)));
        }
        if let Some(invariant) = &entry.invariant {
            say("holds", invariant.holds(after));
            say("invariant's concerns", concern(invariant.concerns(after)));
        }
    }

    fn fold_view(&self, id: ComponentId) -> FoldView<'_> {
        FoldView {
            id,
            before: &self.before,
            committer: &self.committer,
        }
    }

    fn view<'a>(&'a self, id: ComponentId, after: &'a EpochState) -> CommitView<'a> {
        CommitView {
            id,
            committer: &self.committer,
            proposals: &self.proposals,
            path: None,
            before: &self.before,
            after,
        }
    }
}

/// What one component, or one rule, said to one question.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    who: &'static str,
    question: &'static str,
    answer: String,
}

impl Answer {
    fn verdict(who: &'static str, question: &'static str, verdict: &Result<(), Reject>) -> Self {
        Self {
            who,
            question,
            answer: verdict.as_ref().map_or_else(rule, |()| "yes".into()),
        }
    }

    fn state(who: &'static str, state: &Result<Vec<u8>, Reject>) -> Self {
        Self {
            who,
            question: "fold",
            answer: state.as_ref().map_or_else(rule, |state| hex(state)),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} answers {}",
            self.question, self.who, self.answer
        )
    }
}

/// What all must agree on in a refusal; the words may differ.
fn rule(reject: &Reject) -> String {
    match reject.culprit() {
        Some(position) => format!("no by {}, at proposal {position}", reject.rule()),
        None => format!("no by {}", reject.rule()),
    }
}

fn concern(concerns: Vec<Reject>) -> Result<(), Reject> {
    concerns.into_iter().next().map_or(Ok(()), Err)
}

fn epoch(
    subject: &Subject,
    plugins: &Plugins,
    rng: &mut Rng,
    words: &mut Vec<String>,
) -> EpochState {
    let ids: Vec<_> = plugins.components().map(|entry| entry.id).collect();
    let epoch = EpochState::new(b"room").with_plugins(plugins);
    let mut epoch = epoch.requiring(ids.iter().copied());
    epoch.epoch = 7;
    for (index, name) in (0..).zip(NAMES) {
        let mut leaf = LeafInfo::basic(name).supporting(ids.iter().copied());
        leaf.credential = subject.credential(name);
        for entry in plugins.components() {
            if let Some(data) = entry.leaf_data.as_ref().and_then(|facet| facet.publish()) {
                leaf = leaf.with_data(entry.id, data);
            }
        }
        epoch = epoch.with_leaf(LeafIndex(index), leaf);
    }
    for entry in plugins.components() {
        let own = subject
            .states
            .iter()
            .filter(|state| state.owner.name == entry.name);
        let own: Vec<_> = own.collect();
        let absent = rng.one_in(4);
        let Some(state) = rng.pick(&own).filter(|_| !absent) else {
            continue;
        };
        if let Ok(data) = state.value.encode() {
            words.push(format!(
                "the state of {} is {}",
                entry.name,
                state.value.show()
            ));
            epoch = epoch.with_data(entry.id, data);
        }
    }
    epoch
}

fn change(subject: &Subject, plugins: &Plugins, rng: &mut Rng) -> Option<(Change, String)> {
    let ids = plugins.ids();
    match rng.below(8) {
        0 => {
            let leaf = LeafIndex(u32::try_from(rng.below(NAMES.len())).ok()?);
            let name = name_of(&Actor::Member(leaf));
            Some((Change::Remove(leaf), format!("the removal of {name}")))
        }
        1 | 2 => {
            let notice = rng.pick(&subject.notices)?;
            let change = Change::AppEphemeral {
                component: (notice.owner.id)(ids),
                data: notice.value.encode().ok()?.into(),
            };
            Some((change, format!("the notice {}", notice.value.show())))
        }
        _ => {
            let update = rng.pick(&subject.updates)?;
            let change = Change::AppData {
                component: (update.owner.id)(ids),
                change: DataChange::Update(update.value.encode().ok()?.into()),
            };
            Some((change, format!("the update {}", update.value.show())))
        }
    }
}

fn member(rng: &mut Rng) -> Actor {
    Actor::Member(LeafIndex(
        u32::try_from(rng.below(NAMES.len())).unwrap_or(0),
    ))
}

fn name_of(actor: &Actor) -> &'static str {
    match actor {
        Actor::Member(LeafIndex(index)) => usize::try_from(*index)
            .ok()
            .and_then(|index| NAMES.get(index))
            .unwrap_or(&"nobody"),
        _ => "nobody",
    }
}
