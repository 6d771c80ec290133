//! What a genuine credential says, in terms that all kinds share.

use std::collections::BTreeMap;

/// What a kind found out while it verified a credential. Rules read it without knowing the kind.
///
/// ```
/// use mls_trellis_hooks::{Claim, Facts};
///
/// let facts = Facts::default()
///     .issued_by("https://id.a.example")
///     .claim("department", Claim::Text("engineering".into()));
/// assert_eq!(facts.claims["department"].as_text(), Some("engineering"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// Who vouches for it: the URL of an issuer, or whatever else names one among those that the kind
    /// knows.
    pub issuer: Option<String>,
    /// When it is valid, if it says so.
    pub validity: Option<Validity>,
    /// Who was found to vouch for it, the nearest first. Somebody else may have found others, so this is
    /// for our own judgement, as is `status`.
    pub vouchers: Vec<Voucher>,
    /// What it says of its subject, by name. The names are the kind's own.
    pub claims: BTreeMap<String, Claim>,
    /// Where it says that one can learn whether it was revoked.
    pub status: Vec<StatusRef>,
    /// What genuine credentials inside of it say, each with the name of its kind. Only those that every
    /// member can verify stand here.
    pub inside: Vec<(String, Facts)>,
}

impl Facts {
    /// The same facts, with who vouches for them.
    #[must_use]
    pub fn issued_by(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The same facts, with when they are valid.
    #[must_use]
    pub fn valid(mut self, validity: Validity) -> Self {
        self.validity = Some(validity);
        self
    }

    /// The same facts, with one more who vouches for them.
    #[must_use]
    pub fn voucher(mut self, voucher: Voucher) -> Self {
        self.vouchers.push(voucher);
        self
    }

    /// The same facts and one more.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: Claim) -> Self {
        self.claims.insert(name.into(), value);
        self
    }

    /// The same facts, and those of a credential of that kind inside.
    #[must_use]
    pub fn holding(mut self, kind: impl Into<String>, facts: Facts) -> Self {
        self.inside.push((kind.into(), facts));
        self
    }

    /// The same facts, with one more list to look for revocation.
    #[must_use]
    pub fn status(mut self, status: StatusRef) -> Self {
        self.status.push(status);
        self
    }
}

/// Somebody who vouches for a credential, or for another who does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// Who it is, for people.
    pub name: String,
    /// When they may vouch for others.
    pub validity: Validity,
}

/// When a credential is valid, in seconds of Unix time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Not before this.
    pub not_before: u64,
    /// Not after this.
    pub not_after: u64,
}

impl Validity {
    /// When both are valid; the end is before the beginning if they never are.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            not_before: self.not_before.max(other.not_before),
            not_after: self.not_after.min(other.not_after),
        }
    }
}

/// A value of a claim. What fits none of these is no claim that rules can depend on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// True or false.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// Text.
    Text(String),
    /// Several values.
    List(Vec<Claim>),
    /// Values by name.
    Record(BTreeMap<String, Claim>),
}

impl Claim {
    /// The text, if it is that.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of that name in a record.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Record(values) => values.get(name),
            _ => None,
        }
    }

    /// A list of texts.
    #[must_use]
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(|t| Self::Text(t.into())).collect())
    }
}

/// An entry in somebody's list of what was revoked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusRef {
    /// A certificate, by its issuer and its serial number, big-endian as in the certificate (RFC 5280,
    /// section 5).
    Certificate {
        /// The issuer's distinguished name, in DER.
        issuer: Vec<u8>,
        /// The key that the issuer signed it with, a SubjectPublicKeyInfo in DER: others may have the
        /// same name.
        issuer_key: Vec<u8>,
        /// The serial number's content octets.
        serial: Vec<u8>,
    },
    /// A place in a Token Status List (draft-ietf-oauth-status-list).
    Token {
        /// The list's URI.
        uri: String,
        /// The place in it.
        index: u64,
    },
}
