//! Messages that were damaged on the way.

use mls_trellis_hooks::{HandleError, WireFormat, wire};
use mls_trellis_targeted_messages::{MlsMessage, TargetedMessages};
use proptest::{collection::vec, prelude::*, test_runner::TestCaseResult};

use super::{Trio, sealed};

/// One thing that happens to bytes.
#[derive(Clone, Debug)]
enum Damage {
    Flip(usize, u8),
    Cut(usize),
    Insert(usize, Vec<u8>),
    Drop(usize, usize),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let at = |at: usize| at % (bytes.len() + 1);
        match self {
            Self::Flip(place, mask) if !bytes.is_empty() => {
                let place = place % bytes.len();
                bytes[place] ^= mask;
            }
            Self::Flip(..) => {}
            Self::Cut(place) => bytes.truncate(at(*place)),
            Self::Insert(place, more) => {
                let place = at(*place);
                bytes.splice(place..place, more.iter().copied());
            }
            Self::Drop(place, length) => {
                let place = at(*place);
                let end = bytes.len().min(place + length);
                bytes.drain(place..end);
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let one = prop_oneof![
        4 => (any::<usize>(), 1..=255u8).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        1 => any::<usize>().prop_map(Damage::Cut),
        1 => (any::<usize>(), vec(any::<u8>(), 1..8)).prop_map(|(at, more)| Damage::Insert(at, more)),
        1 => (any::<usize>(), 1..8usize).prop_map(|(at, length)| Damage::Drop(at, length)),
    ];
    vec(one, 1..3)
}

#[test]
fn no_damaged_message_is_opened_and_none_does_harm() {
    let trio = Trio::new();
    let formats = [
        TargetedMessages::default(),
        TargetedMessages::default().guarded(),
    ];
    let whole = formats.map(|format| sealed(&trio.alice, &format));
    let check = |(which, damage): (bool, Vec<Damage>)| -> TestCaseResult {
        let (format, whole) = (&formats[usize::from(which)], &whole[usize::from(which)]);
        let mut bytes = whole.clone();
        damage.iter().for_each(|damage| damage.apply(&mut bytes));
        if let Ok(decoded) = wire::decode::<MlsMessage>(&bytes) {
            prop_assert_eq!(wire::encode(&decoded).unwrap(), bytes.clone());
            let shown = format!("{decoded:?}");
            prop_assert!(!shown.is_empty());
        }
        let peeked = WireFormat::peek(format, TargetedMessages::FORMAT, &bytes);
        let opened = trio.bob.open(format, &bytes);
        if bytes != *whole {
            prop_assert!(
                matches!(opened, Err(HandleError::Reject(_))),
                "{:?}",
                opened
            );
        }
        prop_assert!(peeked.is_ok() || opened.is_err());
        Ok(())
    };
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(12_000)
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    runner.run(&(any::<bool>(), damage()), check).unwrap();
}
