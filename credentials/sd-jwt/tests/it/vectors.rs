//! Tokens that another implementation signed, with the claims they stand for.

use std::{env, fs, path::PathBuf};

use mls_trellis_sd_jwt::{Presented, PublicKey};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Vector {
    name: String,
    issuer_jwk: Value,
    presentation: String,
    kb: Option<Expected>,
    expected: Value,
}

#[derive(Deserialize)]
struct Expected {
    aud: String,
    nonce: String,
}

fn vectors() -> Option<Vec<Vector>> {
    let Some(folder) = env::var_os("TRELLIS_VECTORS").map(PathBuf::from) else {
        eprintln!("SKIPPED: TRELLIS_VECTORS is not set, so no published SD-JWTs were read");
        return None;
    };
    let text = fs::read(folder.join("sd-jwt.json")).unwrap();
    Some(serde_json::from_slice(&text).unwrap())
}

#[test]
fn published_tokens_say_what_they_should() {
    let Some(vectors) = vectors() else { return };
    assert!(vectors.len() >= 41, "{}", vectors.len());
    for mut vector in vectors {
        let name = &vector.name;
        let issuer = PublicKey::from_jwk(&vector.issuer_jwk).unwrap();
        let presented = Presented::open(vector.presentation.as_bytes(), &issuer)
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        // The holder's key is a claim as well; the file leaves it out of some.
        let mut claims = presented.claims().clone();
        claims.remove("cnf");
        vector.expected.as_object_mut().unwrap().remove("cnf");
        assert_eq!(Value::Object(claims), vector.expected, "{name}");
        if let Some(kb) = &vector.kb {
            let holder = presented.holder().unwrap();
            let bound = |aud: &str, nonce: &str| presented.bound(&holder, |a| a == aud, nonce);
            assert_eq!(bound(&kb.aud, &kb.nonce), Ok(()), "{name}");
            assert_eq!(bound(&kb.aud, "0").unwrap_err().rule(), "SDJ-10", "{name}");
            assert_eq!(bound("", &kb.nonce).unwrap_err().rule(), "SDJ-10", "{name}");
        }
    }
}
