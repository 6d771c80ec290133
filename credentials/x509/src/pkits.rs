//! PKITS, the path validation suite of NIST, with the keys of another kind.
//!
//! It is not part of this repository: `TRELLIS_PKITS` names its folder, as it lies in the Python package
//! `cryptography-vectors` under `x509/PKITS_data`. Its keys are of RSA, which verify nothing here, so every
//! certificate is signed anew: each key gives way to one of Ed25519, and names, dates and extensions stay as
//! they are, but for two things that the profile wants: leaves have a purpose, and policyConstraints are
//! critical, as RFC 5280, section 4.2.1.11, has it and RFC 3280, of which PKITS is, had not. Identities are
//! not read; everything else is judged as in a group.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use certval::PkiEnvironment;
use ed25519_dalek::{Signer as _, SigningKey};
use mls_trellis_hooks::{CipherSuite, SignatureKey, Unverified};
use mls_trellis_issuer::{Kind, assemble, purposes, seq, tlv};
use x509_cert::{
    der::{
        Decode, Encode,
        asn1::{ObjectIdentifier, OctetString},
        oid::AssociatedOid,
    },
    ext::pkix::{AuthorityKeyIdentifier, PolicyConstraints, SubjectKeyIdentifier},
};

use crate::{
    IM_URI,
    certificate::Certificate,
    path::{Anchor, Search, validator},
};

/// In June 2025; the certificates of PKITS are valid from 2010 to 2030.
const NOW: u64 = 1_750_000_000;
const ANCHOR: &str = "TrustAnchorRootCertificate";
/// As many authorities as the longest path of PKITS has.
const DEPTH: usize = 4;

/// Cases of what this suite is not asked about here, by parts of their names: lists of revocation, which
/// refuse nobody ([`crate::Crls`]), and keys of DSA.
const ELSEWHERE: &[&str] = &[
    "crl",
    "revoked",
    "distributionpoint",
    "onlycontains",
    "onlysomereasons",
    "oldwithnewtest2",
    "newwitholdtest5",
    "longserialnumbertest18",
    "dsa",
];

/// Cases whose names do not say that they are invalid, for the default inputs of the algorithm.
const INVALID: &[&str] = &[
    "DifferentPoliciesTest4EE",
    "DifferentPoliciesTest5EE",
    "DifferentPoliciesTest7EE",
    "DifferentPoliciesTest8EE",
    "DifferentPoliciesTest9EE",
    "DifferentPoliciesTest12EE",
];

/// Certificates whose signature does not hold.
const BAD_SIGNATURES: &[&str] = &["BadSignedCACert", "InvalidEESignatureTest3EE"];

/// A certificate of PKITS.
struct Original {
    der: Vec<u8>,
    spki: Vec<u8>,
    own_key: Option<Vec<u8>>,
    issuer_key: Option<Vec<u8>>,
}

/// The certificates of PKITS, signed anew: by the names of their files.
struct Suite {
    leaves: BTreeMap<String, Vec<u8>>,
    authorities: Vec<Certificate>,
    anchor: Anchor,
}

impl Suite {
    fn read(folder: &Path) -> Self {
        let originals: BTreeMap<_, _> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                (name, Original::read(&fs::read(path).unwrap()))
            })
            .collect();
        let keys: BTreeMap<_, _> = originals
            .values()
            .filter_map(|original| Some((original.own_key.clone()?, key(&original.spki))))
            .collect();
        let anew = |name: &str| {
            let original = &originals[name];
            let issuer = original.issuer_key.as_ref();
            let issuer = issuer.or(original.own_key.as_ref()).unwrap();
            original.signed_by(&keys[issuer], name)
        };
        let (leaves, authorities): (Vec<_>, Vec<_>) = originals
            .keys()
            .filter(|name| *name != ANCHOR)
            .partition(|name| is_leaf(name));
        let authorities = authorities.into_iter().map(|name| anew(name));
        Self {
            anchor: Anchor::new(&anew(ANCHOR)).unwrap(),
            authorities: authorities
                .filter_map(|der| Certificate::parse(&der).ok())
                .collect(),
            leaves: leaves
                .into_iter()
                .map(|name| (name.clone(), anew(name)))
                .collect(),
        }
    }

    fn judge(&self, leaf: &[u8], validator: &PkiEnvironment) -> Result<(), Unverified> {
        let purposes: BTreeSet<_> = [ObjectIdentifier::new(IM_URI).unwrap()].into();
        let leaf = Certificate::parse(leaf)?;
        leaf.check_key(&SignatureKey {
            cipher_suite: CipherSuite(0x0001),
            bytes: leaf.public_key().subject_public_key.raw_bytes(),
        })?;
        leaf.check_end_entity(&purposes, u64::MAX)?;
        let search = Search {
            validator,
            anchors: vec![&self.anchor],
            pool: self.authorities.iter().collect(),
            purposes: &purposes,
            depth: DEPTH,
            time: Some(NOW),
        };
        search.run(&leaf).map(drop)
    }
}

