//! Stamps: what a hub attaches to an application message, made at the hub and checked by receivers.

use std::collections::BTreeMap;

use mls_trellis_hooks::{
    AcceptView, Actor, ComponentId, Credential, CredentialVerifier, Dictionary, EpochState,
    HandleError, Identity, LabelSigner, LeafIndex, Plugins, Reject, SignatureKey, Signatures,
    StampView, Unverified, Verified, signatures::sign_content,
};
use serde::{Deserialize, Serialize};

use crate::{Result, Signer, group::ClearText, incoming::safe_aad, judge, verifier::StockVerifier};

/// What a hub attached to an application message. It travels beside the message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamps {
    /// When the hub accepted the message, in milliseconds of Unix time.
    pub accepted_at: u64,
    /// The stamps, by the ids of the components that made them.
    pub stamps: Vec<(u16, Vec<u8>)>,
}

/// An application message that is handed to a hub.
pub struct Submission<'s> {
    /// The MLSMessage.
    pub message: &'s [u8],
    /// Who sent it, as the provider says that submits it. The hub cannot see it.
    pub sender: &'s str,
    /// The time of the hub's clock, in milliseconds of Unix time.
    pub accepted_at: u64,
    /// Signs for the hub.
    pub signer: &'s dyn Signer,
}

/// What becomes of an application message at a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// Fan it out, with these stamps.
    Accepted(Stamps),
    /// The message belongs to an epoch that is over.
    StaleEpoch {
        /// The message's epoch.
        epoch: u64,
    },
    /// The message belongs to an epoch that the hub has not reached.
    FutureEpoch {
        /// The message's epoch.
        epoch: u64,
    },
}

/// What the group's components attach to a message of the current epoch.
pub(crate) fn make(
    plugins: &Plugins,
    epoch: &EpochState,
    authenticated_data: &[u8],
    submission: &Submission<'_>,
) -> Result<Stamps> {
    let items = items(epoch, authenticated_data)?;
    let mut stamps = Vec::new();
    for entry in plugins.components() {
        let Some(facet) = entry.hub_stamp.as_ref() else {
            continue;
        };
        if !judge::is_active(epoch, entry.id) {
            continue;
        }
        let cx = AcceptView {
            id: entry.id,
            epoch,
            items: &items,
            sender: submission.sender,
            accepted_at: submission.accepted_at,
            signer: &HubSigner(submission.signer),
        };
        if let Some(stamp) = facet.stamp(&cx)? {
            stamps.push((entry.id.0, stamp));
        }
    }
    Ok(Stamps {
        accepted_at: submission.accepted_at,
        stamps,
    })
}

/// A message that was decrypted, with what stamps are about.
pub(crate) struct Stamped<'a> {
    /// The message's own epoch.
    pub(crate) epoch: &'a EpochState,
    pub(crate) from: LeafIndex,
    pub(crate) identity: &'a Identity,
    pub(crate) authenticated_data: &'a [u8],
    pub(crate) text: &'a ClearText,
}

/// HUB-4, and what components demand of their stamps. Returns the stamps that were checked; those of
/// components that are not linked are dropped.
pub(crate) fn check(plugins: &Plugins, message: &Stamped<'_>, stamps: &Stamps) -> Result<Stamps> {
    let items = items(message.epoch, message.authenticated_data)?;
    let mut checked = BTreeMap::new();
    for (number, stamp) in &stamps.stamps {
        let id = ComponentId(*number);
        let entry = plugins.component(id);
        let Some(facet) = entry.and_then(|entry| entry.hub_stamp.as_ref()) else {
            continue;
        };
        let cx = StampView {
            id,
            epoch: message.epoch,
            from: &Actor::Member(message.from),
            identity: message.identity,
            items: &items,
            application_data: &message.text.application_data,
            claims: message.text.claims.as_ref(),
            accepted_at: stamps.accepted_at,
            signatures: Signatures::of(&StockVerifier),
            credentials: &Outside {
                plugins,
                epoch: message.epoch,
            },
        };
        facet.check_stamp(&cx, stamp)?;
        if checked.insert(*number, stamp.clone()).is_some() {
            let detail = format!("component {id} stamped the message twice");
            return Err(Reject::peer("HUB-4", detail).into());
        }
    }
    Ok(Stamps {
        accepted_at: stamps.accepted_at,
        stamps: checked.into_iter().collect(),
    })
}

fn items(epoch: &EpochState, authenticated_data: &[u8]) -> Result<Dictionary> {
    match epoch.data(ComponentId::SAFE_AAD) {
        Some(_) => safe_aad(authenticated_data),
        None => Ok(Dictionary::new()),
    }
}

/// Credentials of those who speak to the group from outside.
struct Outside<'a> {
    plugins: &'a Plugins,
    epoch: &'a EpochState,
}

impl CredentialVerifier for Outside<'_> {
    fn verify(
        &self,
        credential: &Credential,
        key: &SignatureKey<'_>,
    ) -> Result<Verified, Unverified> {
        judge::verify_outside(self.plugins, self.epoch, credential, key)
    }
}

/// A hub's signer, which signs with labels only.
struct HubSigner<'s>(&'s dyn Signer);

impl LabelSigner for HubSigner<'_> {
    fn public_key(&self) -> &[u8] {
        self.0.public_key()
    }

    fn sign(&self, label: &str, content: &[u8]) -> Result<Vec<u8>, HandleError> {
        let failed = |e: &dyn std::fmt::Display| HandleError::Crypto(e.to_string());
        let payload = sign_content(label, content).map_err(|e| failed(&e))?;
        self.0.sign(&payload).map_err(|e| failed(&e))
    }
}
