//! An authority for tests, which issues whatever it is told to, good or bad. Written out in DER, so that
//! nothing stands in the way of a bad certificate.
//!
//! ```
//! use mls_trellis_issuer::{Company, Kind};
//!
//! let company = Company::of("a.example", 1);
//! let leaf = company.certificate(&Kind::Ed25519.spki(&[7; 32]), "alice/phone", "alice");
//! let chain = [leaf.issue(), company.authority().issue()];
//! assert!(chain.iter().all(|der| der[0] == 0x30));
//! ```

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

pub mod attack;
pub mod token;

use std::time::Duration;

use ed25519_dalek::Signer as _;
use x509_cert::der::{
    Encode,
    asn1::{ObjectIdentifier, UtcTime},
};

/// A DER value of this tag and content.
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        short @ 0..=0x7f => out.push(short as u8),
        long @ 0x80..=0xff => out.extend([0x81, long as u8]),
        longer => out.extend([0x82, (longer >> 8) as u8, longer as u8]),
    }
    out.extend(content);
    out
}

/// A SEQUENCE of these parts.
pub fn seq(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// An object identifier, written with dots.
pub fn oid(dotted: &str) -> Vec<u8> {
    ObjectIdentifier::new(dotted).unwrap().to_der().unwrap()
}

/// A name with one CN.
pub fn name(cn: &str) -> Vec<u8> {
    let value = tlv(0x0c, cn.as_bytes());
    seq(&[&tlv(0x31, &seq(&[&oid("2.5.4.3"), &value]))])
}

/// A name that says nothing.
pub const EMPTY_NAME: &[u8] = &[0x30, 0];

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
}

/// All of them.
pub const KINDS: [Kind; 4] = [Kind::Ed25519, Kind::P256, Kind::P384, Kind::P521];

impl Kind {
    /// A cipher suite that signs so.
    pub fn suite(self) -> u16 {
        match self {
            Self::Ed25519 => 0x0001,
            Self::P256 => 0x0002,
            Self::P384 => 0x0007,
            Self::P521 => 0x0005,
        }
    }

    /// The algorithm of a public key.
    pub fn key_algorithm(self) -> Vec<u8> {
        let curve = match self {
            Self::Ed25519 => return seq(&[&oid("1.3.101.112")]),
            Self::P256 => "1.2.840.10045.3.1.7",
            Self::P384 => "1.3.132.0.34",
            Self::P521 => "1.3.132.0.35",
        };
        seq(&[&oid("1.2.840.10045.2.1"), &oid(curve)])
    }

    fn signature_algorithm(self) -> Vec<u8> {
        seq(&[&oid(match self {
            Self::Ed25519 => "1.3.101.112",
            Self::P256 => "1.2.840.10045.4.3.2",
            Self::P384 => "1.2.840.10045.4.3.3",
            Self::P521 => "1.2.840.10045.4.3.4",
        })])
    }

    /// The SubjectPublicKeyInfo of a public key as it stands in a leaf.
    pub fn spki(self, public: &[u8]) -> Vec<u8> {
        let bits = tlv(0x03, &[&[0], public].concat());
        seq(&[&self.key_algorithm(), &bits])
    }
}

/// A key pair, always the same for a seed.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its kind.
    pub kind: Kind,
    /// What it is made from.
    pub seed: u8,
}

impl Key {
    /// The public key as it stands in a leaf.
    pub fn public(self) -> Vec<u8> {
        let Self { kind, seed } = self;
        match kind {
            Kind::Ed25519 => edwards(seed).verifying_key().to_bytes().to_vec(),
            Kind::P256 => p256(seed)
                .verifying_key()
                .to_encoded_point(false)
                .as_bytes()
                .to_vec(),
            Kind::P384 => p384(seed)
                .verifying_key()
                .to_encoded_point(false)
                .as_bytes()
                .to_vec(),
            Kind::P521 => p521::ecdsa::VerifyingKey::from(&p521(seed))
                .to_encoded_point(false)
                .as_bytes()
                .to_vec(),
        }
    }

    /// Its SubjectPublicKeyInfo.
    pub fn spki(self) -> Vec<u8> {
        self.kind.spki(&self.public())
    }

    fn sign(self, message: &[u8]) -> Vec<u8> {
        let Self { kind, seed } = self;
        match kind {
            Kind::Ed25519 => edwards(seed).sign(message).to_bytes().to_vec(),
            Kind::P256 => {
                let signature: p256::ecdsa::Signature = p256(seed).sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            Kind::P384 => {
                let signature: p384::ecdsa::Signature = p384(seed).sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            Kind::P521 => {
                let signature: p521::ecdsa::Signature = p521(seed).sign(message);
                signature.to_der().as_bytes().to_vec()
            }
        }
    }

    /// The key identifier: some bytes that name it.
    pub fn id(self) -> Vec<u8> {
        [&[self.kind as u8, self.seed], &[7; 18][..]].concat()
    }
}

fn edwards(seed: u8) -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[seed; 32])
}

