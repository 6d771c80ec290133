//! Tokens made by hand, good and bad.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use ed25519_dalek::{Signer as _, SigningKey};
use mls_trellis_hooks::{CipherSuite, SignatureKey, Unverified};
use mls_trellis_sd_jwt::{PublicKey, Trust, group_audience, nonce};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) const GROUP: &[u8] = b"room";
pub(crate) const ISS: &str = "https://issuer.example";

/// A key made of its name.
pub(crate) fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(name).into())
}

pub(crate) fn jwk(key: &SigningKey) -> Value {
    let x = BASE64URL.encode(key.verifying_key().as_bytes());
    json!({ "kty": "OKP", "crv": "Ed25519", "x": x })
}

pub(crate) fn digest(text: &str) -> String {
    BASE64URL.encode(Sha256::digest(text))
}

pub(crate) fn encoded(value: &Value) -> String {
    BASE64URL.encode(value.to_string())
}

pub(crate) fn sign(key: &SigningKey, header: &Value, payload: &Value) -> String {
    let signed = format!("{}.{}", encoded(header), encoded(payload));
    let signature = key.sign(signed.as_bytes());
    format!("{signed}.{}", BASE64URL.encode(signature.to_bytes()))
}

/// What goes into a token. Change what is to be wrong, then make it.
pub(crate) struct Forge {
    pub(crate) issuer: SigningKey,
    pub(crate) holder: SigningKey,
    pub(crate) header: Value,
    pub(crate) payload: Value,
    pub(crate) disclosures: Vec<String>,
    pub(crate) kb_header: Value,
    pub(crate) kb_payload: Value,
}

impl Forge {
    /// A good token with one claim in clear, one disclosed member, one disclosed element, a claim
    /// inside a disclosed one, and a decoy.
    pub(crate) fn new() -> Self {
        let (issuer, holder) = (key("issuer"), key("holder"));
        let inner = encoded(&json!(["salt 1", "floor", 3]));
        let outer = encoded(&json!(["salt 2", "office", { "_sd": [digest(&inner)] }]));
        let element = encoded(&json!(["salt 3", "baker"]));
        let payload = json!({
            "iss": ISS,
            "sub": "im:alice/1",
            "cnf": { "jwk": jwk(&holder) },
            "_sd_alg": "sha-256",
            "_sd": [digest(&outer), digest("a decoy")],
            "jobs": ["cook", { "...": digest(&element) }, { "...": digest("another decoy") }],
        });
        Self {
            header: json!({ "alg": "EdDSA", "typ": "dc+sd-jwt" }),
            kb_header: json!({ "alg": "EdDSA", "typ": "kb+jwt" }),
            kb_payload: json!({
                "iat": 1_700_000_000,
                "aud": group_audience(GROUP),
                "nonce": nonce(holder.verifying_key().as_bytes()),
            }),
            issuer,
            holder,
            payload,
            disclosures: vec![inner, outer, element],
        }
    }

    /// The same forge with one more disclosed member at the top.
    pub(crate) fn disclosing(mut self, disclosure: &Value) -> Self {
        let disclosure = encoded(disclosure);
        self.payload["_sd"]
            .as_array_mut()
            .unwrap()
            .push(digest(&disclosure).into());
        self.disclosures.push(disclosure);
        self
    }

    /// Everything up to the last tilde.
    pub(crate) fn unbound(&self) -> String {
        let jwt = sign(&self.issuer, &self.header, &self.payload);
        let parts = [vec![jwt], self.disclosures.clone()].concat();
        format!("{}~", parts.join("~"))
    }

    pub(crate) fn token(&self) -> String {
        self.bind(&self.unbound())
    }

    /// The token with a key binding, whose `sd_hash` is right unless it is given.
    pub(crate) fn bind(&self, unbound: &str) -> String {
        let mut payload = self.kb_payload.clone();
        if let Some(payload) = payload.as_object_mut() {
            let right = || digest(unbound).into();
            payload.entry("sd_hash").or_insert_with(right);
        }
        format!("{unbound}{}", sign(&self.holder, &self.kb_header, &payload))
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::default().issuer(ISS, [PublicKey::from_jwk(&jwk(&self.issuer)).unwrap()])
    }

    pub(crate) fn verdict(&self) -> Result<Value, Unverified> {
        self.verdict_on(self.token().as_bytes())
    }

    pub(crate) fn verdict_on(&self, token: &[u8]) -> Result<Value, Unverified> {
        verdict(&self.trust(), token, &self.holder)
    }

    /// The rule by which the token is refused.
    #[track_caller]
    pub(crate) fn refused(&self) -> String {
        rule(self.verdict())
    }
}

pub(crate) fn verdict(trust: &Trust, token: &[u8], leaf: &SigningKey) -> Result<Value, Unverified> {
    let leaf = leaf.verifying_key();
    let key = SignatureKey {
        cipher_suite: CipherSuite(0x0001),
        bytes: leaf.as_bytes(),
    };
    let presented = trust.verify(token, &key, Some(GROUP))?;
    Ok(Value::Object(presented.claims().clone()))
}

#[track_caller]
pub(crate) fn rule<T: std::fmt::Debug>(verdict: Result<T, Unverified>) -> String {
    match verdict.unwrap_err() {
        Unverified::Reject(reject) => reject.rule().to_owned(),
        missing => format!("{missing}"),
    }
}
