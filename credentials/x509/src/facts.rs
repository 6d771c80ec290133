//! What a certificate says besides whom it is for, in terms that rules share.
//!
//! All of it is a function of the leaf certificate alone, so that whoever finds it genuine has the same:
//! which path was found, or to which anchor, must not matter. What the path says, who vouches for
//! whom and where revocation is told, is for our own judgement.

use std::collections::BTreeMap;

use mls_trellis_hooks::{Claim, Facts, StatusRef, Voucher};
use x509_cert::{
    attr::AttributeTypeAndValue,
    der::{
        Encode,
        asn1::{ObjectIdentifier, PrintableStringRef, Utf8StringRef},
    },
    ext::pkix::{CertificatePolicies, ExtendedKeyUsage},
};

use crate::certificate::Certificate;

/// The attributes of a subject that are told, by name (RFC 4519).
const ATTRIBUTES: [(&str, &str); 5] = [
    ("2.5.4.3", "common_name"),
    ("2.5.4.6", "country"),
    ("2.5.4.10", "organization"),
    ("2.5.4.11", "organizational_unit"),
    ("2.5.4.5", "serial_number"),
];

/// The facts of a leaf certificate.
pub(crate) fn facts(leaf: &Certificate) -> Facts {
    let tbs = leaf.tbs();
    Facts::default()
        .issued_by(tbs.issuer().to_string())
        .valid(leaf.validity())
        .claim("algorithm", oid(&tbs.signature().oid))
        .claim("purposes", purposes(leaf))
        .claim("certificate_policies", policies(leaf))
        .claim("subject", subject(leaf))
}

/// An authority of the path.
pub(crate) fn voucher(certificate: &Certificate) -> Voucher {
    Voucher {
        name: certificate.tbs().subject().to_string(),
        validity: certificate.validity(),
    }
}

/// Where revocation of a certificate is told, which that issuer was found to have signed.
pub(crate) fn status(certificate: &Certificate, issuer: &Certificate) -> StatusRef {
    let tbs = certificate.tbs();
    StatusRef::Certificate {
        issuer: tbs.issuer().to_der().unwrap_or_default(),
        issuer_key: issuer.public_key().to_der().unwrap_or_default(),
        serial: tbs.serial_number().as_bytes().to_vec(),
    }
}

fn oid(oid: &ObjectIdentifier) -> Claim {
    Claim::Text(oid.to_string())
}

fn purposes(leaf: &Certificate) -> Claim {
    let purposes = leaf
        .tbs()
        .get_extension::<ExtendedKeyUsage>()
        .ok()
        .flatten();
    let purposes = purposes.iter().flat_map(|(_, purposes)| &purposes.0);
    Claim::List(purposes.map(oid).collect())
}

fn policies(leaf: &Certificate) -> Claim {
    let policies = leaf
        .tbs()
        .get_extension::<CertificatePolicies>()
        .ok()
        .flatten();
    let policies = policies.iter().flat_map(|(_, policies)| &policies.0);
    Claim::List(
        policies
            .map(|policy| oid(&policy.policy_identifier))
            .collect(),
    )
}

/// The attributes that are known here and stand there once: of two nobody could say which counts.
fn subject(leaf: &Certificate) -> Claim {
    let mut found = BTreeMap::<&str, Vec<Claim>>::new();
    for attribute in leaf.tbs().subject().iter() {
        let dotted = attribute.oid.to_string();
        let name = ATTRIBUTES.iter().find(|(oid, _)| *oid == dotted);
        if let Some(((_, name), text)) = name.zip(text(attribute)) {
            found.entry(name).or_default().push(Claim::Text(text));
        }
    }
    let once = found.into_iter().filter_map(|(name, mut values)| {
        let value = values.pop().filter(|_| values.is_empty())?;
        Some((name.to_owned(), value))
    });
    Claim::Record(once.collect())
}

fn text(attribute: &AttributeTypeAndValue) -> Option<String> {
    let value = &attribute.value;
    let utf8 = value.decode_as::<Utf8StringRef<'_>>();
    let utf8 = utf8.map(|text| text.as_str().to_owned());
    let printable = || value.decode_as::<PrintableStringRef<'_>>();
    utf8.or_else(|_| printable().map(|text| text.as_str().to_owned()))
        .ok()
}
