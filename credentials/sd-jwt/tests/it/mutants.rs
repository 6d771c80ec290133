//! Damaged tokens: none is accepted, none panics.

use proptest::{prelude::*, sample::Index, test_runner::Config};
use serde_json::{Value, json};

use crate::forge::{Forge, encoded, sign};

/// What happens to one node of a JSON value.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Null,
    Number,
    Text,
    Wrap,
    Empty,
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        Just(Damage::Null),
        Just(Damage::Number),
        Just(Damage::Text),
        Just(Damage::Wrap),
        Just(Damage::Empty)
    ]
}

/// Every node of a value, in reading order.
fn nodes<'v>(
    value: &'v mut Value,
    found: &mut Vec<*const Value>,
    target: Option<usize>,
) -> Option<&'v mut Value> {
    if target == Some(found.len()) {
        return Some(value);
    }
    found.push(value);
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nodes(item, found, target)),
        Value::Object(members) => members
            .values_mut()
            .find_map(|item| nodes(item, found, target)),
        _ => None,
    }
}

/// The value with one node damaged.
fn damaged(mut value: Value, at: Index, damage: Damage) -> Value {
    let mut found = Vec::new();
    nodes(&mut value, &mut found, None);
    let target = at.index(found.len());
    if let Some(node) = nodes(&mut value, &mut Vec::new(), Some(target)) {
        *node = match damage {
            Damage::Null => Value::Null,
            Damage::Number => json!(-7.5),
            Damage::Text => "damaged".into(),
            Damage::Wrap => json!([node.take()]),
            Damage::Empty => json!({}),
        };
    }
    value
}

fn cases(cases: u32) -> Config {
    Config {
        cases: cases.max(Config::default().cases),
        failure_persistence: None,
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(cases(12_000))]

    /// Bytes changed after signing.
    #[test]
    fn a_changed_byte_is_noticed(at: Index, with: u8, cut: bool) {
        let forge = Forge::new();
        let good = forge.token().into_bytes();
        let at = at.index(good.len());
        let mut token = good.clone();
        match cut {
            true => token.truncate(at),
            false => token[at] = with,
        }
        prop_assert!(token == good || forge.verdict_on(&token).is_err());
    }
}

/// A part of a token that holds JSON, between dots and tildes.
fn part<'t>(parts: &mut [&'t str], at: Index) -> (usize, &'t str) {
    let json: Vec<_> = (0..parts.len())
        .filter(|at| decoded(parts[*at]).is_some())
        .collect();
    let at = json[at.index(json.len())];
    (at, parts[at])
}

fn decoded(part: &str) -> Option<Value> {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};

    serde_json::from_slice(&BASE64URL.decode(part).ok()?).ok()
}

/// The parts of a token, and what stands between them.
fn parts(token: &str) -> (Vec<&str>, Vec<&str>) {
    let between: Vec<_> = token.matches(['.', '~']).collect();
    (token.split(['.', '~']).collect(), between)
}

fn joined(parts: &[String], between: &[&str]) -> String {
    let between = between.iter().copied().chain([""]);
    parts
        .iter()
        .zip(between)
        .flat_map(|(part, sign)| [part, sign])
        .collect()
}

proptest! {
    #![proptest_config(cases(20_000))]

    /// A value changed after signing, or a part left out, twice, or in the place of another.
    #[test]
    fn a_changed_structure_is_noticed(
        what in 0..6_usize,
        at: Index,
        other: Index,
        node: Index,
        damage in damage(),
    ) {
        let forge = Forge::new();
        let good = forge.token();
        let (mut good_parts, between) = parts(&good);
        let mut mutant: Vec<String> = good_parts.iter().map(ToString::to_string).collect();
        let (json, text) = part(&mut good_parts, at);
        let (at, other) = (at.index(mutant.len()), other.index(mutant.len()));
        match what {
            0 => mutant[at].clear(),
            1 => mutant[at] = mutant[other].clone(),
            2 => mutant.swap(at, other),
            3 => mutant[at] = format!("{}{}", mutant[at], mutant[other]),
            // The same bytes, not in the one encoding.
            4 => mutant[at].push('='),
            _ => {
                let value = decoded(text).ok_or_else(|| TestCaseError::fail("no JSON"))?;
                mutant[json] = encoded(&damaged(value, node, damage));
            }
        }
        let mutant = joined(&mutant, &between);
        prop_assert!(mutant == good || forge.verdict_on(mutant.as_bytes()).is_err(), "{}", mutant);
    }
}

proptest! {
    #![proptest_config(cases(12_000))]

    /// Values changed and signed again, so that the signatures hold. Some are still good tokens, of
    /// other claims; what they must not do is panic, or be bound to another key, leaf or group.
    #[test]
    fn a_hostile_issuer_or_holder_breaks_nothing(which in 0..4_usize, at: Index, damage in damage()) {
        let mut forge = Forge::new();
        let mut unbound = None;
        match which {
            0 => forge.payload = damaged(forge.payload, at, damage),
            1 => forge.header = damaged(forge.header, at, damage),
            2 => forge.kb_payload = damaged(forge.kb_payload, at, damage),
            _ => {
                let last = json!(["salt", "name", { "a": [1, { "b": "c" }] }]);
                let disclosure = encoded(&damaged(last, at, damage));
                let mut payload = forge.payload.clone();
                payload["_sd"].as_array_mut().unwrap().push(crate::forge::digest(&disclosure).into());
                let jwt = sign(&forge.issuer, &forge.header, &payload);
                unbound = Some(format!("{jwt}~{}~{disclosure}~", forge.disclosures.join("~")));
            }
        }
        let token = match unbound {
            Some(unbound) => forge.bind(&unbound),
            None => forge.token(),
        };
        if let Ok(claims) = forge.verdict_on(token.as_bytes()) {
            prop_assert_eq!(&claims["cnf"]["jwk"], &crate::forge::jwk(&forge.holder));
            prop_assert_eq!(&claims["iss"], crate::forge::ISS);
            let good = &Forge::new().kb_payload;
            prop_assert_eq!(&forge.kb_payload["aud"], &good["aud"]);
            prop_assert_eq!(&forge.kb_payload["nonce"], &good["nonce"]);
        }
    }
}
