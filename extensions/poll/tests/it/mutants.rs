//! Valid values with something changed: refused, or the one encoding of another value.

use mls_trellis_hooks::{Place, wire};
use mls_trellis_poll::{Ballot, Phase, Reminder, Update};
use proptest::{
    prelude::*,
    sample::{Index, select},
};

use crate::poll;

fn ballot() -> Vec<u8> {
    let votes = [(b"bob".into(), 1), (b"al".into(), 0)];
    let ballot = Ballot {
        question: "Q".into(),
        options: vec!["a".into(), "b".into()],
        owner: b"al".into(),
        votes: votes.into_iter().collect(),
        phase: Phase::Closed,
    };
    wire::encode(&ballot).unwrap()
}

fn update(update: &Update) -> Vec<u8> {
    wire::encode(update).unwrap()
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
    fn of_ballots(bytes in mutant(vec![ballot()])) {
        let checked = poll().group_state.unwrap().check_state(&bytes);
        let decoded = wire::decode::<Ballot>(&bytes);
        prop_assert_eq!(checked.is_ok(), decoded.is_ok());
        prop_assert_eq!(poll().show(Place::GroupContext, &bytes).is_some(), decoded.is_ok());
        if let Ok(ballot) = decoded {
            prop_assert_eq!(wire::encode(&ballot).unwrap(), bytes);
        }
    }

    #[test]
    fn of_updates_and_reminders(
        bytes in mutant(vec![
            update(&Update::open("Q", ["a", "b"])),
            update(&Update::Vote { option: 258 }),
            update(&Update::Close),
        ]),
    ) {
        if let Ok(decoded) = wire::decode::<Update>(&bytes) {
            prop_assert_eq!(update(&decoded), bytes.clone());
        }
        let reminder = wire::decode::<Reminder>(&bytes);
        let shown = poll().show(Place::Ephemeral, &bytes);
        prop_assert_eq!(shown.is_some(), reminder.is_ok());
    }
}
