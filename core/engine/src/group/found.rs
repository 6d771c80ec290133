//! Founding a group.

use std::collections::BTreeSet;

use mls_trellis_hooks::{
    ComponentId, Dictionary, Door, ExtensionType as Ext, LeafIndex, ProposalType as Prop,
    RawExtension, Reject, wire,
};
use mls_trellis_store::Scope;
use openmls::{
    credentials::Credential as MlsCredential,
    extensions::{Extension, Extensions, ExternalSender, RequiredCapabilitiesExtension},
    group::{GroupContext, GroupId, MlsGroup},
    prelude::Lifetime,
};

use super::{Group, Live, epoch_of, sender_ratchet, wire_format_policy, write_numbers};
use crate::{
    Client, Error, GroupConfig, Requirements, Result,
    assess::assess,
    client::cipher_suite,
    incoming::unverified,
    judge,
    own_leaf::{
        credential_type, dictionary_extension, extension_type, proposal_type, raw_extension,
    },
};

impl Group {
    pub(crate) fn found(client: &Client, config: &GroupConfig) -> Result<Self> {
        let scope = Scope::group(&config.group_id);
        let lease = client.lease(&scope)?;
        let version = client.inner.store.version(&scope)?;
        let suite = cipher_suite(config.cipher_suite)?;
        let settings = client.settings();
        let own_leaf = client.own_leaf();
        let now = client.now();
        let raw = raw_extensions(client, config)?;
        let context = context_extensions(client, config, &raw)?;
        let also: Vec<Ext> = raw.iter().map(|e| e.extension_type).collect();

        let guard = Some((scope.clone(), version));
        let live = client.step(guard, |step| {
            let mls = MlsGroup::builder()
                .with_group_id(GroupId::from_slice(&config.group_id))
                .ciphersuite(suite)
                .with_wire_format_policy(wire_format_policy(
                    config.framing.unwrap_or(settings.framing),
                ))
                .padding_size(settings.padding)
                .max_past_epochs(settings.past_epochs)
                .sender_ratchet_configuration(sender_ratchet(settings))
                .use_ratchet_tree_extension(true)
                .lifetime(Lifetime::init(
                    now.saturating_sub(60 * 60),
                    now.saturating_add(settings.key_package_lifetime),
                ))
                .with_capabilities(own_leaf.capabilities(&also))
                .with_leaf_node_extensions(own_leaf.extensions()?)
                .map_err(Error::mls("building our leaf"))?
                .with_group_context_extensions(context)
                .build(&step.provider, &step.signer, client.credential_with_key())
                .map_err(Error::mls("founding the group"))?;
            let epoch = epoch_of(client, &mls)?;
            judge::can_follow(client.plugins(), &epoch)?;
            let own = LeafIndex(mls.own_leaf_index().u32());
            let plugins = client.plugins();
            let judged = judge::verify_all(plugins, Door::Founding, &epoch, Some(own))
                .map_err(unverified)?;
            let mut concerns = judged.concerns;
            concerns.extend(judge::epoch(plugins, &epoch)?);
            assess(plugins, &epoch, &judged.admitted, now).permit()?;
            if let Some(concern) = concerns.into_iter().next() {
                return Err(concern.into());
            }
            write_numbers(client, step, &scope)?;
            Ok(Live {
                mls,
                epoch,
                pending: None,
                after: None,
            })
        })?;
        Ok(Self::new(client, lease, scope, version + 1, live))
    }
}

/// The extensions of the first GroupContext that the engine does not interpret.
fn raw_extensions(client: &Client, config: &GroupConfig) -> Result<Vec<RawExtension>> {
    let ids = client.plugins().ids();
    let kinds = config.kinds.iter().map(|kind| kind.raw(ids));
    let others = config.extensions.iter().cloned().map(Ok);
    others.chain(kinds).collect()
}

/// The extensions of the first GroupContext. The dictionary stands last, where OpenMLS puts it after
/// every update, so that all peers agree on the bytes (ADU-10).
fn context_extensions(
    client: &Client,
    config: &GroupConfig,
    raw: &[RawExtension],
) -> Result<Extensions<GroupContext>> {
    let mut extensions = Vec::new();
    let dictionary = dictionary(client, config)?;
    let required = required_capabilities(client, config, raw)?;
    extensions.extend(required.map(Extension::RequiredCapabilities));
    if !config.external_senders.is_empty() {
        let senders = config.external_senders.iter().map(|sender| {
            ExternalSender::new(
                sender.signature_key.to_vec().into(),
                MlsCredential::new(
                    credential_type(sender.credential.credential_type),
                    sender.credential.content.to_vec(),
                ),
            )
        });
        extensions.push(Extension::ExternalSenders(senders.collect()));
    }
    extensions.extend(raw.iter().map(raw_extension));
    extensions.extend(dictionary.as_ref().map(dictionary_extension));
    Extensions::from_vec(extensions).map_err(Error::mls("building the GroupContext"))
}

fn required_capabilities(
    client: &Client,
    config: &GroupConfig,
    raw: &[RawExtension],
) -> Result<Option<RequiredCapabilitiesExtension>> {
    // OpenMLS wants every extension of the GroupContext among the required ones, or no later
    // GroupContextExtensions proposal can pass.
    let mut extensions: BTreeSet<Ext> = raw.iter().map(|e| e.extension_type).collect();
    for kind in &config.required_kinds {
        extensions.insert(kind(client.plugins().ids())?);
    }
    let mut proposals = Vec::new();
    if config.requirements == Requirements::Draft {
        extensions.insert(Ext::APP_DATA_DICTIONARY);
        proposals.extend([Prop::APP_DATA_UPDATE, Prop::APP_EPHEMERAL]);
    }
    if extensions.is_empty() && proposals.is_empty() {
        return Ok(None);
    }
    let extensions: Vec<_> = extensions.into_iter().map(extension_type).collect();
    let proposals: Vec<_> = proposals.into_iter().map(proposal_type).collect();
    Ok(Some(RequiredCapabilitiesExtension::new(
        &extensions,
        &proposals,
        &[],
    )))
}

/// The first dictionary: the components required and their states.
fn dictionary(client: &Client, config: &GroupConfig) -> Result<Option<Dictionary>> {
    let ids = client.plugins().ids();
    let mut dictionary = Dictionary::new();
    let mut required: BTreeSet<ComponentId> = config.required.iter().map(|id| id(ids)).collect();
    for state in &config.states {
        let id = (state.id)(ids);
        required.insert(id);
        dictionary.insert(id, state.data.clone()?.into());
    }
    if config.requirements == Requirements::Plain {
        return match required.is_empty() && config.safe_aad.is_none() {
            true => Ok(None),
            false => Err(Reject::misuse(
                "ENG-8",
                "a group with plain requirements has no component state and no SafeAAD",
            )
            .into()),
        };
    }
    let list = |ids: &BTreeSet<ComponentId>| wire::encode(&ids.iter().copied().collect::<Vec<_>>());
    dictionary.insert(ComponentId::APP_COMPONENTS, list(&required)?.into());
    if let Some(aad) = &config.safe_aad {
        dictionary.insert(
            ComponentId::SAFE_AAD,
            list(&aad.iter().copied().collect())?.into(),
        );
    }
    Ok(Some(dictionary))
}
