//! Each rule, by what breaks it.

use mls_trellis_hooks::{
    CipherSuite, CredentialKind as _, Door, Identity, Kinds, SignatureKey, Unverified, VerifyView,
};
use mls_trellis_sd_jwt::{MAX_DISCLOSURES, MAX_TOKEN, Presented, PublicKey, SdJwt, Trust};
use serde_json::{Value, json};

use crate::forge::{Forge, ISS, digest, encoded, jwk, key, rule, sign, verdict};

/// The rules by which each of these forges is refused.
fn refusals(spoil: &[fn(&mut Forge)]) -> Vec<String> {
    let refused = spoil.iter().map(|spoil| {
        let mut forge = Forge::new();
        spoil(&mut forge);
        forge.refused()
    });
    refused.collect()
}

#[test]
fn a_good_token_says_what_was_disclosed() {
    let forge = Forge::new();
    let expected = json!({
        "iss": ISS,
        "sub": "im:alice/1",
        "cnf": { "jwk": jwk(&forge.holder) },
        "jobs": ["cook", "baker"],
        "office": { "floor": 3 },
    });
    assert_eq!(forge.verdict().unwrap(), expected);

    let mut less = Forge::new();
    less.disclosures.clear();
    let claims = less.verdict().unwrap();
    assert_eq!(
        (claims.get("office"), &claims["jobs"]),
        (None, &json!(["cook"]))
    );
}

#[test]
fn sdj_1_a_token_has_its_parts() {
    let forge = Forge::new();
    let jwt = sign(&forge.issuer, &forge.header, &forge.payload);
    for token in ["", "no token", &jwt, "~", "a.b~", "~~~", "..~"] {
        let rule = rule(forge.verdict_on(token.as_bytes()));
        assert!(
            ["SDJ-1", "SDJ-13"].contains(&rule.as_str()),
            "{token}: {rule}"
        );
    }
    assert_eq!(rule(forge.verdict_on(jwt.as_bytes())), "SDJ-1");
}

#[test]
fn sdj_2_a_trusted_issuer_signed_by_its_own_algorithm() {
    let spoil: &[fn(&mut Forge)] = &[
        |f| f.payload["iss"] = "https://other.example".into(),
        |f| drop(f.payload.as_object_mut().unwrap().remove("iss")),
        |f| f.payload["iss"] = 7.into(),
        |f| f.header["alg"] = "none".into(),
        |f| f.header["alg"] = "HS256".into(),
        |f| f.header["alg"] = "ES256".into(),
        |f| drop(f.header.as_object_mut().unwrap().remove("alg")),
        |f| f.payload["_sd_alg"] = "md5".into(),
        |f| f.payload["_sd_alg"] = 256.into(),
    ];
    assert_eq!(refusals(spoil), ["SDJ-2"; 9]);

    let mut forge = Forge::new();
    let trust = forge.trust();
    forge.issuer = key("somebody");
    let verdict = verdict(&trust, forge.token().as_bytes(), &forge.holder);
    assert_eq!(rule(verdict), "SDJ-2");
}

#[test]
fn sdj_2_a_key_of_a_trusted_issuer_can_be_missing() {
    let mut forge = Forge::new();
    let trust = forge.trust();
    forge.issuer = key("the issuer's next key");
    forge.header["kid"] = "next".into();
    let verdict = verdict(&trust, forge.token().as_bytes(), &forge.holder);
    let needs = Unverified::Missing(vec![format!("key \"next\" of issuer {ISS}")]);
    assert_eq!(verdict, Err(needs));
}

#[test]
fn sdj_3_a_disclosure_fits_its_place() {
    for disclosure in [
        json!(["salt", "_sd", 1]),
        json!(["salt", "...", 1]),
        json!(["salt", "sub", "im:mallory/1"]),
        json!(["salt", "an element"]),
        json!(["salt"]),
        json!([]),
        json!(["salt", "name", 1, 2]),
        json!([1, "name", 1]),
        json!(["salt", 1, 1]),
        json!({ "salt": 1 }),
        json!("text"),
        json!(["salt", "name", { "_sd": "text" }]),
        json!(["salt", "name", { "_sd": [7] }]),
        json!(["salt", "name", { "...": "text" }]),
        json!(["salt", "name", [{ "...": "text", "more": 1 }]]),
        json!(["salt", "name", [{ "...": 7 }]]),
    ] {
        let forge = Forge::new().disclosing(&disclosure);
        assert_eq!(forge.refused(), "SDJ-3", "{disclosure}");
    }

    let mut forge = Forge::new();
    let member = encoded(&json!(["salt", "name", 1]));
    forge.payload["jobs"] = json!([{ "...": digest(&member) }]);
    forge.disclosures = vec![member];
    assert_eq!(forge.refused(), "SDJ-3");
}

