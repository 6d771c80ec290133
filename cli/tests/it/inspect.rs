//! Inspecting objects, through the binary.

use std::fs;

use mls_trellis_bundle::poll::{Poll, Update};
use mls_trellis_hooks::{Component as _, wire};

use super::{json_lines, text, trellis};

/// An AppDataUpdate of a component, in hex.
fn app_data_update(component: u16, update: &[u8]) -> String {
    let length = u8::try_from(update.len()).unwrap();
    let mut bytes = component.to_be_bytes().to_vec();
    bytes.extend([1, length]);
    bytes.extend(update);
    hex::encode(bytes)
}

fn poll_update() -> String {
    let update = Update::open("Lunch?", ["soup", "rice"]);
    app_data_update(Poll::DEFAULT_ID.0, &wire::encode(&update).unwrap())
}

/// What is shown of an object that is handed in on standard input.
fn shown(arguments: &[&str], input: &[u8]) -> String {
    let arguments = [&["inspect"], arguments, &["-"]].concat();
    let output = trellis(&arguments, input);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

/// What is said of a bad one.
fn refused(arguments: &[&str], input: &[u8]) -> String {
    let arguments = [&["inspect"], arguments, &["-"]].concat();
    let output = trellis(&arguments, input);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    assert!(output.stdout.is_empty());
    text(&output.stderr).to_owned()
}

#[test]
fn a_plugin_puts_its_data_into_words() {
    insta::assert_snapshot!(shown(
        &["--as", "app-data-update"],
        poll_update().as_bytes()
    ));
}

#[test]
fn json_has_the_same_words_in_one_line() {
    let out = shown(
        &["--json", "--as", "app-data-update"],
        poll_update().as_bytes(),
    );
    let lines = json_lines(out.as_bytes());
    assert_eq!(lines.len(), 1);
    insta::assert_snapshot!(serde_json::to_string_pretty(&lines[0]).unwrap());
}

#[test]
fn what_nobody_knows_stays_bytes() {
    let unknown = app_data_update(0x8999, b"whatever");
    insta::assert_snapshot!(shown(&["--as", "app-data-update"], unknown.as_bytes()));
}

#[test]
fn what_the_plugin_cannot_read_is_said_so() {
    let broken = app_data_update(Poll::DEFAULT_ID.0, &[9, 9]);
    insta::assert_snapshot!(shown(&["--as", "app-data-update"], broken.as_bytes()));
}

#[test]
fn data_in_a_dictionary_is_put_into_words() {
    // A GroupContext extension list with one dictionary: a state of polls.
    let ballot = hex::decode("064c756e63683f0a04736f75700472696365").unwrap();
    let ballot = [&ballot[..], &[3], b"bob", &[0, 1]].concat();
    let mut entry = Poll::DEFAULT_ID.0.to_be_bytes().to_vec();
    entry.push(u8::try_from(ballot.len()).unwrap());
    entry.extend(&ballot);
    let prefixed = |bytes: &[u8]| [&[u8::try_from(bytes.len()).unwrap()], bytes].concat();
    let extension = [&[0, 6], &prefixed(&prefixed(&entry))[..]].concat();
    insta::assert_snapshot!(shown(&["--as", "extensions"], &prefixed(&extension)));
}

#[test]
fn the_same_object_is_the_same_in_every_encoding() {
    let tree = |out: String| out.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let raw = tree(shown(&["--as", "remove"], &[0, 0, 0, 7]));
    assert_eq!(raw.len(), 3);
    assert_eq!(tree(shown(&["--as", "remove"], b"0000\n0007\n")), raw);
    assert_eq!(tree(shown(&["--as", "remove"], b"AAAABw==\n")), raw);
    let forced = shown(&["--as", "remove", "--encoding", "raw"], b"abcd");
    assert!(
        forced.starts_with("# -: remove, 4 bytes, read as raw\n"),
        "{forced}"
    );
}

#[test]
fn bad_bytes_are_pointed_at() {
    for (arguments, input, expected) in [
        (
            &[][..],
            &b"0001 0003 0001 0000 09"[..],
            "no message, read as hex: at byte 8 (MLSMessage): expected the end, found 1 byte more",
        ),
        (
            &["--as", "remove"],
            b"\0\0",
            "no remove, read as raw: at byte 0 (Remove.removed): expected 4 bytes of uint32, found 2 bytes left",
        ),
        (
            &[],
            b"",
            "no message, read as raw: at byte 0 (MLSMessage.version): expected 2 bytes of ProtocolVersion, found the end of the bytes",
        ),
        (
            &["--encoding", "hex"],
            b"xyz",
            "the content is not hex text",
        ),
    ] {
        assert_eq!(
            refused(arguments, input),
            format!("trellis: -: {expected}\n")
        );
    }
}

#[test]
fn a_missing_file_does_not_keep_the_others_away() {
    let directory = tempfile::tempdir().unwrap();
    let name = |file: &str| directory.path().join(file).to_str().unwrap().to_owned();
    fs::write(name("one"), b"00000007").unwrap();
    fs::write(name("two"), [0, 0, 0, 8]).unwrap();
    let (one, none, two) = (name("one"), name("none"), name("two"));
    let output = trellis(&["inspect", "--as", "remove", &one, &none, &two], b"");
    assert_eq!(output.status.code(), Some(2));
    let headings: Vec<_> = text(&output.stdout)
        .lines()
        .filter(|l| l.starts_with('#'))
        .collect();
    assert_eq!(headings.len(), 2);
    assert!(headings[0].contains(&one) && headings[1].contains(&two));
    assert!(text(&output.stderr).contains(&none));

    let lines = trellis(&["inspect", "--json", "--as", "remove", &one, &two], b"");
    assert_eq!(json_lines(&lines.stdout).len(), 2);
}