fn p256(seed: u8) -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn p384(seed: u8) -> p384::ecdsa::SigningKey {
    p384::ecdsa::SigningKey::from_slice(&[seed; 48]).unwrap()
}

fn p521(seed: u8) -> p521::ecdsa::SigningKey {
    let mut scalar = [seed; 66];
    scalar[0] = 0;
    p521::ecdsa::SigningKey::from_slice(&scalar).unwrap()
}

/// An extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ext {
    /// Its type.
    pub oid: &'static str,
    /// Whether it is critical.
    pub critical: bool,
    /// What is in it.
    pub value: Vec<u8>,
}

impl Ext {
    /// An extension with this value.
    pub fn new(oid: &'static str, critical: bool, value: Vec<u8>) -> Self {
        Self {
            oid,
            critical,
            value,
        }
    }

    /// As it stands in a certificate.
    pub fn der(&self) -> Vec<u8> {
        let critical: &[u8] = if self.critical { &[1, 1, 0xff] } else { &[] };
        seq(&[&oid(self.oid), critical, &tlv(0x04, &self.value)])
    }
}

/// basicConstraints.
pub const BASIC: &str = "2.5.29.19";
/// keyUsage.
pub const KEY_USAGE: &str = "2.5.29.15";
/// extendedKeyUsage.
pub const PURPOSES: &str = "2.5.29.37";
/// subjectAltName.
pub const ALT_NAME: &str = "2.5.29.17";
/// nameConstraints.
pub const NAMES: &str = "2.5.29.30";
/// subjectKeyIdentifier.
pub const SUBJECT_KEY: &str = "2.5.29.14";
/// authorityKeyIdentifier.
pub const AUTHORITY_KEY: &str = "2.5.29.35";
/// Certificates for messaging.
pub const IM_URI: &str = "1.3.6.1.5.5.7.3.40";

/// Basic constraints.
pub fn basic(ca: bool, length: Option<u8>) -> Ext {
    let ca: &[u8] = if ca { &[1, 1, 0xff] } else { &[] };
    let length = length.map(|length| vec![2, 1, length]).unwrap_or_default();
    Ext::new(BASIC, true, seq(&[ca, &length]))
}

/// The bits of a key usage, the first one (digitalSignature) the highest.
pub fn key_usage(bits: u8) -> Ext {
    let unused = bits.trailing_zeros().min(7) as u8;
    Ext::new(KEY_USAGE, true, tlv(3, &[unused, bits]))
}

/// The bit of key usage for signatures.
pub const DIGITAL_SIGNATURE: u8 = 0x80;
/// The bit of key usage for certificates.
pub const CERT_SIGN: u8 = 0x04;

/// Purposes of a key.
pub fn purposes(oids: &[&str]) -> Ext {
    let oids: Vec<_> = oids.iter().flat_map(|o| oid(o)).collect();
    Ext::new(PURPOSES, false, tlv(0x30, &oids))
}

/// A URI as a GeneralName.
pub fn uri(uri: &str) -> Vec<u8> {
    tlv(0x86, uri.as_bytes())
}

/// URIs in the subjectAltName.
pub fn alt_name(uris: &[&str]) -> Ext {
    let names: Vec<_> = uris.iter().flat_map(|u| uri(u)).collect();
    Ext::new(ALT_NAME, false, tlv(0x30, &names))
}

