//! Paths from a leaf to an anchor: finding them, and judging them by RFC 5280 and RFC 5937.
//!
//! The judging is certval's. Finding is small here, for there are few certificates: depth first, in
//! the order in which they stand, with a bound on how many paths are judged.

use std::collections::BTreeSet;

use certval::{
    CertificationPath, CertificationPathResults, CertificationPathSettings,
    DefaultSignatureVerificationCache, PDVTrustAnchorChoice, PkiEnvironment, TimeOfInterest,
    enforce_trust_anchor_constraints, validate_path_rfc5280,
};
use mls_trellis_hooks::{Reject, Unverified};
use x509_cert::der::asn1::ObjectIdentifier;

use crate::certificate::Certificate;

/// So many paths are judged before a credential is given up (X5-23).
const MAX_PATHS: usize = 32;
/// So many certificates are taken for issuers before a credential is given up (X5-23).
const MAX_STEPS: usize = 1024;
/// So many signatures that were found good are remembered.
const REMEMBERED: usize = 1024;

/// An anchor, prepared.
pub(crate) struct Anchor {
    pub(crate) certificate: Certificate,
    prepared: PDVTrustAnchorChoice,
}

impl Anchor {
    /// # Errors
    /// X5-14 when it is no certificate; X5-21 and X5-22 when it cannot be an anchor.
    pub(crate) fn new(der: &[u8]) -> Result<Self, Reject> {
        let certificate = Certificate::parse(der)?;
        certificate.check_anchor()?;
        let prepared = PDVTrustAnchorChoice::try_from(der);
        let prepared = prepared.map_err(|e| Reject::misuse("X5-22", format!("an anchor: {e}")))?;
        Ok(Self {
            certificate,
            prepared,
        })
    }
}

/// The path validator, with a memory for signatures that were found good. What it remembers is true
/// for ever, so it changes no verdict.
pub(crate) fn validator() -> PkiEnvironment {
    let mut validator = PkiEnvironment::new();
    validator.populate_5280_pki_environment();
    let memory = DefaultSignatureVerificationCache::with_capacity(REMEMBERED);
    validator.add_signature_cache(Box::new(memory));
    validator
}

/// What a path is sought for, and among what.
pub(crate) struct Search<'a> {
    pub(crate) validator: &'a PkiEnvironment,
    pub(crate) anchors: Vec<&'a Anchor>,
    /// What may stand in between.
    pub(crate) pool: Vec<&'a Certificate>,
    /// At least one of these the path is for.
    pub(crate) purposes: &'a BTreeSet<ObjectIdentifier>,
    /// Certificates between the leaf and the anchor, at most.
    pub(crate) depth: usize,
    /// When everything must be valid, in seconds of Unix time; `None` for a verdict without a clock.
    pub(crate) time: Option<u64>,
}

/// What a search has come upon.
#[derive(Default)]
struct Found {
    judged: usize,
    steps: usize,
    refusal: Option<Reject>,
    missing: BTreeSet<String>,
}

