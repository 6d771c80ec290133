//! Valid values with something changed: refused, or the one encoding of another value.

use mls_trellis_hooks::{Dictionary, Place, wire};
use mls_trellis_last_resort::is_last_resort;
use proptest::{
    prelude::*,
    sample::{Index, select},
};

use crate::{ID, added, entry, plugins};

fn dictionary() -> Vec<u8> {
    let entries = [
        (ID, b"".into()),
        (mls_trellis_hooks::ComponentId(0x8042), b"poll".into()),
    ];
    wire::encode(&Dictionary::from_iter(entries)).unwrap()
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
    #![proptest_config(ProptestConfig::with_cases(12_000))]

    #[test]
    fn of_dictionaries_with_the_marker(bytes in mutant(vec![dictionary()])) {
        let Ok(dictionary) = wire::decode::<Dictionary>(&bytes) else {
            return Ok(());
        };
        prop_assert_eq!(wire::encode(&dictionary).unwrap(), bytes);
        let mark = dictionary.get(&ID).cloned();
        let mut key_package = added(&[], &[]);
        key_package.dictionary = Some(dictionary);
        let ids = plugins(Default::default()).ids().clone();
        prop_assert_eq!(is_last_resort(&key_package, &ids), mark.is_some());
        if let Some(mark) = mark {
            let empty = mark.as_slice().is_empty();
            let facet = entry().key_package_data.unwrap();
            prop_assert_eq!(facet.check_mark(&key_package, mark.as_slice()).is_ok(), empty);
            prop_assert_eq!(facet.keep_after_join(mark.as_slice()), empty);
            prop_assert_eq!(entry().show(Place::KeyPackage, mark.as_slice()).is_some(), empty);
        }
    }
}
