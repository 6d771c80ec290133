//! Bytes of a fuzzer, read as changes to an honest message.
//!
//! The first byte says which message, or [`RAW`]: then the rest *is* the message. Each change is four
//! bytes: what to do, where (two bytes, modulo the length), and with what.
//!
//! ```
//! use mls_trellis_fuzz::edits::{RAW, edited};
//!
//! let honest = [b"first".to_vec(), b"second".to_vec()];
//! assert_eq!(edited(&honest, &[1]).1, b"second");
//! assert_eq!(edited(&honest, &[1, 0, 0, 0, b'S']).1, b"Second");
//! assert_eq!(edited(&honest, &[RAW, 7]).1, [7]);
//! ```

/// The message itself follows.
pub const RAW: u8 = 0xff;

/// Which honest message it began with, if any, and what became of it.
#[must_use]
pub fn edited<'m>(honest: &'m [Vec<u8>], data: &[u8]) -> (Option<&'m Vec<u8>>, Vec<u8>) {
    let Some((first, edits)) = data.split_first() else {
        return (None, Vec::new());
    };
    let base = match *first {
        RAW => None,
        at => honest.get(usize::from(at) % honest.len().max(1)),
    };
    let Some(base) = base else {
        return (None, edits.to_vec());
    };
    let message = edits
        .chunks_exact(4)
        .fold(base.clone(), |mut message, edit| {
            if let [what, high, low, with] = *edit {
                change(&mut message, what, u16::from_be_bytes([high, low]), with);
            }
            message
        });
    (Some(base), message)
}

/// Seeds: each of so many messages, first as it is, then with one bit of its head flipped.
#[must_use]
pub fn seeds(messages: u8) -> Vec<Vec<u8>> {
    let each = (0..messages).flat_map(|at| [vec![at], vec![at, 1, 0, 5, 1]]);
    each.chain([vec![RAW]]).collect()
}

fn change(message: &mut Vec<u8>, what: u8, at: u16, with: u8) {
    let at = usize::from(at) % message.len().max(1);
    let end = (at + usize::from(with)).min(message.len());
    match what % 5 {
        0 => message
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|byte| *byte = with),
        1 => message
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|byte| *byte ^= with),
        2 => drop(message.drain(at..end)),
        3 => {
            let twice: Vec<_> = message.drain(at..end).collect();
            let twice = [&twice[..], &twice].concat();
            drop(message.splice(at..at, twice));
        }
        _ => message.insert(at.min(message.len()), with),
    }
}
