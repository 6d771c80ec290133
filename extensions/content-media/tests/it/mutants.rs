//! Valid values with something changed: refused, or the one encoding of another value.

use mls_trellis_content_media::{ContentMedia, MediaTypeList};
use mls_trellis_hooks::{MediaType, Payload, PayloadFraming as _, Place, wire};
use proptest::{
    prelude::*,
    sample::{Index, select},
};

use crate::{content_media, list, requiring, text};

fn types() -> [MediaType; 2] {
    [text(), MediaType::new("image/png")]
}

fn framed() -> Vec<Vec<u8>> {
    let payloads = [
        Payload::plain("hello"),
        Payload::typed(types()[1].clone(), "png"),
    ];
    let wrap = |payload| ContentMedia::default().wrap(&requiring(&types()), payload);
    payloads
        .iter()
        .map(|payload| wrap(payload).unwrap())
        .collect()
}

/// A value's bytes, changed here and there.
fn mutant(whole: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<Index>(), 0..5_u8, any::<u8>());
    let edits = prop::collection::vec(edit, 1..4);
    (select(whole), edits).prop_map(|(mut bytes, edits)| {
        for (at, edit, byte) in edits {
            let at = at.index(bytes.len() + 1);
            match edit {
                0 => bytes.insert(at, byte),
                1 => bytes.truncate(at),
                2 if at < bytes.len() => drop(bytes.remove(at)),
                3 if at < bytes.len() => bytes[at] ^= 1 << (byte % 8),
                _ => bytes.push(byte),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6_000))]

    #[test]
    fn of_lists(bytes in mutant(vec![wire::encode(&list(&types())).unwrap()])) {
        let decoded = wire::decode::<MediaTypeList>(&bytes);
        let checked = content_media().group_state.unwrap().check_state(&bytes);
        prop_assert_eq!(checked.is_ok(), decoded.is_ok());
        let shown = content_media().show(Place::LeafNode, &bytes);
        prop_assert_eq!(shown.is_some(), decoded.is_ok());
        if let Ok(list) = decoded {
            prop_assert_eq!(wire::encode(&list).unwrap(), bytes);
        }
    }

    #[test]
    fn of_framed_payloads(bytes in mutant(framed())) {
        let (plugin, epoch) = (ContentMedia::default(), requiring(&types()));
        if let Ok(payload) = plugin.unwrap(&epoch, &bytes) {
            // The default media type may be named or left out.
            let again = plugin.wrap(&epoch, &payload).unwrap();
            prop_assert_eq!(plugin.unwrap(&epoch, &again).unwrap(), payload);
        }
    }
}
