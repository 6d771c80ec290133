//! The policy, and the verdict that follows from it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError, RwLock},
};

use certval::PkiEnvironment;
use mls_trellis_hooks::{EpochState, Facts, Identity, LeafInfo, Reject, SignatureKey, Unverified};
use x509_cert::der::asn1::ObjectIdentifier;

use crate::{
    Chain, Subject, X509,
    certificate::Certificate,
    facts::{facts, status},
    identity::{self, is_host},
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
    pub(crate) anchors: Vec<(Arc<Anchor>, BTreeSet<String>)>,
    purposes: BTreeSet<ObjectIdentifier>,
    schemes: BTreeSet<String>,
    max_validity: u64,
}

impl Default for Policy {
    /// No anchors; purpose [`IM_URI`]; URIs of scheme `mimi`; valid for 398 days at most.
    fn default() -> Self {
        Self {
            anchors: Vec::new(),
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
        let domains: BTreeSet<_> = domains.into_iter().map(str::to_owned).collect();
        if let Some(domain) = domains.iter().find(|domain| !is_host(domain)) {
            return Err(Reject::misuse("X5-24", format!("{domain} is no host")));
        }
        self.anchors.push((anchor, domains));
        Ok(self)
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
    validator: PkiEnvironment,
    intermediates: RwLock<BTreeMap<Vec<u8>, Arc<Certificate>>>,
}

impl Authority {
    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            policy,
            validator: validator(),
            intermediates: RwLock::default(),
        }
    }

    /// Whom the chain's leaf speaks of (X5-19, X5-24, X5-25).
    pub(crate) fn certified(&self, content: &[u8]) -> Result<Certified, Reject> {
        let chain = Chain::parse(content)?;
        self.read(&Certificate::parse(chain.leaf())?)
    }

    fn read(&self, leaf: &Certificate) -> Result<Certified, Reject> {
        let subject = identity::subject(leaf.uris(), &self.policy.schemes)?;
        let (not_before, not_after) = leaf.validity();
        Ok(Certified {
            subject,
            not_before,
            not_after,
            facts: facts(leaf),
        })
    }

    /// The verdict on a chain next to a key, at a time or without a clock.
    pub(crate) fn verify(
        &self,
        content: &[u8],
        key: &SignatureKey<'_>,
        time: Option<u64>,
    ) -> Result<Certified, Unverified> {
        let chain = Chain::parse(content)?;
        let leaf = Certificate::parse(chain.leaf())?;
        let carried = chain.others().map(Certificate::parse);
        let carried = carried.collect::<Result<Vec<_>, _>>()?;
        leaf.check_key(key)?;
        let mut certified = self.read(&leaf)?;
        leaf.check_end_entity(&self.policy.purposes, self.policy.max_validity)?;
        let anchors = self.anchors_of(&certified.subject.domain, &leaf)?;
        let supplied = self.supplied();
        let search = Search {
            validator: &self.validator,
            anchors,
            pool: carried
                .iter()
                .chain(supplied.iter().map(Arc::as_ref))
                .collect(),
            purposes: &self.policy.purposes,
            depth: DEPTH,
            time,
        };
        let path = search.run(&leaf)?;
        certified.facts.status = path.into_iter().map(status).collect();
        Ok(certified)
    }

    /// X5-26: the anchors that speak for a domain. X5-15: none of them is the leaf itself.
    fn anchors_of(&self, domain: &str, leaf: &Certificate) -> Result<Vec<&Anchor>, Reject> {
        let all = self.policy.anchors.iter();
        let is_leaf = |anchor: &Anchor| anchor.certificate.public_key() == leaf.public_key();
        if all.clone().any(|(anchor, _)| is_leaf(anchor)) {
            return Err(Reject::peer("X5-15", "the certified key is an anchor's"));
        }
        let anchors = all.filter(|(_, domains)| domains.contains(domain));
        let anchors: Vec<_> = anchors.map(|(anchor, _)| anchor.as_ref()).collect();
        match anchors.is_empty() {
            true => Err(Reject::policy(
                "X5-26",
                format!("no anchor speaks for {domain}"),
            )),
            false => Ok(anchors),
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
    pub(crate) fn succeeds(&self, old: &LeafInfo, new: &Subject, ours: bool) -> Result<(), Reject> {
        if !ours {
            return Ok(());
        }
        let old = self.certified(&old.credential.content)?.subject;
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
