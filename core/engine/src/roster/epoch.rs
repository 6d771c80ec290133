//! An epoch as plugins see it.

use std::sync::Arc;

use mls_trellis_hooks::{
    CredentialType, EpochState, ExtensionType, ExternalSender, Plugins, ProposalType, Reject,
    RequiredCapabilities,
    wire::{Opaque, Wire},
};
use openmls::group::GroupContext;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

use super::{Leaves, credential, raw, read_again, unreadable};
use crate::mls;

/// An OpenMLS GroupContext, read again.
///
/// # Errors
/// ENG-0 when it does not decode.
pub(crate) fn group_context(context: &GroupContext) -> Result<mls::GroupContext, Reject> {
    read_again(context, "the GroupContext")
}

/// An epoch as plugins see it.
///
/// # Errors
/// ADD-1 to ADD-4 when the dictionary is malformed; ENG-0 when another extension is.
pub(crate) fn epoch_state(
    context: &mls::GroupContext,
    leaves: Leaves,
    plugins: &Plugins,
) -> Result<EpochState, Reject> {
    let understood = [
        ExtensionType::APP_DATA_DICTIONARY,
        ExtensionType::REQUIRED_CAPABILITIES,
        ExtensionType::EXTERNAL_SENDERS,
    ];
    let required = extension::<Required>(context, ExtensionType::REQUIRED_CAPABILITIES)?;
    let senders = extension::<Vec<Sender>>(context, ExtensionType::EXTERNAL_SENDERS)?;
    let senders = senders.unwrap_or_default().into_iter();
    Ok(EpochState {
        epoch: context.epoch,
        cipher_suite: context.cipher_suite,
        dictionary: mls::dictionary(&context.extensions)?.map(Arc::new),
        extensions: Arc::new(raw(&context.extensions, &understood)),
        required: Arc::new(required.map(Into::into).unwrap_or_default()),
        external_senders: Arc::new(senders.map(Into::into).collect()),
        leaves,
        ..EpochState::new(context.group_id.as_slice()).with_plugins(plugins)
    })
}

/// `required_capabilities` (RFC 9420, section 11.1).
#[derive(Clone, Debug, PartialEq, TlsSize, TlsSerialize, TlsDeserialize)]
struct Required {
    extensions: Vec<ExtensionType>,
    proposals: Vec<ProposalType>,
    credentials: Vec<CredentialType>,
}

impl From<Required> for RequiredCapabilities {
    fn from(required: Required) -> Self {
        Self {
            extensions: required.extensions.into_iter().collect(),
            proposals: required.proposals.into_iter().collect(),
            credentials: required.credentials.into_iter().collect(),
        }
    }
}

/// One entry of `external_senders` (RFC 9420, section 12.1.8.1).
#[derive(Clone, Debug, PartialEq, TlsSize, TlsSerialize, TlsDeserialize)]
struct Sender {
    signature_key: Opaque,
    credential: mls::Credential,
}

impl From<Sender> for ExternalSender {
    fn from(sender: Sender) -> Self {
        Self {
            signature_key: sender.signature_key.as_slice().into(),
            credential: credential(&sender.credential),
        }
    }
}

fn extension<T: Wire>(
    context: &mls::GroupContext,
    extension_type: ExtensionType,
) -> Result<Option<T>, Reject> {
    let mut extensions = context.extensions.iter();
    let found = extensions.find(|extension| extension.extension_type == extension_type);
    found
        .map(|extension| mls::decode(extension.data.as_slice()))
        .transpose()
        .map_err(unreadable("an extension of the GroupContext"))
}
