//! `trellis demo`: a room from its founding to its last commit.
//!
//! Several clients, each with a database file of its own, and a hub that follows the group without
//! secrets, exchange nothing but bytes. [`scenes`](https://docs.rs/mls-trellis-cli) is the file to
//! read: it uses the public interface of the engine as an application would.
//!
//! ```
//! let mut out = Vec::new();
//! let agreed = mls_trellis_cli::demo::run(true, &mut out)?;
//! assert!(agreed);
//! # Ok::<(), mls_trellis_cli::demo::Error>(())
//! ```

mod careless;
mod cast;
mod report;
mod scenes;
mod stage;
mod verdict;

use std::io::{self, Write};

use mls_trellis_engine::{Error as EngineError, SignerError};
use mls_trellis_hooks::{HandleError, PluginErrors, Reject};

use crate::demo::{report::Report, stage::Stage};

/// Plays the demo and writes what happens: text for people, or one JSON document per event, a line
/// each. Answers whether all members and the hub agree in the end.
///
/// The databases are in a directory of their own, which is removed at the end.
///
/// # Errors
/// [`Error`], when something happens that the demo does not expect.
pub fn run(json: bool, out: &mut dyn Write) -> Result<bool, Error> {
    let directory = tempfile::tempdir()?;
    let mut stage = Stage::new(directory.path(), Report::new(json, out))?;
    for (title, scene) in scenes::SCENES {
        stage.report.scene(title)?;
        scene(&mut stage)?;
    }
    stage.report.scene("Does everybody agree?")?;
    let standings = stage.standings()?;
    verdict::announce(&standings, &mut stage.report)
}

/// Why the demo could not be played to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The engine refused what should have worked.
    #[error("{0}")]
    Engine(#[from] EngineError),
    /// A component could not use the group's keys.
    #[error("{0}")]
    Handle(#[from] HandleError),
    /// No signature key could be made.
    #[error("{0}")]
    Signer(#[from] SignerError),
    /// The plugins do not fit together.
    #[error("{0}")]
    Plugins(#[from] PluginErrors),
    /// The databases or the output could not be written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Something else happened than the demo tells.
    #[error("the demo went another way: {0}")]
    Unexpected(String),
}

impl From<Reject> for Error {
    fn from(reject: Reject) -> Self {
        Self::Engine(reject.into())
    }
}

impl From<mls_trellis_engine::StoreError> for Error {
    fn from(error: mls_trellis_engine::StoreError) -> Self {
        Self::Engine(error.into())
    }
}
