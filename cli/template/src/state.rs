//! The rules, as functions of plain values.

use mls_trellis_hooks::{Actor, Reject};

use crate::{Note, Write};

/// The longest note, in bytes.
const LONGEST: usize = 1000;

impl Note {
    /// A note.
    ///
    /// # Errors
    /// MYEXT-1.
    pub fn new(text: &str) -> Result<Self, Reject> {
        let note = Self { text: text.into() };
        note.check()?;
        Ok(note)
    }

    /// The note after one update, which `from` sent.
    ///
    /// # Errors
    /// MYEXT-1, MYEXT-2.
    pub fn after(update: &Write, from: &Actor) -> Result<Self, Reject> {
        let Actor::Member(_) = from else {
            return Err(Reject::peer("MYEXT-2", format!("{from} is not a member")));
        };
        Self::new(&update.text.0)
    }

    /// MYEXT-1, of any note.
    pub(crate) fn check(&self) -> Result<(), Reject> {
        match self.text.0.len() {
            1..=LONGEST => Ok(()),
            length => Err(Reject::peer("MYEXT-1", format!("a note of {length} bytes"))),
        }
    }
}