/// Constraints on names: permitted and excluded, each a GeneralName.
pub fn names(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Ext {
    let subtrees = |tag, names: &[Vec<u8>]| match names.is_empty() {
        true => Vec::new(),
        false => tlv(
            tag,
            &names.iter().flat_map(|n| seq(&[n])).collect::<Vec<_>>(),
        ),
    };
    let value = seq(&[&subtrees(0xa0, permitted), &subtrees(0xa1, excluded)]);
    Ext::new(NAMES, true, value)
}

/// The identifier of a key.
pub fn subject_key(key: Key) -> Ext {
    Ext::new(SUBJECT_KEY, false, tlv(4, &key.id()))
}

/// The identifier of the issuer's key.
pub fn authority_key(key: Key) -> Ext {
    Ext::new(AUTHORITY_KEY, false, seq(&[&tlv(0x80, &key.id())]))
}

/// What a certificate is to say.
#[derive(Clone, Debug)]
pub struct Template {
    /// The version, less one.
    pub version: u8,
    /// The serial number.
    pub serial: Vec<u8>,
    /// The issuer's name.
    pub issuer: Vec<u8>,
    /// The subject's name.
    pub subject: Vec<u8>,
    /// From when it is valid, as a UTCTime.
    pub not_before: &'static str,
    /// Until when it is valid.
    pub not_after: &'static str,
    /// The certified key.
    pub spki: Vec<u8>,
    /// Its extensions.
    pub extensions: Vec<Ext>,
    /// Who signs it.
    pub signer: Key,
}

impl Template {
    /// An anchor.
    pub fn root(key: Key) -> Self {
        Self {
            version: 2,
            serial: vec![1],
            issuer: name("root"),
            subject: name("root"),
            not_before: "200101000000Z",
            not_after: "400101000000Z",
            spki: key.spki(),
            extensions: vec![basic(true, None), key_usage(CERT_SIGN), subject_key(key)],
            signer: key,
        }
    }

    /// An authority in between.
    pub fn authority(cn: &str, key: Key, issuer: &str, signer: Key) -> Self {
        Self {
            serial: vec![2],
            issuer: name(issuer),
            subject: name(cn),
            spki: key.spki(),
            extensions: vec![
                basic(true, None),
                key_usage(CERT_SIGN),
                subject_key(key),
                authority_key(signer),
            ],
            signer,
            ..Self::root(key)
        }
    }

    /// A client's certificate.
    pub fn leaf(spki: Vec<u8>, uris: &[&str], issuer: &str, signer: Key) -> Self {
        Self {
            serial: vec![3],
            issuer: name(issuer),
            subject: name("a client"),
            not_before: "250101000000Z",
            not_after: "251231000000Z",
            spki,
            extensions: vec![
                basic(false, None),
                key_usage(DIGITAL_SIGNATURE),
                purposes(&[IM_URI]),
                alt_name(uris),
                authority_key(signer),
            ],
            ..Self::root(signer)
        }
    }

    /// The same, valid between these seconds of Unix time.
    pub fn valid(mut self, from: u64, until: u64) -> Self {
        (self.not_before, self.not_after) = (utc_time(from), utc_time(until));
        self
    }

    /// The same with this extension instead of its namesake, or besides.
    pub fn with(mut self, ext: Ext) -> Self {
        match self.extensions.iter_mut().find(|own| own.oid == ext.oid) {
            Some(own) => *own = ext,
            None => self.extensions.push(ext),
        }
        self
    }

    /// The same without this extension.
    pub fn without(mut self, oid: &str) -> Self {
        self.extensions.retain(|ext| ext.oid != oid);
        self
    }

    /// What is signed.
    pub fn tbs(&self) -> Vec<u8> {
        let version = tlv(0xa0, &[2, 1, self.version]);
        let time = |time: &str| tlv(0x17, time.as_bytes());
        let validity = seq(&[&time(self.not_before), &time(self.not_after)]);
        let extensions: Vec<_> = self.extensions.iter().flat_map(Ext::der).collect();
        let extensions = tlv(0xa3, &tlv(0x30, &extensions));
        seq(&[
            if self.version == 0 { &[] } else { &version },
            &tlv(2, &self.serial),
            &self.signer.kind.signature_algorithm(),
            &self.issuer,
            &validity,
            &self.subject,
            &self.spki,
            if self.version == 0 { &[] } else { &extensions },
        ])
    }

    /// Signed.
    pub fn issue(&self) -> Vec<u8> {
        let tbs = self.tbs();
        let signature = self.signer.sign(&tbs);
        assemble(&tbs, self.signer.kind, &signature)
    }
}

/// A certificate of these parts.
pub fn assemble(tbs: &[u8], kind: Kind, signature: &[u8]) -> Vec<u8> {
    let bits = tlv(3, &[&[0], signature].concat());
    seq(&[tbs, &kind.signature_algorithm(), &bits])
}

/// A list of what an authority revoked (RFC 5280, section 5).
#[derive(Clone, Debug)]
pub struct RevocationList {
    /// The issuer's name.
    pub issuer: Vec<u8>,
    /// When it was made.
    pub this_update: &'static str,
    /// When the next one will be there.
    pub next_update: &'static str,
    /// Serial numbers, each with the extensions of its entry.
    pub entries: Vec<(Vec<u8>, Vec<Ext>)>,
    /// Extensions of the list.
    pub extensions: Vec<Ext>,
    /// Who signs it.
    pub signer: Key,
}

impl RevocationList {
    /// Of the authority of that name and key, for a day in June 2025.
    pub fn of(issuer: &str, signer: Key) -> Self {
        Self {
            issuer: name(issuer),
            this_update: "250615000000Z",
            next_update: "250616000000Z",
            entries: Vec::new(),
            extensions: Vec::new(),
            signer,
        }
    }

    /// The same, made at one second of Unix time, and the next one at another.
    pub fn updated(mut self, at: u64, next: u64) -> Self {
        (self.this_update, self.next_update) = (utc_time(at), utc_time(next));
        self
    }

    /// Also revokes this certificate.
    pub fn revoke(mut self, serial: &[u8], extensions: Vec<Ext>) -> Self {
        self.entries.push((serial.to_vec(), extensions));
        self
    }

    /// What is signed.
    pub fn tbs(&self) -> Vec<u8> {
        let time = |time: &str| tlv(0x17, time.as_bytes());
        let all = |extensions: &[Ext]| -> Vec<u8> {
            let der: Vec<_> = extensions.iter().flat_map(Ext::der).collect();
            tlv(0x30, &der)
        };
        let entry = |(serial, extensions): &(Vec<u8>, Vec<Ext>)| {
            let extensions = match extensions.is_empty() {
                true => Vec::new(),
                false => all(extensions),
            };
            seq(&[&tlv(2, serial), &time("250601000000Z"), &extensions])
        };
        let entries: Vec<_> = self.entries.iter().flat_map(entry).collect();
        let entries = match entries.is_empty() {
            true => Vec::new(),
            false => tlv(0x30, &entries),
        };
        let extensions = match self.extensions.is_empty() {
            true => Vec::new(),
            false => tlv(0xa0, &all(&self.extensions)),
        };
        seq(&[
            &[2, 1, 1],
            &self.signer.kind.signature_algorithm(),
            &self.issuer,
            &time(self.this_update),
            &time(self.next_update),
            &entries,
            &extensions,
        ])
    }

    /// Signed.
    pub fn issue(&self) -> Vec<u8> {
        let tbs = self.tbs();
        assemble(&tbs, self.signer.kind, &self.signer.sign(&tbs))
    }
}

/// The reason of an entry (RFC 5280, section 5.3.1): 1 is keyCompromise, 6 certificateHold.
pub fn reason(reason: u8) -> Ext {
    Ext::new("2.5.29.21", false, vec![0x0a, 1, reason])
}

/// The bit of key usage for lists of what was revoked.
pub const CRL_SIGN: u8 = 0x02;

/// A second of Unix time as it stands in certificates. It is kept for good, as texts of tests are.
fn utc_time(unix_seconds: u64) -> &'static str {
    let time = UtcTime::from_unix_duration(Duration::from_secs(unix_seconds)).unwrap();
    let der = time.to_der().unwrap();
    String::from_utf8(der[2..].to_vec()).unwrap().leak()
}

