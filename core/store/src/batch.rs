//! The writes of one step.

use std::collections::BTreeMap;

use crate::{Row, Scope, Value};

/// The writes of one step, applied all together or not at all.
///
/// Later writes to a row replace earlier ones. A wipe happens before the writes, so that a batch
/// can clear a scope and fill it anew.
#[derive(Default)]
pub struct Batch {
    guards: BTreeMap<Scope, u64>,
    wipes: Vec<Scope>,
    writes: BTreeMap<Row, Write>,
}

/// What happens to one row.
pub enum Write {
    /// The row holds this content afterwards.
    Put(Value),
    /// The row is gone afterwards.
    Delete,
}

impl Batch {
    /// Lets the batch through only if `scope` is at `version`, and advances it by one.
    pub fn guard(&mut self, scope: Scope, version: u64) {
        self.guards.insert(scope, version);
    }

    /// Sets a row.
    pub fn put(&mut self, row: Row, value: impl Into<Value>) {
        self.writes.insert(row, Write::Put(value.into()));
    }

    /// Removes a row; it need not exist.
    pub fn delete(&mut self, row: Row) {
        self.writes.insert(row, Write::Delete);
    }

    /// Removes every row of a scope, before the writes of this batch. Its version stays and counts on.
    pub fn wipe(&mut self, scope: Scope) {
        self.writes.retain(|row, _| row.scope != scope);
        self.wipes.push(scope);
    }

    /// What this batch would do to a row, if anything.
    #[must_use]
    pub fn write_to(&self, row: &Row) -> Option<&Write> {
        self.writes.get(row)
    }

    /// Whether this batch clears the scope first.
    #[must_use]
    pub fn wipes_scope(&self, scope: &Scope) -> bool {
        self.wipes.contains(scope)
    }

    /// The guards: each scope with the version it must be at.
    pub fn guards(&self) -> impl Iterator<Item = (&Scope, u64)> {
        self.guards.iter().map(|(scope, version)| (scope, *version))
    }

    /// The scopes to clear first.
    pub fn wipes(&self) -> &[Scope] {
        &self.wipes
    }

    /// The writes, in the order of their rows.
    pub fn writes(&self) -> impl Iterator<Item = (&Row, &Write)> {
        self.writes.iter()
    }

    /// Whether the batch changes no row. Its guards may still advance versions.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.wipes.is_empty()
    }
}
