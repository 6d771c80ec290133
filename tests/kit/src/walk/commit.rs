//! Commits: proposing, sealing, delivering.

use mls_trellis_engine::{EpochChange, Error, Followed, Group, Received, Result as Step, Sealed};

use super::{Person, Walk, client::Tried, trouble};
use crate::{
    Property,
    failure::Broken,
    scenario::{Commit, End, Item, Moment as When, What},
};

/// A commit that is sealed, with those it adds.
struct Ready {
    by: usize,
    name: String,
    sealed: Sealed,
    candidates: Vec<Person>,
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
                let found = self.look(by, Group::sealed)?;
                if found.is_none_or(|found| found.commit != ready.sealed.commit) {
                    let what = format!("{} forgets its sealed commit by a restart", ready.name);
                    return Err(Broken::new(Property::Atomicity, what));
                }
                self.deliver(ready, false)
            }
            End::Echo => self.deliver(ready, true),
            End::Accept => self.deliver(ready, false),
        }
    }

    pub(super) fn race(&mut self, first: &Commit, second: &Commit) -> Result<(), Broken> {
        let (a, b) = (
            first.by % self.members.len(),
            second.by % self.members.len(),
        );
        if a == b {
            return self.commit(first, End::Accept);
        }
        // What is proposed after one of them is sealed would miss it.
        let own = |commit: &Commit| -> Vec<Item> {
            let items = commit.items.iter();
            let items = items.filter(|item| !matches!(item.what, What::Leave(_)));
            items
                .map(|item| Item {
                    proposer: None,
                    ..item.clone()
                })
                .collect()
        };
        let winner = self.seal(a, &own(first))?;
        let loser = self.seal(b, &own(second))?;
        match (winner, loser) {
            (Some(winner), Some(loser)) => {
                self.log
                    .push(format!("{} wins against {}", winner.name, loser.name));
                self.report.lost_races += 1;
                self.loser = Some(loser.by);
                self.deliver(winner, false)?;
                self.loser = None;
                Ok(())
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
            true => format!("{name} commits without proposals of their own"),
            false => format!("{name} commits {}", plan.words.join(", ")),
        };
        let sealed = match tried {
            Tried::Done(sealed) => sealed,
            Tried::Unseen => self.look(by, Group::sealed)?.ok_or_else(|| {
                let what = format!("{name} has written a sealed commit and does not find it");
                Broken::new(Property::Atomicity, what)
            })?,
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
        }))
    }

    fn discard(&mut self, ready: &Ready) -> Result<(), Broken> {
        self.log.push(format!("{} gives the commit up", ready.name));
        self.report.discards += 1;
        let (name, tried) =
            self.attempt(ready.by, When::Accept, |group| group.discard(&ready.sealed))?;
        if let Tried::Refused(error) = tried {
            return Err(trouble(&name, "cannot give it up", &error));
        }
        match self.look(ready.by, Group::sealed)? {
            None => Ok(()),
            Some(_) => {
                let what = format!("{name} still has the commit it gave up");
                Err(Broken::new(Property::Atomicity, what))
            }
        }
    }

    /// The hub takes a commit, and everybody merges it.
    fn deliver(&mut self, ready: Ready, echo: bool) -> Result<(), Broken> {
        let Ready {
            by, name, sealed, ..
        } = &ready;
        let mut told: Option<EpochChange> = None;
        match self.hub_receives(&sealed.commit)? {
            None | Some(Tried::Unseen) => {}
            Some(Tried::Done(Followed::Epoch(change))) => told = Some(change),
            Some(Tried::Done(other)) => {
                let what = format!("the hub makes {other:?} of the commit of {name}");
                return Err(Broken::new(Property::Agreement, what));
            }
            Some(Tried::Refused(e)) => {
                return Err(trouble(
                    "the hub",
                    &format!("refuses what {name} committed"),
                    &e,
                ));
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
        self.count(told.as_ref());
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
                    self.knows_whether_it_lost(index, &change)?;
                }
                Tried::Done(Received::Removed(_, change)) => {
                    self.same_change(&who, name, told, &change)?;
                    gone.push(index);
                }
                Tried::Unseen if !self.look(index, Group::is_active)? => gone.push(index),
                Tried::Unseen => {}
                Tried::Done(other) => {
                    let what = format!("{who} makes {other:?} of the commit of {name}");
                    return Err(Broken::new(Property::Agreement, what));
                }
                Tried::Refused(error) => {
                    return Err(trouble(
                        &who,
                        &format!("refuses what {name} committed"),
                        &error,
                    ));
                }
            }
        }
        for index in gone.into_iter().rev() {
            self.report.removals += 1;
            self.members.remove(index);
        }
        Ok(())
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

    fn knows_whether_it_lost(&self, index: usize, change: &EpochChange) -> Result<(), Broken> {
        if change.lost_race == (self.loser == Some(index)) {
            return Ok(());
        }
        let said = if change.lost_race {
            "lost"
        } else {
            "did not lose"
        };
        let what = format!("{} is told that it {said} the race", self.name_of(index));
        Err(Broken::new(Property::Agreement, what))
    }

    pub(super) fn count(&mut self, told: Option<&EpochChange>) {
        self.report.commits += 1;
        if let Some(change) = told {
            let updates = change.data.iter().filter(|data| data.update.is_some());
            self.report.updates += updates.clone().count();
            self.report.by_reference += updates.filter(|data| data.by_reference).count();
            self.report.notices += change.notices.len();
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
        other => Err(mls_trellis_hooks::Reject::misuse("KIT-1", format!("{other:?}")).into()),
    }
}

/// What receivers and sender are told of a commit is the same, but for who they are.
fn comparable(change: &EpochChange) -> EpochChange {
    EpochChange {
        own: false,
        lost_race: false,
        ..change.clone()
    }
}
