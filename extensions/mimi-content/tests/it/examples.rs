//! The examples of the draft, in the directory that TRELLIS_VECTORS names.

use std::{fs, io::Write as _, path::PathBuf};

use mls_trellis_mimi_content::{
    Content, Disposition, Expiration, Key, MessageId, NestedPart, Part, Posted, Salt, Timeline,
    Value,
};

use crate::bytes;

/// What an earlier revision of the draft called the original message.
const OLD_ID: &str = "01b0084467273cc43d6f0ebeac13eb84229c4fffe8f6c3594c905f47779e5a79";

const NAMES: [&str; 14] = [
    "attachment",
    "conferencing",
    "delete",
    "edit",
    "expiring",
    "mention",
    "mention-html",
    "multipart-1",
    "multipart-2",
    "multipart-3",
    "original",
    "reaction",
    "reply",
    "unlike",
];

fn folder() -> Option<PathBuf> {
    let Some(directory) = std::env::var_os("TRELLIS_VECTORS") else {
        // Not captured, unlike eprintln.
        let skipped = b"SKIPPED the examples of MIMI content: TRELLIS_VECTORS is not set\n";
        std::io::stderr().write_all(skipped).unwrap();
        return None;
    };
    Some(PathBuf::from(directory).join("mimi-content"))
}

/// An example's bytes, and its message id as its comment says.
fn example(folder: &std::path::Path, name: &str) -> (Vec<u8>, String) {
    let bytes = fs::read(folder.join(name).with_extension("cbor")).unwrap();
    let text = fs::read_to_string(folder.join(name).with_extension("edn")).unwrap();
    let (_, id) = text.split_once("message ID = h'").unwrap();
    let (id, _) = id.split_once('\'').unwrap();
    (bytes, id.replace(['#', ' ', '\n'], ""))
}

fn read(folder: &std::path::Path, name: &str) -> Posted {
    let (bytes, _) = example(folder, name);
    let content = Content::decode(&bytes).unwrap();
    let uri = |uri: Option<&str>| uri.unwrap().to_owned();
    let sender = uri(content.extensions.sender_uri());
    let room = uri(content.extensions.room_uri());
    Posted::new(&bytes, &sender, &room, 1_644_387_225_019).unwrap()
}

#[test]
fn every_example_is_read_and_written_byte_for_byte() {
    let Some(folder) = folder() else { return };
    for name in NAMES {
        let (bytes, _) = example(&folder, name);
        let content = Content::decode(&bytes).unwrap();
        assert_eq!(content.encode().unwrap(), bytes, "{name}");
    }
}

#[test]
fn every_example_has_the_id_of_its_comment() {
    let Some(folder) = folder() else { return };
    for name in NAMES {
        let (_, id) = example(&folder, name);
        assert_eq!(read(&folder, name).id.to_string(), id, "{name}");
    }
}

/// The derived values of the original message: the sender and the room are those it was hashed with.
/// Its id there is that of an earlier revision of the draft; its comment has the right one.
#[test]
fn the_implied_values_are_those_of_the_original() {
    let Some(folder) = folder() else { return };
    let implied = fs::read(folder.join("implied-original.cbor")).unwrap();
    let original = read(&folder, "original");
    let item = |text: &str| Value::text(text).as_cbor().to_vec();
    let group = "eeee0d12a7b5b5b78115ad1a1ddb13811c83fd7387c43e66799a594beeda26bf";
    let device = "mimi://example.com/d/3b52249d-68f9-45ce-8bf5-c799f3cad7ec/0003";
    let expected = [
        bytes("87 58 20"),
        bytes(OLD_ID),
        bytes("1b"),
        original.accepted_at.to_be_bytes().to_vec(),
        bytes(&format!("58 20 {group} 04")),
        item(device),
        item(&original.sender_uri),
        item(&original.room_uri),
    ];
    assert_eq!(implied, expected.concat());
}

#[test]
fn the_examples_are_a_conversation() {
    let Some(folder) = folder() else { return };
    let mut timeline = Timeline::default();
    let mut add = |name| {
        let message = read(&folder, name);
        timeline.add(message.clone()).unwrap();
        message
    };
    let (original, reply, reaction) = (add("original"), add("reply"), add("reaction"));
    let (edit, unlike) = (add("edit"), add("unlike"));
    assert_eq!(reply.content.in_reply_to, Some(original.id));
    assert_eq!(reaction.content.in_reply_to, Some(original.id));
    assert_eq!(reaction.content.body.disposition, Disposition::REACTION);
    assert_eq!(timeline.current(&reply.id), Some(&edit));
    assert!(timeline.current(&reaction.id).unwrap().is_deletion());
    assert_eq!(timeline.current(&unlike.id), Some(&unlike));
    assert_eq!(timeline.messages().len(), 3);
}

/// As the example `original`, for those who have no examples.
#[test]
fn a_message_that_was_written_down_by_hand() {
    let hex = "87 50 5eed9406c2545547ab6f09f20a18b003 f6 40 82f4 1a 6202f374 f6
        a3 01 61 61 02 61 62 61 78 83 01 02 03 85 01 60 01 60 42 6869";
    let mut content = Content::new(
        Salt::from([
            0x5e, 0xed, 0x94, 0x06, 0xc2, 0x54, 0x55, 0x47, 0xab, 0x6f, 0x09, 0xf2, 0x0a, 0x18,
            0xb0, 0x03,
        ]),
        NestedPart::render("", "hi"),
    )
    .from_to("a", "b");
    content.expires = Some(Expiration::At(0x6202_f374));
    let list = Value::from_cbor(&[0x83, 1, 2, 3]).unwrap();
    content.extensions.insert(Key::text("x").unwrap(), list);
    assert_eq!(
        hex::encode(content.encode().unwrap()),
        hex::encode(bytes(hex))
    );
    assert!(matches!(content.body.part, Part::Single(_)));

    // SHA-256 of 0001 61 0001 62, the message, and the salt, by another program.
    let id = MessageId::of(&bytes(hex), "a", "b").unwrap();
    assert_eq!(
        id.to_string(),
        "01052e8e652867d9011a211f60fe658cbaa34ba3a3ce265fa53044f554ff5fe5"
    );
}
