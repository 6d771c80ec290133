//! What must not be lost: events the application has not acted on, bytes it has not sent, and the
//! commit that waits for the Delivery Service.
//!
//! All are rows of the same batch as the change they belong to.

use mls_trellis_store::{Row, Scope, Value};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Failed, Group, Pending};
use crate::{Delivered, Error, Event, Result, octets, step::Step, storage};

const INBOX: &str = "inbox";
const OUTBOX: &str = "outbox";
const PENDING: &str = "pending";
const COUNTER: &str = "counter";

/// Bytes that the application has not reported as sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Outgoing {
    /// A commit, to be sent to the Delivery Service.
    Commit(#[serde(with = "octets")] Vec<u8>),
    /// A Welcome for those that an accepted commit added.
    Welcome(#[serde(with = "octets")] Vec<u8>),
    /// A proposal or an application message for the group.
    Message(#[serde(with = "octets")] Vec<u8>),
}

impl Group {
    /// Events that were not acknowledged, oldest first. After a restart, act on these before
    /// anything else.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn inbox(&self) -> Result<Vec<Delivered>> {
        let rows = self.client.inner.store.list(&self.scope, INBOX)?;
        let delivered = rows.iter().map(|(key, value)| {
            Ok(Delivered {
                number: number(key),
                event: parse(value)?,
            })
        });
        delivered.collect()
    }

    /// Says that the application has acted on an event.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn acknowledge(&mut self, delivered: &Delivered) -> Result<()> {
        let row = Row::new(self.scope.clone(), INBOX, &delivered.number.to_be_bytes());
        self.work(|_, step| Ok(step.buffer.delete(row)?))
    }

    /// Bytes that were not reported as sent, oldest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn outbox(&self) -> Result<Vec<(u64, Outgoing)>> {
        let rows = self.client.inner.store.list(&self.scope, OUTBOX)?;
        rows.iter()
            .map(|(key, value)| Ok((number(key), parse(value)?)))
            .collect()
    }

    /// Says that bytes from the outbox have reached the Delivery Service.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn sent(&mut self, number: u64) -> Result<()> {
        let scope = self.scope.clone();
        self.work(|_, step| recall(step, &scope, number))
    }
}

/// Puts an event into the inbox.
pub(super) fn deliver(step: &Step<'_>, scope: &Scope, event: Event) -> Result<Delivered> {
    let number = next_number(step, scope)?;
    let row = Row::new(scope.clone(), INBOX, &number.to_be_bytes());
    step.buffer.put(row, bytes(&event)?)?;
    Ok(Delivered { number, event })
}

/// Puts bytes into the outbox.
pub(super) fn dispatch(step: &Step<'_>, scope: &Scope, outgoing: &Outgoing) -> Result<u64> {
    let number = next_number(step, scope)?;
    let row = Row::new(scope.clone(), OUTBOX, &number.to_be_bytes());
    step.buffer.put(row, bytes(outgoing)?)?;
    Ok(number)
}

/// Takes bytes out of the outbox again.
pub(super) fn recall(step: &Step<'_>, scope: &Scope, number: u64) -> Result<(), Failed> {
    let row = Row::new(scope.clone(), OUTBOX, &number.to_be_bytes());
    Ok(step.buffer.delete(row)?)
}

/// Stores, or forgets, the commit that waits for the Delivery Service.
pub(super) fn store_pending(
    step: &Step<'_>,
    scope: &Scope,
    pending: Option<&Pending>,
) -> Result<()> {
    let row = Row::new(scope.clone(), PENDING, b"");
    match pending {
        None => step.buffer.delete(row)?,
        Some(pending) => step.buffer.put(row, bytes(pending)?)?,
    }
    Ok(())
}

pub(super) fn load_pending(step: &Step<'_>, group_id: &[u8]) -> Result<Option<Pending>> {
    let row = Row::new(Scope::group(group_id), PENDING, b"");
    step.buffer
        .get(&row)?
        .map(|value| parse(&value))
        .transpose()
}

/// Numbers grow and are never used twice in a group.
fn next_number(step: &Step<'_>, scope: &Scope) -> Result<u64> {
    let row = Row::new(scope.clone(), COUNTER, b"");
    let last = step.buffer.get(&row)?.map_or(0, |value| number(&value));
    let next = last.saturating_add(1);
    step.buffer.put(row, next.to_be_bytes().to_vec())?;
    Ok(next)
}

fn number(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_be_bytes)
}

fn bytes<T: Serialize>(value: &T) -> Result<Value> {
    storage::encode("group", value).map_err(Error::malformed("a row of the group"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(Error::malformed("a row of the group"))
}
