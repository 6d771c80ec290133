//! A decoded object as text for people and as JSON for programs.
//!
//! ```
//! use mls_trellis_wire::{ObjectType, decode, render};
//!
//! let node = decode(ObjectType::Proposal, &[0, 3, 0, 0, 0, 7])?;
//! assert_eq!(
//!     render::text(&node),
//!     "0..6  Proposal\n\
//!      0..2    proposal_type: 0x0003 remove\n\
//!      2..6    remove: Remove\n\
//!      2..6      removed: 7\n"
//! );
//! assert_eq!(render::json(&node)["fields"][1]["fields"][0]["value"], 7);
//! # Ok::<(), mls_trellis_wire::WireError>(())
//! ```

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use crate::node::{ComponentBytes, Node, Place, Value};

/// Bytes shown in full; of longer ones only the beginning.
const SHOWN: usize = 32;

/// An indented tree, one line per node: `start..end`, name, value, note.
///
/// The ends are exclusive and count from the start of the input. Long bytes are abbreviated,
/// secrets left out, and vectors of code points take one line. Of the input, nothing but printable
/// ASCII reaches the text; control characters in notes are replaced.
pub fn text(node: &Node<'_>) -> String {
    let width = node.span.end.to_string().len();
    let mut out = String::new();
    write_node(&mut out, node, None, 0, width);
    out
}

/// The same tree as JSON, with nothing abbreviated.
///
/// Every node is an object with `type`, `span` (start and exclusive end), `header` (bytes of the
/// span that are length prefix or presence octet; left out if 0), `name`, `label`, `component` and
/// `note` where it has them, and one of `fields`, `items`, `value`, `secret_bytes`. Bytes are hex
/// strings, `uint64` values decimal strings, other numbers numbers, and what is absent is `null`.
/// Of a secret only the length is told.
pub fn json(node: &Node<'_>) -> Json {
    let mut object = Map::new();
    if !node.name.is_empty() {
        object.insert("name".into(), node.name.into());
    }
    object.insert("type".into(), node.kind.into());
    object.insert("span".into(), json!([node.span.start, node.span.end]));
    if node.header > 0 {
        object.insert("header".into(), node.header.into());
    }
    let (key, value) = match &node.value {
        Value::Struct(fields) => ("fields", fields.iter().map(json).collect()),
        Value::List(items) => ("items", items.iter().map(json).collect()),
        Value::Bytes(bytes) => ("value", hex(bytes).into()),
        Value::Secret(secret) => ("secret_bytes", secret.expose().len().into()),
        Value::Uint {
            value, width: 8, ..
        } => ("value", value.to_string().into()),
        Value::Uint { value, .. } => ("value", (*value).into()),
        Value::Absent => ("value", Json::Null),
    };
    object.insert(key.into(), value);
    if let Value::Uint {
        label: Some(label), ..
    } = node.value
    {
        object.insert("label".into(), label.into());
    }
    if let Some(component) = &node.component {
        object.insert("component".into(), component_json(component));
    }
    if let Some(note) = &node.note {
        object.insert("note".into(), note.as_str().into());
    }
    object.into()
}

/// The name of a place in text and JSON, such as `leaf-node`.
pub fn place(place: Place) -> &'static str {
    match place {
        Place::GroupContext => "group-context",
        Place::LeafNode => "leaf-node",
        Place::KeyPackage => "key-package",
        Place::GroupInfo => "group-info",
        Place::Update => "update",
        Place::Ephemeral => "ephemeral",
        Place::AadItem => "aad-item",
    }
}

fn component_json(component: &ComponentBytes<'_>) -> Json {
    json!({
        "place": place(component.place),
        "id": component.component,
        "data": hex(component.data),
    })
}

fn write_node(out: &mut String, node: &Node<'_>, index: Option<usize>, depth: usize, width: usize) {
    let (start, end, indent) = (node.span.start, node.span.end, depth * 2);
    let _ = write!(out, "{start:>width$}..{end:<width$}  {:indent$}", "");
    match index {
        Some(index) => {
            let _ = write!(out, "[{index}] ");
        }
        None if node.name.is_empty() => {}
        None => {
            let _ = write!(out, "{}: ", node.name);
        }
    }
    out.push_str(&summary(node));
    if let Some(note) = &node.note {
        let note: String = note.chars().map(printable_or_replaced).collect();
        let _ = write!(out, "  ({note})");
    }
    out.push('\n');
    if is_on_one_line(node) {
        return;
    }
    let is_list = matches!(node.value, Value::List(_));
    for (index, child) in node.children().iter().enumerate() {
        write_node(out, child, is_list.then_some(index), depth + 1, width);
    }
}

/// What stands behind a node's name, in one line, as [`text`] has it.
pub fn summary(node: &Node<'_>) -> String {
    match &node.value {
        Value::Struct(_) => node.kind.to_owned(),
        Value::List(items) if items.is_empty() => "[]".to_owned(),
        Value::List(items) if is_on_one_line(node) => {
            let items: Vec<_> = items.iter().map(summary).collect();
            format!("[{}]", items.join(", "))
        }
        Value::List(items) => format!("{}[{}]", node.kind, items.len()),
        Value::Bytes(bytes) => abbreviated(bytes),
        Value::Secret(secret) => format!("secret, {} bytes", secret.expose().len()),
        Value::Uint { value, .. } if node.kind.starts_with("uint") => value.to_string(),
        Value::Uint {
            value,
            width,
            label,
        } => {
            let digits = usize::from(*width) * 2;
            let label = label.map(|label| format!(" {label}")).unwrap_or_default();
            format!("0x{value:0digits$x}{label}")
        }
        Value::Absent => "absent".to_owned(),
    }
}

/// Whether [`summary`] says all of a node that has children: of vectors of numbers, if nothing is
/// remarked on any of them.
pub fn is_on_one_line(node: &Node<'_>) -> bool {
    let plain = |n: &Node<'_>| matches!(n.value, Value::Uint { .. }) && n.note.is_none();
    matches!(&node.value, Value::List(items) if items.iter().all(plain))
}

fn abbreviated(bytes: &[u8]) -> String {
    let Some(shown) = bytes
        .get(..bytes.len().min(SHOWN))
        .filter(|shown| !shown.is_empty())
    else {
        return "empty".to_owned();
    };
    let mut text = hex(shown);
    if bytes.len() > SHOWN {
        let _ = write!(text, "... ({} bytes)", bytes.len());
    } else if let Some(ascii) = printable(bytes) {
        let _ = write!(text, " \"{ascii}\"");
    }
    text
}

/// A note may quote what a peer wrote; it must not steer a terminal or begin a line of its own.
fn printable_or_replaced(c: char) -> char {
    if c.is_control() {
        char::REPLACEMENT_CHARACTER
    } else {
        c
    }
}

fn printable(bytes: &[u8]) -> Option<&str> {
    let is_text = bytes.len() > 1 && bytes.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
    std::str::from_utf8(bytes).ok().filter(|_| is_text)
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
