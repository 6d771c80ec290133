//! Which anchors speak for a domain: those of our policy, or those of a group that names its own.

use std::{collections::BTreeMap, sync::Arc};

use mls_trellis_hooks::{Anchors, CredentialType, Reject};

use crate::{certificate::Certificate, path::Anchor};

/// Prepared anchors, by the domains for which they speak. One that is none spoils its domain's.
#[derive(Clone, Default)]
pub(crate) struct Believed(BTreeMap<String, Result<Vec<Arc<Anchor>>, Reject>>);

impl Believed {
    pub(crate) fn add(&mut self, domain: &str, anchor: Arc<Anchor>) {
        let anchors = self.0.entry(domain.to_owned());
        if let Ok(anchors) = anchors.or_insert_with(|| Ok(Vec::new())) {
            anchors.push(anchor);
        }
    }

    /// The anchors that a group names for this type of credential (ANC-6).
    pub(crate) fn of_group(anchors: &Anchors, credential_type: CredentialType) -> Self {
        let prepared = anchors.domains(credential_type).map(|(domain, anchors)| {
            let prepared = anchors.iter().map(|der| Anchor::new(der).map(Arc::new));
            let prepared = prepared.collect::<Result<_, _>>().map_err(|reject| {
                let detail = format!("the group has an anchor of {domain} that is none: {reject}");
                Reject::policy("ANC-6", detail)
            });
            (domain.to_owned(), prepared)
        });
        Self(prepared.collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn domains(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// X5-26: the anchors that speak for a domain. X5-15: none of anybody's is the leaf itself.
    pub(crate) fn of(&self, domain: &str, leaf: &Certificate) -> Result<Vec<&Anchor>, Reject> {
        let mut all = self.0.values().flatten().flatten();
        if all.any(|anchor| anchor.certificate.public_key() == leaf.public_key()) {
            return Err(Reject::peer("X5-15", "the certified key is an anchor's"));
        }
        match self.0.get(domain) {
            Some(Ok(anchors)) => Ok(anchors.iter().map(Arc::as_ref).collect()),
            Some(Err(reject)) => Err(reject.clone()),
            None => Err(Reject::policy(
                "X5-26",
                format!("no anchor speaks for {domain}"),
            )),
        }
    }
}
