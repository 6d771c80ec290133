//! What the marker looks like on the wire: nothing.

use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// The component's entry in a KeyPackage: zero bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Marker;
