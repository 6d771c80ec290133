//! The rules on the wire: the state of the component, and its update.

use std::fmt;

use mls_trellis_hooks::wire::{SortedMap, Text};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// The language of rules that is known here: of the document, of the claims and of the attribute
/// policies, which are Cedar 4. What a later version would mean nobody can guess, so it is refused.
pub const LANGUAGE: u16 = 1;
/// The longest attribute policies, in bytes.
pub const MAX_POLICIES: usize = 32 * 1024;

/// What a group says of who may be in it. An update is the whole of it, with a higher version.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Rules {
    /// In which language the rest is: [`LANGUAGE`].
    pub language: u16,
    /// Grows with every change.
    pub version: u32,
    /// The users and clients who may change it, by their identities.
    pub administrators: Vec<Text>,
    /// Who may come from which domain.
    pub domains: SortedMap<Text, Domain>,
    /// External senders; none may speak otherwise.
    pub external_senders: SortedMap<Text, Domain>,
    /// What must hold of the claims of everybody.
    pub attributes: Option<Attributes>,
}

/// Who may come from a domain. Lists that are empty demand nothing, but for the kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Domain {
    /// The kinds of credentials, by name.
    pub credentials: Vec<Text>,
    /// Who may vouch for somebody of the domain.
    pub issuers: Vec<Text>,
    /// What its credentials must say.
    pub require: Vec<Requirement>,
    /// The longest validity of a credential, in seconds.
    pub max_validity: Option<u64>,
    /// How many clients of a user may be in the group. Where a kind does not tell users from clients, as
    /// `basic` and `sd_jwt` do not, every client is a user of its own.
    pub clients_per_user: Option<u32>,
    /// Which kinds may follow which. One of the same kind always may.
    pub succession: Vec<Succession>,
}

/// A claim of credentials of one kind that is one of these texts, or a list with one of them.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Requirement {
    /// The claim: the kind and the names on the way to it, with dots between.
    pub claim: Text,
    /// What it may be.
    pub any_of: Vec<Text>,
}

/// One kind of credential may be replaced by another.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Succession {
    /// The kind of the old one.
    pub from: Text,
    /// The kind of the new one.
    pub to: Text,
}

/// Conditions on claims, in Cedar.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct Attributes {
    /// The claims that policies may speak of.
    pub claims: SortedMap<Text, ClaimType>,
    /// The policies.
    pub policies: Text,
}

/// What a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
#[repr(u8)]
pub enum ClaimType {
    /// True or false.
    Flag = 1,
    /// A whole number.
    Number = 2,
    /// Text.
    Text = 3,
    /// A set of texts.
    Texts = 4,
}

impl ClaimType {
    /// The type that a document calls so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "flag" => Self::Flag,
            "number" => Self::Number,
            "text" => Self::Text,
            "texts" => Self::Texts,
            _ => return None,
        })
    }
}

impl fmt::Display for ClaimType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "flag",
            Self::Number => "number",
            Self::Text => "text",
            Self::Texts => "texts",
        })
    }
}
