//! What `trellis inspect` reads.

use std::sync::LazyLock;

use mls_trellis_cli::inspect::{Encoding, Input, inspect};
use mls_trellis_hooks::Plugins;
use mls_trellis_wire::{ObjectType, peek};

use crate::{Target, vectors};

/// The first byte says what the rest is to be: decoding it, showing it and explaining it.
pub(crate) const INSPECT: Target = Target {
    name: "inspect",
    run,
    seeds,
};

static PLUGINS: LazyLock<Plugins> = LazyLock::new(|| mls_trellis_bundle::plugins().unwrap());

fn run(data: &[u8]) {
    let Some((which, bytes)) = data.split_first() else {
        return;
    };
    let object = ObjectType::ALL[usize::from(*which) % ObjectType::ALL.len()];
    // Heads are read of everything that comes in, by itself.
    let _ = peek(bytes);
    let input = Input::read_as(Encoding::Raw, bytes.to_vec()).unwrap();
    if let Ok(inspected) = inspect(object, &input, &PLUGINS) {
        let text = inspected.text();
        // One object, and nothing else: what is shown covers the bytes.
        let whole = format!("0..{} ", bytes.len());
        assert!(
            text.trim_start().starts_with(&whole),
            "{object:?} of {whole}: {text}"
        );
        let _ = inspected.json("", &input);
    }
}

/// Every string of the vectors, as whatever it can be read as.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for bytes in vectors::strings() {
        for (which, object) in (0..).zip(ObjectType::ALL) {
            if mls_trellis_wire::decode(*object, &bytes).is_ok() {
                seeds.push([&[which], bytes.as_slice()].concat());
            }
        }
    }
    seeds
}
