//! From what the application wants of a commit to proposals as OpenMLS takes them.

use std::collections::BTreeSet;

use mls_trellis_hooks::{Change, ComponentId, DataChange, ExtensionType, Reject};
use openmls::{
    extensions::{
        Extension, ExtensionType as MlsExtensionType, Extensions, RequiredCapabilitiesExtension,
    },
    group::GroupContext,
    key_packages::KeyPackage,
    messages::proposals::{
        AppDataUpdateProposal, AppEphemeralProposal, CustomProposal, PreSharedKeyProposal, Proposal,
    },
    prelude::{Ciphersuite, LeafNodeIndex},
    schedule::PreSharedKeyId,
};
use openmls_traits::{OpenMlsProvider as _, random::OpenMlsRand as _};

use super::{
    Live,
    build::{Builder, own_sent},
    commit::Draft,
};
use crate::{
    Client, Error, Result,
    incoming::{key_package_in, long_enough, of_suite},
    judge::kinds,
    own_leaf::{extension_type, raw_extension},
    step::Step,
};

/// One proposal of our own, as OpenMLS's builder takes it.
pub(super) enum Ready {
    Add(Box<KeyPackage>),
    Remove(LeafNodeIndex),
    Context(Extensions<GroupContext>),
    Other(Proposal),
}

impl Builder<'_> {
    /// Our own proposals, each with what plugins will see of it.
    pub(super) fn own_proposals(&self, live: &Live) -> Result<Vec<(Ready, Option<Change>)>> {
        let context = self.context_proposal(live)?;
        let drafts = self.plan.drafts.iter();
        let own = drafts.map(|draft| Ok((self.proposal(live, draft)?, draft.preview())));
        // A GroupContextExtensions proposal stands before every AppDataUpdate.
        context
            .into_iter()
            .map(|proposal| Ok((proposal, None)))
            .chain(own)
            .collect()
    }

    pub(super) fn proposal(&self, live: &Live, draft: &Draft) -> Result<Ready> {
        Ok(match draft {
            Draft::Add(message) => Ready::Add(Box::new(key_package(
                self.client,
                live,
                self.step,
                message,
            )?)),
            Draft::Remove(leaf) => Ready::Remove(LeafNodeIndex::new(leaf.0)),
            Draft::AppData(id, DataChange::Update(update)) => {
                let update = AppDataUpdateProposal::update(id.0, update.0.clone());
                Ready::Other(Proposal::AppDataUpdate(Box::new(update)))
            }
            Draft::AppData(id, DataChange::Remove) => Ready::Other(Proposal::AppDataUpdate(
                Box::new(AppDataUpdateProposal::remove(id.0)),
            )),
            Draft::Ephemeral(id, data) => Ready::Other(Proposal::AppEphemeral(Box::new(
                AppEphemeralProposal::new(id.0, data.clone()),
            ))),
            Draft::Kind(change) => {
                let sent = own_sent(live, change.clone());
                let cx = kinds::view(&live.epoch, &sent, &[]);
                kinds::acceptable(self.step.plugins, &cx, change)?;
                let proposal = custom_proposal(change)?;
                Ready::Other(Proposal::Custom(Box::new(proposal)))
            }
            Draft::Psk(name) => {
                let psk = fresh_psk(self.step, live.mls.ciphersuite(), name)?;
                Ready::Other(Proposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(
                    psk,
                ))))
            }
        })
    }

    /// The GroupContextExtensions proposal, if the application wants other raw extensions. The
    /// engine's own extensions stay, the dictionary last.
    fn context_proposal(&self, live: &Live) -> Result<Option<Ready>> {
        let Some(wanted) = self.plan.raw_extensions(&live.epoch.extensions) else {
            return Ok(None);
        };
        let current = live.mls.extensions();
        let mut extensions: Vec<Extension> = Vec::new();
        let mut required: BTreeSet<MlsExtensionType> = BTreeSet::new();
        required.extend(wanted.iter().map(|e| extension_type(e.extension_type)));
        if let Some(old) = current.required_capabilities() {
            let known = live.epoch.required.extensions.iter();
            let raw = |e: &&ExtensionType| live.epoch.extension(**e).is_none();
            required.extend(known.filter(raw).map(|e| extension_type(*e)));
            extensions.push(Extension::RequiredCapabilities(
                RequiredCapabilitiesExtension::new(
                    &required.into_iter().collect::<Vec<_>>(),
                    old.proposal_types(),
                    old.credential_types(),
                ),
            ));
        } else if !wanted.is_empty() {
            extensions.push(Extension::RequiredCapabilities(
                RequiredCapabilitiesExtension::new(
                    &required.into_iter().collect::<Vec<_>>(),
                    &[],
                    &[],
                ),
            ));
        }
        let senders = current.external_senders().cloned();
        extensions.extend(senders.map(Extension::ExternalSenders));
        extensions.extend(wanted.iter().map(raw_extension));
        let dictionary = current.app_data_dictionary().cloned();
        extensions.extend(dictionary.map(Extension::AppDataDictionary));
        let extensions: Extensions<GroupContext> =
            Extensions::from_vec(extensions).map_err(Error::mls("building the GroupContext"))?;
        Ok(Some(Ready::Context(extensions)))
    }
}

/// A proposal of a type that OpenMLS does not interpret.
pub(super) fn custom_proposal(change: &Change) -> Result<CustomProposal, Reject> {
    match change {
        Change::Other {
            proposal_type,
            body,
        } => Ok(CustomProposal::new(proposal_type.0, body.0.clone())),
        _ => Err(Reject::misuse(
            "PROP-4",
            "OpenMLS does not send this proposal by value",
        )),
    }
}

/// Decodes and judges a KeyPackage that we are about to add.
pub(super) fn key_package(
    client: &Client,
    live: &Live,
    step: &Step<'_>,
    message: &[u8],
) -> Result<KeyPackage> {
    let key_package = key_package_in(message, step.provider.crypto())?;
    of_suite(&key_package, live.epoch.cipher_suite)?;
    long_enough(&key_package, client)?;
    Ok(key_package)
}

/// A pre-shared key, by its name.
#[derive(Clone, Debug)]
pub(crate) enum PskName {
    /// Agreed outside of MLS.
    External(Vec<u8>),
    /// Of a component.
    Application(ComponentId, Vec<u8>),
}

/// A pre-shared key with a fresh nonce.
pub(super) fn fresh_psk(
    step: &Step<'_>,
    suite: Ciphersuite,
    name: &PskName,
) -> Result<PreSharedKeyId> {
    let nonce = step
        .provider
        .rand()
        .random_vec(suite.hash_length())
        .map_err(Error::mls("drawing a nonce"))?;
    Ok(match name {
        PskName::External(psk_id) => PreSharedKeyId::external(psk_id.clone(), nonce),
        PskName::Application(id, psk_id) => {
            PreSharedKeyId::application(id.0, psk_id.clone(), nonce)
        }
    })
}
