//! Where OpenMLS keeps its state: rows of the byte store, written through a [`Buffer`].
//!
//! OpenMLS writes an epoch in a dozen separate calls. Here they all land in the buffer of one step,
//! and become durable together, with whatever else the step writes, or not at all.
//!
//! - Rows of a group live in [`Scope::group`], or [`Scope::public_group`] when it is followed
//!   without secrets. Key packages, pre-shared keys and loose key pairs live in [`Scope::client`].
//! - Values are JSON, which is self-describing; keys that others need are raw bytes.
//! - Two things OpenMLS asks of its storage are decided by a [`Policy`]: whether a used key package
//!   goes, and what a component's pre-shared key is.

mod buffer;
mod key_package;
mod layout;
#[cfg(test)]
pub(crate) mod party;
mod provider;
mod psk;
#[cfg(test)]
mod tests;

use mls_trellis_hooks::{ComponentId, Secret};
use mls_trellis_store::{Row, Scope, StoreError};
use serde::{Serialize, de::DeserializeOwned};

pub(crate) use buffer::Buffer;
pub(crate) use key_package::{delete_key_package, key_package_references};
pub(crate) use layout::{SecretOctets, encode};
pub(crate) use psk::{delete_external_psk, delete_psk, put_external_psk, put_psk};

/// What the plugins decide about OpenMLS's storage.
pub(crate) trait Policy {
    /// Whether a key package stays after a join used it. Asked when OpenMLS deletes it;
    /// `key_package` is its encoding. OpenMLS does not ask about packages with the
    /// `last_resort` extension: it keeps them.
    fn keep_key_package(&self, _key_package: &[u8]) -> bool {
        false
    }

    /// The pre-shared key of a component, when the store holds none. Never asked about external
    /// or resumption keys (APSK-4).
    fn psk(&self, _component: ComponentId, _psk_id: &[u8]) -> Option<Secret> {
        None
    }
}

/// The policy without plugins: used key packages go, and only stored keys are known.
impl Policy for () {}

/// Which side of a group we are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Realm {
    /// We are a member: rows live in [`Scope::group`].
    Member,
    /// We follow it without secrets: rows live in [`Scope::public_group`].
    Hub,
}

/// OpenMLS's storage provider for one step.
pub(crate) struct Storage<'b> {
    buffer: &'b Buffer<'b>,
    policy: &'b dyn Policy,
    realm: Realm,
}

impl<'b> Storage<'b> {
    /// The storage of one side's groups, written through `buffer`.
    pub(crate) fn new(buffer: &'b Buffer<'b>, realm: Realm, policy: &'b dyn Policy) -> Self {
        Self {
            buffer,
            policy,
            realm,
        }
    }

    #[cfg(test)]
    pub(crate) fn buffer(&self) -> &'b Buffer<'b> {
        self.buffer
    }

    fn scope(&self, group_id: &impl Serialize) -> Result<Scope, StorageError> {
        let id = layout::octets_of(group_id)?;
        Ok(match self.realm {
            Realm::Member => Scope::group(&id),
            Realm::Hub => Scope::public_group(&id),
        })
    }

    fn group_row(
        &self,
        group_id: &impl Serialize,
        table: &'static str,
        key: &[u8],
    ) -> Result<Row, StorageError> {
        Ok(Row::new(self.scope(group_id)?, table, key))
    }

    fn read<V: DeserializeOwned>(&self, row: &Row) -> Result<Option<V>, StorageError> {
        let value = self.noted(self.buffer.get(row))?;
        value
            .map(|json| layout::decode(row.table, &json))
            .transpose()
    }

    fn write(&self, row: Row, value: &impl Serialize) -> Result<(), StorageError> {
        let json = encode(row.table, value)?;
        self.noted(self.buffer.put(row, json))
    }

    fn delete(&self, row: Row) -> Result<(), StorageError> {
        self.noted(self.buffer.delete(row))
    }

    /// Adds a row at the end of a table that is kept in the order of insertion.
    fn append(
        &self,
        scope: Scope,
        table: &'static str,
        value: &impl Serialize,
    ) -> Result<(), StorageError> {
        let number = self.next_number(&scope, table)?;
        self.write(Row::new(scope, table, &number), value)
    }

    /// The key after the last one of a table, whose keys are 64-bit numbers.
    fn next_number(&self, scope: &Scope, table: &'static str) -> Result<[u8; 8], StorageError> {
        let rows = self.noted(self.buffer.list(scope, table))?;
        let Some((last, _)) = rows.last() else {
            return Ok(0u64.to_be_bytes());
        };
        let last: [u8; 8] = last
            .as_slice()
            .try_into()
            .map_err(|_| StorageError::Layout(table))?;
        Ok((u64::from_be_bytes(last).saturating_add(1)).to_be_bytes())
    }

    /// All values of a table, in ascending order of their keys.
    fn read_all<V: DeserializeOwned>(
        &self,
        scope: &Scope,
        table: &'static str,
    ) -> Result<Vec<V>, StorageError> {
        let rows = self.noted(self.buffer.list(scope, table))?;
        rows.iter()
            .map(|(_, json)| layout::decode(table, json))
            .collect()
    }

    fn delete_all(&self, scope: &Scope, table: &'static str) -> Result<(), StorageError> {
        for (key, _) in self.noted(self.buffer.list(scope, table))? {
            self.delete(Row::new(scope.clone(), table, &key))?;
        }
        Ok(())
    }

    /// Tells the buffer of the store's errors, since OpenMLS does not always hand them through.
    fn noted<T>(&self, result: Result<T, StoreError>) -> Result<T, StorageError> {
        result.map_err(|error| {
            self.buffer.note(&error);
            StorageError::Store(error)
        })
    }
}

/// Why the storage could not serve OpenMLS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row or key does not have the layout of OpenMLS 0.9.2. The offending data is not shown, it
    /// may be secret.
    #[error(
        "a row of table {0} does not have the layout of this build's OpenMLS; was the store written by another version?"
    )]
    Layout(&'static str),
}
