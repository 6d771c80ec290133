//! Who a certificate speaks of: URIs in its subjectAltName.
//!
//! Only URIs of schemes that the policy allows are looked at. They follow draft-ietf-mimi-protocol:
//! `mimi://a.example/d/...` is a client, `mimi://a.example/u/...` a user. A URI has one spelling, so
//! that identities are compared as bytes.

use std::collections::BTreeSet;

use mls_trellis_hooks::{Reject, names::is_host};

/// Whom a certificate speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The client's URI, which is its identity.
    pub client: String,
    /// The user's URI, if the certificate names one.
    pub user: Option<String>,
    /// The host of both.
    pub domain: String,
}

/// The subject that these URIs name together.
///
/// # Errors
/// X5-19 when they do not name one client and at most one user; X5-24 when one is misspelt; X5-25 when
/// user and client are of different domains.
pub(crate) fn subject<'a>(
    uris: impl IntoIterator<Item = &'a str>,
    schemes: &BTreeSet<String>,
) -> Result<Subject, Reject> {
    let (mut clients, mut users) = (Vec::new(), Vec::new());
    for uri in uris {
        let Some(uri) = Uri::parse(uri, schemes)? else {
            continue;
        };
        match uri.kind {
            Some(Kind::Client) => clients.push(uri),
            Some(Kind::User) => users.push(uri),
            None => (),
        }
    }
    let ([client], [] | [_]) = (clients.as_slice(), users.as_slice()) else {
        return Err(Reject::peer(
            "X5-19",
            format!(
                "the certificate names {} clients and {} users, not one client of at most one user",
                clients.len(),
                users.len()
            ),
        ));
    };
    let user = users.first();
    if user.is_some_and(|user| user.host != client.host) {
        return Err(Reject::peer(
            "X5-25",
            "the certificate names a user and a client of different domains",
        ));
    }
    Ok(Subject {
        client: client.text.to_owned(),
        user: user.map(|user| user.text.to_owned()),
        domain: client.host.to_owned(),
    })
}

/// A URI that is spelt as it must be.
struct Uri<'a> {
    text: &'a str,
    host: &'a str,
    kind: Option<Kind>,
}

#[derive(Clone, Copy)]
enum Kind {
    Client,
    User,
}

impl<'a> Uri<'a> {
    /// Reads a URI; `None` when its scheme is not one of ours.
    fn parse(text: &'a str, schemes: &BTreeSet<String>) -> Result<Option<Self>, Reject> {
        let misspelt = |why| {
            Err(Reject::peer(
                "X5-24",
                format!("{why} in the URI {}", text.escape_debug()),
            ))
        };
        let Some((scheme, rest)) = text.split_once(':') else {
            return Ok(None);
        };
        if !schemes.contains(scheme) {
            return match schemes.contains(&scheme.to_ascii_lowercase()) {
                true => misspelt("capitals in the scheme"),
                false => Ok(None),
            };
        }
        let Some((host, path)) = rest.strip_prefix("//").and_then(|r| r.split_once('/')) else {
            return misspelt("no authority and path");
        };
        if !is_host(host) {
            return misspelt("an authority that is not a host in small letters");
        }
        if !path.split('/').all(is_segment) {
            return misspelt("a path segment that is empty, or not in its one spelling");
        }
        let kind = match path.split_once('/') {
            Some(("d", _)) => Some(Kind::Client),
            Some(("u", _)) => Some(Kind::User),
            _ => None,
        };
        Ok(Some(Self { text, host, kind }))
    }
}

/// A segment of RFC 3986 in its one spelling: no dots alone, and nothing escaped that need not be.
/// Query and fragment would need other characters.
fn is_segment(segment: &str) -> bool {
    if segment.is_empty() || segment == "." || segment == ".." {
        return false;
    }
    let mut parts = segment.split('%');
    let first = parts.next().unwrap_or_default();
    first.chars().all(is_plain)
        && parts.all(|part| match part.split_at_checked(2) {
            Some((code, rest)) => is_needed_escape(code) && rest.chars().all(is_plain),
            None => false,
        })
}

fn is_unreserved(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~".contains(c)
}

fn is_plain(c: char) -> bool {
    is_unreserved(c) || "!$&'()*+,;=:@".contains(c)
}

/// Two capital hexadecimal digits of a byte that cannot stand there itself.
fn is_needed_escape(code: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit() || ('A'..='F').contains(&c);
    code.chars().all(is_digit)
        && u8::from_str_radix(code, 16).is_ok_and(|byte| !is_plain(char::from(byte)))
}
