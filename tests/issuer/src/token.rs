//! SD-JWTs with a key binding (RFC 9901), of Ed25519 keys.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A token: who says what to whom, and for which use.
#[derive(Clone, Debug)]
pub struct Token {
    /// Who issues it, and with which key.
    pub issuer: (String, SigningKey),
    /// Whose it is, and with which key.
    pub holder: (String, SigningKey),
    /// What is hidden in it and disclosed beside it: names and values.
    pub hidden: Vec<(&'static str, Value)>,
    /// For whom the key binding is.
    pub audience: String,
    /// For which use the key binding is.
    pub nonce: String,
}

impl Token {
    /// The token, with everything disclosed.
    pub fn issue(&self) -> String {
        let hidden = self.hidden.iter();
        let hidden: Vec<_> = hidden
            .map(|(name, value)| encoded(&json!(["salt", name, value])))
            .collect();
        let (issuer, issuer_key) = &self.issuer;
        let (subject, key) = &self.holder;
        let payload = json!({
            "iss": issuer,
            "sub": subject,
            "cnf": { "jwk": jwk(key) },
            "_sd_alg": "sha-256",
            "_sd": hidden.iter().map(|text| digest(text)).collect::<Vec<_>>(),
        });
        let header = json!({ "alg": "EdDSA", "typ": "dc+sd-jwt" });
        let disclosed: String = hidden.iter().map(|text| format!("{text}~")).collect();
        let unbound = format!("{}~{disclosed}", sign(issuer_key, &header, &payload));
        let binding = json!({
            "iat": 1_700_000_000,
            "aud": self.audience,
            "nonce": self.nonce,
            "sd_hash": digest(&unbound),
        });
        let bound = sign(key, &json!({ "alg": "EdDSA", "typ": "kb+jwt" }), &binding);
        format!("{unbound}{bound}")
    }
}

/// The public half of a key, as a JWK.
pub fn jwk(key: &SigningKey) -> Value {
    let x = BASE64URL.encode(key.verifying_key().as_bytes());
    json!({ "kty": "OKP", "crv": "Ed25519", "x": x })
}

fn digest(text: &str) -> String {
    BASE64URL.encode(Sha256::digest(text))
}

fn encoded(value: &Value) -> String {
    BASE64URL.encode(value.to_string())
}

fn sign(key: &SigningKey, header: &Value, payload: &Value) -> String {
    let signed = format!("{}.{}", encoded(header), encoded(payload));
    let signature = key.sign(signed.as_bytes());
    format!("{signed}.{}", BASE64URL.encode(signature.to_bytes()))
}
