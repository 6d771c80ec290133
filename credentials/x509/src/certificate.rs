//! One certificate, read strictly, and what it must be to stand at the end or in the middle of a path.

use std::collections::BTreeSet;

use certval::PDVCertificate;
use mls_trellis_hooks::{Reject, Validity, names::is_host};
use x509_cert::{
    Version,
    certificate::{CertificateInner, Rfc5280, TbsCertificateInner},
    der::{Decode, Encode, asn1::ObjectIdentifier, oid::AssociatedOid},
    ext::pkix::{
        AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage,
        KeyUsage, KeyUsages, NameConstraints, PolicyConstraints, SubjectAltName,
        SubjectKeyIdentifier, name::GeneralName,
    },
    spki::SubjectPublicKeyInfoOwned,
};

const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");

/// A certificate that is DER to the last byte, with the extensions that rules look at.
#[derive(Clone)]
pub(crate) struct Certificate {
    pub(crate) path: PDVCertificate,
    parsed: CertificateInner<Rfc5280>,
    extensions: Extensions,
}

/// An extension, and whether it is critical.
type Read<T> = Option<(bool, T)>;

#[derive(Clone)]
struct Extensions {
    basic_constraints: Read<BasicConstraints>,
    key_usage: Read<KeyUsage>,
    purposes: Read<ExtendedKeyUsage>,
    alt_name: Read<SubjectAltName>,
    name_constraints: Read<NameConstraints>,
    policy_constraints: Read<PolicyConstraints>,
    authority_key: Read<AuthorityKeyIdentifier>,
    subject_key: Read<SubjectKeyIdentifier>,
}

pub(crate) fn reject(rule: &'static str, why: impl Into<String>) -> Reject {
    Reject::peer(rule, why)
}

impl Certificate {
    /// Reads a certificate.
    ///
    /// # Errors
    /// X5-14 when it is not the DER of a version 3 certificate, when an extension stands in it twice,
    /// or one that is known here does not decode.
    pub(crate) fn parse(der: &[u8]) -> Result<Self, Reject> {
        let malformed = |e: x509_cert::der::Error| reject("X5-14", format!("a certificate: {e}"));
        let parsed = CertificateInner::<Rfc5280>::from_der(der).map_err(malformed)?;
        if parsed.to_der().map_err(malformed)? != der {
            return Err(reject("X5-14", "a certificate is not in its one encoding"));
        }
        let tbs = parsed.tbs_certificate();
        if tbs.version() != Version::V3 {
            return Err(reject("X5-14", "a certificate is not of version 3"));
        }
        // DER has a zero byte in front where the number would be negative otherwise.
        let serial = tbs.serial_number().as_bytes();
        let negative = serial.first().is_some_and(|byte| *byte >= 0x80);
        if negative || serial.len() > 20 || serial.iter().all(|byte| *byte == 0) {
            return Err(reject("X5-14", "a certificate has a bad serial number"));
        }
        if tbs.issuer().is_empty() {
            return Err(reject("X5-14", "a certificate names no issuer"));
        }
        let mut seen = BTreeSet::new();
        for extension in tbs.extensions().into_iter().flatten() {
            if !seen.insert(extension.extn_id) {
                let oid = extension.extn_id;
                return Err(reject("X5-14", format!("extension {oid} is there twice")));
            }
        }
        Ok(Self {
            extensions: Extensions::read(tbs).map_err(malformed)?,
            path: PDVCertificate::try_from(der).map_err(malformed)?,
            parsed,
        })
    }

    pub(crate) fn tbs(&self) -> &TbsCertificateInner<Rfc5280> {
        self.parsed.tbs_certificate()
    }

    pub(crate) fn public_key(&self) -> &SubjectPublicKeyInfoOwned {
        self.tbs().subject_public_key_info()
    }

    /// When the certificate is valid.
    pub(crate) fn validity(&self) -> Validity {
        let validity = self.tbs().validity();
        let seconds = |time: &x509_cert::time::Time| time.to_unix_duration().as_secs();
        Validity {
            not_before: seconds(&validity.not_before),
            not_after: seconds(&validity.not_after),
        }
    }

    /// The URIs of its subjectAltName.
    pub(crate) fn uris(&self) -> impl Iterator<Item = &str> {
        let names = self.extensions.alt_name.iter().flat_map(|(_, san)| &san.0);
        names.filter_map(|name| match name {
            GeneralName::UniformResourceIdentifier(uri) => Some(uri.as_str()),
            _ => None,
        })
    }

