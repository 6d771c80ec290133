//! What members and hubs share when something comes in.

use std::{collections::BTreeSet, sync::Arc};

use mls_trellis_hooks::{
    AadView, Actor, CipherSuite, ComponentId, ContentType, EpochState, LeafIndex, LeafInfo,
    Plugins, Reject, Unverified,
    wire::{self, Opaque, SortedMap},
};
use mls_trellis_wire::Framing;
use openmls::{
    component::ComponentData,
    group::{AppDataDictionaryUpdater, AppDataUpdates, StagedCommit},
    key_packages::KeyPackage,
    messages::group_info::VerifiableGroupInfo,
    prelude::{MlsMessageBodyIn, MlsMessageIn, ProcessedMessage, ProcessedMessageContent, Sender},
    treesync::RatchetTreeIn,
    versions::ProtocolVersion,
};
use openmls_traits::crypto::OpenMlsCrypto;
use tls_codec::Deserialize as _;

use crate::{Client, Error, Result, group::ClearText, judge::DictionaryChanges, mls, roster};

/// Decodes an MLSMessage, strictly and without allocating more than it holds.
pub(crate) fn message_in(message: &[u8], what: &'static str) -> Result<MlsMessageBodyIn> {
    mls_trellis_wire::check_message(message).map_err(Error::malformed(what))?;
    let message = MlsMessageIn::tls_deserialize(&mut &message[..]);
    Ok(message.map_err(Error::malformed(what))?.extract())
}

/// Decodes a KeyPackage message and checks its signatures and lifetime.
pub(crate) fn key_package_in(message: &[u8], crypto: &impl OpenMlsCrypto) -> Result<KeyPackage> {
    let MlsMessageBodyIn::KeyPackage(key_package) = message_in(message, "the KeyPackage")? else {
        return Err(Error::malformed("the KeyPackage")(
            "the message is something else",
        ));
    };
    key_package
        .validate(crypto, ProtocolVersion::Mls10)
        .map_err(Error::mls("validating the KeyPackage"))
}

/// ENG-13: a KeyPackage that is added has the group's cipher suite.
pub(crate) fn of_suite(key_package: &KeyPackage, suite: CipherSuite) -> Result<(), Reject> {
    if u16::from(key_package.ciphersuite()) != suite.0 {
        return Err(Reject::incompatible(
            "ENG-13",
            "the KeyPackage has another cipher suite",
        ));
    }
    Ok(())
}

/// ENG-14: a KeyPackage that we add is valid for long enough.
pub(crate) fn long_enough(key_package: &KeyPackage, client: &Client) -> Result<(), Reject> {
    let wanted = client
        .now()
        .saturating_add(client.settings().minimum_lifetime);
    if key_package.life_time().not_after() < wanted {
        return Err(Reject::policy(
            "ENG-14",
            "the KeyPackage expires too soon: members that come back later could not follow",
        ));
    }
    Ok(())
}

pub(crate) fn decode_tree(bytes: &[u8]) -> Result<RatchetTreeIn> {
    let what = "the ratchet tree";
    mls_trellis_wire::decode(mls_trellis_wire::ObjectType::RatchetTree, bytes)
        .map_err(Error::malformed(what))?;
    RatchetTreeIn::tls_deserialize(&mut &bytes[..]).map_err(Error::malformed(what))
}

/// Decodes a GroupInfo message.
pub(crate) fn group_info_in(message: &[u8]) -> Result<VerifiableGroupInfo> {
    match message_in(message, "the GroupInfo")? {
        MlsMessageBodyIn::GroupInfo(info) => Ok(info),
        _ => Err(Error::malformed("the GroupInfo")(
            "the message is something else",
        )),
    }
}

/// Who commits, with the leaf a joiner brings along.
pub(crate) fn committer(sender: &Sender, signed: &mls::Commit, plugins: &Plugins) -> Result<Actor> {
    match (sender, signed.path_leaf()) {
        (Sender::Member(leaf), _) => Ok(Actor::Member(LeafIndex(leaf.u32()))),
        (Sender::NewMemberCommit, Some(leaf)) => {
            Ok(Actor::Joiner(roster::leaf_info(leaf, plugins)?.into()))
        }
        _ => Err(Reject::peer("ENG-2", "a commit of neither a member nor a joiner").into()),
    }
}

/// The leaf that a staged commit's path installs.
pub(crate) fn path_leaf(staged: &StagedCommit, plugins: &Plugins) -> Result<Option<Arc<LeafInfo>>> {
    let leaf = staged.update_path_leaf_node();
    let leaf = leaf.map(|leaf| roster::leaf_info_of(leaf, plugins).map(Arc::new));
    Ok(leaf.transpose()?)
}

