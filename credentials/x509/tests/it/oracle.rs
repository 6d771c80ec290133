//! A second opinion: rustls-webpki, with other code for everything but the curves.
//!
//! It knows neither key usage nor constraints on URIs and directory names, of which it refuses the
//! latter two whatever they say. So it is asked in one direction: what is accepted here, it accepts
//! as well, unless there are such constraints.

use std::time::Duration;

use mls_trellis_issuer::{
    BASIC, Ext, IM_URI, KEY_USAGE, KINDS, Key, Kind, PURPOSES, Template, authority_key, basic,
    key_usage, names, purposes, uri,
};
use p256::ecdsa::signature::Verifier as _;
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, UnixTime,
};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::{CLIENT, Keys, NOW, rule, verify, x509};

#[derive(Debug)]
struct Curve(Kind);

impl SignatureVerificationAlgorithm for Curve {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(match self.0 {
            Kind::Ed25519 => &[6, 3, 0x2b, 0x65, 0x70],
            Kind::P256 => {
                b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
            }
            Kind::P384 => b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22",
            Kind::P521 => b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23",
        })
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(match self.0 {
            Kind::Ed25519 => &[6, 3, 0x2b, 0x65, 0x70],
            Kind::P256 => b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
            Kind::P384 => b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03",
            Kind::P521 => b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04",
        })
    }

    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let good = match self.0 {
            Kind::Ed25519 => {
                let key = ed25519_dalek::VerifyingKey::try_from(key);
                let signature = ed25519_dalek::Signature::from_slice(signature);
                matches!((key, signature), (Ok(k), Ok(s)) if k.verify_strict(message, &s).is_ok())
            }
            Kind::P256 => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key);
                let signature = p256::ecdsa::Signature::from_der(signature);
                matches!((key, signature), (Ok(k), Ok(s)) if k.verify(message, &s).is_ok())
            }
            Kind::P384 => {
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key);
                let signature = p384::ecdsa::Signature::from_der(signature);
                matches!((key, signature), (Ok(k), Ok(s)) if k.verify(message, &s).is_ok())
            }
            Kind::P521 => {
                let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(key);
                let signature = p521::ecdsa::Signature::from_der(signature);
                matches!((key, signature), (Ok(k), Ok(s)) if k.verify(message, &s).is_ok())
            }
        };
        if good { Ok(()) } else { Err(InvalidSignature) }
    }
}

/// The opinion of webpki, in the middle of the year for which leaves are issued.
pub(crate) fn webpki_accepts(root: &[u8], chain: &[Vec<u8>]) -> bool {
    let root = CertificateDer::from(root);
    let anchor = anchor_from_trusted_cert(&root).unwrap();
    let certificates: Vec<_> = chain
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let Some((leaf, others)) = certificates.split_first() else {
        return false;
    };
    let Ok(leaf) = EndEntityCert::try_from(leaf) else {
        return false;
    };
    let algorithms: Vec<&dyn SignatureVerificationAlgorithm> = vec![
        &Curve(Kind::Ed25519),
        &Curve(Kind::P256),
        &Curve(Kind::P384),
        &Curve(Kind::P521),
    ];
    let usage = KeyUsage::required_if_present(&[0x2b, 6, 1, 5, 5, 7, 3, 40]);
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
    leaf.verify_for_usage(&algorithms, &[anchor], others, now, usage, None, None)
        .is_ok()
}

/// A chain with a root, a few words on it, and whether webpki is to agree that it is good.
struct Case {
    words: &'static str,
    root: Template,
    chain: Vec<Template>,
    constrained: bool,
}