    /// The key identifier of its own key.
    pub(crate) fn subject_key(&self) -> Option<&[u8]> {
        let (_, subject_key) = self.extensions.subject_key.as_ref()?;
        Some(subject_key.0.as_bytes())
    }

    /// The key identifier of its issuer's key.
    pub(crate) fn authority_key(&self) -> Option<&[u8]> {
        let (_, authority_key) = self.extensions.authority_key.as_ref()?;
        Some(authority_key.key_identifier.as_ref()?.as_bytes())
    }

    /// Whether issuer and subject have one name.
    pub(crate) fn is_self_issued(&self) -> bool {
        certval::compare_names(self.tbs().issuer(), self.tbs().subject())
    }

    /// X5-15 to X5-17, X5-20: what stands at the end of a path is a messaging client.
    pub(crate) fn check_end_entity(
        &self,
        purposes: &BTreeSet<ObjectIdentifier>,
        max_validity: u64,
    ) -> Result<(), Reject> {
        let extensions = &self.extensions;
        let is_ca =
            |(_, basic): &(bool, BasicConstraints)| basic.ca || basic.path_len_constraint.is_some();
        if extensions.basic_constraints.as_ref().is_some_and(is_ca) {
            return Err(reject("X5-15", "the certificate is of an authority"));
        }
        if extensions.name_constraints.is_some() {
            return Err(reject("X5-15", "the certificate constrains names"));
        }
        let usage = extensions.key_usage.as_ref().map(|(_, usage)| usage.0);
        let Some(usage) = usage else {
            return Err(reject(
                "X5-16",
                "the certificate does not say what its key is for",
            ));
        };
        if !usage.contains(KeyUsages::DigitalSignature)
            || usage.contains(KeyUsages::KeyCertSign)
            || usage.contains(KeyUsages::CRLSign)
        {
            return Err(reject(
                "X5-16",
                "the certificate's key is not for signatures alone",
            ));
        }
        self.check_purposes(purposes)?;
        let validity = self.validity();
        if validity.not_after.saturating_sub(validity.not_before) > max_validity {
            return Err(Reject::policy(
                "X5-20",
                "the certificate is valid for too long",
            ));
        }
        self.check_issued()?;
        self.check_host_names()?;
        let critical_name = extensions
            .alt_name
            .as_ref()
            .is_some_and(|(critical, _)| *critical);
        if self.tbs().subject().is_empty() && !critical_name {
            return Err(reject(
                "X5-19",
                "the certificate has no subject, and its subjectAltName is not critical",
            ));
        }
        Ok(())
    }

    /// X5-19: where it names hosts besides, it does so plainly: no wildcards, no addresses.
    fn check_host_names(&self) -> Result<(), Reject> {
        let names = self.extensions.alt_name.iter().flat_map(|(_, san)| &san.0);
        for name in names {
            let GeneralName::DnsName(host) = name else {
                continue;
            };
            let host = host.as_str().to_ascii_lowercase();
            let last = host.rsplit('.').next().unwrap_or_default();
            if !is_host(&host) || last.chars().all(|c| c.is_ascii_digit()) {
                return Err(reject("X5-19", "the certificate names a host that is none"));
            }
        }
        Ok(())
    }

    /// X5-17: the certificate is for messaging, and nothing that would let it pass for another kind.
    fn check_purposes(&self, allowed: &BTreeSet<ObjectIdentifier>) -> Result<(), Reject> {
        let Some((critical, purposes)) = &self.extensions.purposes else {
            return Err(reject(
                "X5-17",
                "the certificate does not say what it is for",
            ));
        };
        let is_barred =
            |p: &ObjectIdentifier| (*p == ANY_PURPOSE || *p == SERVER_AUTH) && !allowed.contains(p);
        let fits = purposes.0.iter().any(|purpose| allowed.contains(purpose));
        if !fits || purposes.0.iter().any(is_barred) || (*critical && purposes.0.is_empty()) {
            return Err(reject("X5-17", "the certificate is for something else"));
        }
        Ok(())
    }

