//! What a basic credential holds.

use mls_trellis_hooks::{Identity, Reject};

/// Reads `opaque identity<V>`, whose length prefix is off already.
pub(crate) fn identity(content: &[u8]) -> Result<Identity, Reject> {
    if content.is_empty() {
        return Err(Reject::peer("BASIC-1", "the identity is empty"));
    }
    Ok(content.into())
}
