//! The published vectors of RFC 9420, in the directory that TRELLIS_VECTORS names.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use mls_trellis_wire::{ObjectType, check_message, decode, peek};
use serde_json::Value as Json;

use crate::build::assert_tiles;

const FIELDS: &[(&str, ObjectType)] = &[
    ("mls_welcome", ObjectType::Message),
    ("mls_group_info", ObjectType::Message),
    ("mls_key_package", ObjectType::Message),
    ("ratchet_tree", ObjectType::RatchetTree),
    ("group_secrets", ObjectType::GroupSecrets),
    ("add_proposal", ObjectType::Add),
    ("update_proposal", ObjectType::Update),
    ("remove_proposal", ObjectType::Remove),
    ("pre_shared_key_proposal", ObjectType::Psk),
    ("re_init_proposal", ObjectType::ReInit),
    ("external_init_proposal", ObjectType::ExternalInit),
    (
        "group_context_extensions_proposal",
        ObjectType::GroupContextExtensions,
    ),
    ("commit", ObjectType::Commit),
    ("public_message_application", ObjectType::Message),
    ("public_message_proposal", ObjectType::Message),
    ("public_message_commit", ObjectType::Message),
    ("private_message", ObjectType::Message),
];

/// The entries of a file in `rfc9420/`, or `None` with a word on stderr.
fn entries(file: &str) -> Option<Vec<Json>> {
    let Some(directory) = std::env::var_os("TRELLIS_VECTORS") else {
        // Not captured, unlike eprintln.
        let skipped = format!("SKIPPED {file}: TRELLIS_VECTORS is not set\n");
        std::io::stderr().write_all(skipped.as_bytes()).unwrap();
        return None;
    };
    let path = Path::new(&directory).join("rfc9420").join(file);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let entries: Vec<Json> = serde_json::from_slice(&text).unwrap();
    assert!(!entries.is_empty());
    Some(entries)
}

fn objects(entry: &Json) -> impl Iterator<Item = (&'static str, ObjectType, Vec<u8>)> {
    let entry = entry.as_object().unwrap();
    assert_eq!(entry.len(), FIELDS.len(), "a field is not tested");
    FIELDS.iter().map(|(field, object)| {
        (
            *field,
            *object,
            hex::decode(entry[*field].as_str().unwrap()).unwrap(),
        )
    })
}

#[test]
fn every_object_decodes_and_its_spans_tile_it() {
    let Some(entries) = entries("messages.json") else {
        return;
    };
    for (number, entry) in entries.iter().enumerate() {
        for (field, object, bytes) in objects(entry) {
            let node = decode(object, &bytes)
                .unwrap_or_else(|error| panic!("entry {number}, {field}: {error}"));
            assert_tiles(&node, &bytes);
            if object == ObjectType::Message {
                check_message(&bytes).unwrap();
                let framed = field.starts_with("public_") || field.starts_with("private_");
                assert_eq!(peek(&bytes).unwrap().framing.is_some(), framed);
            }
        }
    }
}

#[test]
fn every_cut_is_an_error_within_what_is_left() {
    let Some(entries) = entries("messages.json") else {
        return;
    };
    for entry in entries.iter().step_by(30) {
        for (field, object, bytes) in objects(entry) {
            for cut in 0..bytes.len() {
                let error = decode(object, &bytes[..cut]).expect_err(field);
                assert!(error.offset <= cut, "{field} cut to {cut}: {error}");
            }
        }
    }
}

/// Messages of whole groups: every hex string that is one.
#[test]
fn messages_of_passive_clients_decode() {
    for (file, expected) in [
        (
            "passive-client-welcome.json",
            &["key_package", "ratchet_tree", "welcome"][..],
        ),
        (
            "passive-client-handling-commit.json",
            &["commit", "key_package", "proposals", "welcome"],
        ),
    ] {
        let Some(entries) = entries(file) else { return };
        let mut seen = BTreeSet::new();
        for entry in &entries {
            hex_strings(entry, "", &mut |field, bytes| {
                let object = match field {
                    "ratchet_tree" => ObjectType::RatchetTree,
                    "key_package" | "welcome" | "commit" | "proposals" => ObjectType::Message,
                    _ => return,
                };
                let node = decode(object, bytes).unwrap_or_else(|e| panic!("{file} {field}: {e}"));
                assert_tiles(&node, bytes);
                seen.insert(field.to_owned());
            });
        }
        assert_eq!(seen.iter().collect::<Vec<_>>(), expected);
    }
}

/// Calls `visit` with every hex string and the name of the field that it is in.
fn hex_strings(json: &Json, field: &str, visit: &mut impl FnMut(&str, &[u8])) {
    match json {
        Json::String(text) => visit(field, &hex::decode(text).unwrap()),
        Json::Array(items) => items
            .iter()
            .for_each(|item| hex_strings(item, field, visit)),
        Json::Object(fields) => {
            fields
                .iter()
                .for_each(|(field, json)| hex_strings(json, field, visit));
        }
        _ => {}
    }
}
