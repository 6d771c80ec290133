//! Verdicts on credentials, next to the signature checks that they cannot do without;
//! `cargo bench -p mls-trellis-bench --bench credentials` prints the table.
//!
//! Both sides are measured in one run, by turns. What counts is the ratio in the last column.
#![allow(clippy::unwrap_used)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use mls_trellis_bundle::{
    policy::{Compiled, Document},
    sd_jwt::{PublicKey, SdJwt, Trust, group_audience, nonce},
    x509::{Chain, Policy, X509},
};
use mls_trellis_hooks::{
    Candidate, CipherSuite, CredentialKind, Door, EpochState, LeafInfo, SignatureKey, Verified,
    VerifyView,
};
use mls_trellis_issuer::{
    Company, Kind,
    token::{Token, jwk},
};

const ROUNDS: usize = 301;
const CLIENT: &str = "mimi://a.example/d/alice/phone";

fn main() {
    // Cargo says `--bench` when it is to measure, and runs the same program without it as a test.
    let measure = std::env::args().any(|argument| argument == "--bench");
    let rounds = if measure { ROUNDS } else { 1 };
    let (ed25519, p256) = (ed25519_check(), p256_check());
    println!("| verdict | next to | time | ratio |\n|---|---|---|---|");
    row(
        rounds,
        "policy of 50 rules",
        "1 check of Ed25519",
        1,
        &policy(),
        &ed25519,
    );
    row(
        rounds,
        "X.509 leaf, issuer known",
        "1 check of P-256",
        1,
        &certificate(),
        &p256,
    );
    row(
        rounds,
        "SD-JWT with key binding",
        "2 checks of Ed25519",
        2,
        &token(),
        &ed25519,
    );
    row(
        rounds,
        "SD-JWT with key binding",
        "sd-jwt-rs, ES256 by ring",
        1,
        &token(),
        &sd_jwt_rs(),
    );
}

/// Measures two things by turns, and prints how they compare.
fn row(rounds: usize, name: &str, other: &str, times: u32, verdict: &dyn Fn(), check: &dyn Fn()) {
    let time = |what: &dyn Fn()| {
        let start = Instant::now();
        what();
        start.elapsed()
    };
    verdict();
    let pairs = (0..rounds).map(|_| (time(verdict), time(check) * times));
    let mut pairs: Vec<_> = pairs.collect();
    let ratio =
        |(verdict, check): &(Duration, Duration)| verdict.as_secs_f64() / check.as_secs_f64();
    pairs.sort_by(|a, b| ratio(a).total_cmp(&ratio(b)));
    if let Some(median) = pairs.get(pairs.len() / 2) {
        println!(
            "| {name} | {other} | {:?} | {:.2} |",
            median.0,
            ratio(median)
        );
    }
}

/// A check of a signature by a key that comes as bytes, as peers' keys do.
fn ed25519_check() -> impl Fn() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let message = [0x5a; 700];
    let signature: Signature = key.sign(&message);
    let key = key.verifying_key().to_bytes();
    move || {
        let key = VerifyingKey::from_bytes(black_box(&key)).unwrap();
        black_box(key.verify_strict(black_box(&message), &signature)).unwrap();
    }
}

/// The same of P-256, of which the authority's key is.
fn p256_check() -> impl Fn() {
    use p256::ecdsa::{Signature, SigningKey, VerifyingKey, signature::Verifier as _};

    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let message = [0x5a; 700];
    let signature: Signature = key.sign(&message);
    let key = key.verifying_key().to_encoded_point(false);
    move || {
        let key = VerifyingKey::from_sec1_bytes(black_box(key.as_bytes())).unwrap();
        black_box(key.verify(black_box(&message), &signature)).unwrap();
    }
}

/// Two domains and 48 conditions on claims.
fn policy() -> impl Fn() {
    let conditions: String = (0..47)
        .map(|number| {
            format!(
                "forbid (principal, action, resource) when {{ principal has basic.rank && \
                 principal.basic.rank == {number} }};\n"
            )
        })
        .collect();
    let document = format!(
        "language = 1\nversion = 1\n\
         [domains.\"a.example\"]\ncredentials = [\"basic\"]\n\
         [domains.\"b.example\"]\ncredentials = [\"basic\"]\n\
         [attributes]\nclaims = {{ \"basic.rank\" = \"number\" }}\n\
         policies = '''\npermit (principal, action, resource);\n{conditions}'''\n"
    );
    let rules = Document::parse(&document).unwrap().rules().clone();
    let compiled = Compiled::new(rules).unwrap();
    let mut epoch = EpochState::new(b"room");
    epoch.ids = mls_trellis_bundle::plugins().unwrap().ids().clone();
    let leaf = LeafInfo::basic(CLIENT);
    let facts =
        mls_trellis_hooks::Facts::default().claim("rank", mls_trellis_hooks::Claim::Number(100));
    let verified = Verified::new(CLIENT.into()).with_facts(facts);
    move || {
        let decision = compiled.decide(&Candidate {
            door: Door::Add,
            epoch: &epoch,
            leaf: Some(&leaf),
            replaces: None,
            credential: &leaf.credential,
            key: SignatureKey {
                cipher_suite: epoch.cipher_suite,
                bytes: b"key",
            },
            verified: &verified,
        });
        assert!(decision.is_allowed());
    }
}