#[test]
fn sdj_3_two_disclosures_of_one_name_clash() {
    let forge = Forge::new()
        .disclosing(&json!(["salt 4", "name", 1]))
        .disclosing(&json!(["salt 5", "name", 2]));
    assert_eq!(forge.refused(), "SDJ-3");
}

#[test]
fn sdj_4_every_digest_and_every_disclosure_stands_once() {
    let spoil: &[fn(&mut Forge)] = &[
        // A disclosure without a digest, and one whose parent is not disclosed.
        |f| f.disclosures.push(encoded(&json!(["salt", "name", 1]))),
        |f| drop(f.disclosures.remove(1)),
        // A disclosure twice, a decoy twice, a digest in two places.
        |f| f.disclosures.push(f.disclosures[0].clone()),
        |f| {
            let decoy = digest("a decoy");
            f.payload["_sd"].as_array_mut().unwrap().push(decoy.into());
        },
        |f| {
            let decoy = json!({ "...": digest("a decoy") });
            f.payload["jobs"].as_array_mut().unwrap().push(decoy);
        },
    ];
    assert_eq!(refusals(spoil), ["SDJ-4"; 5]);
}

#[test]
fn sdj_5_what_rules_depend_on_is_in_clear() {
    for name in ["aud", "nbf", "exp", "vct", "status", "_sd_alg"] {
        let forge = Forge::new().disclosing(&json!(["salt", name, "hidden"]));
        assert_eq!(forge.refused(), "SDJ-5", "{name}");
    }
    let mut forge = Forge::new();
    let cnf = forge
        .payload
        .as_object_mut()
        .unwrap()
        .remove("cnf")
        .unwrap();
    let forge = forge.disclosing(&json!(["salt", "cnf", cnf]));
    assert_eq!(forge.refused(), "SDJ-5");
}

#[test]
fn sdj_6_the_holder_binds_just_these_disclosures() {
    let spoil: &[fn(&mut Forge)] = &[
        |f| f.kb_header["typ"] = "JWT".into(),
        |f| f.kb_header["alg"] = "none".into(),
        |f| f.kb_payload["sd_hash"] = digest("something else").into(),
        |f| drop(f.kb_payload.as_object_mut().unwrap().remove("iat")),
        |f| f.kb_payload["iat"] = "now".into(),
    ];
    assert_eq!(refusals(spoil), ["SDJ-6"; 5]);

    let forge = Forge::new();
    assert_eq!(rule(forge.verdict_on(forge.unbound().as_bytes())), "SDJ-6");

    // One disclosure less than what the holder signed.
    let token = forge.token();
    let mut parts: Vec<_> = token.split('~').collect();
    parts.remove(3);
    assert_eq!(rule(forge.verdict_on(parts.join("~").as_bytes())), "SDJ-6");

    // Signed by the issuer instead.
    let mut forge = Forge::new();
    let unbound = forge.unbound();
    forge.holder = key("issuer");
    let token = forge.bind(&unbound);
    forge.holder = key("holder");
    assert_eq!(rule(forge.verdict_on(token.as_bytes())), "SDJ-6");
}

#[test]
fn sdj_7_types_are_demanded() {
    let mut forge = Forge::new();
    let typed = |forge: &Forge| {
        let trust = forge.trust().token_type("https://types.example/staff");
        verdict(&trust, forge.token().as_bytes(), &forge.holder)
    };
    assert_eq!(rule(typed(&forge)), "SDJ-7");
    forge.payload["vct"] = "https://types.example/guest".into();
    assert_eq!(rule(typed(&forge)), "SDJ-7");
    forge.payload["vct"] = "https://types.example/staff".into();
    assert!(typed(&forge).is_ok());
    forge.header["typ"] = "JWT".into();
    assert_eq!(rule(typed(&forge)), "SDJ-7");
    assert!(forge.verdict().is_ok());
}