    /// X5-21: what stands between a leaf and an anchor is an authority. Its signature, length
    /// constraint and names are judged with the path.
    pub(crate) fn check_authority(&self) -> Result<(), Reject> {
        let extensions = &self.extensions;
        let authority = |why| Err(reject("X5-21", why));
        if !matches!(&extensions.basic_constraints, Some((true, basic)) if basic.ca) {
            return authority("an issuer is not an authority, by critical basicConstraints");
        }
        let usage = extensions.key_usage.as_ref();
        if !usage.is_some_and(|(_, usage)| usage.0.contains(KeyUsages::KeyCertSign)) {
            return authority("an issuer's key is not for certificates");
        }
        if self.tbs().subject().is_empty() {
            return authority("an issuer has no name");
        }
        if self.subject_key().is_none() {
            return authority("an issuer has no key identifier");
        }
        if let Some((critical, constraints)) = &extensions.name_constraints {
            check_name_constraints(*critical, constraints)?;
        }
        if matches!(&extensions.policy_constraints, Some((false, _))) {
            return authority("policy constraints are not critical");
        }
        Ok(())
    }

    /// REV-1: its key signs lists of what was revoked.
    pub(crate) fn check_list_signer(&self) -> Result<(), Reject> {
        let usage = self.extensions.key_usage.as_ref();
        match usage.is_some_and(|(_, usage)| usage.0.contains(KeyUsages::CRLSign)) {
            true => Ok(()),
            false => Err(reject(
                "REV-1",
                "the issuer's key is not for lists of what was revoked",
            )),
        }
    }

    /// X5-21: who issued the certificate can be told.
    pub(crate) fn check_issued(&self) -> Result<(), Reject> {
        if self.authority_key().is_none() {
            return Err(reject(
                "X5-21",
                "a certificate does not say by which key it was issued",
            ));
        }
        let (authority, subject) = (&self.extensions.authority_key, &self.extensions.subject_key);
        let critical = matches!(authority, Some((true, _))) || matches!(subject, Some((true, _)));
        match critical {
            true => Err(reject("X5-21", "a key identifier is critical")),
            false => Ok(()),
        }
    }

    /// X5-22: an anchor is an authority that says nothing odd about itself.
    pub(crate) fn check_anchor(&self) -> Result<(), Reject> {
        self.check_authority()?;
        let anchor = |why| Err(Reject::misuse("X5-22", why));
        if self.extensions.purposes.is_some() {
            return anchor("an anchor limits purposes itself; the policy does that");
        }
        if !self.is_self_issued() {
            return self.check_issued();
        }
        let Some((critical, authority)) = &self.extensions.authority_key else {
            return Ok(());
        };
        let own = self.authority_key().is_some() && self.authority_key() == self.subject_key();
        let names_others = authority.authority_cert_issuer.is_some()
            || authority.authority_cert_serial_number.is_some();
        match *critical || names_others || !own {
            true => anchor("an anchor says that another key issued it"),
            false => Ok(()),
        }
    }
}

impl Extensions {
    fn read(tbs: &TbsCertificateInner<Rfc5280>) -> Result<Self, x509_cert::der::Error> {
        fn one<'a, T>(
            tbs: &'a TbsCertificateInner<Rfc5280>,
        ) -> Result<Read<T>, x509_cert::der::Error>
        where
            T: Decode<'a, Error = x509_cert::der::Error> + AssociatedOid,
        {
            tbs.get_extension::<T>()
        }
        one::<AuthorityInfoAccessSyntax>(tbs)?;
        Ok(Self {
            basic_constraints: one(tbs)?,
            key_usage: one(tbs)?,
            purposes: one(tbs)?,
            alt_name: one(tbs)?,
            name_constraints: one(tbs)?,
            policy_constraints: one(tbs)?,
            authority_key: one(tbs)?,
            subject_key: one(tbs)?,
        })
    }
}

/// X5-21: constraints on names are critical, there are some, and all are of forms that are matched.
fn check_name_constraints(critical: bool, constraints: &NameConstraints) -> Result<(), Reject> {
    let permitted = constraints.permitted_subtrees.iter().flatten();
    let excluded = constraints.excluded_subtrees.iter().flatten();
    let mut subtrees = permitted.chain(excluded).peekable();
    let matched = |name: &GeneralName| {
        matches!(
            name,
            GeneralName::UniformResourceIdentifier(_)
                | GeneralName::DnsName(_)
                | GeneralName::Rfc822Name(_)
                | GeneralName::DirectoryName(_)
                | GeneralName::IpAddress(_)
        )
    };
    if !critical || subtrees.peek().is_none() {
        return Err(reject(
            "X5-21",
            "constraints on names are empty or not critical",
        ));
    }
    match subtrees.all(|subtree| matched(&subtree.base)) {
        true => Ok(()),
        false => Err(reject(
            "X5-21",
            "constraints on names of a form that is not matched",
        )),
    }
}