/// The dictionary's changes as OpenMLS takes them.
pub(crate) fn app_data_updates(changes: &DictionaryChanges) -> Option<AppDataUpdates> {
    let mut updater = AppDataDictionaryUpdater::new(None);
    for (id, data) in changes {
        match data {
            Some(data) => updater.set(ComponentData::from_parts(id.0, data.clone().into())),
            None => updater.remove(&id.0),
        }
    }
    updater.changes()
}

/// AAD-1 to AAD-5: with SafeAAD framing on, `authenticated_data` is one SafeAAD and nothing else.
///
/// For a message of a past epoch the form is judged by the same epoch as OpenMLS judges it, which is
/// the current one; docs/LIMITS.md says what follows from that.
pub(crate) fn check_aad_form(epoch: &EpochState, framing: &Framing<'_>) -> Result<()> {
    match epoch.data(ComponentId::SAFE_AAD) {
        Some(_) => safe_aad(framing.authenticated_data).map(drop),
        None => Ok(()),
    }
}

/// AAD-8: components judge the AAD items of a handshake message of the current epoch, now that it is
/// authenticated.
pub(crate) fn check_handshake_items(
    plugins: &Plugins,
    epoch: &EpochState,
    processed: &ProcessedMessage,
) -> Result<()> {
    let content_type = match processed.content() {
        // It is checked when it is known what it says.
        ProcessedMessageContent::ApplicationMessage(_) => return Ok(()),
        // It was checked when it was sent.
        ProcessedMessageContent::OwnPrivateMessage => return Ok(()),
        ProcessedMessageContent::ProposalMessage(_) => ContentType::Proposal,
        _ => ContentType::Commit,
    };
    let authentic = Authentic {
        epoch: processed.epoch().as_u64(),
        sender: processed.sender(),
        aad: processed.aad(),
    };
    check_aad_items(plugins, epoch, &authentic, content_type, None)
}

/// What is known of a message once it is authenticated.
pub(crate) struct Authentic<'a> {
    pub(crate) epoch: u64,
    pub(crate) sender: &'a Sender,
    pub(crate) aad: &'a [u8],
}

/// AAD-8: components judge the AAD items of a message of the current epoch.
pub(crate) fn check_aad_items(
    plugins: &Plugins,
    epoch: &EpochState,
    message: &Authentic<'_>,
    content_type: ContentType,
    text: Option<&ClearText>,
) -> Result<()> {
    if message.epoch != epoch.epoch || epoch.data(ComponentId::SAFE_AAD).is_none() {
        return Ok(());
    }
    let from = match message.sender {
        Sender::Member(leaf) => Actor::Member(LeafIndex(leaf.u32())),
        // Somebody outside the group cannot know which items are wanted.
        _ => return Ok(()),
    };
    for (id, item) in safe_aad(message.aad)?.iter() {
        let entry = plugins.component(*id);
        let Some(facet) = entry.and_then(|entry| entry.aad_item.as_ref()) else {
            continue;
        };
        let cx = AadView {
            id: *id,
            content_type,
            epoch,
            application_data: text.map(|text| text.application_data.as_slice()),
            claims: text.and_then(|text| text.claims.as_ref()),
        };
        facet.check_item(&cx, &from, item.as_slice())?;
    }
    Ok(())
}

/// A SafeAAD: items in strictly ascending order of their components.
///
/// # Errors
/// AAD-5 for no bytes at all, AAD-2 for bytes after it, AAD-3 for items out of order, AAD-4 for an
/// item that is there twice, and AAD-1 for everything else.
pub(crate) fn safe_aad(bytes: &[u8]) -> Result<SortedMap<ComponentId, Opaque>> {
    wire::decode(bytes).map_err(|e| {
        let rule = match e {
            wire::WireError::Trailing(_) => "AAD-2",
            _ if bytes.is_empty() => "AAD-5",
            _ => disorder(bytes).unwrap_or("AAD-1"),
        };
        Reject::peer(rule, format!("the SafeAAD of the message: {e}")).into()
    })
}

/// The rule that the order of the items breaks, if they can be read but for that.
fn disorder(bytes: &[u8]) -> Option<&'static str> {
    let items = wire::decode::<Vec<(ComponentId, Opaque)>>(bytes).ok()?;
    let unique: BTreeSet<_> = items.iter().map(|(id, _)| *id).collect();
    match unique.len() < items.len() {
        true => Some("AAD-4"),
        false => Some("AAD-3"),
    }
}

/// A verdict on a credential as an error of the step.
pub(crate) fn unverified(unverified: Unverified) -> Error {
    match unverified {
        Unverified::Reject(reject) => reject.into(),
        Unverified::Missing(needs) => Error::Missing(needs),
    }
}