/// A thousand leaves of one authority, one after the other: the authority is known, the leaf is not.
fn certificate() -> impl Fn() {
    let company = Company::of("a.example", 1);
    let policy = Policy::default().anchor(&company.root().issue(), ["a.example"]);
    let kind = X509::new(policy.unwrap());
    let authority = company.authority().issue();
    let leaves: Vec<_> = (0..1000_u32)
        .map(|number| {
            let mut seed = [1; 32];
            seed[..4].copy_from_slice(&number.to_be_bytes());
            let key = SigningKey::from_bytes(&seed).verifying_key();
            let spki = Kind::Ed25519.spki(key.as_bytes());
            let leaf = company.certificate(&spki, &format!("alice/{number}"), "alice");
            let chain = Chain::new([leaf.issue(), authority.clone()]).unwrap();
            (chain.credential(&Default::default()).unwrap(), key)
        })
        .collect();
    let next = std::cell::Cell::new(0);
    move || {
        let at = next.get();
        next.set((at + 1) % leaves.len());
        let (credential, key) = leaves.get(at).unwrap();
        let key = SignatureKey {
            cipher_suite: CipherSuite(0x0001),
            bytes: key.as_bytes(),
        };
        let view = VerifyView::new(Door::Welcome);
        kind.verify(&credential.content, &key, &view).unwrap();
    }
}

/// A token of the same claims as [`token`]'s, as sd-jwt-rs issues, presents and verifies it.
fn sd_jwt_rs() -> impl Fn() {
    use jsonwebtoken::{DecodingKey, EncodingKey};
    use p256::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
    use sd_jwt_rs::{
        ClaimsForSelectiveDisclosureStrategy as Strategy, SDJWTHolder, SDJWTIssuer,
        SDJWTSerializationFormat::Compact, SDJWTVerifier,
    };
    use serde_json::json;

    let keys = |seed| {
        let key = p256::SecretKey::from_slice(&[seed; 32]).unwrap();
        let encoding = EncodingKey::from_ec_der(key.to_pkcs8_der().unwrap().as_bytes());
        let public = key.public_key();
        let point = public.to_sec1_bytes();
        let jwk = PublicKey::of_leaf(CipherSuite(0x0002), &point)
            .unwrap()
            .to_jwk();
        let jwk = serde_json::from_value(jwk).unwrap();
        (
            encoding,
            public.to_public_key_pem(LineEnding::LF).unwrap(),
            jwk,
        )
    };
    let ((issuer, issuers, _), (holder, _, jwk)) = (keys(8), keys(9));
    let claims = json!({
        "iss": "https://id.example",
        "sub": CLIENT,
        "exp": 4_000_000_000_u64,
        "office": "3rd floor",
        "rank": 3,
    });
    let hidden = Strategy::Custom(vec!["$.office", "$.rank"]);
    let mut issuing = SDJWTIssuer::new(issuer, None);
    let issued = issuing.issue_sd_jwt(claims, hidden, Some(jwk), false, Compact);
    let all = json!({ "office": true, "rank": true });
    let (audience, nonce) = ("room".to_owned(), "a nonce".to_owned());
    let presented = SDJWTHolder::new(issued.unwrap(), Compact)
        .unwrap()
        .create_presentation(
            all.as_object().unwrap().clone(),
            Some(nonce.clone()),
            Some(audience.clone()),
            Some(holder),
            None,
        )
        .unwrap();
    move || {
        let issuers = issuers.clone();
        let key = move |_: &str, _: &_| DecodingKey::from_ec_pem(issuers.as_bytes()).unwrap();
        let verified = SDJWTVerifier::new(
            presented.clone(),
            Box::new(key),
            Some(audience.clone()),
            Some(nonce.clone()),
            Compact,
        );
        black_box(verified.unwrap());
    }
}

fn token() -> impl Fn() {
    let (issuer, holder) = (
        SigningKey::from_bytes(&[8; 32]),
        SigningKey::from_bytes(&[9; 32]),
    );
    let public = holder.verifying_key();
    let audience = group_audience(b"room");
    let trusted = PublicKey::from_jwk(&jwk(&issuer)).unwrap();
    let trust = Trust::default().issuer("https://id.example", [trusted]);
    let kind = SdJwt::new(trust.audience(&audience));
    let token = Token {
        issuer: ("https://id.example".to_owned(), issuer),
        holder: (CLIENT.to_owned(), holder),
        hidden: vec![("office", "3rd floor".into()), ("rank", 3.into())],
        audience,
        nonce: nonce(public.as_bytes()),
    };
    let token = token.issue();
    move || {
        let key = SignatureKey {
            cipher_suite: CipherSuite(0x0001),
            bytes: public.as_bytes(),
        };
        let view = VerifyView::new(Door::Welcome);
        kind.verify(token.as_bytes(), &key, &view).unwrap();
    }
}
