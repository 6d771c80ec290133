//! The policy, and the verdict that follows from it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError, RwLock},
};

use certval::PkiEnvironment;
use mls_trellis_hooks::{
    EpochState, Facts, Identity, Last, PreparedAnchors, Reject, SignatureKey, Unverified,
    names::is_host,
};
use x509_cert::der::asn1::ObjectIdentifier;

use crate::{
    Chain, Subject, X509,
    anchors::Believed,
    certificate::Certificate,
    facts::{facts, status, voucher},
    identity,
    path::{Anchor, Search, validator},
};

/// Certificates for messaging, `id-kp-imUri` (RFC 9734).
pub const IM_URI: &str = "1.3.6.1.5.5.7.3.40";
/// So many intermediates are kept beside those that come in credentials.
pub const MAX_INTERMEDIATES: usize = 64;
/// A certificate is valid for no longer than this many seconds, unless the policy says otherwise.
const MAX_VALIDITY: u64 = 398 * 24 * 60 * 60;
/// Certificates between the leaf and the anchor, at most: with the leaf, a path of four.
const DEPTH: usize = 3;

/// Whom to believe. All members of a group need the same policy, or they disagree on who is a member.
#[derive(Clone)]
pub struct Policy {
    pub(crate) anchors: Believed,
    pub(crate) believes_groups: bool,
    purposes: BTreeSet<ObjectIdentifier>,
    schemes: BTreeSet<String>,
    max_validity: u64,
}

impl Default for Policy {
    /// No anchors; purpose [`IM_URI`]; URIs of scheme `mimi`; valid for 398 days at most.
    fn default() -> Self {
        Self {
            anchors: Believed::default(),
            believes_groups: false,
            purposes: ObjectIdentifier::new(IM_URI).into_iter().collect(),
            schemes: ["mimi".to_owned()].into_iter().collect(),
            max_validity: MAX_VALIDITY,
        }
    }
}

impl Policy {
    /// Believes what this anchor, a DER certificate, says about clients of these domains: exactly
    /// these hosts of URIs. Its own constraints hold as well.
    ///
    /// # Errors
    /// X5-14, X5-21, X5-22 when it cannot be an anchor; X5-24 when a domain is none.
    pub fn anchor<'a>(
        mut self,
        der: &[u8],
        domains: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Reject> {
        let anchor = Arc::new(Anchor::new(der)?);
        for domain in domains {
            if !is_host(domain) {
                return Err(Reject::misuse("X5-24", format!("{domain} is no host")));
            }
            self.anchors.add(domain, anchor.clone());
        }
        Ok(self)
    }

    /// Takes groups that name their own anchors at their word. Otherwise the anchors of this policy
    /// still decide, there too, whom we bring in and which groups we enter (ANC-7).
    #[must_use]
    pub fn believe_groups(mut self) -> Self {
        self.believes_groups = true;
        self
    }

    /// Also takes certificates for this purpose, an object identifier with dots.
    ///
    /// # Errors
    /// X5-17 when it is no object identifier.
    pub fn purpose(mut self, oid: &str) -> Result<Self, Reject> {
        let oid = ObjectIdentifier::new(oid);
        let oid = oid.map_err(|e| Reject::misuse("X5-17", e.to_string()))?;
        self.purposes.insert(oid);
        Ok(self)
    }

    /// Also reads identities from URIs of this scheme.
    #[must_use]
    pub fn scheme(mut self, scheme: &str) -> Self {
        self.schemes.insert(scheme.to_ascii_lowercase());
        self
    }

    /// Takes no certificate that is valid for more than this many seconds.
    #[must_use]
    pub fn max_validity(mut self, seconds: u64) -> Self {
        self.max_validity = seconds;
        self
    }
}

/// What a certificate says, for the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// Whom it speaks of.
    pub subject: Subject,
    /// From when it is valid, in seconds of Unix time.
    pub not_before: u64,
    /// Until when it is valid, in seconds of Unix time.
    pub not_after: u64,
    /// What else rules may be about.
    pub facts: Facts,
}

/// The policy with what was prepared and what was supplied.
pub(crate) struct Authority {
    pub(crate) policy: Policy,
    of_groups: PreparedAnchors<Believed>,
    validator: PkiEnvironment,
    intermediates: RwLock<BTreeMap<Vec<u8>, Arc<Certificate>>>,
    /// Authorities that stood in good paths, parsed: a thousand members share them.
    seen: RwLock<BTreeMap<Vec<u8>, Arc<Certificate>>>,
    /// Of a member is asked who it is, and of which user.
    read: Last<Vec<u8>, Result<Certified, Reject>>,
}