/// A company with its own domain: a root that is trusted, and an authority under it that issues.
#[derive(Clone, Debug)]
pub struct Company {
    domain: String,
    root: Key,
    authority: Key,
}

impl Company {
    /// The company of that domain; another seed makes other keys.
    #[must_use]
    pub fn of(domain: &str, seed: u8) -> Self {
        let key = |seed| Key {
            kind: Kind::P256,
            seed,
        };
        Self {
            domain: domain.to_owned(),
            root: key(seed.wrapping_mul(2).max(1)),
            authority: key(seed.wrapping_mul(2) + 1),
        }
    }

    /// Its domain.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The certificate that others trust.
    #[must_use]
    pub fn root(&self) -> Template {
        Template {
            issuer: name(&self.root_name()),
            subject: name(&self.root_name()),
            ..Template::root(self.root)
        }
    }

    /// The certificate of the authority that issues.
    #[must_use]
    pub fn authority(&self) -> Template {
        let (own, root) = (self.authority_name(), self.root_name());
        let authority = Template::authority(&own, self.authority, &root, self.root);
        authority.with(key_usage(CERT_SIGN | CRL_SIGN))
    }

    /// What the authority revoked: nothing yet.
    #[must_use]
    pub fn revoked(&self) -> RevocationList {
        RevocationList::of(&self.authority_name(), self.authority)
    }

    /// A certificate of this key for a client and its user, such as `alice/phone` and `alice`.
    #[must_use]
    pub fn certificate(&self, spki: &[u8], client: &str, user: &str) -> Template {
        let client = format!("mimi://{}/d/{client}", self.domain);
        let user = format!("mimi://{}/u/{user}", self.domain);
        let names = [client.as_str(), user.as_str()];
        Template::leaf(
            spki.to_vec(),
            &names,
            &self.authority_name(),
            self.authority,
        )
    }

    fn root_name(&self) -> String {
        format!("root of {}", self.domain)
    }

    fn authority_name(&self) -> String {
        format!("authority of {}", self.domain)
    }
}
