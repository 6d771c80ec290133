//! What stands on the wire.

use mls_trellis_hooks::wire::Text;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// The state in the GroupContext.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Note {
    /// What it says.
    pub text: Text,
}

/// What an AppDataUpdate carries: the note in place of the one before.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Write {
    /// What it says from now on.
    pub text: Text,
}
