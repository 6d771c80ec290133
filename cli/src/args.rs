//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{check, inspect, policy, scaffold, why_not};

/// Extensions for MLS groups (RFC 9420), each a plugin over one engine.
#[derive(Debug, Parser)]
#[command(
    name = "trellis",
    version,
    after_help = "New here? `trellis demo` plays a whole room."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Says whether a policy lets a client into a group: by which rule not, and with which evidence.
    Check(check::Request),
    /// Plays a room from its founding to its last commit, and says what happens.
    Demo {
        /// One JSON document per event, a line each.
        #[arg(long)]
        json: bool,
        /// Tells the story as a page for a browser, too: epochs, states, trees, refusals.
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
    /// Says what a rule is that a refusal names, where it comes from and which test keeps it.
    Explain {
        /// The rule's id, as in ADU-3.
        #[arg(value_name = "RULE", required_unless_present = "list")]
        rule: Option<String>,
        /// Every rule, a line each.
        #[arg(long, conflicts_with = "rule")]
        list: bool,
        /// One JSON document per rule, a line each.
        #[arg(long)]
        json: bool,
    },
    /// Shows what is in MLS objects, offline: every field with its place in the bytes.
    Inspect(inspect::Request),
    /// Writes a plugin crate to begin with, with tests that pass.
    New(scaffold::Request),
    /// Lists the plugins that are linked.
    Plugins {
        /// One JSON document per plugin, a line each.
        #[arg(long)]
        json: bool,
    },
    /// Looks after policy documents.
    #[command(subcommand)]
    Policy(policy::Request),
    /// Says why a client cannot be added to a group: who lacks what, and which rules speak against it.
    WhyNot(why_not::Request),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }

    #[test]
    fn help_names_the_demo() {
        use clap::CommandFactory as _;
        let help = Args::command().render_help().to_string();
        assert!(help.contains("trellis demo"), "{help}");
    }
}
