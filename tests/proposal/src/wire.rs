//! What the proposal looks like on the wire.

use mls_trellis_hooks::wire::Text;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// All that follows the type: one `opaque<V>`.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Reason {
    /// Why, for people.
    pub why: Text,
}

impl From<&str> for Reason {
    fn from(why: &str) -> Self {
        Self { why: why.into() }
    }
}