fn cases(kind: Kind) -> Vec<Case> {
    let keys = Keys::of(kind);
    let case = |words, chain: Vec<Template>| Case {
        words,
        root: keys.root(),
        chain,
        constrained: false,
    };
    let constrained = |words, chain| Case {
        constrained: true,
        ..case(words, chain)
    };
    let leaf = |change: fn(Template) -> Template| vec![change(keys.leaf()), keys.middle()];
    let middle = |change: fn(Template) -> Template| vec![keys.leaf(), change(keys.middle())];
    let unknown = |critical| Ext::new("1.2.3.4", critical, vec![5, 0]);
    let other = Key { kind, seed: 90 };
    vec![
        case("good", leaf(|l| l)),
        case(
            "two authorities",
            vec![keys.low_leaf(), keys.lower(), keys.middle()],
        ),
        case(
            "authorities in disorder",
            vec![keys.low_leaf(), keys.middle(), keys.lower()],
        ),
        case("no authority", vec![keys.leaf()]),
        case(
            "purpose: server",
            leaf(|l| l.with(purposes(&["1.3.6.1.5.5.7.3.1"]))),
        ),
        case("purpose: none", leaf(|l| l.without(PURPOSES))),
        case(
            "authority for servers",
            middle(|m| m.with(purposes(&["1.3.6.1.5.5.7.3.1"]))),
        ),
        case(
            "authority for messaging",
            middle(|m| m.with(purposes(&[IM_URI]))),
        ),
        case(
            "authority that is none",
            middle(|m| m.with(basic(false, None))),
        ),
        case(
            "authority without constraints",
            middle(|m| m.without(BASIC)),
        ),
        case(
            "authority not for certificates",
            middle(|m| m.with(key_usage(0x80))),
        ),
        case("leaf not for signatures", leaf(|l| l.with(key_usage(0x08)))),
        case("leaf without usage", leaf(|l| l.without(KEY_USAGE))),
        case(
            "leaf that is an authority",
            leaf(|l| l.with(basic(true, None))),
        ),
        case(
            "path too long",
            vec![
                keys.low_leaf(),
                keys.lower(),
                keys.middle().with(basic(true, Some(0))),
            ],
        ),
        case(
            "path just short enough",
            vec![
                keys.low_leaf(),
                keys.lower(),
                keys.middle().with(basic(true, Some(1))),
            ],
        ),
        constrained(
            "URI permitted",
            middle(|m| m.with(names(&[uri("a.example")], &[]))),
        ),
        constrained(
            "URI not permitted",
            middle(|m| m.with(names(&[uri("b.example")], &[]))),
        ),
        constrained(
            "URI excluded",
            middle(|m| m.with(names(&[], &[uri("a.example")]))),
        ),
        constrained(
            "other URI excluded",
            middle(|m| m.with(names(&[], &[uri("b.example")]))),
        ),
        case(
            "unknown critical extension",
            vec![keys.leaf().with(unknown(true)), keys.middle()],
        ),
        case(
            "unknown extension",
            vec![keys.leaf().with(unknown(false)), keys.middle()],
        ),
        case(
            "authority with an unknown critical extension",
            vec![keys.leaf(), keys.middle().with(unknown(true))],
        ),
        case(
            "signed by another",
            vec![
                Template {
                    signer: other,
                    ..keys.leaf()
                }
                .with(authority_key(keys.middle)),
                keys.middle(),
            ],
        ),
        Case {
            root: Template::root(other),
            ..case("another root", leaf(|l| l))
        },
        case(
            "self-signed",
            vec![Template::leaf(
                keys.leaf.spki(),
                &[CLIENT],
                "a client",
                keys.leaf,
            )],
        ),
    ]
}

#[test]
fn what_is_accepted_here_is_accepted_by_webpki() {
    for kind in KINDS {
        let mut accepted = 0;
        for case in cases(kind) {
            let chain: Vec<_> = case.chain.iter().map(Template::issue).collect();
            let ours = verify(&x509(&case.root), &chain, Keys::of(kind).leaf);
            let theirs = webpki_accepts(&case.root.issue(), &chain);
            if ours.is_ok() {
                accepted += 1;
                assert!(theirs || case.constrained, "{kind:?}: {}", case.words);
            }
        }
        assert_eq!(accepted, 8, "{kind:?}");
    }
}

#[test]
fn where_both_differ() {
    let mut table = String::new();
    for case in cases(Kind::P256) {
        let chain: Vec<_> = case.chain.iter().map(Template::issue).collect();
        let ours = verify(&x509(&case.root), &chain, Keys::of(Kind::P256).leaf);
        let theirs = webpki_accepts(&case.root.issue(), &chain);
        if ours.is_ok() != theirs {
            let theirs = if theirs { "fine" } else { "no" };
            table += &format!("{}: here {}, webpki {theirs}\n", case.words, rule(&ours));
        }
    }
    insta::assert_snapshot!(table, @r"
    purpose: none: here X5-17, webpki fine
    authority not for certificates: here X5-21, webpki fine
    leaf not for signatures: here X5-16, webpki fine
    leaf without usage: here X5-16, webpki fine
    URI permitted: here fine, webpki no
    other URI excluded: here fine, webpki no
    ");
}
