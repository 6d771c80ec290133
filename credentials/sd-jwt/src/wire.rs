//! The compact form, `<issuer JWT>~<disclosure>~...~<key binding JWT>`, taken apart
//! (RFC 9901, section 4).

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use mls_trellis_hooks::Reject;
use serde_json::{Map, Value};

use crate::json;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 64 * 1024;
/// The most disclosures that are looked at.
pub const MAX_DISCLOSURES: usize = 256;

/// A token, in its parts. Nothing is verified yet.
#[derive(Debug)]
pub(crate) struct Token<'a> {
    pub(crate) issued: Jwt<'a>,
    /// The disclosures, as they stand in the token.
    pub(crate) disclosures: Vec<&'a str>,
    /// What the key binding's `sd_hash` is of: everything up to the last tilde.
    pub(crate) bound: &'a str,
    pub(crate) key_binding: Option<Jwt<'a>>,
}

/// A JSON Web Signature in compact form (RFC 7515, section 3.1).
#[derive(Debug)]
pub(crate) struct Jwt<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) payload: Map<String, Value>,
    /// What is signed.
    pub(crate) signed: &'a str,
    pub(crate) signature: Vec<u8>,
}

impl<'a> Token<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Reject> {
        if bytes.len() > MAX_TOKEN {
            return Err(limit(format!(
                "{} bytes, of {MAX_TOKEN} at most",
                bytes.len()
            )));
        }
        if !bytes.is_ascii() {
            return Err(limit("a token is ASCII"));
        }
        let text = str::from_utf8(bytes).map_err(|e| limit(e.to_string()))?;
        let shape = || Reject::peer("SDJ-1", "no tilde: a bare JWT is not an SD-JWT");
        let (bound, last) = text.rsplit_once('~').ok_or_else(shape)?;
        let mut parts = bound.split('~');
        let issued = Jwt::parse(parts.next().unwrap_or_default())?;
        let disclosures: Vec<_> = parts.collect();
        if disclosures.len() > MAX_DISCLOSURES {
            let count = disclosures.len();
            return Err(limit(format!(
                "{count} disclosures, of {MAX_DISCLOSURES} at most"
            )));
        }
        let key_binding = match last {
            "" => None,
            jwt => Some(Jwt::parse(jwt)?),
        };
        Ok(Self {
            issued,
            disclosures,
            bound: text.get(..=bound.len()).unwrap_or_default(),
            key_binding,
        })
    }
}

impl<'a> Jwt<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, Reject> {
        let shape = || Reject::peer("SDJ-1", "a JWT is three parts with dots between");
        let (signed, signature) = text.rsplit_once('.').ok_or_else(shape)?;
        let (header, payload) = signed.split_once('.').ok_or_else(shape)?;
        let header = object(header, "the header of a JWT")?;
        if header.contains_key("crit") {
            return Err(limit(
                "the header names critical extensions, and none are known",
            ));
        }
        Ok(Self {
            header,
            payload: object(payload, "the payload of a JWT")?,
            signed,
            signature: decode(signature)?,
        })
    }

    /// A string in the header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name)?.as_str()
    }
}

/// Canonical base64url: no padding, no stray bits (RFC 7515, section 2).
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, Reject> {
    BASE64URL
        .decode(text)
        .map_err(|e| limit(format!("not canonical base64url: {e}")))
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE64URL.encode(bytes)
}

fn object(text: &str, what: &str) -> Result<Map<String, Value>, Reject> {
    json::parse_object(&decode(text)?).map_err(|e| limit(format!("{what}: {e}")))
}

/// SDJ-13: what no honest issuer or holder writes.
pub(crate) fn limit(detail: impl Into<String>) -> Reject {
    Reject::peer("SDJ-13", detail)
}
