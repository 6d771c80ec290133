//! Credentials that somebody changed: none is genuine, whatever it became.

use std::sync::LazyLock;

use ed25519_dalek::{Signer as _, SigningKey};
use mls_trellis_hooks::{
    CipherSuite, Credential, Door, Kinds, Plugins, SignatureKey, Signatures, Unverified, Verified,
    Verifier, VerifyView, wire,
};
use mls_trellis_issuer::{
    Company, Kind,
    token::{Token, jwk},
};
use mls_trellis_multi::{Bindings, CredentialBinding};
use mls_trellis_sd_jwt::{PublicKey, SdJwt, Trust, group_audience, nonce};
use mls_trellis_x509::{Chain, Policy, X509 as X509Kind};

use crate::{
    Target,
    edits::{edited, seeds},
};

const SUITE: CipherSuite = CipherSuite(0x0001);
const ISSUER: &str = "https://issuer.example";

/// Chains of certificates.
pub(crate) const X509: Target = Target {
    name: "x509",
    run: |data| feed(&CHAIN, data),
    seeds: || seeds(1),
};

/// Tokens.
pub(crate) const SD_JWT: Target = Target {
    name: "sd_jwt",
    run: |data| feed(&TOKEN, data),
    seeds: || seeds(1),
};

/// Credentials of several, with a chain and a token inside.
pub(crate) const MULTI: Target = Target {
    name: "multi",
    run: |data| feed(&BOTH, data),
    seeds: || seeds(1),
};

/// A genuine credential, its key, and whoever finds it genuine.
struct Case {
    plugins: Plugins,
    credential: Credential,
    key: Vec<u8>,
    honest: Vec<Vec<u8>>,
}

static CHAIN: LazyLock<Case> = LazyLock::new(|| Case::new(leaf_key(), chain));
static TOKEN: LazyLock<Case> = LazyLock::new(|| Case::new(leaf_key(), token));
static BOTH: LazyLock<Case> = LazyLock::new(|| Case::new(leaf_key(), both));

fn feed(case: &Case, data: &[u8]) {
    let (_, content) = edited(&case.honest, data);
    let credential = Credential {
        credential_type: case.credential.credential_type,
        content: content.into(),
    };
    let kinds = Kinds::of(&case.plugins);
    let named = kinds.identify(&credential);
    let _ = kinds.user(&credential);
    if let Ok(verified) = case.verify(&credential) {
        // Changed where nobody looks, as the order of a chain's intermediates, it may be; but it says
        // the same of the same.
        assert_eq!(named, Ok(verified.identity.clone()));
        assert_eq!(verified, case.verify(&case.credential).unwrap());
    }
}

impl Case {
    fn new(key: SigningKey, credential: fn(&SigningKey, &Plugins) -> Credential) -> Self {
        let plugins = plugins();
        let credential = credential(&key, &plugins);
        let case = Self {
            honest: vec![credential.content.to_vec()],
            key: key.verifying_key().as_bytes().to_vec(),
            plugins,
            credential,
        };
        case.verify(&case.credential).unwrap();
        case
    }

    fn verify(&self, credential: &Credential) -> Result<Verified, Unverified> {
        let view = VerifyView {
            kinds: Kinds::of(&self.plugins),
            signatures: Signatures::of(&Ed25519),
            ..VerifyView::new(Door::Add)
        };
        let key = SignatureKey {
            cipher_suite: SUITE,
            bytes: &self.key,
        };
        view.verify(credential, &key)
    }
}

/// Of the leaf, and of every credential.
fn leaf_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn issuer_key() -> SigningKey {
    SigningKey::from_bytes(&[8; 32])
}

fn company() -> Company {
    Company::of("a.example", 1)
}

fn plugins() -> Plugins {
    let policy = Policy::default().anchor(&company().root().issue(), ["a.example"]);
    let issuer = PublicKey::from_jwk(&jwk(&issuer_key())).unwrap();
    let trust = Trust::default().issuer(ISSUER, [issuer]);
    mls_trellis_registry::Registry::discover()
        .with_all(mls_trellis_bundle::ALL)
        .with(X509Kind::new(policy.unwrap()))
        .with(SdJwt::new(trust.audience(&group_audience(b"room"))))
        .build()
        .unwrap()
}

fn chain(key: &SigningKey, plugins: &Plugins) -> Credential {
    let spki = Kind::Ed25519.spki(key.verifying_key().as_bytes());
    let leaf = company().certificate(&spki, "alice/phone", "alice").issue();
    let chain = Chain::new([leaf, company().authority().issue()]).unwrap();
    chain.credential(plugins.ids()).unwrap()
}

fn token(key: &SigningKey, plugins: &Plugins) -> Credential {
    let token = Token {
        issuer: (ISSUER.to_owned(), issuer_key()),
        holder: ("mimi://a.example/d/alice/phone".to_owned(), key.clone()),
        hidden: vec![("office", "3rd floor".into())],
        audience: group_audience(b"room"),
        nonce: nonce(key.verifying_key().as_bytes()),
    };
    Credential {
        credential_type: plugins.ids().credential::<SdJwt>(),
        content: token.issue().into_bytes().into(),
    }
}

fn both(key: &SigningKey, plugins: &Plugins) -> Credential {
    let public = key.verifying_key();
    let bound = SignatureKey {
        cipher_suite: SUITE,
        bytes: public.as_bytes(),
    };
    let binding = |credential: &Credential| {
        CredentialBinding::sign(credential, &bound, public.as_bytes(), |payload| {
            Ok::<_, wire::WireError>(key.sign(payload).to_bytes().to_vec())
        })
    };
    let bindings = [chain(key, plugins), token(key, plugins)].map(|c| binding(&c).unwrap());
    Bindings::new(bindings)
        .unwrap()
        .multi(plugins.ids())
        .unwrap()
}

struct Ed25519;

impl Verifier for Ed25519 {
    fn knows(&self, suite: CipherSuite) -> bool {
        suite == SUITE
    }

    fn verify(&self, key: &SignatureKey<'_>, payload: &[u8], signature: &[u8]) -> bool {
        let key = <&[u8; 32]>::try_from(key.bytes).ok();
        let key = key.and_then(|key| ed25519_dalek::VerifyingKey::from_bytes(key).ok());
        let signature = ed25519_dalek::Signature::from_slice(signature).ok();
        key.zip(signature)
            .is_some_and(|(key, signature)| key.verify_strict(payload, &signature).is_ok())
    }
}
