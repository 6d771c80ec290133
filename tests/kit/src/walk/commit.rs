//! Commits: proposing, sealing, delivering.

use mls_trellis_engine::{EpochChange, Error, Followed, Group, Packet, Received, Result as Step, Sealed};
use mls_trellis_hooks::LeafIndex;

use super::{Person, Ready, Walk, client::Tried, comparable, others, trouble};
use crate::{
    Property,
    failure::Broken,
    scenario::{Commit, End, Item, Moment as When, What},
    subject::{Edit, Moment, Propose},
};

/// More members make a walk slow, and show nothing new.
const CROWD: usize = 6;

/// What somebody says who proposes to leave. OpenMLS 0.9 cannot build a commit with anything else
/// that concerns the leaf of somebody who leaves.
const LEAVES: &str = "to leave";

/// What the items of a commit come to.
#[derive(Default)]
struct Plan {
    edits: Vec<Edit>,
    words: Vec<String>,
    candidates: Vec<Person>,
    removed: Vec<usize>,
    updates: usize,
    by_reference: usize,
    notices: usize,
}

/// An item that is resolved: proposed by somebody, or part of the commit.
struct Resolved {
    inline: Option<Edit>,
    propose: Option<Propose>,
    along: Vec<Edit>,
    words: String,
}

