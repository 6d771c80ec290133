#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::*;

fn read(input: &[u8], body: impl FnOnce(&mut Reader<'_>) -> Result) -> Result<(), String> {
    let mut reader = Reader::new(input, 0..input.len(), "Test", Mode::Tree);
    body(&mut reader)
        .and_then(|()| reader.finish().map(drop))
        .map_err(|error| error.to_string())
}

#[test]
fn a_length_beyond_the_enclosing_vector_is_refused() {
    // The outer vector has 2 bytes, the inner one claims 2 of the 1 left in it, though the input
    // has more.
    let error = read(&[2, 2, 9, 9], |r| {
        r.list("outer", "opaque", |r| r.opaque(ITEM, "opaque").map(drop))
    });
    assert_eq!(
        error.unwrap_err(),
        "at byte 1 (Test.outer[0]): expected 2 bytes after the length prefix, found 1 byte left"
    );
}

#[test]
fn an_item_cut_by_the_end_of_its_vector_is_refused() {
    let error = read(&[3, 0, 1, 2, 9], |r| {
        r.list("codes", "uint16", |r| {
            r.code(ITEM, "uint16", |_| None).map(drop)
        })
    });
    assert_eq!(
        error.unwrap_err(),
        "at byte 3 (Test.codes[1]): expected 2 bytes of uint16, found 1 byte left"
    );
}

#[test]
fn bytes_left_in_an_embedded_structure_are_refused() {
    let error = read(&[2, 0, 0], |r| {
        r.embedded("data", "Data", |r| r.optional("x", "X", |_| Ok(())))
    });
    assert_eq!(
        error.unwrap_err(),
        "at byte 2 (Test.data): expected the end, found 1 byte more"
    );
}

#[test]
fn presence_is_0_or_1() {
    let optional = |r: &mut Reader<'_>| r.optional("x", "X", |r| r.u32("y").map(drop));
    assert_eq!(read(&[0], optional), Ok(()));
    assert_eq!(read(&[1, 0, 0, 0, 7], optional), Ok(()));
    assert_eq!(
        read(&[2, 0, 0, 0, 7], optional).unwrap_err(),
        "at byte 0 (Test.x): expected a presence octet, 0 or 1, found 2"
    );
}

#[test]
fn nesting_is_bounded() {
    fn nest(r: &mut Reader<'_>, depth: usize) -> Result {
        match depth {
            0 => Ok(()),
            _ => r.structure("s", "S", |r| nest(r, depth - 1)),
        }
    }
    assert_eq!(read(&[], |r| nest(r, MAX_DEPTH)), Ok(()));
    let error = read(&[], |r| nest(r, MAX_DEPTH + 1)).unwrap_err();
    assert!(
        error.ends_with("expected at most 32 nested structures, found one more"),
        "{error}"
    );
}

#[test]
fn a_check_builds_nothing() {
    let input = [2, 1, 9];
    let mut reader = Reader::new(&input, 0..input.len(), "Test", Mode::Check);
    reader
        .list("outer", "opaque", |r| r.opaque(ITEM, "opaque").map(drop))
        .unwrap();
    assert_eq!(reader.finish(), Ok(None));
}
