//! The published vectors of RFC 9420, in the directory that TRELLIS_VECTORS names.

use std::{io::Write as _, path::Path};

use mls_trellis_cli::inspect::{Encoding, Input, inspect};
use mls_trellis_wire::ObjectType;
use serde_json::{Value as Json, json};

use super::trellis;

/// The entries of a file, or `None` with a word on stderr.
fn entries(file: &str) -> Option<Vec<Json>> {
    let Some(directory) = std::env::var_os("TRELLIS_VECTORS") else {
        // Not captured, unlike eprintln.
        let skipped = format!("SKIPPED {file}: TRELLIS_VECTORS is not set\n");
        std::io::stderr().write_all(skipped.as_bytes()).unwrap();
        return None;
    };
    let path = Path::new(&directory).join("rfc9420").join(file);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_slice(&text).unwrap())
}

/// What the objects of an entry are, by the names the vectors give them.
fn object(field: &str) -> ObjectType {
    match field {
        "ratchet_tree" => ObjectType::RatchetTree,
        "group_secrets" => ObjectType::GroupSecrets,
        "commit" => ObjectType::Commit,
        "pre_shared_key_proposal" => ObjectType::Psk,
        field => match field.strip_suffix("_proposal") {
            Some(name) if !field.starts_with("public_") => name.replace('_', "-").parse().unwrap(),
            _ => ObjectType::Message,
        },
    }
}

#[test]
fn every_object_is_shown() {
    let Some(entries) = entries("messages.json") else {
        return;
    };
    let plugins = mls_trellis_bundle::plugins().unwrap();
    assert_eq!(entries.len(), 300);
    for (number, entry) in entries.iter().enumerate() {
        for (field, text) in entry.as_object().unwrap() {
            let (object, hex) = (object(field), text.as_str().unwrap());
            let bytes = hex::decode(hex).unwrap();
            for (content, encoding) in [
                (hex.as_bytes().to_vec(), Encoding::Hex),
                (bytes.clone(), Encoding::Raw),
            ] {
                let input = Input::detect(object, content);
                assert_eq!(input.encoding(), encoding, "entry {number}, {field}");
                assert_eq!(input.bytes(), bytes);
                let shown = inspect(object, &input, &plugins)
                    .unwrap_or_else(|error| panic!("entry {number}, {field}: {error}"));
                assert!(!shown.text().is_empty());
                let span = &shown.json(field, &input)["object"]["span"];
                assert_eq!(*span, json!([0, bytes.len()]), "entry {number}, {field}");
            }
        }
    }
}

#[test]
fn a_handful_is_shown_by_the_binary() {
    let Some(entries) = entries("messages.json") else {
        return;
    };
    for (field, text) in entries[0].as_object().unwrap() {
        let arguments = ["inspect", "--as", object(field).name(), "-"];
        let output = trellis(&arguments, text.as_str().unwrap().as_bytes());
        assert_eq!(output.status.code(), Some(0), "{field}");
        assert!(!output.stdout.is_empty(), "{field}");
    }
}
