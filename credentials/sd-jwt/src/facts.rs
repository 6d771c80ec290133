//! What a token says besides whom it is for, in terms that rules share.

use std::collections::BTreeMap;

use mls_trellis_hooks::{Claim, Facts, StatusRef, Validity};
use serde_json::{Map, Value};

/// Members that are about the token itself: rules find them elsewhere, or not at all.
const OF_THE_TOKEN: [&str; 9] = [
    "iss", "sub", "aud", "cnf", "nbf", "exp", "iat", "jti", "status",
];

/// The facts of a genuine token: the claims in clear and those that were disclosed.
pub(crate) fn facts(claims: &Map<String, Value>) -> Facts {
    let mut facts = Facts::default();
    if let Some(issuer) = claims.get("iss").and_then(Value::as_str) {
        facts = facts.issued_by(issuer);
    }
    if let Some(not_after) = claims.get("exp").and_then(Value::as_u64) {
        let not_before = claims.get("nbf").and_then(Value::as_u64).unwrap_or(0);
        facts = facts.valid(Validity {
            not_before,
            not_after,
        });
    }
    facts.status.extend(status(claims));
    let of_the_subject = claims
        .iter()
        .filter(|(name, _)| !OF_THE_TOKEN.contains(&name.as_str()));
    facts.claims = record(of_the_subject);
    facts
}

fn record<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>) -> BTreeMap<String, Claim> {
    members
        .filter_map(|(name, value)| Some((name.clone(), claim(value)?)))
        .collect()
}

/// What fits no claim is left out: null, and numbers that are not whole.
fn claim(value: &Value) -> Option<Claim> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(flag) => Claim::Flag(*flag),
        Value::Number(number) => Claim::Number(number.as_i64()?),
        Value::String(text) => Claim::Text(text.clone()),
        Value::Array(values) => Claim::List(values.iter().filter_map(claim).collect()),
        Value::Object(members) => Claim::Record(record(members.iter())),
    })
}

/// Where its revocation is told (draft-ietf-oauth-status-list, section 6.1).
fn status(claims: &Map<String, Value>) -> Option<StatusRef> {
    let list = claims.get("status")?.get("status_list")?;
    Some(StatusRef::Token {
        uri: list.get("uri")?.as_str()?.to_owned(),
        index: list.get("idx")?.as_u64()?,
    })
}