impl Search<'_> {
    /// The first path to an anchor that is good: the leaf, who is in between, and the anchor.
    ///
    /// # Errors
    /// X5-21, X5-22 and X5-23; `Missing` when no path leads to an anchor, but one might.
    pub(crate) fn run<'p>(
        &'p self,
        leaf: &'p Certificate,
    ) -> Result<Vec<&'p Certificate>, Unverified> {
        let (mut path, mut found) = (vec![leaf], Found::default());
        if let Some(anchor) = self.extend(&mut path, &mut found) {
            path.push(&anchor.certificate);
            return Ok(path);
        }
        match (found.refusal, found.missing.is_empty()) {
            (Some(refusal), _) => Err(refusal.into()),
            (None, false) => Err(Unverified::Missing(found.missing.into_iter().collect())),
            (None, true) => Err(Reject::peer(
                "X5-21",
                "the certificate leads to no anchor of its domain",
            )
            .into()),
        }
    }

    /// The anchor to which the path, which begins with the leaf, can be completed.
    fn extend<'p>(
        &'p self,
        path: &mut Vec<&'p Certificate>,
        found: &mut Found,
    ) -> Option<&'p Anchor> {
        let last = path.last().copied()?;
        let mut known = false;
        for anchor in &self.anchors {
            if issued(&anchor.certificate, last) {
                known = true;
                if self.holds(path, anchor, found) {
                    return Some(anchor);
                }
            }
        }
        for issuer in &self.pool {
            let used = path
                .iter()
                .any(|c| c.path.as_bytes() == issuer.path.as_bytes());
            if used || !issued(issuer, last) {
                continue;
            }
            known = true;
            found.steps += 1;
            if path.len() > self.depth || found.steps > MAX_STEPS {
                found.refusal.get_or_insert_with(|| {
                    let depth = self.depth;
                    let detail = format!("no path with at most {depth} authorities in between");
                    Reject::peer("X5-23", detail)
                });
                continue;
            }
            path.push(issuer);
            if let Some(anchor) = self.extend(path, found) {
                return Some(anchor);
            }
            path.pop();
        }
        if !known && !last.is_self_issued() {
            found.missing.insert(issuer_of(last));
        }
        None
    }

    /// Whether a complete path is good. The first refusal is kept, to be told.
    fn holds(&self, path: &[&Certificate], anchor: &Anchor, found: &mut Found) -> bool {
        found.judged += 1;
        let verdict = match found.judged > MAX_PATHS {
            true => Err(Reject::peer("X5-23", "there are too many possible paths")),
            false => self.judge(path, anchor),
        };
        verdict
            .map_err(|reject| found.refusal.get_or_insert(reject).clone())
            .is_ok()
    }

    fn judge(&self, path: &[&Certificate], anchor: &Anchor) -> Result<(), Reject> {
        let Some((leaf, authorities)) = path.split_first() else {
            return Err(Reject::misuse("X5-21", "there is no path"));
        };
        for authority in authorities {
            authority.check_authority()?;
            authority.check_issued()?;
        }
        let settings = enforce_trust_anchor_constraints(&self.settings()?, &anchor.prepared)
            .map_err(|e| Reject::peer("X5-22", format!("the anchor: {e:?}")))?;
        let between = authorities.iter().rev().map(|c| c.path.clone()).collect();
        let path = CertificationPath::new(anchor.prepared.clone(), between, leaf.path.clone());
        let mut results = CertificationPathResults::new();
        validate_path_rfc5280(self.validator, &settings, &path, &mut results)
            .map_err(|e| Reject::peer("X5-21", format!("the path: {e:?}")))
    }

    fn settings(&self) -> Result<CertificationPathSettings, Reject> {
        let time = match self.time {
            None => TimeOfInterest::disabled(),
            // The beginning of time would mean that there is none.
            Some(seconds) => TimeOfInterest::from_unix_secs(seconds.max(1))
                .map_err(|e| Reject::misuse("X5-9", format!("no time: {e}")))?,
        };
        let mut settings = CertificationPathSettings::new();
        settings.set_time_of_interest(time);
        settings.set_enforce_trust_anchor_validity(self.time.is_some());
        settings.set_enforce_trust_anchor_constraints(true);
        settings.set_require_ta_store(false);
        settings.set_extended_key_usage_path(true);
        settings.set_extended_key_usage_from_oid_set(self.purposes.iter().copied().collect());
        Ok(settings)
    }
}

/// Whether the names, and the key identifiers where there are some, say that one issued the other.
fn issued(issuer: &Certificate, subject: &Certificate) -> bool {
    let same_key = match (issuer.subject_key(), subject.authority_key()) {
        (Some(own), Some(named)) => own == named,
        _ => true,
    };
    same_key && certval::compare_names(issuer.tbs().subject(), subject.tbs().issuer())
}

/// What is missing, as the application can look it up.
fn issuer_of(certificate: &Certificate) -> String {
    let key = certificate.authority_key().unwrap_or_default();
    let key: String = key
        .iter()
        .take(32)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let name: String = certificate.tbs().issuer().to_string();
    let name: String = name.escape_debug().take(200).collect();
    format!("the certificate of the issuer {name} with key identifier {key}")
}
