//! Shortens a scenario that fails.

use crate::{
    Subject,
    failure::Broken,
    scenario::{Action, Commit, End, Scenario, Step, What},
    walk,
};

/// The shortest scenario found that fails in the same property, run once more.
/// `taken` is how many of its steps it took.
pub(crate) fn shrink(
    subject: &Subject,
    scenario: &Scenario,
    (broken, taken): (Broken, usize),
) -> Broken {
    let mut search = Search {
        subject,
        budget: subject.effort.shrinks,
        gained: 0,
        scenario: scenario.clone(),
        broken,
    };
    search.scenario.steps.truncate(taken);
    // What went in one round may let more go in the next.
    while search.round() {}
    search.broken
}

struct Search<'s> {
    subject: &'s Subject,
    budget: usize,
    gained: usize,
    scenario: Scenario,
    broken: Broken,
}

impl Search<'_> {
    /// Takes a simpler scenario if it fails in the same way. Returns whether it does.
    fn try_out(&mut self, simpler: Scenario) -> bool {
        if self.budget == 0 {
            return false;
        }
        self.budget -= 1;
        match walk::run(self.subject, &simpler) {
            Err((broken, taken)) if broken.property == self.broken.property => {
                self.scenario = simpler;
                self.scenario.steps.truncate(taken);
                self.broken = broken;
                self.gained += 1;
                true
            }
            _ => false,
        }
    }

    /// Tries everything once. Returns whether anything was gained.
    fn round(&mut self) -> bool {
        let before = self.gained;
        self.cut_steps();
        self.cut_details();
        self.gained > before
    }

    /// Cuts out runs of steps, the longest first.
    fn cut_steps(&mut self) {
        let mut length = self.scenario.steps.len();
        while length > 0 {
            let mut start = 0;
            while start < self.scenario.steps.len() {
                let mut simpler = self.scenario.clone();
                let end = (start + length).min(simpler.steps.len());
                simpler.steps.drain(start..end);
                if !self.try_out(simpler) {
                    start += length;
                }
            }
            length /= 2;
        }
    }

    /// Takes out faults, proposals of commits, and proposers.
    fn cut_details(&mut self) {
        for index in 0..self.scenario.steps.len() {
            self.edit(index, |step| step.fault.take().map(drop));
            self.edit(index, |step| plain_end(&mut step.action));
            for whom in 0..2 {
                self.edit(index, |step| renumber(actor(&mut step.action)?, whom));
            }
            for item in (0..4).rev() {
                self.edit(index, |step| cut_item(&mut step.action, item));
                self.edit(index, |step| make_inline(&mut step.action, item));
                for whom in 0..2 {
                    self.edit(index, |step| {
                        renumber(target(&mut step.action, item)?, whom)
                    });
                }
            }
        }
    }

    /// Tries a step that is edited; `None` means that there was nothing to edit.
    fn edit(&mut self, index: usize, edit: impl FnOnce(&mut Step) -> Option<()>) {
        let mut simpler = self.scenario.clone();
        if simpler.steps.get_mut(index).and_then(edit).is_some() {
            self.try_out(simpler);
        }
    }
}

fn cut_item(action: &mut Action, item: usize) -> Option<()> {
    match action {
        Action::Commit(commit, _) | Action::Race(commit, _) if item < commit.items.len() => {
            commit.items.remove(item);
            Some(())
        }
        _ => None,
    }
}

fn make_inline(action: &mut Action, item: usize) -> Option<()> {
    match action {
        Action::Commit(commit, _) => commit.items.get_mut(item)?.proposer.take().map(drop),
        _ => None,
    }
}

fn plain_end(action: &mut Action) -> Option<()> {
    match action {
        Action::Commit(_, end) if !matches!(end, End::Accept) => {
            *end = End::Accept;
            Some(())
        }
        Action::Join(update) => update.take().map(drop),
        _ => None,
    }
}

/// Who acts.
fn actor(action: &mut Action) -> Option<&mut usize> {
    match action {
        Action::Commit(Commit { by, .. }, _) | Action::Say(by) | Action::Restart(by) => Some(by),
        _ => None,
    }
}

/// Who is removed, by one proposal of a commit.
fn target(action: &mut Action, item: usize) -> Option<&mut usize> {
    match action {
        Action::Commit(commit, _) => match &mut commit.items.get_mut(item)?.what {
            What::Remove(whom) | What::Leave(whom) => Some(whom),
            _ => None,
        },
        _ => None,
    }
}

/// One of the first members instead, so that fewer are needed.
fn renumber(number: &mut usize, whom: usize) -> Option<()> {
    (*number > whom).then(|| *number = whom)
}