#[test]
fn sdj_8_the_leaf_has_the_key_that_the_token_is_bound_to() {
    let forge = Forge::new();
    let token = forge.token();
    let swapped = verdict(&forge.trust(), token.as_bytes(), &key("another leaf"));
    assert_eq!(rule(swapped), "SDJ-8");

    let spoil: &[fn(&mut Forge)] = &[
        |f| drop(f.payload.as_object_mut().unwrap().remove("cnf")),
        |f| f.payload["cnf"] = json!({ "kid": "1" }),
        |f| f.payload["cnf"]["kid"] = "1".into(),
        |f| f.payload["cnf"]["jwk"] = json!({ "kty": "oct", "k": "c2VjcmV0" }),
        |f| f.payload["cnf"]["jwk"]["d"] = "c2VjcmV0".into(),
        |f| f.payload["cnf"]["jwk"]["y"] = "c2VjcmV0".into(),
        |f| f.payload["cnf"]["jwk"]["x"] = "c2hvcnQ".into(),
        |f| f.payload["cnf"]["jwk"]["crv"] = "P-256".into(),
        |f| f.payload["cnf"]["jwk"]["alg"] = "ES256".into(),
        |f| f.payload["cnf"]["jwk"]["use"] = "enc".into(),
        |f| f.payload["cnf"]["jwk"]["key_ops"] = json!(["sign"]),
    ];
    assert_eq!(refusals(spoil), ["SDJ-8"; 11]);
}

#[test]
fn sdj_8_a_suite_whose_keys_no_jwk_can_hold_has_no_such_leaves() {
    let forge = Forge::new();
    let (token, leaf) = (forge.token(), forge.holder.verifying_key());
    let key = SignatureKey {
        cipher_suite: CipherSuite(0xf000),
        bytes: leaf.as_bytes(),
    };
    let verdict = forge.trust().verify(token.as_bytes(), &key, None);
    assert_eq!(rule(verdict), "SDJ-8");
}

#[test]
fn sdj_10_a_binding_is_for_this_group_and_leaf() {
    let spoil: &[fn(&mut Forge)] = &[
        |f| f.kb_payload["aud"] = "mls:b3RoZXI".into(),
        |f| f.kb_payload["aud"] = json!(["mls:cm9vbQ"]),
        |f| drop(f.kb_payload.as_object_mut().unwrap().remove("aud")),
        |f| f.kb_payload["nonce"] = "another leaf".into(),
        |f| drop(f.kb_payload.as_object_mut().unwrap().remove("nonce")),
    ];
    assert_eq!(refusals(spoil), ["SDJ-10"; 5]);

    let mut forge = Forge::new();
    forge.kb_payload["aud"] = "https://hub.example".into();
    assert_eq!(forge.refused(), "SDJ-10");
    let trust = forge.trust().audience("https://hub.example");
    assert!(verdict(&trust, forge.token().as_bytes(), &forge.holder).is_ok());
}

#[test]
fn sdj_12_the_token_names_its_client_in_clear() {
    let identify = |sub: Value| {
        let mut forge = Forge::new();
        forge.payload["sub"] = sub;
        SdJwt::new(Trust::default()).identify(forge.token().as_bytes(), &Kinds::none())
    };
    let alice = Identity::from("im:alice/1");
    assert_eq!(identify("im:alice/1".into()), Ok(alice));
    for sub in [Value::Null, "".into(), 7.into()] {
        assert_eq!(identify(sub).unwrap_err().rule(), "SDJ-12");
    }
}

#[test]
fn sdj_12_the_kind_answers_for_the_client() {
    let forge = Forge::new();
    let (kind, token) = (SdJwt::new(forge.trust()), forge.token());
    let leaf = forge.holder.verifying_key();
    let key = SignatureKey {
        cipher_suite: CipherSuite(0x0001),
        bytes: leaf.as_bytes(),
    };
    let epoch = mls_trellis_hooks::EpochState::new(crate::forge::GROUP);
    let mut cx = VerifyView {
        epoch: Some(&epoch),
        ..VerifyView::new(Door::Add)
    };
    let verified = kind.verify(token.as_bytes(), &key, &cx).unwrap();
    assert_eq!(verified.identity, Identity::from("im:alice/1"));
    cx.epoch = None;
    assert_eq!(rule(kind.verify(token.as_bytes(), &key, &cx)), "SDJ-10");
}

