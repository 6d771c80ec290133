//! The wire forms, byte by byte.

use mls_trellis_hooks::{CredentialType, wire};
use mls_trellis_trust_anchors::{Anchor, Update, Vouched};

fn vouched() -> Vouched {
    let of_a = vec![
        Anchor::new(CredentialType::X509, b"DER"),
        Anchor::new(CredentialType::BASIC, b""),
    ];
    let of_b = vec![Anchor::new(CredentialType::X509, b"der")];
    Vouched {
        domains: [("b.example".into(), of_b), ("a.example".into(), of_a)]
            .into_iter()
            .collect(),
    }
}

#[test]
fn the_state_is_sorted_by_domain() {
    let a = [&[9][..], b"a.example", &[9, 0, 2, 3], b"DER", &[0, 1, 0]].concat();
    let b = [&[9][..], b"b.example", &[6, 0, 2, 3], b"der"].concat();
    let length = u8::try_from(a.len() + b.len()).unwrap();
    let bytes = [&[length][..], &a, &b].concat();
    assert_eq!(wire::encode(&vouched()).unwrap(), bytes);
    assert_eq!(wire::decode::<Vouched>(&bytes).unwrap(), vouched());

    let unsorted = [&[length][..], &b, &a].concat();
    assert!(wire::decode::<Vouched>(&unsorted).is_err());
    let twice = [&[2 * u8::try_from(b.len()).unwrap()][..], &b, &b].concat();
    assert!(wire::decode::<Vouched>(&twice).is_err());
}

#[test]
fn updates_put_and_drop() {
    let put = Update::put("a.example", [Anchor::new(CredentialType::X509, b"DER")]);
    let bytes = [&[1, 9][..], b"a.example", &[6, 0, 2, 3], b"DER"].concat();
    assert_eq!(wire::encode(&put).unwrap(), bytes);
    assert_eq!(wire::decode::<Update>(&bytes).unwrap(), put);
    let drop = [&[2, 9][..], b"a.example"].concat();
    assert_eq!(
        wire::decode::<Update>(&drop).unwrap(),
        Update::drop("a.example")
    );
    for bad in [
        &[0, 1, b'a'][..],
        &[3, 1, b'a'],
        &[2, 1, 0xff],
        &[2, 2, b'a'],
        &[],
    ] {
        assert!(wire::decode::<Update>(bad).is_err(), "{bad:?}");
    }
}
