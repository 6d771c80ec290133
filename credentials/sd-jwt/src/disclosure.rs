//! Disclosures, put back to where their digests stand (RFC 9901, section 7.1).

use std::collections::{BTreeMap, BTreeSet};

use mls_trellis_hooks::Reject;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::{
    json,
    wire::{decode, encode, limit},
};

/// The hash of disclosures, `_sd_alg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// What the payload names, or the default.
    pub(crate) fn of(payload: &Map<String, Value>) -> Result<Self, Reject> {
        match payload.get("_sd_alg").map(Value::as_str) {
            None | Some(Some("sha-256")) => Ok(Self::Sha256),
            Some(Some("sha-384")) => Ok(Self::Sha384),
            Some(Some("sha-512")) => Ok(Self::Sha512),
            Some(_) => Err(Reject::peer(
                "SDJ-2",
                "_sd_alg names no hash that is known here",
            )),
        }
    }

    /// The hash of text, as base64url.
    pub(crate) fn digest(self, text: &str) -> String {
        match self {
            Self::Sha256 => encode(&Sha256::digest(text)),
            Self::Sha384 => encode(&Sha384::digest(text)),
            Self::Sha512 => encode(&Sha512::digest(text)),
        }
    }
}

/// One disclosure, by its place.
enum Disclosure {
    Member { name: String, value: Value },
    Element { value: Value },
}

impl Disclosure {
    fn parse(text: &str) -> Result<Self, Reject> {
        let value = json::parse(&decode(text)?).map_err(|e| limit(format!("a disclosure: {e}")))?;
        let Value::Array(parts) = value else {
            return Err(Reject::peer("SDJ-3", "a disclosure is an array"));
        };
        match <[Value; 3]>::try_from(parts) {
            Ok([Value::String(_), Value::String(name), value]) => Ok(Self::Member { name, value }),
            Ok(_) => Err(Reject::peer(
                "SDJ-3",
                "salt and name of a disclosure are strings",
            )),
            Err(parts) => match <[Value; 2]>::try_from(parts) {
                Ok([Value::String(_), value]) => Ok(Self::Element { value }),
                _ => Err(Reject::peer(
                    "SDJ-3",
                    "a disclosure has a salt, perhaps a name, a value",
                )),
            },
        }
    }
}

/// The claims that the payload and the disclosures make together.
pub(crate) fn claims(
    payload: Map<String, Value>,
    disclosures: &[&str],
) -> Result<Map<String, Value>, Reject> {
    let hash = Hash::of(&payload)?;
    let mut payload = payload;
    payload.remove("_sd_alg");
    let mut pending = BTreeMap::new();
    for text in disclosures {
        let disclosure = Disclosure::parse(text)?;
        if pending.insert(hash.digest(text), disclosure).is_some() {
            return Err(Reject::peer("SDJ-4", "a disclosure is there twice"));
        }
    }
    let mut walk = Walk {
        pending,
        seen: BTreeSet::new(),
    };
    let claims = walk.object(payload, json::DEPTH)?;
    if !walk.pending.is_empty() {
        let count = walk.pending.len();
        return Err(Reject::peer(
            "SDJ-4",
            format!("{count} disclosures without a digest"),
        ));
    }
    Ok(claims)
}

/// Goes through the payload once.
struct Walk {
    /// Disclosures whose digest was not seen yet.
    pending: BTreeMap<String, Disclosure>,
    /// Every digest that was seen, decoys among them.
    seen: BTreeSet<String>,
}

impl Walk {
    fn object(
        &mut self,
        object: Map<String, Value>,
        left: usize,
    ) -> Result<Map<String, Value>, Reject> {
        let left = deeper(left)?;
        let mut claims = Map::new();
        let mut digests = Vec::new();
        for (name, value) in object {
            match (name.as_str(), value) {
                ("_sd", Value::Array(list)) => digests = list,
                ("_sd", _) => return Err(Reject::peer("SDJ-3", "_sd is an array of digests")),
                ("...", _) => return Err(Reject::peer("SDJ-3", "a member is called \"...\"")),
                (_, value) => drop(claims.insert(name, self.value(value, left)?)),
            }
        }
        for digest in digests {
            match self.take(digest)? {
                None => {}
                Some(Disclosure::Element { .. }) => {
                    return Err(Reject::peer("SDJ-3", "an object has members, not elements"));
                }
                Some(Disclosure::Member { name, .. }) if name == "_sd" || name == "..." => {
                    return Err(Reject::peer("SDJ-3", format!("a claim is called {name:?}")));
                }
                Some(Disclosure::Member { name, .. }) if claims.contains_key(&name) => {
                    return Err(Reject::peer(
                        "SDJ-3",
                        format!("claim {name:?} is there twice"),
                    ));
                }
                Some(Disclosure::Member { name, value }) => {
                    let value = self.value(value, left)?;
                    claims.insert(name, value);
                }
            }
        }
        Ok(claims)
    }

    fn array(&mut self, array: Vec<Value>, left: usize) -> Result<Vec<Value>, Reject> {
        let left = deeper(left)?;
        let mut elements = Vec::new();
        for element in array {
            let element = match concealed(element)? {
                Ok(element) => Some(self.value(element, left)?),
                Err(digest) => match self.take(digest)? {
                    None => None,
                    Some(Disclosure::Element { value }) => Some(self.value(value, left)?),
                    Some(Disclosure::Member { .. }) => {
                        return Err(Reject::peer("SDJ-3", "an array has elements, not members"));
                    }
                },
            };
            elements.extend(element);
        }
        Ok(elements)
    }

    fn value(&mut self, value: Value, left: usize) -> Result<Value, Reject> {
        Ok(match value {
            Value::Object(object) => Value::Object(self.object(object, left)?),
            Value::Array(array) => Value::Array(self.array(array, left)?),
            scalar => scalar,
        })
    }

    /// The disclosure of a digest, or `None` for what is not disclosed.
    fn take(&mut self, digest: Value) -> Result<Option<Disclosure>, Reject> {
        let Value::String(digest) = digest else {
            return Err(Reject::peer("SDJ-3", "a digest is a string"));
        };
        let disclosure = self.pending.remove(&digest);
        match self.seen.insert(digest) {
            true => Ok(disclosure),
            false => Err(Reject::peer("SDJ-4", "a digest is there twice")),
        }
    }
}

/// Whether an element stands in clear, or in its place a digest: `{"...": digest}`.
fn concealed(element: Value) -> Result<Result<Value, Value>, Reject> {
    let Value::Object(mut object) = element else {
        return Ok(Ok(element));
    };
    match object.remove("...") {
        None => Ok(Ok(Value::Object(object))),
        Some(digest) if object.is_empty() => Ok(Err(digest)),
        Some(_) => Err(Reject::peer("SDJ-3", "\"...\" stands alone")),
    }
}

/// Disclosures put into each other nest as well.
fn deeper(left: usize) -> Result<usize, Reject> {
    left.checked_sub(1)
        .ok_or_else(|| limit(format!("claims are more than {} levels deep", json::DEPTH)))
}
