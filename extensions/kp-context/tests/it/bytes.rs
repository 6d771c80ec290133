//! Bytes, good and bad.

use mls_trellis_hooks::{Place, wire};
use mls_trellis_kp_context::{Context, ContextPair, ContextType};
use proptest::prelude::*;

use crate::{checked, kp_context, rule};

fn encoded(context: &Context) -> Vec<u8> {
    wire::encode(&ContextPair::from(context)).unwrap()
}

#[test]
fn kpc_s1_it_stands_in_key_packages() {
    assert_eq!(kp_context().places(), [Place::KeyPackage]);
}

#[test]
fn contexts_have_known_bytes() {
    let known = |context: Context, bytes: &[u8]| {
        assert_eq!(encoded(&context), bytes);
        let pair = wire::decode::<ContextPair>(bytes).unwrap();
        assert_eq!(Context::try_from(&pair), Ok(context));
    };
    known(
        Context::group_id(&[1, 2, 3, 4]).unwrap(),
        &[1, 4, 1, 2, 3, 4],
    );
    known(Context::uri("urn:a:b").unwrap(), b"\x02\x07urn:a:b");
    known(Context::domain("a.example").unwrap(), b"\x03\x09a.example");
    let thumbprint = [&[4, 32][..], &[7; 32]].concat();
    known(Context::jwk_thumbprint([7; 32]), &thumbprint);
    insta::assert_snapshot!(
        kp_context().kind.show(&[1, 4, 1, 2, 3, 4]).unwrap(),
        @"ContextPair { context_type: ContextType(1), context_value: Opaque(01020304) }"
    );
}

#[test]
fn kpc_3_a_reserved_or_unknown_type_is_refused() {
    for context_type in [0, 5, 255] {
        let reject = checked(&[context_type, 1, 7]).unwrap_err();
        assert_eq!((reject.rule(), reject.plugin()), ("KPC-3", "kp_context"));
    }
}

#[test]
fn kpc_4_an_empty_value_is_refused() {
    for context_type in 1..=4 {
        assert_eq!(rule(checked(&[context_type, 0])), "KPC-4");
    }
    assert!(Context::group_id(b"").is_err());
}

#[test]
fn kpc_5_another_group_is_refused() {
    assert_eq!(checked(b"\x01\x04room"), Ok(()));
    for other in [&b"\x01\x03roo"[..], b"\x01\x05rooms", b"\x01\x04Room"] {
        assert_eq!(rule(checked(other)), "KPC-5");
    }
    let reject = checked(b"\x01\x05rooms").unwrap_err();
    insta::assert_snapshot!(
        reject,
        @"KPC-5: the KeyPackage of bob is meant for group 726f6f6d73 (forbidden by policy; refused by kp_context)"
    );
}

#[test]
fn kpc_9_anything_but_one_pair_is_refused() {
    let whole = b"\x01\x04room";
    assert_eq!(rule(checked(b"")), "KPC-9");
    for len in 0..whole.len() {
        assert_eq!(rule(checked(&whole[..len])), "KPC-9", "{len}");
    }
    assert_eq!(rule(checked(b"\x01\x04room\0")), "KPC-9");
    // A list of pairs, and a length prefix longer than needed.
    assert_eq!(rule(checked(b"\x01\x04room\x01\x04room")), "KPC-9");
    assert_eq!(rule(checked(b"\x01\x40\x04room")), "KPC-9");
}

#[test]
fn kpc_s4_another_encoding_is_refused() {
    let pair = |context_type: u8, value: &[u8]| {
        wire::encode(&ContextPair {
            context_type: ContextType(context_type),
            context_value: value.into(),
        })
        .unwrap()
    };
    for bytes in [
        pair(2, b"/r/1"),
        pair(2, b"a:\xff"),
        pair(3, b"A.example"),
        pair(3, b"a.example."),
        pair(3, b"\xff"),
        pair(4, &[7; 31]),
        pair(4, &[7; 33]),
    ] {
        assert_eq!(rule(checked(&bytes)), "KPC-S4", "{bytes:?}");
    }
}

/// Bytes made of one of the kinds of contexts, changed here and there.
fn mutant() -> impl Strategy<Value = Vec<u8>> {
    let whole = prop::sample::select(vec![
        encoded(&Context::group_id(b"room").unwrap()),
        encoded(&Context::uri("mimi://a.example/r/1").unwrap()),
        encoded(&Context::domain("a.example").unwrap()),
        encoded(&Context::jwk_thumbprint([7; 32])),
    ]);
    let edit = (any::<prop::sample::Index>(), 0..5u8, any::<u8>());
    (whole, prop::collection::vec(edit, 1..4)).prop_map(|(mut bytes, edits)| {
        for (at, edit, byte) in edits {
            let at = at.index(bytes.len() + 1);
            match edit {
                0 => bytes.insert(at, byte),
                1 => bytes.truncate(at),
                2 if at < bytes.len() => drop(bytes.remove(at)),
                3 if at < bytes.len() => bytes[at] ^= 1 << (byte % 8),
                _ if at < bytes.len() => bytes[at] = byte,
                _ => bytes.push(byte),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12_000))]

    #[test]
    fn mutants_are_refused_or_are_one_encoding(bytes in mutant()) {
        let entry = kp_context();
        let _ = checked(&bytes);
        let shown = entry.kind.show(&bytes);
        let decoded = wire::decode::<ContextPair>(&bytes);
        prop_assert_eq!(shown.is_some(), decoded.is_ok());
        if let Ok(pair) = decoded {
            prop_assert_eq!(wire::encode(&pair).unwrap(), bytes);
            if let Ok(context) = Context::try_from(&pair) {
                prop_assert_eq!(ContextPair::from(&context), pair);
            }
        }
    }
}
