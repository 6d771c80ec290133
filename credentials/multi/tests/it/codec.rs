//! Bytes of any kind.

use mls_trellis_hooks::{Credential, EpochState, LeafIndex, LeafInfo};
use mls_trellis_multi::Bindings;
use proptest::prelude::*;

use crate::{MULTI, WEAK, bind, entry, foreign, identify, multi, plugins, verify};

/// Changes a few bytes: a flip, a cut, an insertion, a changed length, a repetition.
fn mutant(genuine: &[u8], changes: &[(u8, u16, u8)]) -> Vec<u8> {
    let mut bytes = genuine.to_vec();
    for (what, at, value) in changes {
        let at = usize::from(*at) % bytes.len().max(1);
        match what % 5 {
            _ if bytes.is_empty() => bytes.push(*value),
            0 => bytes[at] ^= 1 << (value % 8),
            1 => bytes.truncate(at),
            2 => bytes.insert(at, *value),
            3 => bytes[at] = bytes[at].wrapping_add(*value),
            _ => bytes.extend_from_within(at..),
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12_000))]

    #[test]
    fn whatever_decodes_encodes_to_the_same_bytes(
        changes in prop::collection::vec(any::<(u8, u16, u8)>(), 1..4),
        weak in any::<bool>(),
    ) {
        let genuine = [bind(&entry("alice")), bind(&Credential::basic("alice")), bind(&foreign("a"))];
        let content = mutant(&multi(genuine.clone()).content, &changes);
        if let Ok(bindings) = Bindings::parse(&content) {
            let again = bindings.multi(plugins().ids()).unwrap();
            prop_assert_eq!(&again.content[..], &content[..]);
        }
        let credential_type = if weak { WEAK } else { MULTI };
        let credential = Credential { credential_type, content: content.into() };
        let identity = identify(&credential);
        let verdict = verify(&credential);
        let _ = format!("{identity:?} {verdict:?} {credential:?}");
        // A binding may be left out or stand twice, which the leaf's signature sees to; none changes.
        if verdict.is_ok() && !weak {
            for binding in Bindings::parse(&credential.content).unwrap().iter() {
                prop_assert!(genuine.contains(binding), "{:?}", binding);
            }
        }
        let mut leaf = LeafInfo::basic("alice");
        leaf.credential = credential;
        let epoch = EpochState::new(b"room").with_leaf(LeafIndex(0), leaf);
        for rule in plugins().invariants() {
            let _ = rule.rule.holds(&epoch);
        }
    }

    #[test]
    fn any_bytes_are_answered(content in prop::collection::vec(any::<u8>(), 0..200)) {
        for credential_type in [MULTI, WEAK] {
            let credential = Credential { credential_type, content: content[..].into() };
            let _ = (identify(&credential), verify(&credential));
        }
    }
}
