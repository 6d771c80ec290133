//! What a commit is to contain: proposed by others beforehand, or part of it.

use std::sync::Arc;

use mls_trellis_engine::{Error, Followed, Group, Received};

use super::{Person, Walk, client::Tried, others, trouble};
use crate::{
    Property,
    failure::Broken,
    sample::{Edit, Moment, Propose},
    scenario::{Item, Moment as When, What},
};

/// More members make a walk slow, and show nothing new.
pub(super) const CROWD: usize = 6;

/// What somebody says who proposes to leave.
const LEAVES: &str = "to leave";

/// What the items of a commit come to.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) edits: Vec<Edit>,
    pub(super) words: Vec<String>,
    pub(super) candidates: Vec<Person>,
    removed: Vec<usize>,
}

/// An item that is resolved: it can be part of the commit, or be proposed beforehand, or both.
struct Resolved {
    inline: Option<Edit>,
    propose: Option<Propose>,
    along: Vec<Edit>,
    words: String,
}

impl Resolved {
    fn new(inline: Edit, propose: Option<Propose>, words: String) -> Self {
        Self {
            inline: Some(inline),
            propose,
            along: Vec::new(),
            words,
        }
    }
}

impl Walk<'_> {
    /// Proposes what others are to propose, and collects the rest.
    pub(super) fn plan(&mut self, by: usize, items: &[Item]) -> Result<Plan, Broken> {
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
            match (
                proposer.filter(|p| *p != by),
                resolved.propose,
                resolved.inline,
            ) {
                (Some(proposer), Some(propose), _) => {
                    if !self.propose(proposer, &propose, &resolved.words)? {
                        continue;
                    }
                }
                (_, _, Some(inline)) => {
                    plan.edits.push(inline);
                    plan.words.push(resolved.words);
                }
                _ => continue,
            }
            plan.edits.extend(resolved.along);
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
        Ok(match what {
            What::Update(sample) => pick(&subject.updates, sample).map(|update| {
                let words = format!("the {} update {}", update.owner.name, update.value.show());
                Resolved::new(update.commit.clone(), Some(update.propose.clone()), words)
            }),
            What::Notice(sample) => pick(&subject.notices, sample).map(|notice| {
                let words = format!("the {} notice {}", notice.owner.name, notice.value.show());
                Resolved::new(notice.commit.clone(), None, words)
            }),
            What::DropState(sample) => pick(&subject.drops, sample).map(|drop| {
                let words = format!("the removal of the state of {}", drop.owner.name);
                Resolved::new(drop.commit.clone(), Some(drop.propose.clone()), words)
            }),
            What::Renew => Some(Resolved::new(
                Arc::new(|commit| commit.renew_leaf()),
                Some(Arc::new(Group::propose_renewal)),
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
        let (again, words) = (
            key_package.clone(),
            format!("the addition of {name}{words}"),
        );
        let along = self.subject.along_with(Moment::Add, name);
        Ok(Some(Resolved {
            inline: Some(Arc::new(move |commit| commit.add(&key_package))),
            propose: Some(Arc::new(move |group| group.propose_add(&again))),
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
        let leaf = member.group()?.own_leaf();
        let leaf = leaf.map_err(|e| trouble(&name, "has no position", &e))?;
        plan.removed.push(whom);
        let along = self.subject.along_with(Moment::Remove, &name);
        let propose: Propose = match leaves {
            true => Arc::new(Group::propose_leave),
            false => Arc::new(move |group| group.propose_remove(leaf)),
        };
        Ok(Some(Resolved {
            inline: (!leaves).then(|| -> Edit { Arc::new(move |commit| commit.remove(leaf)) }),
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
        if self.pooled.contains(&said) {
            return Ok(false);
        }
        let (name, tried) = self.attempt(by, When::Propose, |group| propose(group))?;
        let packet = match tried {
            Tried::Done(packet) => packet,
            Tried::Unseen => return Ok(false),
            Tried::Refused(Error::Rejected(reject)) => {
                self.log
                    .push(format!("{name} proposes {words}; refused: {reject}"));
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
                return Err(trouble(
                    "the hub",
                    &format!("refuses a proposal of {name}"),
                    &e,
                ));
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
                    return Err(trouble(
                        &who,
                        &format!("refuses a proposal of {name}"),
                        &error,
                    ));
                }
            }
        }
        Ok(true)
    }
}

fn pick<T>(samples: &[T], index: usize) -> Option<&T> {
    samples.get(index % samples.len().max(1))
}
