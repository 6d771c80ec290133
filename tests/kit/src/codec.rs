//! One value, one encoding; and bytes that are none make no trouble.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mls_trellis_hooks::wire::{self, Wire};

use crate::{
    Property, Report, Subject,
    failure::{Broken, panic_text},
    rng::Rng,
};

/// A sample value with its type forgotten.
pub(crate) trait Encoded: Send + Sync {
    fn show(&self) -> String;

    fn encode(&self) -> Result<Vec<u8>, String>;

    /// The value survives being encoded and decoded. The error says what happens instead.
    fn round_trip(&self) -> Result<(), String>;

    /// Bytes that decode as a value of this type are its one encoding.
    fn reread(&self, bytes: &[u8]) -> Result<(), String>;
}

impl<T: Wire> Encoded for T {
    fn show(&self) -> String {
        format!("{self:?}")
    }

    fn encode(&self) -> Result<Vec<u8>, String> {
        wire::encode(self).map_err(|e| e.to_string())
    }

    fn round_trip(&self) -> Result<(), String> {
        let bytes = self.encode()?;
        if self.clone().encode()? != bytes {
            return Err("its encoding is not the same twice".into());
        }
        if self.tls_serialized_len() != bytes.len() {
            return Err(format!(
                "its length is said to be {} and is {}",
                self.tls_serialized_len(),
                bytes.len()
            ));
        }
        let again = wire::decode::<T>(&bytes);
        match again {
            Ok(again) if again == *self => Ok(()),
            Ok(again) => Err(format!("its encoding {} decodes as {again:?}", hex(&bytes))),
            Err(e) => Err(format!("its encoding {} does not decode: {e}", hex(&bytes))),
        }
    }

    fn reread(&self, bytes: &[u8]) -> Result<(), String> {
        let mut rest = bytes;
        let Ok(value) = T::tls_deserialize(&mut rest) else {
            return Ok(());
        };
        let read = bytes.get(..bytes.len() - rest.len()).unwrap_or(bytes);
        match value.encode() {
            Ok(again) if again == read => Ok(()),
            Ok(again) => Err(format!(
                "{} decodes as {value:?}, whose encoding is {}",
                hex(read),
                hex(&again)
            )),
            Err(e) => Err(format!(
                "{} decodes as {value:?}, which has no encoding: {e}",
                hex(read)
            )),
        }
    }
}

/// Checks every sample of the subject.
pub(crate) fn check(subject: &Subject, report: &mut Report) -> Result<(), Broken> {
    let mut rng = Rng::new(subject.effort.seed);
    for (owner, place, value) in subject.values() {
        let name = || format!("{place} of component {owner}");
        let broken = |property, what: String| Broken::new(property, format!("{}: {what}", name()));

        let whole = caught(|| value.round_trip()).map_err(|p| broken(Property::Panic, p))?;
        whole.map_err(|what| broken(Property::Codec, format!("{}: {what}", value.show())))?;
        let bytes = value
            .encode()
            .map_err(|what| broken(Property::Codec, what))?;
        for mutant in mutants(&bytes, subject.effort.mutants, &mut rng) {
            report.mutants += 1;
            let reread = caught(|| value.reread(&mutant)).map_err(|panic| {
                broken(
                    Property::Panic,
                    format!("decoding {} panics: {panic}", hex(&mutant)),
                )
            })?;
            reread.map_err(|what| broken(Property::Codec, what))?;
        }
    }
    Ok(())
}

/// Every truncation, something appended, and bytes changed here and there.
fn mutants<'a>(
    bytes: &'a [u8],
    count: usize,
    rng: &'a mut Rng,
) -> impl Iterator<Item = Vec<u8>> + 'a {
    let truncated = (0..bytes.len())
        .filter_map(|len| bytes.get(..len))
        .map(<[u8]>::to_vec);
    let longer = [0, 1, 0xff].map(|byte| [bytes, &[byte]].concat());
    let every_first = (0..=u8::MAX).map(|byte| [&[byte], bytes.get(1..).unwrap_or(&[])].concat());
    truncated
        .chain(longer)
        .chain(every_first)
        .chain((0..count).map(move |_| mutant(bytes, rng)))
}

fn mutant(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut mutant = bytes.to_vec();
    for _ in 0..=rng.below(3) {
        let at = rng.below(mutant.len());
        match rng.below(5) {
            0 => mutant.insert(at, rng.byte()),
            1 if !mutant.is_empty() => drop(mutant.remove(at)),
            2 => mutant.truncate(at),
            3 => {
                if let Some(byte) = mutant.get_mut(at) {
                    *byte = *rng
                        .pick(&[0x00, 0x01, 0x40, 0x7f, 0x80, 0xff])
                        .unwrap_or(&0);
                }
            }
            _ => {
                if let Some(byte) = mutant.get_mut(at) {
                    *byte ^= 1 << rng.below(8);
                }
            }
        }
    }
    mutant
}

fn caught<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| panic_text(panic.as_ref()))
}

/// Bytes for people.
pub(crate) fn hex(bytes: &[u8]) -> String {
    match bytes {
        [] => "nothing".into(),
        bytes => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_truncation_is_among_the_mutants() {
        let mut rng = Rng::new(7);
        let found: Vec<_> = mutants(b"abc", 100, &mut rng).collect();
        for truncated in [&b""[..], b"a", b"ab"] {
            assert!(found.iter().any(|mutant| mutant == truncated));
        }
        assert!(found.iter().any(|mutant| mutant.len() > 4));
        assert_eq!(found.len(), 3 + 3 + 256 + 100);
    }
}
