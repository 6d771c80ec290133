//! Chains that were changed after they were issued: none is accepted, whatever changed.

use mls_trellis_issuer::KINDS;

use crate::{Keys, credential, oracle::webpki_accepts, verify_content, x509};

/// A small generator of numbers, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// Where each element of a certificate begins, how long its head is and how long the whole.
fn elements(der: &[u8], from: usize, to: usize, out: &mut Vec<(usize, usize, usize)>) {
    let mut at = from;
    while at + 2 <= to {
        let (head, len) = match der[at + 1] {
            short @ 0..=0x7f => (2, short as usize),
            0x81 if at + 3 <= to => (3, der[at + 2] as usize),
            0x82 if at + 4 <= to => (4, (der[at + 2] as usize) << 8 | der[at + 3] as usize),
            _ => return,
        };
        if at + head + len > to {
            return;
        }
        out.push((at, head, head + len));
        // Constructed, or a string that may hold DER.
        if der[at] & 0x20 != 0 || der[at] == 0x04 {
            elements(der, at + head, at + head + len, out);
        }
        at += head + len;
    }
}

/// Changes one element, or a byte.
fn mutate(der: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut found = Vec::new();
    elements(der, 0, der.len(), &mut found);
    let (at, head, len) = found[numbers.below(found.len())];
    let mut out = der.to_vec();
    let content = at + head..at + len;
    match numbers.below(9) {
        0 => out[at] ^= 1 << numbers.below(8),     // another tag
        1 => out[at + 1] ^= 1 << numbers.below(8), // another length
        2 if !content.is_empty() => {
            let at = content.start + numbers.below(content.len());
            out[at] ^= 1 << numbers.below(8);
        }
        3 => drop(out.drain(at..at + len)), // left out
        4 => {
            let copy = der[at..at + len].to_vec();
            out.splice(at..at, copy); // twice
        }
        5 => {
            let (other, _, length) = found[numbers.below(found.len())];
            out.splice(at..at + len, der[other..other + length].to_vec());
        }
        6 => out.truncate(numbers.below(der.len())),
        7 => {
            let at = numbers.below(der.len());
            out.insert(at, numbers.next() as u8);
        }
        _ => {
            // The same, and all lengths around it right again.
            let copy = der[at..at + len].to_vec();
            out.splice(at..at, copy);
            for (outer, head, length) in &found {
                if *outer < at && at < outer + length && *head == 4 {
                    let new = length - head + len;
                    out[outer + 2] = (new >> 8) as u8;
                    out[outer + 3] = new as u8;
                }
            }
        }
    }
    out
}

#[test]
fn no_mutant_is_accepted() {
    let mut numbers = Numbers(0x9420);
    let mut mutants = 0;
    for (kind, rounds) in KINDS.into_iter().zip([18_000, 3_000, 300, 300]) {
        let keys = Keys::of(kind);
        let x509 = x509(&keys.root());
        let chain = [keys.low_leaf(), keys.lower(), keys.middle()].map(|t| t.issue());
        let public = keys.leaf.public();
        let genuine = credential(&chain).content;
        assert!(verify_content(&x509, &genuine, kind.suite(), &public).is_ok());
        for _ in 0..rounds {
            let mut mutant = chain.clone();
            let which = numbers.below(mutant.len());
            mutant[which] = mutate(&chain[which], &mut numbers);
            if mutant == chain {
                continue;
            }
            mutants += 1;
            let content = credential(&mutant).content;
            let verdict = verify_content(&x509, &content, kind.suite(), &public);
            let _ = (format!("{verdict:?}"), x509.read(&content));
            assert!(verdict.is_err(), "{kind:?}: {which} of {mutant:02x?}");
        }
    }
    assert!(mutants >= 20_000, "{mutants}");
}

#[test]
fn webpki_accepts_no_mutant_either() {
    // That the mutations are worth something: a validator of other make refuses them too, and takes
    // the genuine chain.
    let keys = Keys::of(KINDS[0]);
    let chain = [keys.low_leaf(), keys.lower(), keys.middle()].map(|t| t.issue());
    let root = keys.root().issue();
    assert!(webpki_accepts(&root, &chain));
    let mut numbers = Numbers(0x5280);
    for _ in 0..1_000 {
        let mut mutant = chain.clone();
        let which = numbers.below(mutant.len());
        mutant[which] = mutate(&chain[which], &mut numbers);
        assert!(mutant == chain || !webpki_accepts(&root, &mutant));
    }
}

#[test]
fn the_framing_of_a_mutant_is_answered_too() {
    let keys = Keys::of(KINDS[0]);
    let x509 = x509(&keys.root());
    let public = keys.leaf.public();
    let chain = [keys.low_leaf(), keys.lower(), keys.middle()].map(|t| t.issue());
    let genuine = credential(&chain).content;
    let mut numbers = Numbers(0x1234);
    for _ in 0..5_000 {
        let mut content = genuine.to_vec();
        let at = numbers.below(content.len());
        match numbers.below(3) {
            0 => content[at] ^= 1 << numbers.below(8),
            1 => content.truncate(at),
            _ => content.insert(at, numbers.next() as u8),
        }
        assert!(content == genuine[..] || verify_content(&x509, &content, 1, &public).is_err());
    }
}
