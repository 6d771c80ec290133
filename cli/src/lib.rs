//! The `trellis` command.
//!
//! - `trellis check` says whether a policy lets a client in: [`check`].
//! - `trellis demo` plays a room from its founding to its last commit: [`demo`].
//! - `trellis explain` says what a rule is that a refusal names: [`explain`].
//! - `trellis inspect` shows what is in an MLS object: [`inspect`].
//! - `trellis new` writes a plugin crate to begin with: [`scaffold`].
//! - `trellis plugins` lists what is linked: [`plugins`].
//! - `trellis policy lint` says what is wrong with a policy document: [`policy`].
//! - `trellis why-not` says why a client cannot be added to a group: [`why_not`].
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | all is well |
//! | 1 | an operation failed, or the demo's members do not agree in the end |
//! | 2 | the input is bad, or the command line is |
//! | 3 | `why-not` found something that stands in the way; `check` says no |
//!
//! The demo's story and inspected objects can also be written as pages for a browser, which load and
//! run nothing.
//!
//! Results go to standard output, everything else to standard error.

// A plugin that is listed in Cargo.toml and named nowhere would not be linked.
#![cfg_attr(not(test), deny(unused_crate_dependencies))]

mod args;
pub mod check;
pub mod demo;
pub mod explain;
pub mod inspect;
mod page;
pub mod plugins;
pub mod policy;
pub mod scaffold;
mod table;
pub mod why_not;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{CommandFactory as _, Parser as _};
use mls_trellis_hooks::PluginErrors;

use crate::args::{Args, Command};

/// Runs the command with the arguments and streams of the process.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    let mut out = anstream::stdout().lock();
    let done = run(args, &mut out).and_then(|code| {
        out.flush()?;
        Ok(code)
    });
    match done {
        Ok(code) => ExitCode::from(code),
        // Whoever reads has enough, as in `trellis plugins | head -1`.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("trellis: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args, out: &mut dyn Write) -> Result<u8, Error> {
    let Some(command) = args.command else {
        write!(out, "{}", Args::command().render_help())?;
        return Ok(0);
    };
    match command {
        Command::Demo { json, report } => {
            let agreed = match report {
                None => demo::run(json, out)?,
                Some(file) => {
                    let (agreed, story) = demo::run_for_page(json, out)?;
                    page::write(&file, &story)?;
                    agreed
                }
            };
            Ok(exit_code(agreed))
        }
        Command::Check(request) => Ok(check::run(&request, out, &mut io::stderr())?),
        Command::Explain { rule, json, .. } => match rule {
            Some(rule) => Ok(explain::one(&rule, json, out, &mut io::stderr())?),
            None => {
                explain::all(json, out)?;
                Ok(0)
            }
        },
        Command::Inspect(request) => {
            let plugins = mls_trellis_bundle::plugins()?;
            Ok(inspect::run(&request, &plugins, out, &mut io::stderr())?)
        }
        Command::New(request) => {
            scaffold::run(&request, out)?;
            Ok(0)
        }
        Command::Plugins { json } => {
            plugins::run(&mls_trellis_bundle::plugins()?, json, out)?;
            Ok(0)
        }
        Command::Policy(request) => Ok(policy::run(&request, out, &mut io::stderr())?),
        Command::WhyNot(request) => {
            let plugins = mls_trellis_bundle::plugins()?;
            Ok(why_not::run(&request, &plugins, out, &mut io::stderr())?)
        }
    }
}

/// Whether everybody agreed, as an exit code.
fn exit_code(agreed: bool) -> u8 {
    match agreed {
        true => 0,
        false => 1,
    }
}

/// Why the command could not do its work. What is wrong with the input is not among it:
/// [`inspect::run`] and [`why_not::run`] tell that themselves.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the linked plugins do not fit together: {0}")]
    Plugins(#[from] PluginErrors),
    #[error("the demo: {0}")]
    Demo(#[from] demo::Error),
    #[error(transparent)]
    Scaffold(#[from] scaffold::Error),
    #[error("writing the output: {0}")]
    Output(#[from] io::Error),
}

impl Error {
    fn is_broken_pipe(&self) -> bool {
        match self {
            Self::Output(error)
            | Self::Demo(demo::Error::Io(error))
            | Self::Scaffold(scaffold::Error::Output(error)) => {
                error.kind() == io::ErrorKind::BrokenPipe
            }
            _ => false,
        }
    }
}
