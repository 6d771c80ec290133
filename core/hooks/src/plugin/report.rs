//! What is linked, a line each.

use super::Origin;
use crate::{Draft, Place};

/// One line of [`Plugins::report`](super::Plugins::report).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportLine {
    /// `component`, `extension`, `credential`, `format`, `proposal`, `wire format`, `tree source`,
    /// `invariant`, `judge` or `observer`.
    pub kind: &'static str,
    /// The number in force, for kinds that have one.
    pub id: Option<u16>,
    /// The plugin's name.
    pub name: &'static str,
    /// Where its data may stand.
    pub places: Vec<Place>,
    /// Where it is specified.
    pub draft: Option<Draft>,
    /// Where it was registered.
    pub origin: Origin,
}

impl ReportLine {
    /// A line of something without number and data.
    pub(super) fn bare(kind: &'static str, name: &'static str, origin: Origin) -> Self {
        Self {
            kind,
            id: None,
            name,
            places: Vec::new(),
            draft: None,
            origin,
        }
    }
}
