//! Issued and presented by sd-jwt-rs, verified here.

use jsonwebtoken::{EncodingKey, jwk::Jwk};
use mls_trellis_hooks::{CipherSuite, SignatureKey};
use mls_trellis_sd_jwt::{PublicKey, Trust, group_audience, nonce};
use p256::{
    ecdsa::SigningKey, elliptic_curve::sec1::ToEncodedPoint as _, pkcs8::EncodePrivateKey as _,
};
use sd_jwt_rs::{
    ClaimsForSelectiveDisclosureStrategy as Strategy, SDJWTHolder, SDJWTIssuer,
    SDJWTSerializationFormat::Compact,
};
use serde_json::{Value, json};

use crate::forge::{GROUP, ISS, digest};

struct Key {
    point: Vec<u8>,
    jwk: Value,
    encoding: EncodingKey,
}

fn key(name: &str) -> Key {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
    let seed = BASE64URL.decode(digest(name)).unwrap();
    let key = SigningKey::from_slice(&seed).unwrap();
    let point = key.verifying_key().as_affine().to_encoded_point(false);
    let coordinate = |bytes: Option<_>| BASE64URL.encode(bytes.unwrap());
    let jwk = json!({
        "kty": "EC",
        "crv": "P-256",
        "x": coordinate(point.x()),
        "y": coordinate(point.y()),
    });
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
