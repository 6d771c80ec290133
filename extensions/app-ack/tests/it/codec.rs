//! Known answers, and bytes that are none.

use mls_trellis_app_ack::{Acknowledgement, Log, MessageRange};
use mls_trellis_hooks::wire;

fn sample() -> Acknowledgement {
    let range = |sender, first_generation, last_generation| MessageRange {
        sender,
        first_generation,
        last_generation,
    };
    Acknowledgement {
        received_ranges: vec![range(3, 0, 41), range(1, 7, 7), range(70_000, 9, 2)],
    }
}

#[test]
fn ack_1_the_data_is_a_list_of_ranges() {
    let one = Acknowledgement {
        received_ranges: sample().received_ranges[..1].to_vec(),
    };
    let bytes = wire::encode(&one).unwrap();
    assert_eq!(bytes, [12, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0x29]);
    assert_eq!(wire::decode::<Acknowledgement>(&bytes).unwrap(), one);
    assert_eq!(wire::encode(&Acknowledgement::default()).unwrap(), [0]);
}

#[test]
fn ack_1_anything_else_does_not_decode() {
    let good = wire::encode(&sample()).unwrap();
    let refused =
        |bytes: &[u8]| assert!(wire::decode::<Acknowledgement>(bytes).is_err(), "{bytes:?}");
    for length in 0..good.len() {
        refused(&good[..length]);
    }
    refused(&[good.as_slice(), &[0]].concat());
    // A vector that ends inside a range.
    refused(&[&[13], &good[1..13], &[0]].concat());
    // A length in two bytes where one does.
    refused(&[&[0x40, 12], &good[1..13]].concat());
    // A length beyond everything.
    refused(&[0xbf, 0xff, 0xff, 0xff, 0]);
}

#[test]
fn mutated_bytes_are_refused_or_are_the_encoding_of_something() {
    let good = wire::encode(&sample()).unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) as usize % below.max(1)
    };
    let (mut decoded, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..=next(3) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes[at] ^= 1 << next(8),
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, next(256) as u8),
                _ => bytes[0] = next(256) as u8,
            }
        }
        match wire::decode::<Acknowledgement>(&bytes) {
            Ok(value) => {
                decoded += 1;
                assert_eq!(wire::encode(&value).unwrap(), bytes);
                let received = value.received();
                assert!(received.values().all(|set| !set.is_empty()));
            }
            Err(_) => refused += 1,
        }
        if let Ok(log) = wire::decode::<Log>(&bytes) {
            assert_eq!(wire::encode(&log).unwrap(), bytes);
            let _ = log.report();
        }
    }
    assert!(decoded > 100 && refused > 100, "{decoded} {refused}");
}
