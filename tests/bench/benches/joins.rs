//! Joining a group of a thousand, each with a certificate of their own;
//! `cargo bench -p mls-trellis-bench --bench joins` prints the table.
//!
//! Three things are measured in one run, by turns: a join where everybody has a certificate under one
//! shared authority; the same with basic credentials, and the signature checks of as many leaf
//! certificates by themselves; and mls-rs joining a group of the same certificates with its own X.509
//! provider. What counts are the ratios.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use mls_rs::{
    CipherSuite as TheirSuite, CipherSuiteProvider as _, CryptoProvider as _, ExtensionList,
};
use mls_rs_crypto_rustcrypto::{
    RustCryptoProvider,
    x509::{X509Reader, X509Validator},
};
use mls_rs_identity_x509::{SubjectIdentityExtractor, X509IdentityProvider};
use mls_trellis_bundle::{
    basic::BASIC,
    x509::{Chain, Policy, X509},
};
use mls_trellis_engine::{Client, GroupConfig, KeyPackageOptions, Signer as _, SoftwareSigner};
use mls_trellis_hooks::{CipherSuite, Credential, Origin, Plugins};
use mls_trellis_issuer::{Company, Kind, Template, name};
use mls_trellis_mls_rs::signing_identity;
use p256::ecdsa::{
    Signature, SigningKey, VerifyingKey,
    signature::{Signer as _, Verifier as _},
};

const MEMBERS: usize = 1000;
/// So many join, one after the other.
const JOINERS: usize = 5;
const DAY: u64 = 24 * 60 * 60;
const SUITE: CipherSuite = CipherSuite(0x0001);

fn main() {
    // Cargo says `--bench` when it is to measure, and runs the same program without it as a test.
    let measure = std::env::args().any(|argument| argument == "--bench");
    let (members, joiners) = if measure { (MEMBERS, JOINERS) } else { (4, 1) };
    let mut certified = trellis(members, joiners, certificate);
    let mut basic = trellis(members, joiners, |_, number| {
        Credential::basic(&format!("mimi://a.example/d/{number}"))
    });
    let mut theirs = mls_rs(members, joiners);
    let mut checks = checks(members);
    let mut times = Vec::new();
    for _ in 0..joiners {
        times.push([certified(), basic(), checks(), theirs()]);
    }
    let median = |column: usize| {
        let mut times: Vec<_> = times.iter().map(|row| row[column]).collect();
        times.sort();
        times[times.len() / 2]
    };
    let [certified, basic, checks, theirs] = [0, 1, 2, 3].map(median);
    println!("Joining a group of {members}:\n");
    println!("| what | time |\n|---|---|");
    println!("| with certificates | {certified:?} |");
    println!("| with basic credentials | {basic:?} |");
    println!("| {members} checks of P-256 | {checks:?} |");
    println!("| mls-rs with certificates | {theirs:?} |");
    let over = certified.saturating_sub(basic).as_secs_f64() / checks.as_secs_f64();
    println!("\ncertificates over basic, in checks: {over:.2}");
    println!(
        "next to mls-rs: {:.2}",
        certified.as_secs_f64() / theirs.as_secs_f64()
    );
}

fn timed<T>(what: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(what());
    start.elapsed()
}

fn company() -> Company {
    Company::of("a.example", 1)
}

/// A certificate for a key, and the authority's.
fn certificate(key: &[u8], number: usize) -> Credential {
    let user = format!("user{number}");
    let leaf = company().certificate(&Kind::Ed25519.spki(key), &format!("{user}/1"), &user);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let leaf = Template {
        subject: name(&user),
        ..leaf.valid(now - DAY, now + 90 * DAY)
    };
    let chain = Chain::new([leaf.issue(), company().authority().issue()]).unwrap();
    chain.credential(&Default::default()).unwrap()
}

/// Joins, one after the other, of groups with so many members.
fn trellis(
    members: usize,
    joiners: usize,
    credential: impl Fn(&[u8], usize) -> Credential,
) -> impl FnMut() -> Duration {
    let policy = Policy::default().anchor(&company().root().issue(), ["a.example"]);
    let policy = policy.unwrap();
    let client = |number| {
        let key = SoftwareSigner::generate(SUITE).unwrap();
        let credential = credential(key.public_key(), number);
        let plugins = Plugins::builder()
            .add(BASIC.make(), Origin::here())
            // Nothing is remembered of what other clients have found genuine.
            .add(Arc::new(X509::new(policy.clone())), Origin::here());
        Client::builder(plugins.build().unwrap())
            .identity(credential, Arc::new(key))
            .build()
            .unwrap()
    };
    let key_package = |client: &Client| {
        let made = client.key_package(&KeyPackageOptions::default());
        made.unwrap().message
    };
    let mut group = client(0).create_group(GroupConfig::new(b"room")).unwrap();
    let mut joining: Vec<_> = (1..=joiners).map(&client).collect();
    let commit = joining.iter().fold(group.commit(), |commit, client| {
        commit.add(&key_package(client))
    });
    let others = joiners + 1..members;
    let commit = others.fold(commit, |commit, number| {
        commit.add(&key_package(&client(number)))
    });
    let welcome = commit.seal().unwrap().welcome.unwrap();
    move || {
        let client = joining.pop().unwrap();
        timed(|| client.join(&welcome).unwrap())
    }
}

/// The same in mls-rs, with its own X.509 provider.
fn mls_rs(members: usize, joiners: usize) -> impl FnMut() -> Duration {
    let root = company().root().issue();
    let client = |number| {
        let crypto = RustCryptoProvider::default();
        let suite = crypto.cipher_suite_provider(TheirSuite::CURVE25519_AES128);
        let (secret, public) = suite.unwrap().signature_key_generate().unwrap();
        let identity = signing_identity(&certificate(&public, number), &public).unwrap();
        let provider = X509IdentityProvider::new(
            SubjectIdentityExtractor::new(0, X509Reader::new()),
            X509Validator::new(vec![root.clone().into()]).unwrap(),
        );
        mls_rs::Client::builder()
            .identity_provider(provider)
            .crypto_provider(crypto)
            .signing_identity(identity, secret, TheirSuite::CURVE25519_AES128)
            .build()
    };
    let none = ExtensionList::default;
    let mut group = client(0).create_group(none(), none(), None).unwrap();
    let mut joining: Vec<_> = (1..=joiners).map(&client).collect();
    let mut commit = group.commit_builder();
    for client in &joining {
        let key_package = client.generate_key_package_message(none(), none(), None);
        commit = commit.add_member(key_package.unwrap()).unwrap();
    }
    for number in joiners + 1..members {
        let key_package = client(number).generate_key_package_message(none(), none(), None);
        commit = commit.add_member(key_package.unwrap()).unwrap();
    }
    let welcome = commit.build().unwrap().welcome_messages.remove(0);
    move || {
        let client = joining.pop().unwrap();
        timed(|| client.join_group(None, &welcome, None).unwrap())
    }
}

/// As many checks of signatures by the authority's kind of key, over as many bytes as a leaf
/// certificate has.
fn checks(members: usize) -> impl FnMut() -> Duration {
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let message = [0x5a; 330];
    let signature: Signature = key.sign(&message);
    let key = key.verifying_key().to_encoded_point(false);
    move || {
        timed(|| {
            for _ in 0..members {
                let key = VerifyingKey::from_sec1_bytes(black_box(key.as_bytes())).unwrap();
                black_box(key.verify(black_box(&message), &signature)).unwrap();
            }
        })
    }
}
