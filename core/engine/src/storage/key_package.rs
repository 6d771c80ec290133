//! Our key packages with their private keys (RFC 9420, section 10).

use mls_trellis_store::{Row, Scope, StoreError};
use openmls::prelude::{KeyPackageBundle, tls_codec::Serialize as _};
use serde::Serialize;

use super::{Buffer, Storage, StorageError, layout};

const KEY_PACKAGES: &str = "mls_key_package";

/// The KeyPackageRefs (RFC 9420, section 5.2) of all key packages that are still here.
pub(crate) fn key_package_references(buffer: &Buffer<'_>) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = buffer.list(&Scope::client(), KEY_PACKAGES)?;
    Ok(rows.into_iter().map(|(reference, _)| reference).collect())
}

/// Deletes a key package, whatever the policy says. It need not exist.
pub(crate) fn delete_key_package(buffer: &Buffer<'_>, reference: &[u8]) -> Result<(), StoreError> {
    buffer.delete(Row::new(Scope::client(), KEY_PACKAGES, reference))
}

/// Where a key package is kept.
pub(super) fn row_of(reference: &impl Serialize) -> Result<Row, StorageError> {
    let reference = layout::octets_of(reference)?;
    Ok(Row::new(Scope::client(), KEY_PACKAGES, &reference))
}

impl Storage<'_> {
    /// The key package of that name, encoded, if it is still here.
    pub(crate) fn key_package_of(&self, reference: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        let row = Row::new(Scope::client(), KEY_PACKAGES, reference);
        let bundle = self.read::<KeyPackageBundle>(&row)?;
        bundle
            .map(|bundle| bundle.key_package().tls_serialize_detached())
            .transpose()
            .map_err(|_| StorageError::Layout(row.table))
    }

    /// Whether the policy keeps the key package in this row, now that a join has used it.
    pub(super) fn keeps_key_package(&self, row: &Row) -> Result<bool, StorageError> {
        let Some(bundle) = self.read::<KeyPackageBundle>(row)? else {
            return Ok(false);
        };
        let encoded = bundle
            .key_package()
            .tls_serialize_detached()
            .map_err(|_| StorageError::Layout(row.table))?;
        Ok(self.policy.keep_key_package(&encoded))
    }
}
