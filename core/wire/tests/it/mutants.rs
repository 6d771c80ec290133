//! Damaged objects: no panic, and a tree that still tiles its input if there is one.

use mls_trellis_wire::{ObjectType, check_message, decode, peek, render};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::build::{self, assert_tiles};

/// One damage to a sequence of bytes.
#[derive(Debug, Clone)]
enum Damage {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Cut(Index),
    Repeat(Index, Index),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let len = bytes.len();
        match self {
            Self::Set(at, byte) => bytes[at.index(len)] = *byte,
            Self::Flip(at, bit) => bytes[at.index(len)] ^= 1 << (bit % 8),
            Self::Insert(at, byte) => bytes.insert(at.index(len), *byte),
            Self::Remove(at) => drop(bytes.remove(at.index(len))),
            Self::Cut(at) => bytes.truncate(at.index(len)),
            Self::Repeat(from, to) => {
                let (from, to) = (from.index(len), to.index(len));
                let part = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(from.min(to)..from.min(to), part);
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        2 => any::<Index>().prop_map(Damage::Remove),
        1 => any::<Index>().prop_map(Damage::Cut),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

fn examine(object: ObjectType, bytes: &[u8]) {
    match decode(object, bytes) {
        Ok(node) => {
            assert_tiles(&node, bytes);
            for component in node.components() {
                assert_eq!(component.data, &bytes[component.span.clone()]);
            }
            assert!(render::text(&node).lines().count() <= node.walk().count());
            render::json(&node);
            if object == ObjectType::Message {
                // A check is never stricter than the tree.
                check_message(bytes).unwrap();
                peek(bytes).unwrap();
            }
        }
        Err(error) => {
            assert!(error.offset <= bytes.len(), "{error}");
            if object == ObjectType::Message {
                let _ = check_message(bytes);
                let _ = peek(bytes);
            }
        }
    }
}

/// PROPTEST_CASES sets another number.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(4_000),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damaged_objects(which in any::<Index>(), damages in prop::collection::vec(damage(), 1..4)) {
        let objects = build::objects();
        let (object, mut bytes) = which.get(&objects).clone();
        damages.iter().for_each(|damage| damage.apply(&mut bytes));
        examine(object, &bytes);
    }

    #[test]
    fn any_bytes(which in any::<Index>(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        examine(*which.get(ObjectType::ALL), &bytes);
    }
}
