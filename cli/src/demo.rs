//! `trellis demo`: a room from its founding to its last commit.
//!
//! Several clients, each with a database file of its own, and a hub that follows the group without
//! secrets, exchange nothing but bytes. Its source, `demo/scenes.rs`, uses the public interface of
//! the engine as an application would, and is the example to read.
//!
//! ```
//! let mut out = Vec::new();
//! let agreed = mls_trellis_cli::demo::run(true, &mut out)?;
//! assert!(agreed);
//! # Ok::<(), mls_trellis_cli::demo::Error>(())
//! ```

mod careless;
mod cast;
mod office;
mod report;
mod scenes;
mod stage;
pub(crate) mod story;
mod verdict;

use std::io::{self, Write};

use mls_trellis_engine::{Error as EngineError, SignerError};
use mls_trellis_hooks::{HandleError, PluginErrors, Reject};

use crate::demo::{
    report::Report,
    scenes::{SCENES, Scene},
    stage::Stage,
    story::Told,
};
use crate::page;

/// Plays the demo and writes what happens: text for people, or one JSON document per event, a line
/// each. Answers whether all members and the hub agree in the end.
///
/// The databases are in a directory of their own, which is removed at the end.
///
/// # Errors
/// [`Error`], when something happens that the demo does not expect.
pub fn run(json: bool, out: &mut dyn Write) -> Result<bool, Error> {
    Ok(play(json, out, |_| Ok(()))?.0)
}

/// As [`run`], and answers the story as a page for a browser, too: what each commit did to the tree
/// and to the components' states, and what was refused by which rule.
///
/// # Errors
/// As [`run`].
pub fn run_for_page(json: bool, out: &mut dyn Write) -> Result<(bool, String), Error> {
    let (agreed, told) = play(json, out, |_| Ok(()))?;
    Ok((
        agreed,
        page::story("A room, from its founding to its last commit", &told),
    ))
}

/// As [`run`], with something that happens behind the scenes before everybody is compared.
fn play(json: bool, out: &mut dyn Write, unseen: Scene) -> Result<(bool, Vec<Told>), Error> {
    let directory = tempfile::tempdir()?;
    let mut stage = Stage::new(directory.path(), Report::new(json, out))?;
    for (title, scene) in SCENES {
        stage.report.scene(title)?;
        scene(&mut stage)?;
    }
    unseen(&mut stage)?;
    stage.report.scene("Does everybody agree?")?;
    let standings = stage.standings()?;
    let agreed = verdict::announce(&standings, &stage.plugins, &mut stage.report)?;
    Ok((agreed, stage.report.into_told()))
}

/// Why the demo could not be played to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The engine refused what should have worked.
    #[error("{0}")]
    Engine(#[from] EngineError),
    /// A rule refused what should have been allowed.
    #[error("{0}")]
    Rejected(#[from] Reject),
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

impl Error {
    /// Says whom it befell.
    fn of(self, who: &str) -> Self {
        unexpected(format!("{who}: {self}"))
    }
}

fn unexpected(what: impl Into<String>) -> Error {
    Error::Unexpected(what.into())
}

impl From<mls_trellis_engine::StoreError> for Error {
    fn from(error: mls_trellis_engine::StoreError) -> Self {
        Self::Engine(error.into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// What the end of the demo says after something unseen.
    fn ending(unseen: Scene) -> (bool, String) {
        let mut out = Vec::new();
        let (agreed, _) = play(false, &mut out, unseen).unwrap();
        let text = String::from_utf8(out).unwrap();
        (agreed, text.rsplit("agree?").next().unwrap().to_owned())
    }

    #[test]
    fn whoever_goes_alone_is_found_out() {
        let (agreed, end) = ending(|stage| {
            let alice = stage.person("alice")?;
            let room = alice.room()?;
            let sealed = room.commit().path().seal()?;
            room.accept(&sealed)?;
            alice.act()
        });
        assert!(!agreed);
        let differ: Vec<_> = end.lines().filter(|line| line.contains("DIFFER")).collect();
        assert_eq!(differ.len(), 3, "{end}");
        assert!(
            differ
                .iter()
                .any(|line| line.contains("epoch 13: not with alice")),
            "{end}"
        );
        assert_eq!(crate::exit_code(agreed), 1);
    }

    #[test]
    fn without_anything_unseen_all_agree() {
        let (agreed, end) = ending(|_| Ok(()));
        assert!(agreed, "{end}");
        assert_eq!(crate::exit_code(agreed), 0);
    }
}
