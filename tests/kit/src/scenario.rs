//! What happens in a walk, as plain data: it is drawn, run, shortened and run again.
//!
//! Members and samples are named by numbers that are taken modulo what is there, so a scenario means
//! something whatever is cut out of it.

use mls_trellis_engine::Framing;

use crate::{Effort, Subject, faulty::Trouble, rng::Rng};

/// One walk.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) framing: Framing,
    /// Which sample state of each component the group is founded with.
    pub(crate) state: usize,
    pub(crate) steps: Vec<Step>,
}

/// One thing that happens, and what goes wrong meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) action: Action,
    pub(crate) fault: Option<Fault>,
}

#[derive(Clone, Debug)]
pub(crate) enum Action {
    Commit(Commit, End),
    /// Two members commit in the same epoch; the first wins.
    Race(Commit, Commit),
    /// Somebody joins from outside, perhaps with an update.
    Join(Option<usize>),
    Say(usize),
    Restart(usize),
    RestartHub,
}

#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) by: usize,
    pub(crate) items: Vec<Item>,
}

/// One proposal of a commit.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Who proposes it beforehand; `None` means that it is in the commit itself.
    pub(crate) proposer: Option<usize>,
    pub(crate) what: What,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    Update(usize),
    Notice(usize),
    DropState(usize),
    Add(usize),
    Remove(usize),
    Leave(usize),
    Renew,
}

/// What becomes of a sealed commit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Accept,
    /// The Delivery Service echoes it to its sender.
    Echo,
    /// The sender is taken down and built again in between.
    Restart,
    Discard,
}

/// A store that fails, once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) at: Moment,
    pub(crate) trouble: Trouble,
    /// Whether the client is taken down and built again afterwards.
    pub(crate) restart: bool,
}

/// Whose store fails, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Propose,
    Seal,
    Accept,
    Receive,
    Hub,
    Welcome,
}

impl Scenario {
    pub(crate) fn draw(subject: &Subject, rng: &mut Rng, effort: Effort) -> Self {
        let framing = match rng.one_in(3) {
            true => Framing::Private,
            false => Framing::Public,
        };
        let mut steps: Vec<_> = (0..2).map(|_| Step::adding(0)).collect();
        while steps.len() < effort.steps {
            steps.push(Step::draw(subject, rng));
        }
        Self {
            framing,
            state: rng.below(1 << 16),
            steps,
        }
    }
}

impl Step {
    fn adding(by: usize) -> Self {
        let add = Item {
            proposer: None,
            what: What::Add(0),
        };
        let commit = Commit {
            by,
            items: vec![add],
        };
        Self {
            action: Action::Commit(commit, End::Accept),
            fault: None,
        }
    }

    fn draw(subject: &Subject, rng: &mut Rng) -> Self {
        let action = match rng.below(20) {
            0 => Action::Restart(number(rng)),
            1 => Action::RestartHub,
            2 | 3 => Action::Say(number(rng)),
            4 | 5 => Action::Join(rng.one_in(2).then(|| number(rng))),
            6 | 7 => Action::Race(Commit::draw(subject, rng), Commit::draw(subject, rng)),
            _ => Action::Commit(Commit::draw(subject, rng), End::draw(rng)),
        };
        Self {
            action,
            fault: rng.one_in(3).then(|| Fault::draw(rng)),
        }
    }
}

impl Commit {
    fn draw(subject: &Subject, rng: &mut Rng) -> Self {
        let by = number(rng);
        let items = (0..=rng.below(3)).map(|_| Item::draw(subject, rng));
        Self {
            by,
            items: items.collect(),
        }
    }
}

impl Item {
    fn draw(subject: &Subject, rng: &mut Rng) -> Self {
        let what = match rng.below(16) {
            0 | 1 => What::Add(number(rng)),
            2 => What::Remove(number(rng)),
            3 => What::Leave(number(rng)),
            4 => What::Renew,
            5 => What::DropState(number(rng)),
            6..=8 if !subject.notices.is_empty() => What::Notice(number(rng)),
            _ if subject.updates.is_empty() => What::Renew,
            _ => What::Update(number(rng)),
        };
        Self {
            proposer: rng.one_in(3).then(|| number(rng)),
            what,
        }
    }
}

impl End {
    fn draw(rng: &mut Rng) -> Self {
        match rng.below(10) {
            0 => Self::Discard,
            1 => Self::Echo,
            2 => Self::Restart,
            _ => Self::Accept,
        }
    }
}

impl Fault {
    fn draw(rng: &mut Rng) -> Self {
        let at = match rng.below(8) {
            0 => Moment::Propose,
            1 => Moment::Welcome,
            2 => Moment::Hub,
            3 | 4 => Moment::Seal,
            5 => Moment::Accept,
            _ => Moment::Receive,
        };
        let trouble = match rng.below(4) {
            0 => Trouble::Batch,
            1 => Trouble::Answer,
            _ => Trouble::Row(rng.below(12)),
        };
        Self {
            at,
            trouble,
            restart: rng.one_in(2),
        }
    }
}

fn number(rng: &mut Rng) -> usize {
    rng.below(1 << 16)
}
