//! What a check yields.

use std::fmt;

/// A property that every plugin must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Property {
    /// The plugin can be tried at all: it fits into a table, there are samples of its values, and
    /// some of them take effect.
    Setup,
    /// Every facet that a component implements is installed, on every instance alike.
    Facets,
    /// A value has exactly one encoding, and no bytes make the decoder panic.
    Codec,
    /// The same question gets the same answer: a second time, from another instance, on another
    /// thread, at another time.
    Determinism,
    /// Sender, receivers, joiners and hub come to the same verdict and the same epoch.
    Agreement,
    /// A step that fails half-way has not happened, and can be repeated.
    Atomicity,
    /// Nothing panics, whatever happens to the group.
    Panic,
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Setup => "setup",
            Self::Facets => "facets",
            Self::Codec => "codec",
            Self::Determinism => "determinism",
            Self::Agreement => "agreement",
            Self::Atomicity => "atomicity",
            Self::Panic => "panic",
        })
    }
}

/// A property that the plugin does not have, with the shortest scenario that was found to show it.
///
/// Both its `Display` and its `Debug` are the text for people, so that `unwrap` shows it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The property.
    pub property: Property,
    /// The plugin: the names of its components, or of its credentials and rules.
    pub plugin: String,
    /// What was found, in words.
    pub what: String,
    /// What leads there, step by step.
    pub steps: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            property,
            plugin,
            what,
            steps,
        } = self;
        write!(f, "plugin {plugin} fails {property}: {what}")?;
        for (number, step) in (1..).zip(steps) {
            write!(f, "\n  {number}. {step}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl std::error::Error for Failure {}

/// What was done to a plugin that has every property: how often each thing happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Byte strings handed to decoders.
    pub mutants: usize,
    /// Transitions whose verdicts were compared between instances.
    pub transitions: usize,
    /// Random walks.
    pub walks: usize,
    /// Commits that everybody merged.
    pub commits: usize,
    /// Commits and proposals that their own sender refused to make.
    pub refused: usize,
    /// Updates in merged commits.
    pub updates: usize,
    /// Updates among them that were committed by reference.
    pub by_reference: usize,
    /// Notices in merged commits.
    pub notices: usize,
    /// Members that joined by Welcome.
    pub welcomes: usize,
    /// Members that joined by an external commit.
    pub external_joins: usize,
    /// Members that were removed or left.
    pub removals: usize,
    /// Commits that lost against another's for the same epoch.
    pub lost_races: usize,
    /// Commits that were sealed and given up.
    pub discards: usize,
    /// Clients that were taken down and built again over the same store.
    pub restarts: usize,
    /// Application messages that everybody read.
    pub messages: usize,
    /// Failures of a store in the middle of a step.
    pub faults: usize,
}

impl Report {
    /// The sum of this and another report.
    pub(crate) fn add(&mut self, other: &Self) {
        let Self {
            mutants,
            transitions,
            walks,
            commits,
            refused,
            updates,
            by_reference,
            notices,
            welcomes,
            external_joins,
            removals,
            lost_races,
            discards,
            restarts,
            messages,
            faults,
        } = other;
        self.mutants += mutants;
        self.transitions += transitions;
        self.walks += walks;
        self.commits += commits;
        self.refused += refused;
        self.updates += updates;
        self.by_reference += by_reference;
        self.notices += notices;
        self.welcomes += welcomes;
        self.external_joins += external_joins;
        self.removals += removals;
        self.lost_races += lost_races;
        self.discards += discards;
        self.restarts += restarts;
        self.messages += messages;
        self.faults += faults;
    }
}

/// How much is tried. The numbers are those of [`Effort::quick`] and [`Effort::long`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// How many random walks.
    pub walks: usize,
    /// How many steps in each.
    pub steps: usize,
    /// How many mutations of each sample are handed to its decoder.
    pub mutants: usize,
    /// How many transitions are judged by several instances.
    pub transitions: usize,
    /// How many scenarios are tried to shorten one that fails.
    pub shrinks: usize,
    /// Where the numbers start; another seed makes other walks.
    pub seed: u64,
}

impl Effort {
    /// Some ten seconds without optimisation; for every run of the tests.
    #[must_use]
    pub const fn quick() -> Self {
        Self {
            walks: 6,
            steps: 25,
            mutants: 500,
            transitions: 200,
            shrinks: 150,
            seed: 1,
        }
    }

    /// Some minutes; for a release.
    #[must_use]
    pub const fn long() -> Self {
        Self {
            walks: 100,
            steps: 60,
            mutants: 20_000,
            transitions: 5_000,
            shrinks: 500,
            seed: 1,
        }
    }

    /// The same effort, started from another number.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

impl Default for Effort {
    fn default() -> Self {
        Self::quick()
    }
}