impl Original {
    /// Reads no more than it must: some certificates are meant to be odd.
    fn read(der: &[u8]) -> Self {
        let tbs = children(children(der)[0]);
        let extension = |wanted: ObjectIdentifier| {
            let list = children(children(tbs.last().unwrap())[0]);
            let mut list = list.into_iter().map(children);
            let found = list.find(|parts| parts[0] == wanted.to_der().unwrap());
            found.map(|parts| OctetString::from_der(parts.last().unwrap()).unwrap())
        };
        let own_key = extension(SubjectKeyIdentifier::OID).map(|value| {
            let id = SubjectKeyIdentifier::from_der(value.as_bytes()).unwrap();
            id.0.into_bytes().into()
        });
        let issuer_key = extension(AuthorityKeyIdentifier::OID).map(|value| {
            let id = AuthorityKeyIdentifier::from_der(value.as_bytes()).unwrap();
            id.key_identifier.unwrap().into_bytes().into()
        });
        Self {
            der: der.to_vec(),
            spki: tbs[6].to_vec(),
            own_key,
            issuer_key,
        }
    }

    /// The same with another key, signed by another key.
    fn signed_by(&self, issuer: &SigningKey, name: &str) -> Vec<u8> {
        let algorithm = Kind::Ed25519.key_algorithm();
        let fields = children(children(&self.der)[0]);
        let (extensions, before) = fields.split_last().unwrap();
        let extensions = profiled(extensions, is_leaf(name));
        let public = key(&self.spki).verifying_key();
        let tbs = seq(&[
            &before[..2].concat(), // version and serial number
            &algorithm,
            &before[3..6].concat(), // names and dates
            &Kind::Ed25519.spki(public.as_bytes()),
            &before[7..].concat(), // unique identifiers, if any
            &extensions,
        ]);
        let mut signature = issuer.sign(&tbs).to_bytes();
        if BAD_SIGNATURES.contains(&name) {
            signature[0] ^= 1;
        }
        assemble(&tbs, Kind::Ed25519, &signature)
    }
}

/// The key that takes the place of another one.
fn key(spki: &[u8]) -> SigningKey {
    let seed = spki.rchunks_exact(32).next().unwrap();
    SigningKey::from_bytes(seed.try_into().unwrap())
}

/// The extensions with what the profile wants: policyConstraints are critical, and leaves have a purpose.
fn profiled(extensions: &[u8], leaf: bool) -> Vec<u8> {
    let policy_constraints = PolicyConstraints::OID.to_der().unwrap();
    let list = children(children(extensions)[0]).into_iter();
    let mut list: Vec<_> = list
        .map(|extension| match children(extension).as_slice() {
            [oid, value] if *oid == policy_constraints => seq(&[oid, &[1, 1, 0xff], value]),
            _ => extension.to_vec(),
        })
        .collect();
    if leaf {
        list.push(purposes(&[IM_URI]).der());
    }
    tlv(0xa3, &tlv(0x30, &list.concat()))
}

/// The elements inside of a constructed one.
fn children(der: &[u8]) -> Vec<&[u8]> {
    let split = |der: &[u8]| match usize::from(der[1]) {
        0x81 => (3, usize::from(der[2])),
        0x82 => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
        short => (2, short),
    };
    let (head, len) = split(der);
    let mut rest = &der[head..head + len];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (head, len) = split(rest);
        let (element, after) = rest.split_at(head + len);
        found.push(element);
        rest = after;
    }
    found
}

/// Leaves are those of a numbered test.
fn is_leaf(name: &str) -> bool {
    name.contains("Test") && name.ends_with("EE")
}

fn is_asked(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !ELSEWHERE.iter().any(|elsewhere| name.contains(elsewhere))
}

fn is_invalid(name: &str) -> bool {
    name.starts_with("Invalid") || INVALID.contains(&name)
}

#[test]
fn nothing_is_accepted_that_pkits_refuses() {
    let Some(folder) = env::var_os("TRELLIS_PKITS") else {
        println!("SKIPPED: TRELLIS_PKITS is not set");
        return;
    };
    let suite = Suite::read(&PathBuf::from(folder).join("certs"));
    let (mut agreed, mut accepted, mut refused) = (0, String::new(), String::new());
    let warm = validator();
    for (name, leaf) in suite.leaves.iter().filter(|(name, _)| is_asked(name)) {
        let verdict = suite.judge(leaf, &warm);
        // What was remembered of the cases before, or of this one, changes nothing.
        let text = format!("{verdict:?}");
        assert_eq!(format!("{:?}", suite.judge(leaf, &warm)), text, "{name}");
        assert_eq!(format!("{:?}", suite.judge(leaf, &validator())), text);
        match (is_invalid(name), verdict) {
            (false, Ok(())) | (true, Err(_)) => agreed += 1,
            (true, Ok(())) => accepted += &format!("{name}\n"),
            (false, Err(Unverified::Reject(reject))) => {
                refused += &format!("{name}: {}\n", reject.rule());
            }
            (false, Err(missing)) => refused += &format!("{name}: {missing}\n"),
        }
    }
    insta::assert_snapshot!(accepted, @"");
    // Valid, and refused: by the profile, or by how dates are read: not before 1970, nor in the longer form
    // where the shorter one will do (RFC 5280, section 4.1.2.5).
    insta::assert_snapshot!(refused, @r"
    OverlappingPoliciesTest6EE: X5-15
    ValidGeneralizedTimenotBeforeDateTest4EE: X5-14
    ValidbasicConstraintsNotCriticalTest4EE: X5-21
    ValidpathLenConstraintTest14EE: X5-15
    ValidpathLenConstraintTest8EE: X5-15
    Validpre2000UTCnotBeforeDateTest3EE: X5-14
    ");
    assert_eq!(agreed, 145);
}
