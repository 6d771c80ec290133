//! Damaged encodings: both refuse the same, but for what is listed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    panic::catch_unwind,
    path::PathBuf,
};

use super::{
    samples::recorded,
    subjects::{Subject, subject},
};

/// Mutants of one structure, spread over its samples.
const MUTANTS: usize = 6_000;

/// How they judge differently, or `None` when they agree.
fn difference(subject: &Subject, bytes: &[u8]) -> Option<String> {
    let Ok(theirs) = catch_unwind(|| (subject.theirs)(bytes)) else {
        return Some("they panic".into());
    };
    // They read one value off the front and do not say where it ends.
    let taken = match &theirs {
        Ok(again) if bytes.starts_with(again) => &bytes[..again.len()],
        _ => bytes,
    };
    match ((subject.ours)(taken), theirs) {
        (Ok(()), Err(why)) => Some(format!("they refuse: {}", cause(&why))),
        (Ok(()), Ok(again)) if again != taken => Some("they write it differently".into()),
        (Err(why), Ok(_)) => Some(format!("we refuse: {}", cause(&why))),
        _ => None,
    }
}

/// Why, without the values of the mutant at hand.
fn cause(why: &str) -> &str {
    let why = why.trim_start_matches("Read error: ");
    let end = why.find([',', ':', '"']).unwrap_or(why.len());
    why.get(..end).map_or(why, |cause| {
        cause.split(" discriminant").next().unwrap_or(cause)
    })
}

/// Differences, and the structures in which they are seen.
type Differences = BTreeMap<String, BTreeSet<String>>;

#[test]
fn both_refuse_the_same_but_for_the_listed_differences() {
    let mut by_name = BTreeMap::<_, Vec<&[u8]>>::new();
    let samples = recorded();
    for (name, bytes) in &samples {
        by_name.entry(name.as_str()).or_default().push(bytes);
    }
    let mut random = Random(0x7265_6c6c_6973);
    let (mut found, mut examples) = (Differences::new(), Vec::new());
    for (name, samples) in by_name {
        let subject = subject(name);
        for round in 0..MUTANTS {
            let mutant = random.damage(samples[round % samples.len()]);
            let Some(what) = difference(subject, &mutant) else {
                continue;
            };
            if found
                .entry(what.clone())
                .or_default()
                .insert(name.to_owned())
            {
                examples.push(format!("{what} | {name} | {}", hex::encode(mutant)));
            }
        }
    }
    examples.sort();
    let listed = listed();
    assert!(
        found == listed,
        "not as listed in DIFFERENCES.md.\nfound: {found:#?}\nlisted: {listed:#?}\nexamples:\n{}",
        examples.join("\n")
    );
}

/// The rows of `DIFFERENCES.md`.
fn listed() -> Differences {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("DIFFERENCES.md");
    let text = fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.split(" | ").collect();
        assert!(cells.len() == 3 && cells[2].len() > 10, "{row}");
        let structures = cells[1].split(", ").map(str::to_owned);
        (cells[0].trim_matches('`').to_owned(), structures.collect())
    })
    .collect()
}

/// SplitMix64: the same mutants in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound.max(1) as u64).unwrap()
    }

    fn damage(&mut self, sample: &[u8]) -> Vec<u8> {
        let mut bytes = sample.to_vec();
        // Damage near the beginning changes more: that is where ids and lengths stand.
        let bound = if self.below(2) == 0 { 16 } else { bytes.len() };
        let at = self.below(bound.min(bytes.len()));
        match self.below(7) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
            1 if !bytes.is_empty() => bytes[at] = bytes[at].wrapping_add(1),
            2 => bytes.truncate(at),
            3 => bytes.push(0),
            4 => bytes.insert(at, self.below(256) as u8),
            5 if !bytes.is_empty() => {
                bytes.remove(at);
            }
            _ => {
                // A length in a longer form than needed.
                if let Some(length @ 0..0x40) = bytes.get(at).copied() {
                    bytes.splice(at..=at, [0x40, length]);
                }
            }
        }
        bytes
    }
}