#[test]
fn sdj_13_a_token_has_one_reading_and_a_bounded_one() {
    let forge = Forge::new();
    let jwk = PublicKey::from_jwk(&jwk(&forge.issuer)).unwrap();
    let unbound = forge.unbound();
    let (jwt, rest) = unbound.split_once('~').unwrap();

    let long = format!("{unbound}{}", "a".repeat(MAX_TOKEN));
    let many = format!("{jwt}{}", "~WyJhIiwxXQ".repeat(MAX_DISCLOSURES + 1)) + "~";
    let padded = format!("{jwt}=~{rest}");
    let foreign = format!("{jwt}é~{rest}");
    let stray = format!("{jwt}~{}~", "WyJhIiwxXR");
    for token in [long, many, padded, foreign, stray] {
        let rule = Presented::open(token.as_bytes(), &jwk).unwrap_err();
        assert_eq!(rule.rule(), "SDJ-13", "{rule}");
    }

    let spoil: &[fn(&mut Forge)] = &[
        |f| f.header["crit"] = json!(["exp"]),
        |f| {
            let mut deep = json!(1);
            for _ in 0..17 {
                deep = json!([deep]);
            }
            f.payload["deep"] = deep;
        },
    ];
    assert_eq!(refusals(spoil), ["SDJ-13"; 2]);
}

#[test]
fn sdj_13_disclosures_in_each_other_do_not_go_round_the_depth() {
    let mut forge = Forge::new();
    let mut inner = encoded(&json!(["salt", "name", 1]));
    let mut chain = vec![inner.clone()];
    for _ in 0..20 {
        inner = encoded(&json!(["salt", "name", { "_sd": [digest(&inner)] }]));
        chain.push(inner.clone());
    }
    forge.payload["_sd"] = json!([digest(&inner)]);
    forge.payload["jobs"] = json!([]);
    forge.disclosures = chain;
    assert_eq!(forge.refused(), "SDJ-13");
}

#[test]
fn sdj_13_two_members_of_one_name_are_refused() {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
    let forge = Forge::new();
    let jwt = sign(&forge.issuer, &forge.header, &forge.payload);
    let (_, rest) = jwt.split_once('.').unwrap();
    let header = BASE64URL.encode(r#"{"alg":"none","alg":"EdDSA"}"#);
    let token = format!("{header}.{rest}~");
    assert_eq!(rule(forge.verdict_on(token.as_bytes())), "SDJ-13");
}

#[test]
fn a_genuine_token_says_what_rules_are_about() {
    use mls_trellis_hooks::{Claim, CredentialKind, Door, StatusRef, Validity, VerifyView};

    let mut forge = Forge::new();
    forge.payload["exp"] = 1_900_000_000.into();
    forge.payload["level"] = 3.into();
    forge.payload["ratio"] = 0.5.into();
    forge.payload["status"] = json!({ "status_list": { "idx": 7, "uri": "https://s.example/1" } });
    let holder = forge.holder.verifying_key();
    let key = SignatureKey {
        cipher_suite: CipherSuite(0x0001),
        bytes: holder.as_bytes(),
    };
    let kind = SdJwt::new(
        forge
            .trust()
            .audience(&mls_trellis_sd_jwt::group_audience(crate::forge::GROUP)),
    );
    let verified = kind.verify(forge.token().as_bytes(), &key, &VerifyView::new(Door::Add));
    let facts = verified.unwrap().facts;
    assert_eq!(facts.issuer.as_deref(), Some(ISS));
    let validity = Validity {
        not_before: 0,
        not_after: 1_900_000_000,
    };
    assert_eq!(facts.validity, Some(validity));
    let status = StatusRef::Token {
        uri: "https://s.example/1".to_owned(),
        index: 7,
    };
    assert_eq!(facts.status, [status]);
    // In clear, disclosed inside of a disclosed one, and what is no whole number left out.
    assert_eq!(facts.claims["level"], Claim::Number(3));
    assert_eq!(facts.claims["office"].get("floor"), Some(&Claim::Number(3)));
    assert_eq!(facts.claims["jobs"], Claim::texts(["cook", "baker"]));
    let names: Vec<_> = facts.claims.keys().map(String::as_str).collect();
    assert_eq!(names, ["jobs", "level", "office"]);
}
