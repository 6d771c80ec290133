//! Bytes of the vectors: a good place to start from.

use serde_json::Value;

/// The vectors' files.
const FILES: &[&str] = &[
    include_str!("../../vectors/data/app-data-update.json"),
    include_str!("../../vectors/data/app-ephemeral.json"),
    include_str!("../../vectors/data/application-framing.json"),
    include_str!("../../vectors/data/application-psk.json"),
    include_str!("../../vectors/data/component-operation-label.json"),
    include_str!("../../vectors/data/credential-binding.json"),
    include_str!("../../vectors/data/exporter-tree.json"),
    include_str!("../../vectors/data/kp-context.json"),
    include_str!("../../vectors/data/participant-list.json"),
    include_str!("../../vectors/data/safe-aad.json"),
    include_str!("../../vectors/data/safe-encrypt.json"),
    include_str!("../../vectors/data/safe-sign.json"),
    include_str!("../../vectors/data/targeted-message.json"),
    include_str!("../../vectors/data/wire-formats.json"),
];

/// Every string of bytes in them, once, in ascending order.
pub(crate) fn strings() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for file in FILES {
        collect(&serde_json::from_str(file).unwrap(), &mut found);
    }
    found.sort();
    found.dedup();
    found
}

fn collect(value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) => found.extend(bytes(text)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(members) => members.values().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// The bytes of hexadecimal digits.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<_>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    let bytes = digits.chunks_exact(2).map(|pair| match *pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    });
    bytes.collect()
}
