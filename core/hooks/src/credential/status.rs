//! What is known of whether a credential was revoked.

use std::fmt;

use super::StatusRef;

/// Whoever keeps lists of what was revoked. It answers from what it has; fetching is somebody else's.
///
/// ```
/// use mls_trellis_hooks::{Evidence, Standing, StatusRef, StatusSource};
///
/// /// Knows that everything was good at noon.
/// struct Noon;
///
/// impl StatusSource for Noon {
///     fn status(&self, _of: &StatusRef) -> Option<Evidence> {
///         Some(Evidence {
///             standing: Standing::Good,
///             as_of: 43_200,
///             until: None,
///             source: "the list of noon".to_owned(),
///         })
///     }
/// }
/// ```
pub trait StatusSource: Send + Sync + 'static {
    /// What is known of an entry, or `None` when nothing is.
    fn status(&self, of: &StatusRef) -> Option<Evidence>;
}

/// What a list says of an entry, and how far that can be relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What it says.
    pub standing: Standing,
    /// When the list was made, in seconds of Unix time.
    pub as_of: u64,
    /// Until when it says it is good for, in seconds of Unix time.
    pub until: Option<u64>,
    /// Which list it was, for people and for audit.
    pub source: String,
}

/// How a credential stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Standing {
    /// It was not revoked.
    Good,
    /// It is not to be relied on for now.
    Suspended,
    /// It was revoked for good.
    Revoked,
    /// The list has no such entry.
    Unlisted,
    /// Something that only its issuer can interpret.
    Other(u8),
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => f.write_str("good"),
            Self::Suspended => f.write_str("suspended"),
            Self::Revoked => f.write_str("revoked"),
            Self::Unlisted => f.write_str("not listed"),
            Self::Other(value) => write!(f, "in state {value}"),
        }
    }
}
