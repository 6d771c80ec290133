//! Contexts that cannot be invalid, and when one matches.

use std::{collections::BTreeSet, fmt};

use mls_trellis_hooks::{Reject, names::is_domain};

use crate::{ContextPair, ContextType};

/// What a KeyPackage is meant for.
///
/// The draft gives no encodings. Here a group id and a thumbprint are their bytes, a URI is absolute
/// and in ASCII (RFC 3986), and a domain is a fully qualified one in lower case, in A-labels and
/// without a dot at the end.
///
/// ```
/// use mls_trellis_kp_context::{Context, ContextPair};
///
/// let context = Context::domain("hub.example")?;
/// let pair = ContextPair::from(&context);
/// assert_eq!(Context::try_from(&pair)?, context);
/// # Ok::<(), mls_trellis_hooks::Reject>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Context(Kind);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    GroupId(Vec<u8>),
    Uri(String),
    Domain(String),
    JwkThumbprint([u8; 32]),
}

impl Context {
    /// The group of this id.
    ///
    /// # Errors
    /// KPC-4 when it is empty.
    pub fn group_id(group_id: &[u8]) -> Result<Self, Reject> {
        not_empty(group_id)?;
        Ok(Self(Kind::GroupId(group_id.to_vec())))
    }

    /// What this absolute URI names, such as a room.
    ///
    /// # Errors
    /// KPC-4 when it is empty; KPC-S4 when it is no absolute URI.
    pub fn uri(uri: &str) -> Result<Self, Reject> {
        not_empty(uri.as_bytes())?;
        match is_absolute_uri(uri) {
            true => Ok(Self(Kind::Uri(uri.to_owned()))),
            false => Err(encoding("an absolute URI in ASCII")),
        }
    }

    /// Whatever belongs to this domain, such as the rooms of a hub.
    ///
    /// # Errors
    /// KPC-4 when it is empty; KPC-S4 when it is no domain in lower case.
    pub fn domain(domain: &str) -> Result<Self, Reject> {
        not_empty(domain.as_bytes())?;
        match is_domain(domain) {
            true => Ok(Self(Kind::Domain(domain.to_owned()))),
            false => Err(encoding("a domain in lower case, without a dot at the end")),
        }
    }

    /// Whoever holds the key of this SHA-256 thumbprint (RFC 7638).
    #[must_use]
    pub fn jwk_thumbprint(thumbprint: [u8; 32]) -> Self {
        Self(Kind::JwkThumbprint(thumbprint))
    }

    /// Whether this is the group of that id, if the context is a group at all.
    #[must_use]
    pub fn is_group(&self, group_id: &[u8]) -> Option<bool> {
        match &self.0 {
            Kind::GroupId(meant) => Some(meant == group_id),
            _ => None,
        }
    }

    /// Whether a group of that id, in that situation, is what the KeyPackage is meant for.
    #[must_use]
    pub fn matches(&self, group_id: &[u8], situation: &Situation) -> bool {
        match &self.0 {
            Kind::GroupId(meant) => meant == group_id,
            Kind::Uri(_) | Kind::Domain(_) | Kind::JwkThumbprint(_) => {
                situation.contexts.contains(self)
            }
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |f: &mut fmt::Formatter<'_>, bytes: &[u8]| {
            bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
        };
        match &self.0 {
            Kind::GroupId(id) => f.write_str("group ").and_then(|()| hex(f, id)),
            Kind::Uri(uri) => f.write_str(uri),
            Kind::Domain(domain) => write!(f, "domain {domain}"),
            Kind::JwkThumbprint(print) => f.write_str("key ").and_then(|()| hex(f, print)),
        }
    }
}

impl From<&Context> for ContextPair {
    fn from(context: &Context) -> Self {
        let (context_type, value) = match &context.0 {
            Kind::GroupId(id) => (ContextType::GROUP_ID, id.as_slice()),
            Kind::Uri(uri) => (ContextType::URI, uri.as_bytes()),
            Kind::Domain(domain) => (ContextType::DOMAIN, domain.as_bytes()),
            Kind::JwkThumbprint(print) => (ContextType::JWK_THUMBPRINT, print.as_slice()),
        };
        Self {
            context_type,
            context_value: value.into(),
        }
    }
}

impl TryFrom<&ContextPair> for Context {
    type Error = Reject;

    /// KPC-3 for a type that is reserved or unknown, KPC-4 for an empty value, KPC-S4 for a value that
    /// is not encoded as it should be.
    fn try_from(pair: &ContextPair) -> Result<Self, Reject> {
        let value = pair.context_value.as_slice();
        let text = || std::str::from_utf8(value).map_err(|_| encoding("in ASCII"));
        match pair.context_type {
            ContextType::GROUP_ID => Self::group_id(value),
            ContextType::URI => Self::uri(text()?),
            ContextType::DOMAIN => Self::domain(text()?),
            ContextType::JWK_THUMBPRINT => {
                not_empty(value)?;
                let thumbprint = <[u8; 32]>::try_from(value);
                thumbprint
                    .map(Self::jwk_thumbprint)
                    .map_err(|_| encoding("a thumbprint of 32 bytes"))
            }
            ContextType(unknown) => Err(Reject::incompatible(
                "KPC-3",
                format!("the KeyPackage is bound to a context of type {unknown}, which is unknown"),
            )),
        }
    }
}

/// What a group is besides its id, as the application knows: the contexts that hold in it.
///
/// ```
/// use mls_trellis_kp_context::{Context, Situation};
///
/// let situation = Situation::default()
///     .and(Context::domain("hub.example")?)
///     .and(Context::uri("mimi://hub.example/r/garden")?);
/// assert!(Context::domain("hub.example")?.matches(b"room", &situation));
/// assert!(!Context::domain("other.example")?.matches(b"room", &situation));
/// # Ok::<(), mls_trellis_hooks::Reject>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Situation {
    contexts: BTreeSet<Context>,
}

impl Situation {
    /// The same situation, in which this context holds too.
    #[must_use]
    pub fn and(mut self, context: Context) -> Self {
        self.contexts.insert(context);
        self
    }
}

fn not_empty(value: &[u8]) -> Result<(), Reject> {
    match value.is_empty() {
        true => Err(Reject::peer(
            "KPC-4",
            "the context of the KeyPackage is empty",
        )),
        false => Ok(()),
    }
}

fn encoding(what: &str) -> Reject {
    Reject::peer(
        "KPC-S4",
        format!("the context of the KeyPackage is not {what}"),
    )
}

/// A scheme, a colon, and no byte that a URI cannot have (RFC 3986, sections 2 and 3).
fn is_absolute_uri(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return false;
    };
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let in_uri = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}#".contains(c);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(in_scheme)
        && !rest.is_empty()
        && rest.chars().all(in_uri)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_an_absolute_uri() {
        for uri in [
            "mimi://a.example/r/1",
            "urn:x:y",
            "https://a.example/?q=%20",
        ] {
            assert!(is_absolute_uri(uri), "{uri}");
        }
        for other in [
            "",
            "a",
            "//a.example",
            ":x",
            "1a:x",
            "a:",
            "a:b c",
            "a:b#c",
            "a:\u{fc}",
        ] {
            assert!(!is_absolute_uri(other), "{other}");
        }
    }
}
