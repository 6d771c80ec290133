//! Lists of revoked certificates (RFC 5280, section 5), as somebody fetched them.
//!
//! Complete and direct lists only: what a list says by an extension that is critical and not known here
//! could mean anything, as that it is about some certificates only.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use certval::PkiEnvironment;
use mls_trellis_hooks::{Evidence, Reject, Standing, StatusRef, StatusSource};
use x509_cert::{
    certificate::Rfc5280,
    crl::{CertificateList, RevokedCert},
    der::{Decode, Encode},
    ext::{Extensions, pkix::CrlReason},
    time::Time,
};

use crate::{certificate::Certificate, path::validator};

/// The longest list that is looked at, in bytes.
pub const MAX_CRL_LEN: usize = 4 * 1024 * 1024;
/// So many issuers' lists are kept.
pub const MAX_CRLS: usize = 256;

/// The latest list of each issuer. Cloning is cheap, and clones share the lists: hand one to whoever
/// judges, and keep one to supply.
///
/// Lists are told apart by their issuer's name and key, so that an authority's namesake says nothing of its
/// certificates. Nor does the authority itself under a new key of those that it signed with the old one.
///
/// ```
/// use mls_trellis_hooks::{StatusRef, StatusSource};
/// use mls_trellis_x509::Crls;
///
/// let crls = Crls::default();
/// let (issuer, issuer_key) = (vec![0x30, 0], vec![0x30, 0]);
/// let somebody = StatusRef::Certificate { issuer, issuer_key, serial: vec![1] };
/// assert_eq!(crls.status(&somebody), None);
/// assert_eq!(crls.supply(b"no list", b"no certificate").unwrap_err().rule(), "X5-14");
/// ```
#[derive(Clone, Default)]
pub struct Crls(Arc<RwLock<BTreeMap<Issuer, List>>>);

/// Name and key, both in DER.
type Issuer = (Vec<u8>, Vec<u8>);

/// What a list says, by serial number.
struct List {
    revoked: BTreeMap<Vec<u8>, Standing>,
    this_update: u64,
    next_update: Option<u64>,
    name: String,
}

impl Crls {
    /// Keeps a list, in DER, that this issuer signed, a DER certificate. The issuer is not verified
    /// here: it is one of those that were found in the path of a genuine credential, or an anchor.
    ///
    /// # Errors
    /// X5-14 when the issuer is no certificate; REV-1 when the list is not signed by it, or it may not
    /// sign lists; REV-2 when the list is none, or says what is not understood; REV-3 when it is too
    /// long, or there are too many; REV-4 when a later one is known.
    pub fn supply(&self, crl: &[u8], issuer: &[u8]) -> Result<(), Reject> {
        let issuer = Certificate::parse(issuer)?;
        let (key, list) = read(crl, &issuer)?;
        let mut lists = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match lists.get(&key) {
            Some(known) if known.this_update > list.this_update => {
                let detail = format!("{} is older than {}", list.name, known.name);
                return Err(Reject::misuse("REV-4", detail));
            }
            None if lists.len() >= MAX_CRLS => {
                return Err(Reject::misuse("REV-3", "there are too many lists"));
            }
            _ => {}
        }
        lists.insert(key, list);
        Ok(())
    }
}

impl StatusSource for Crls {
    fn status(&self, of: &StatusRef) -> Option<Evidence> {
        let StatusRef::Certificate {
            issuer,
            issuer_key,
            serial,
        } = of
        else {
            return None;
        };
        let lists = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let list = lists.get(&(issuer.clone(), issuer_key.clone()))?;
        Some(Evidence {
            standing: list.revoked.get(serial).copied().unwrap_or(Standing::Good),
            as_of: list.this_update,
            until: list.next_update,
            source: list.name.clone(),
        })
    }
}

impl fmt::Debug for Crls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists = self.0.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_list()
            .entries(lists.values().map(|list| &list.name))
            .finish()
    }
}