impl Authority {
    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            policy,
            of_groups: PreparedAnchors::default(),
            validator: validator(),
            intermediates: RwLock::default(),
            seen: RwLock::default(),
            read: Last::default(),
        }
    }

    /// Whom the chain's leaf speaks of (X5-19, X5-24, X5-25).
    pub(crate) fn certified(&self, content: &[u8]) -> Result<Certified, Reject> {
        let certified = self.read.of(content, || {
            let chain = Chain::parse(content)?;
            self.read(&Certificate::parse(chain.leaf())?)
        });
        certified.as_ref().clone()
    }

    fn read(&self, leaf: &Certificate) -> Result<Certified, Reject> {
        let subject = identity::subject(leaf.uris(), &self.policy.schemes)?;
        let validity = leaf.validity();
        Ok(Certified {
            subject,
            not_before: validity.not_before,
            not_after: validity.not_after,
            facts: facts(leaf),
        })
    }

    /// The verdict that all members share: by the group's own anchors where it names some (ANC-6), and without a clock.
    pub(crate) fn verify_in(
        &self,
        epoch: Option<&EpochState>,
        content: &[u8],
        key: &SignatureKey<'_>,
    ) -> Result<Certified, Unverified> {
        match self.of_groups.of::<X509>(epoch, Believed::of_group)? {
            Some(anchors) => self.verify_by(&anchors, content, key, None),
            None => self.verify(content, key, None),
        }
    }

    /// The verdict by our own anchors, at a time or without a clock.
    pub(crate) fn verify(
        &self,
        content: &[u8],
        key: &SignatureKey<'_>,
        time: Option<u64>,
    ) -> Result<Certified, Unverified> {
        self.verify_by(&self.policy.anchors, content, key, time)
    }

    fn verify_by(
        &self,
        anchors: &Believed,
        content: &[u8],
        key: &SignatureKey<'_>,
        time: Option<u64>,
    ) -> Result<Certified, Unverified> {
        let chain = Chain::parse(content)?;
        let leaf = Certificate::parse(chain.leaf())?;
        let carried = chain.others().map(|der| self.authority(der));
        let carried = carried.collect::<Result<Vec<_>, _>>()?;
        leaf.check_key(key)?;
        let mut certified = self.read(&leaf)?;
        leaf.check_end_entity(&self.policy.purposes, self.policy.max_validity)?;
        let anchors = anchors.of(&certified.subject.domain, &leaf)?;
        let supplied = self.supplied();
        let search = Search {
            validator: &self.validator,
            anchors,
            pool: carried.iter().chain(&supplied).map(Arc::as_ref).collect(),
            purposes: &self.policy.purposes,
            depth: DEPTH,
            time,
        };
        let path = search.run(&leaf)?;
        let between = carried.iter().filter(|known| {
            path.iter()
                .any(|certificate| std::ptr::eq(*certificate, known.as_ref()))
        });
        self.remember(between);
        let authorities = path.iter().skip(1);
        let signed = path.iter().zip(authorities.clone());
        let status = signed.map(|(certificate, issuer)| status(certificate, issuer));
        certified.facts.status = status.collect();
        certified.facts.vouchers = authorities.map(|c| voucher(c)).collect();
        Ok(certified)
    }

    /// A certificate that a chain carries. What is remembered follows from its bytes alone.
    fn authority(&self, der: &[u8]) -> Result<Arc<Certificate>, Reject> {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        match seen.get(der) {
            Some(known) => Ok(known.clone()),
            None => Certificate::parse(der).map(Arc::new),
        }
    }

    /// Remembers authorities of a good path, as long as there is room: nobody else can fill it.
    fn remember<'c>(&self, authorities: impl Iterator<Item = &'c Arc<Certificate>>) {
        for authority in authorities {
            let der = authority.path.as_bytes();
            let known =
                |seen: &BTreeMap<_, _>| seen.len() >= MAX_INTERMEDIATES || seen.contains_key(der);
            if known(&self.seen.read().unwrap_or_else(PoisonError::into_inner)) {
                continue;
            }
            let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
            if !known(&seen) {
                seen.insert(der.to_vec(), authority.clone());
            }
        }
    }

    fn supplied(&self) -> Vec<Arc<Certificate>> {
        let intermediates = self.intermediates.read();
        let intermediates = intermediates.unwrap_or_else(PoisonError::into_inner);
        intermediates.values().cloned().collect()
    }

    /// Keeps an intermediate for chains that leave it out.
    pub(crate) fn supply(&self, der: &[u8]) -> Result<(), Reject> {
        let certificate = Certificate::parse(der)?;
        certificate.check_authority()?;
        let intermediates = self.intermediates.write();
        let mut intermediates = intermediates.unwrap_or_else(PoisonError::into_inner);
        if intermediates.len() >= MAX_INTERMEDIATES && !intermediates.contains_key(der) {
            return Err(Reject::misuse("X5-4", "there are too many intermediates"));
        }
        intermediates.insert(der.to_vec(), Arc::new(certificate));
        Ok(())
    }

    /// X5-8: the new certificate of a client speaks of the same user.
    pub(crate) fn succeeds(&self, old: &[u8], new: &[u8]) -> Result<(), Reject> {
        let [old, new] = [self.certified(old)?.subject, self.certified(new)?.subject];
        match old.user == new.user {
            true => Ok(()),
            false => Err(Reject::peer(
                "X5-8",
                format!("the new certificate of {} is of another user", new.client),
            )),
        }
    }
}

/// X5-11: no client is in the group twice.
pub(crate) fn unique_clients(epoch: &EpochState) -> Result<(), Reject> {
    let ours = epoch.ids.credential::<X509>();
    let mut seen = BTreeSet::<&Identity>::new();
    for leaf in epoch.leaves.values() {
        if leaf.credential.credential_type == ours && !seen.insert(&leaf.identity) {
            return Err(Reject::peer(
                "X5-11",
                format!("the client {} is in the group twice", leaf.identity),
            ));
        }
    }
    Ok(())
}
