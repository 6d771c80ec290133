//! Bytes written down by hand.

use mls_trellis_content_media::{ApplicationFraming, MediaTypeList, RawMediaType};
use mls_trellis_hooks::{
    MediaType,
    wire::{self, Wire},
};

use crate::text;

fn known<T: Wire>(value: &T, bytes: &[u8]) {
    assert_eq!(wire::encode(value).unwrap(), bytes);
    assert_eq!(&wire::decode::<T>(bytes).unwrap(), value);
}

#[test]
fn a_list() {
    let list = MediaTypeList::new([text(), MediaType::new("image/png")]).unwrap();
    known(
        &list,
        b"\x25\x0atext/plain\x0e\x07charset\x05UTF-8\x09image/png\x00",
    );
}

#[test]
fn framings() {
    let framing = |media_type| ApplicationFraming {
        media_type,
        content: b"hi".into(),
    };
    known(&framing(RawMediaType::group_default()), b"\x00\x00\x02hi");
    known(
        &framing(RawMediaType::from(&text())),
        b"\x0atext/plain\x0e\x07charset\x05UTF-8\x02hi",
    );
}

#[test]
fn a_truncated_list_does_not_decode() {
    let whole = b"\x25\x0atext/plain\x0e\x07charset\x05UTF-8\x09image/png\x00";
    for len in 0..whole.len() {
        assert!(
            wire::decode::<MediaTypeList>(&whole[..len]).is_err(),
            "{len}"
        );
    }
}
