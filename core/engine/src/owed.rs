//! Messages of proposals that whoever commits next must not leave out, kept as they came: who joins
//! from outside needs them along with the GroupInfo.
//!
//! OpenMLS keeps the proposals without their signatures. The rows are of the current epoch; they go
//! with it.

use mls_trellis_store::{Row, Scope, Store};

use crate::{Result, step::Step};

const OWED: &str = "owed";

/// Keeps the message of a proposal, in the step that takes it into the pool.
pub(crate) fn keep(step: &Step<'_>, scope: &Scope, reference: &[u8], message: &[u8]) -> Result<()> {
    let row = Row::new(scope.clone(), OWED, reference);
    Ok(step.buffer.put(row, message.to_vec())?)
}

/// Forgets all of them, in the step that ends the epoch.
pub(crate) fn forget(step: &Step<'_>, scope: &Scope) -> Result<()> {
    for (key, _) in step.buffer.list(scope, OWED)? {
        step.buffer.delete(Row::new(scope.clone(), OWED, &key))?;
    }
    Ok(())
}

/// The messages, in a stable order.
pub(crate) fn messages(store: &dyn Store, scope: &Scope) -> Result<Vec<Vec<u8>>> {
    let rows = store.list(scope, OWED)?;
    Ok(rows
        .into_iter()
        .map(|(_, message)| message.to_vec())
        .collect())
}