impl Walk<'_> {
    pub(super) fn commit(&mut self, commit: &Commit, end: End) -> Result<(), Broken> {
        let by = commit.by % self.members.len();
        let Some(ready) = self.seal(by, &commit.items)? else {
            return Ok(());
        };
        match end {
            End::Discard => self.discard(&ready),
            End::Restart => {
                self.restart(by)?;
                let (name, found) = self.attempt(by, When::Propose, Group::sealed)?;
                match found {
                    Tried::Done(Some(found)) if found.commit == ready.sealed.commit => {}
                    _ => {
                        let what = format!("{name} forgets its sealed commit by a restart");
                        return Err(Broken::new(Property::Atomicity, what));
                    }
                }
                self.deliver(ready, false)
            }
            End::Echo => self.deliver(ready, true),
            End::Accept => self.deliver(ready, false),
        }
    }

    pub(super) fn race(&mut self, first: &Commit, second: &Commit) -> Result<(), Broken> {
        let (a, b) = (first.by % self.members.len(), second.by % self.members.len());
        if a == b {
            return self.commit(first, End::Accept);
        }
        // What is proposed after one of them is sealed would miss it.
        let own = |commit: &Commit| -> Vec<Item> {
            let items = commit.items.iter();
            let items = items.filter(|item| !matches!(item.what, What::Leave(_)));
            items.map(|item| Item { proposer: None, ..item.clone() }).collect()
        };
        let winner = self.seal(a, &own(first))?;
        let loser = self.seal(b, &own(second))?;
        match (winner, loser) {
            (Some(winner), Some(loser)) => {
                self.log.push(format!("{} wins against {}", winner.name, loser.name));
                self.report.lost_races += 1;
                self.deliver(winner, false)
            }
            (Some(only), None) | (None, Some(only)) => self.deliver(only, false),
            (None, None) => Ok(()),
        }
    }

    /// Seals a commit of these items. `None` means that it was refused, by its own sender.
    fn seal(&mut self, by: usize, items: &[Item]) -> Result<Option<Ready>, Broken> {
        let plan = self.plan(by, items)?;
        let edits = plan.edits;
        let (name, tried) = self.attempt(by, When::Seal, |group| {
            let mut commit = group.commit();
            for edit in &edits {
                commit = edit(commit);
            }
            commit.seal()
        })?;
        let words = match plan.words.is_empty() {
            true => format!("{name} commits what waits"),
            false => format!("{name} commits {}", plan.words.join(", ")),
        };
        let sealed = match tried {
            Tried::Done(sealed) => sealed,
            Tried::Unseen => self.sealed_before(by)?,
            Tried::Refused(Error::Rejected(reject)) => {
                self.log.push(format!("{words}; refused: {reject}"));
                self.report.refused += 1;
                return Ok(None);
            }
            Tried::Refused(error) => {
                self.log.push(words);
                return Err(trouble(&name, "cannot build the commit", &error));
            }
        };
        self.log.push(words);
        Ok(Some(Ready {
            by,
            name,
            sealed,
            candidates: plan.candidates,
            updates: plan.updates,
            by_reference: plan.by_reference,
            notices: plan.notices,
        }))
    }

    /// The commit whose sealing nobody saw.
    fn sealed_before(&mut self, by: usize) -> Result<Sealed, Broken> {
        let (name, found) = self.attempt(by, When::Propose, Group::sealed)?;
        match found {
            Tried::Done(Some(sealed)) => Ok(sealed),
            _ => {
                let what = format!("{name} has written a sealed commit and does not find it");
                Err(Broken::new(Property::Atomicity, what))
            }
        }
    }

    /// Proposes what others are to propose, and collects the rest.
    fn plan(&mut self, by: usize, items: &[Item]) -> Result<Plan, Broken> {
        let mut plan = Plan::default();
        for item in items {
            let Some(resolved) = self.resolve(by, item.what, &mut plan)? else {
                continue;
            };
            let leaves = match item.what {
                What::Leave(who) => Some(who % self.members.len()),
                _ => None,
            };
            let proposer = leaves.or(item.proposer.map(|p| p % self.members.len()));
            match (proposer.filter(|p| *p != by), resolved.propose, resolved.inline) {
                (Some(proposer), Some(propose), _) => {
                    if !self.propose(proposer, &propose, &resolved.words)? {
                        continue;
                    }
                    plan.by_reference += usize::from(matches!(item.what, What::Update(_)));
                }
                (_, _, Some(inline)) => {
                    plan.edits.push(inline);
                    plan.words.push(resolved.words);
                }
                _ => continue,
            }
            plan.edits.extend(resolved.along);
            plan.updates += usize::from(matches!(item.what, What::Update(_)));
            plan.notices += usize::from(matches!(item.what, What::Notice(_)));
        }
        Ok(plan)
    }

    /// What an item means here and now; `None` when it means nothing.
    fn resolve(
        &mut self,
        by: usize,
        what: What,
        plan: &mut Plan,
    ) -> Result<Option<Resolved>, Broken> {
        let subject = self.subject;
        let resolved = |inline: Edit, propose: Option<Propose>, words: String| Resolved {
            inline: Some(inline),
            propose,
            along: Vec::new(),
            words,
        };
        Ok(match what {
            What::Update(sample) => pick(&subject.updates, sample).map(|update| {
                let words = format!("the {} update {}", update.owner.name, update.value.show());
                resolved(update.commit.clone(), Some(update.propose.clone()), words)
            }),
            What::Notice(sample) => pick(&subject.notices, sample).map(|notice| {
                let words = format!("the {} notice {}", notice.owner.name, notice.value.show());
                resolved(notice.commit.clone(), None, words)
            }),
            What::DropState(sample) => pick(&subject.drops, sample).map(|drop| {
                let words = format!("the removal of the state of {}", drop.owner.name);
                resolved(drop.commit.clone(), Some(drop.propose.clone()), words)
            }),
            What::Renew => Some(resolved(
                std::sync::Arc::new(|commit| commit.renew_leaf()),
                Some(std::sync::Arc::new(Group::propose_renewal)),
                "new keys of their own".into(),
            )),
            What::Add(mark) => self.resolve_add(mark, plan)?,
            What::Remove(whom) | What::Leave(whom) => {
                let leaves = matches!(what, What::Leave(_));
                self.resolve_remove(by, whom % self.members.len(), leaves, plan)?
            }
        })
    }

    fn resolve_add(&mut self, mark: usize, plan: &mut Plan) -> Result<Option<Resolved>, Broken> {
        if self.members.len() + plan.candidates.len() >= CROWD {
            return Ok(None);
        }
        let Some(name) = self.free_name(&plan.candidates) else {
            return Ok(None);
        };
        let (person, key_package, words) = self.candidate(name, mark)?;
        plan.candidates.push(person);
        let (again, words) = (key_package.clone(), format!("the addition of {name}{words}"));
        let along = self.subject.along_with(Moment::Add, name);
        Ok(Some(Resolved {
            inline: Some(std::sync::Arc::new(move |commit| commit.add(&key_package))),
            propose: Some(std::sync::Arc::new(move |group| group.propose_add(&again))),
            along: along.into_iter().map(|update| update.commit).collect(),
            words,
        }))
    }

    fn resolve_remove(
        &mut self,
        by: usize,
        whom: usize,
        leaves: bool,
        plan: &mut Plan,
    ) -> Result<Option<Resolved>, Broken> {
        let room = self.members.len() > 2;
        if whom == by || !room || plan.removed.contains(&whom) {
            return Ok(None);
        }
        let Some(member) = self.members.get_mut(whom) else {
            return Ok(None);
        };
        let name = member.name().to_owned();
        if self.pooled.contains(&(name.clone(), LEAVES.into())) {
            return Ok(None);
        }
        let leaf = member.group()?.own_leaf();
        let leaf: LeafIndex = leaf.map_err(|e| trouble(&name, "has no position", &e))?;
        plan.removed.push(whom);
        let along = self.subject.along_with(Moment::Remove, &name);
        let propose: Propose = match leaves {
            true => std::sync::Arc::new(Group::propose_leave),
            false => std::sync::Arc::new(move |group| group.propose_remove(leaf)),
        };
        Ok(Some(Resolved {
            inline: (!leaves).then(|| -> Edit {
                std::sync::Arc::new(move |commit| commit.remove(leaf))
            }),
            propose: Some(propose),
            along: along.into_iter().map(|update| update.commit).collect(),
            words: match leaves {
                true => LEAVES.into(),
                false => format!("the removal of {name}"),
            },
        }))
    }

    /// Somebody proposes something, and everybody hears of it. Returns whether it was proposed.
    fn propose(&mut self, by: usize, propose: &Propose, words: &str) -> Result<bool, Broken> {
        // The same bytes twice in one epoch are one proposal.
        let said = (self.name_of(by), words.to_owned());
        let leaving = (self.name_of(by), LEAVES.to_owned());
        if self.pooled.contains(&said) || self.pooled.contains(&leaving) {
            return Ok(false);
        }
        let (name, tried) = self.attempt(by, When::Propose, |group| propose(group))?;
        let packet: Packet = match tried {
            Tried::Done(packet) => packet,
            Tried::Unseen => return Ok(false),
            Tried::Refused(Error::Rejected(reject)) => {
                self.log.push(format!("{name} proposes {words}; refused: {reject}"));
                self.report.refused += 1;
                return Ok(false);
            }
            Tried::Refused(error) => {
                self.log.push(format!("{name} proposes {words}"));
                return Err(trouble(&name, "cannot propose it", &error));
            }
        };
        self.log.push(format!("{name} proposes {words}"));
        self.pooled.insert(said);
        match self.hub_receives(&packet.message)? {
            None | Some(Tried::Done(Followed::Proposal(_)) | Tried::Unseen) => {}
            Some(Tried::Done(other)) => {
                let what = format!("the hub makes {other:?} of a proposal of {name}");
                return Err(Broken::new(Property::Agreement, what));
            }
            Some(Tried::Refused(e)) => {
                return Err(trouble("the hub", &format!("refuses a proposal of {name}"), &e));
            }
        }
        for index in others(self.members.len(), by) {
            let (who, tried) =
                self.attempt(index, When::Receive, |group| group.receive(&packet.message))?;
            match tried {
                Tried::Done(Received::Proposal(..) | Received::Duplicate) | Tried::Unseen => {}
                Tried::Done(other) => {
                    let what = format!("{who} makes {other:?} of a proposal of {name}");
                    return Err(Broken::new(Property::Agreement, what));
                }
                Tried::Refused(error) => {
                    return Err(trouble(&who, &format!("refuses a proposal of {name}"), &error));
                }
            }
        }
        Ok(true)
    }

    fn discard(&mut self, ready: &Ready) -> Result<(), Broken> {
        self.log.push(format!("{} gives the commit up", ready.name));
        self.report.discards += 1;
        let (name, tried) =
            self.attempt(ready.by, When::Accept, |group| group.discard(&ready.sealed))?;
        if let Tried::Refused(error) = tried {
            return Err(trouble(&name, "cannot give it up", &error));
        }
        match self.attempt(ready.by, When::Propose, Group::sealed)? {
            (_, Tried::Done(None)) => Ok(()),
            _ => {
                let what = format!("{name} still has the commit it gave up");
                Err(Broken::new(Property::Atomicity, what))
            }
        }
    }

    /// The hub takes a commit, and everybody merges it.
    fn deliver(&mut self, ready: Ready, echo: bool) -> Result<(), Broken> {
        let Ready { by, name, sealed, .. } = &ready;
        let mut told: Option<EpochChange> = None;
        match self.hub_receives(&sealed.commit)? {
            None | Some(Tried::Unseen) => {}
            Some(Tried::Done(Followed::Epoch(change))) => told = Some(change),
            Some(Tried::Done(other)) => {
                let what = format!("the hub makes {other:?} of the commit of {name}");
                return Err(Broken::new(Property::Agreement, what));
            }
            Some(Tried::Refused(e)) => {
                return Err(trouble("the hub", &format!("refuses what {name} committed"), &e));
            }
        }
        let (_, tried) = self.attempt(*by, When::Accept, |group| accept(group, sealed, echo))?;
        match tried {
            Tried::Done(change) => self.same_change("the sender", name, &mut told, &change)?,
            Tried::Unseen => {}
            Tried::Refused(e) => return Err(trouble(name, "cannot accept its own commit", &e)),
        }
        self.everybody_merges(Some(*by), name, &sealed.commit, &mut told)?;
        self.pooled.clear();
        self.count(&ready, told.as_ref());
        self.welcome(ready)
    }

    /// Everybody but the sender takes in a commit; whoever was removed is gone.
    pub(super) fn everybody_merges(
        &mut self,
        by: Option<usize>,
        name: &str,
        commit: &[u8],
        told: &mut Option<EpochChange>,
    ) -> Result<(), Broken> {
        let mut gone = Vec::new();
        for index in 0..self.members.len() {
            if Some(index) == by {
                continue;
            }
            let (who, tried) = self.attempt(index, When::Receive, |group| group.receive(commit))?;
            match tried {
                Tried::Done(Received::Epoch(_, change)) => {
                    self.same_change(&who, name, told, &change)?;
                }
                Tried::Done(Received::Removed(..)) => gone.push(index),
                Tried::Unseen => gone.extend(self.was_removed(index)?.then_some(index)),
                Tried::Done(other) => {
                    let what = format!("{who} makes {other:?} of the commit of {name}");
                    return Err(Broken::new(Property::Agreement, what));
                }
                Tried::Refused(error) => {
                    return Err(trouble(&who, &format!("refuses what {name} committed"), &error));
                }
            }
        }
        for index in gone.into_iter().rev() {
            self.report.removals += 1;
            self.members.remove(index);
        }
        Ok(())
    }

    fn was_removed(&mut self, index: usize) -> Result<bool, Broken> {
        let (name, tried) = self.attempt(index, When::Propose, Group::is_active)?;
        match tried {
            Tried::Done(active) => Ok(!active),
            Tried::Refused(e) => Err(trouble(&name, "cannot read its group", &e)),
            Tried::Unseen => Ok(false),
        }
    }

    fn same_change(
        &self,
        who: &str,
        sender: &str,
        told: &mut Option<EpochChange>,
        change: &EpochChange,
    ) -> Result<(), Broken> {
        let first = told.get_or_insert_with(|| change.clone());
        if comparable(first) == comparable(change) {
            return Ok(());
        }
        let what = format!(
            "{who} is told another story of the commit of {sender}: {change:?} against {first:?}"
        );
        Err(Broken::new(Property::Agreement, what))
    }

    fn count(&mut self, ready: &Ready, told: Option<&EpochChange>) {
        self.report.commits += 1;
        match told {
            Some(change) => {
                let updates = change.data.iter().filter(|data| data.update.is_some());
                self.report.updates += updates.clone().count();
                self.report.by_reference += updates.filter(|data| data.by_reference).count();
                self.report.notices += change.notices.len();
            }
            None => {
                self.report.updates += ready.updates;
                self.report.by_reference += ready.by_reference;
                self.report.notices += ready.notices;
            }
        }
    }

    /// Those whom the commit added join by its Welcome.
    fn welcome(&mut self, ready: Ready) -> Result<(), Broken> {
        let Some(member) = self.members.first_mut() else {
            return Ok(());
        };
        let leaves = member.snapshot()?.epoch.leaves;
        for person in ready.candidates {
            let key = person.signature_key();
            // An Add by reference may have been left out.
            if !leaves.values().any(|leaf| *leaf.signature_key == *key) {
                continue;
            }
            let Some(welcome) = &ready.sealed.welcome else {
                let what = format!("{} is added and gets no Welcome", person.name);
                return Err(Broken::new(Property::Agreement, what));
            };
            self.log.push(format!("{} joins by Welcome", person.name));
            let joined = self.join_by_welcome(person, welcome)?;
            self.members.push(joined);
            self.report.welcomes += 1;
        }
        Ok(())
    }
}

fn accept(group: &mut Group, sealed: &Sealed, echo: bool) -> Step<EpochChange> {
    if !echo {
        return group.accept(sealed);
    }
    match group.receive(&sealed.commit)? {
        Received::Epoch(_, change) => Ok(change),
        other => Err(mls_trellis_hooks::Reject::misuse("KIT", format!("{other:?}")).into()),
    }
}

fn pick<T>(samples: &[T], index: usize) -> Option<&T> {
    samples.get(index % samples.len().max(1))
}

