//! Pre-shared keys (RFC 9420, section 8.4; draft-ietf-mls-extensions-10, section 4.5).
//!
//! The row of a key begins with its PSKType, and for a component's key with the component, so an
//! external key and two components' keys never meet, whatever their ids (APSK-4).

use mls_trellis_hooks::{ComponentId, Secret};
use mls_trellis_store::{Row, Scope, StoreError};

use super::{Buffer, StorageError, layout};

const PSKS: &str = "mls_psk";
const EXTERNAL: u8 = 1;
const APPLICATION: u8 = 3;

/// Keeps a component's pre-shared key for commits and Welcomes that name it.
pub(crate) fn put_psk(
    buffer: &Buffer<'_>,
    component: ComponentId,
    psk_id: &[u8],
    psk: &Secret,
) -> Result<(), StoreError> {
    put(buffer, application_row(component, psk_id), psk)
}

/// Forgets a component's pre-shared key.
pub(crate) fn delete_psk(
    buffer: &Buffer<'_>,
    component: ComponentId,
    psk_id: &[u8],
) -> Result<(), StoreError> {
    buffer.delete(application_row(component, psk_id))
}

/// Keeps an external pre-shared key, which belongs to no component.
pub(crate) fn put_external_psk(
    buffer: &Buffer<'_>,
    psk_id: &[u8],
    psk: &Secret,
) -> Result<(), StoreError> {
    put(buffer, external_row(psk_id), psk)
}

/// Forgets an external pre-shared key.
pub(crate) fn delete_external_psk(buffer: &Buffer<'_>, psk_id: &[u8]) -> Result<(), StoreError> {
    buffer.delete(external_row(psk_id))
}

/// Where the key is kept. `None` for resumption keys, which OpenMLS keeps with the group.
pub(super) fn row_of(psk: &layout::Psk) -> Option<Row> {
    match psk {
        layout::Psk::External { psk_id } => Some(external_row(layout::Psk::id(psk_id))),
        layout::Psk::Application {
            component_id,
            psk_id,
        } => Some(application_row(
            ComponentId(*component_id),
            layout::Psk::id(psk_id),
        )),
        layout::Psk::Resumption {} => None,
    }
}

/// The key as OpenMLS reads it.
pub(super) fn bundle(psk: &Secret) -> Result<mls_trellis_store::Value, StorageError> {
    layout::encode(PSKS, &layout::PskBundle::new(psk.as_slice()))
}

fn put(buffer: &Buffer<'_>, row: Row, psk: &Secret) -> Result<(), StoreError> {
    let value = bundle(psk).map_err(StoreError::backend)?;
    buffer.put(row, value)
}

fn external_row(psk_id: &[u8]) -> Row {
    Row::new(Scope::client(), PSKS, &[&[EXTERNAL], psk_id].concat())
}

fn application_row(component: ComponentId, psk_id: &[u8]) -> Row {
    let component = component.0.to_be_bytes();
    let key = [&[APPLICATION], &component[..], psk_id].concat();
    Row::new(Scope::client(), PSKS, &key)
}
