//! Issued and presented by sd-jwt-rs, verified here.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use jsonwebtoken::{EncodingKey, jwk::Jwk};
use mls_trellis_hooks::{CipherSuite, SignatureKey};
use mls_trellis_sd_jwt::{KeyBinding, PublicKey, Trust, group_audience, nonce};
use p256::{
    ecdsa::{SigningKey, signature::Signer as _},
    pkcs8::EncodePrivateKey as _,
};
use sd_jwt_rs::{
    ClaimsForSelectiveDisclosureStrategy as Strategy, SDJWTHolder, SDJWTIssuer,
    SDJWTSerializationFormat::Compact,
};
use serde_json::{Value, json};

use crate::forge::{Forge, GROUP, ISS, digest};

struct Key {
    point: Vec<u8>,
    jwk: Value,
    encoding: EncodingKey,
}

/// A point without compression, as JOSE has it.
fn ec_jwk(curve: &str, point: &[u8]) -> Value {
    let (x, y) = point[1..].split_at(point.len() / 2);
    json!({
        "kty": "EC",
        "crv": curve,
        "x": BASE64URL.encode(x),
        "y": BASE64URL.encode(y),
    })
}

fn key(name: &str) -> Key {
    let seed = BASE64URL.decode(digest(name)).unwrap();
    let key = SigningKey::from_slice(&seed).unwrap();
    let point = key.verifying_key().to_encoded_point(false);
    let jwk = ec_jwk("P-256", point.as_bytes());
    let der = p256::SecretKey::from(&key).to_pkcs8_der().unwrap();
    Key {
        point: point.as_bytes().to_vec(),
        jwk,
        encoding: EncodingKey::from_ec_der(der.as_bytes()),
    }
}

#[test]
fn what_sd_jwt_rs_presents_is_a_credential() {
    let (issuer, holder) = (key("an issuer"), key("a holder"));
    let claims = json!({
        "iss": ISS,
        "sub": "im:alice/1",
        "exp": 4_000_000_000_u64,
        "email": "alice@example.com",
        "address": { "city": "Berlin", "street": "Lane" },
    });
    let jwk: Jwk = serde_json::from_value(holder.jwk.clone()).unwrap();
    let mut issuing = SDJWTIssuer::new(issuer.encoding, None);
    let hidden = Strategy::Custom(vec!["$.email", "$.address.street", "$.address"]);
    let issued = issuing
        .issue_sd_jwt(claims, hidden, Some(jwk), true, Compact)
        .unwrap();

    let disclosed = json!({ "email": true, "address": true });
    let (aud, leaf) = (group_audience(GROUP), &holder.point);
    let presentation = SDJWTHolder::new(issued, Compact)
        .unwrap()
        .create_presentation(
            disclosed.as_object().unwrap().clone(),
            Some(nonce(leaf)),
            Some(aud),
            Some(holder.encoding),
            None,
        )
        .unwrap();

    let trust = Trust::default().issuer(ISS, [PublicKey::from_jwk(&issuer.jwk).unwrap()]);
    let key = SignatureKey {
        cipher_suite: CipherSuite(0x0002),
        bytes: leaf,
    };
    let presented = trust
        .verify(presentation.as_bytes(), &key, Some(GROUP))
        .unwrap();
    assert_eq!(presented.text("email"), Some("alice@example.com"));
    assert_eq!(presented.claims()["address"]["city"], "Berlin");
}

#[test]
fn a_key_in_a_keystore_presents() {
    let forge = Forge::new();
    let issued = forge.unbound();
    let ed25519 = |message: &[u8]| forge.holder.sign(message).to_bytes().to_vec();
    let leaf = forge.holder.verifying_key();
    let key = SignatureKey {
        cipher_suite: CipherSuite(0x0001),
        bytes: leaf.as_bytes(),
    };
    let binding = KeyBinding::new(&issued, &key, &group_audience(GROUP), 1_700_000_000).unwrap();
    let content = binding.signed(&ed25519(binding.to_sign())).unwrap();
    assert!(forge.trust().verify(&content, &key, Some(GROUP)).is_ok());
    assert!(
        forge
            .trust()
            .verify(&content, &key, Some(b"other"))
            .is_err()
    );

    let refused = binding.signed(&ed25519(b"something else"));
    assert_eq!(refused.unwrap_err().rule(), "SDJ-6");
    let again = KeyBinding::new(str::from_utf8(&content).unwrap(), &key, "", 0);
    assert_eq!(again.unwrap_err().rule(), "SDJ-1");
    let no_jwk = SignatureKey {
        cipher_suite: CipherSuite(0x0004),
        ..key
    };
    let refused = KeyBinding::new(&issued, &no_jwk, "", 0);
    assert_eq!(refused.unwrap_err().rule(), "SDJ-8");
}

/// Presents with a key of this curve, whose signature comes as MLS has it.
macro_rules! presents {
    ($curve:ident, $name:literal, $suite:literal) => {{
        use $curve::ecdsa::{Signature, SigningKey, VerifyingKey};

        let mut secret = $curve::FieldBytes::default();
        secret[1..].fill(7);
        let holder = SigningKey::from_slice(&secret).unwrap();
        let point = VerifyingKey::from(&holder).to_encoded_point(false);
        let point = point.as_bytes();
        let mut forge = Forge::new();
        forge.payload["cnf"] = json!({ "jwk": ec_jwk($name, point) });
        let issued = forge.unbound();
        let key = SignatureKey {
            cipher_suite: CipherSuite($suite),
            bytes: point,
        };
        let binding = KeyBinding::new(&issued, &key, &group_audience(GROUP), 1_700_000_000).unwrap();
        let signature: Signature = holder.sign(binding.to_sign());
        let content = binding.signed(signature.to_der().as_bytes()).unwrap();
        assert!(forge.trust().verify(&content, &key, Some(GROUP)).is_ok(), $name);
        // Not as JOSE has it.
        let raw = binding.signed(&signature.to_bytes());
        assert_eq!(raw.unwrap_err().rule(), "SDJ-6", $name);
    }};
}

#[test]
fn a_signature_of_mls_becomes_one_of_jose() {
    presents!(p256, "P-256", 0x0002);
    presents!(p384, "P-384", 0x0007);
    presents!(p521, "P-521", 0x0005);
}
