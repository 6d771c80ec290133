//! The cases of x509-limbo whose outcome does not depend on the name of a TLS server.
//!
//! They are not part of this repository: `TRELLIS_VECTORS` names a folder with `x509-limbo.json`, as
//! `limbo compile` writes it. Leaves of limbo are those of TLS servers, so identities are not read;
//! everything else is judged as in a group.

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use certval::PkiEnvironment;
use mls_trellis_hooks::{CipherSuite, Reject, SignatureKey, Unverified};
use serde_json::Value;
use x509_cert::der::{DateTime, asn1::ObjectIdentifier};

use crate::{
    Chain,
    certificate::Certificate,
    path::{Anchor, Search, validator},
};

/// Cases that say nothing about this crate: names of servers, and lists of revocation.
const ELSEWHERE: &[&str] = &["webpki::san::", "webpki::cn::", "crl::"];

fn pem(text: &str) -> Vec<u8> {
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    BASE64_STANDARD
        .decode(lines.collect::<String>())
        .unwrap_or_default()
}

fn pems(list: &Value) -> Vec<Vec<u8>> {
    let list = list.as_array().unwrap().iter();
    list.map(|text| pem(text.as_str().unwrap())).collect()
}

fn seconds(time: &str) -> u64 {
    let time: DateTime = format!("{}Z", &time[..19]).parse().unwrap();
    time.unix_duration().as_secs()
}

fn judge(case: &Value, validator: &PkiEnvironment) -> Result<(), Unverified> {
    let purposes = match case["validation_kind"].as_str() {
        Some("CLIENT") => "1.3.6.1.5.5.7.3.2",
        _ => "1.3.6.1.5.5.7.3.1",
    };
    let purposes: BTreeSet<_> = [ObjectIdentifier::new(purposes).unwrap()].into();
    let leaf = pem(case["peer_certificate"].as_str().unwrap());
    let others = pems(&case["untrusted_intermediates"]);
    let chain = Chain::new([leaf].into_iter().chain(others))?;
    let leaf = Certificate::parse(chain.leaf())?;
    let pool = chain.others().map(Certificate::parse);
    let pool = pool.collect::<Result<Vec<_>, _>>()?;
    let anchors = pems(&case["trusted_certs"]);
    let anchors: Vec<_> = anchors.iter().map(|der| Anchor::new(der)).collect();
    if let [Err(reject)] = anchors.as_slice() {
        return Err(reject.clone().into());
    }
    let anchors: Vec<_> = anchors.into_iter().filter_map(Result::ok).collect();
    let key = leaf.public_key().subject_public_key.raw_bytes();
    let suites = [1, 2, 4, 5, 7].map(CipherSuite);
    let fits = |suite| {
        leaf.check_key(&SignatureKey {
            cipher_suite: suite,
            bytes: key,
        })
        .is_ok()
    };
    if !suites.into_iter().any(fits) {
        return Err(Reject::peer("X5-5", "a key of a kind that no suite has").into());
    }
    leaf.check_end_entity(&purposes, u64::MAX)?;
    let depth = case["max_chain_depth"].as_u64().unwrap_or(8);
    let search = Search {
        validator,
        anchors: anchors.iter().collect(),
        pool: pool.iter().collect(),
        purposes: &purposes,
        depth: usize::try_from(depth).unwrap(),
        time: Some(
            case["validation_time"]
                .as_str()
                .map_or(1_750_000_000, seconds),
        ),
    };
    search.run(&leaf).map(drop)
}

#[test]
fn nothing_is_accepted_that_rfc_5280_refuses() {
    let Some(folder) = env::var_os("TRELLIS_VECTORS") else {
        println!("SKIPPED: TRELLIS_VECTORS is not set");
        return;
    };
    let cases = fs::read(PathBuf::from(folder).join("x509-limbo.json")).unwrap();
    let cases: Value = serde_json::from_slice(&cases).unwrap();
    let (mut agreed, mut accepted, mut refused) = (0, String::new(), String::new());
    let warm = validator();
    for case in cases["testcases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        if ELSEWHERE.iter().any(|elsewhere| id.starts_with(elsewhere)) {
            continue;
        }
        let verdict = judge(case, &validator());
        // What was remembered of the cases before, or of this one, changes nothing.
        let text = format!("{verdict:?}");
        assert_eq!(format!("{:?}", judge(case, &warm)), text, "{id}");
        assert_eq!(format!("{:?}", judge(case, &warm)), text, "{id}");
        match (case["expected_result"] == "SUCCESS", &verdict) {
            (true, Ok(())) | (false, Err(_)) => agreed += 1,
            (false, Ok(())) => accepted += &format!("{id}\n"),
            (true, Err(Unverified::Reject(reject))) => {
                refused += &format!("{id}: {}\n", reject.rule());
            }
            (true, Err(missing)) => refused += &format!("{id}: {missing}\n"),
        }
    }
    // The authorities of the Web forbid a critical extendedKeyUsage in a leaf. RFC 5280, section 4.2.1.12,
    // leaves it to who issues the certificate.
    insta::assert_snapshot!(accepted, @"webpki::eku::ee-critical-eku");
    // Valid by RFC 5280, or for the Web, and refused: by the profile, or because no key of MLS is RSA.
    insta::assert_snapshot!(refused, @r"
    cve::cve-2024-0567: X5-23
    pathlen::validation-ignores-pathlen-in-leaf: X5-15
    pathlen::max-chain-depth-1-self-issued: X5-23
    rfc5280::eku::ee-without-eku: X5-17
    rfc5280::nc::nc-forbids-othername-noop: X5-21
    rfc5280::no-keyusage: X5-16
    rfc5280::ca-as-leaf: X5-15
    webpki::nc::permitted-dns-match-noncritical: X5-21
    webpki::nc::nc-permits-dns-san-pattern: X5-19
    webpki::cryptographydotio-chain: X5-5
    online::google.com: X5-19
    online::aws.amazon.com: X5-5
    online::fastly.com: X5-14
    online::stackoverflow.com: X5-19
    online::microsoft.com: X5-5
    online::cloudflare.com: X5-19
    online::facebook.com: X5-19
    online::amazon.com: X5-5
    online::s3.amazonaws.com: X5-5
    online::storage.googleapis.com: X5-21
    online::docs.python.org: X5-5
    online::bing.com: X5-5
    ");
    assert_eq!(agreed, 149);
}