/// The issuer, and what its list says.
fn read(der: &[u8], issuer: &Certificate) -> Result<(Issuer, List), Reject> {
    if der.len() > MAX_CRL_LEN {
        let detail = format!("a list of {} bytes, of {MAX_CRL_LEN} at most", der.len());
        return Err(Reject::peer("REV-3", detail));
    }
    let malformed = |e: x509_cert::der::Error| Reject::peer("REV-2", format!("a list: {e}"));
    let crl = CertificateList::<Rfc5280>::from_der(der).map_err(malformed)?;
    if crl.to_der().map_err(malformed)? != der {
        return Err(Reject::peer("REV-2", "a list is not in its one encoding"));
    }
    let tbs = &crl.tbs_cert_list;
    issuer.check_list_signer()?;
    let name = tbs.issuer.to_der().map_err(malformed)?;
    if name != issuer.tbs().subject().to_der().map_err(malformed)? {
        let detail = format!(
            "a list of {}, not of {}",
            tbs.issuer,
            issuer.tbs().subject()
        );
        return Err(Reject::peer("REV-1", detail));
    }
    let signed = tbs.to_der().map_err(malformed)?;
    if tbs.signature != crl.signature_algorithm || !is_signed(&crl, &signed, issuer) {
        return Err(Reject::peer(
            "REV-1",
            format!("a list is not signed by {}", tbs.issuer),
        ));
    }
    understood(tbs.crl_extensions.as_ref())?;
    let mut revoked = BTreeMap::new();
    for entry in tbs.revoked_certificates.iter().flatten() {
        revoked.insert(entry.serial_number.as_bytes().to_vec(), standing(entry)?);
    }
    let list = List {
        revoked,
        this_update: seconds(&tbs.this_update),
        next_update: tbs.next_update.as_ref().map(seconds),
        name: format!("list of {} of {}", tbs.issuer, tbs.this_update),
    };
    let key = issuer.public_key().to_der().map_err(malformed)?;
    Ok(((name, key), list))
}

fn is_signed(crl: &CertificateList, signed: &[u8], issuer: &Certificate) -> bool {
    let environment: PkiEnvironment = validator();
    environment
        .verify_signature_message(
            &environment,
            signed,
            &crl.signature,
            &crl.signature_algorithm,
            issuer.public_key(),
        )
        .is_ok()
}

/// REV-2: nothing is critical that is not known here, and of those nothing is.
fn understood(extensions: Option<&Extensions>) -> Result<(), Reject> {
    let mut extensions = extensions.into_iter().flatten();
    match extensions.find(|extension| extension.critical) {
        Some(unknown) => {
            let detail = format!("a list has the critical extension {}", unknown.extn_id);
            Err(Reject::peer("REV-2", detail))
        }
        None => Ok(()),
    }
}

fn standing(entry: &RevokedCert) -> Result<Standing, Reject> {
    understood(entry.crl_entry_extensions.as_ref())?;
    let mut extensions = entry.crl_entry_extensions.iter().flatten();
    let reason = extensions.find(|extension| extension.extn_id == REASON);
    let reason = reason.map(|reason| CrlReason::from_der(reason.extn_value.as_bytes()));
    match reason.transpose() {
        Ok(Some(CrlReason::CertificateHold)) => Ok(Standing::Suspended),
        Ok(Some(CrlReason::RemoveFromCRL)) => Err(Reject::peer(
            "REV-2",
            "an entry takes something back, in a complete list",
        )),
        Ok(_) => Ok(Standing::Revoked),
        Err(e) => Err(Reject::peer(
            "REV-2",
            format!("the reason of an entry: {e}"),
        )),
    }
}

const REASON: x509_cert::der::asn1::ObjectIdentifier =
    x509_cert::der::asn1::ObjectIdentifier::new_unwrap("2.5.29.21");

fn seconds(time: &Time) -> u64 {
    time.to_unix_duration().as_secs()
}
