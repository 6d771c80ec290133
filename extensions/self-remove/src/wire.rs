//! What a SelfRemove looks like on the wire: its type, and nothing after it.

use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// The body of the proposal: zero bytes (SR-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Leave;
