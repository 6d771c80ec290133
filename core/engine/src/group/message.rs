//! Application messages, and the AAD of every message we send.

use mls_trellis_hooks::{
    AadView, Claims, ComponentId, ContentType, EpochState, LeafIndex, MediaType, Payload, Plugins,
    Reject,
};
use openmls::framing::SafeAadItem;
use openmls_traits::OpenMlsProvider as _;
use tls_codec::Serialize as _;

use super::{Failed, Group, Live, Outgoing, inbox::dispatch};
use crate::{Error, Message, Result, Stamps, step::Step, traffic};

/// Bytes for the Delivery Service, with their number in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Packet {
    /// Its number in the outbox, for [`Group::sent`].
    pub number: u64,
    /// The MLSMessage.
    pub message: Vec<u8>,
}

impl Group {
    /// Encrypts an application message. It is durable, and its key used up, before it is returned.
    ///
    /// # Errors
    /// ENG-16 when proposals wait in the pool; ENG-12 when we are not a member any more; what the
    /// group's framing, the payload's format or an item of the SafeAAD rejects.
    pub fn send(&mut self, payload: &Payload) -> Result<Packet> {
        let scope = self.scope.clone();
        self.work(|live, step| {
            may_send(live).map_err(Failed::intact)?;
            let text = ClearText::wrap(step.plugins, &live.epoch, payload);
            let text = text.map_err(Failed::intact)?;
            set_aad(live, step, ContentType::Application, Some(&text)).map_err(Failed::intact)?;
            let message = live
                .mls
                .create_message(&step.provider, &step.signer, &text.application_data)
                .map_err(Error::mls("encrypting the message"))?;
            let message = message
                .tls_serialize_detached()
                .map_err(Error::mls("encoding the message"))?;
            if let Some(sent) = step.provider.crypto().take_sender_data() {
                let own = LeafIndex(live.mls.own_leaf_index().u32());
                traffic::observe(step, &scope, &live.epoch, own, live.epoch.epoch, sent)?;
            }
            let number = dispatch(step, &scope, &Outgoing::Message(message.clone()))?;
            Ok(Packet { number, message })
        })
    }
}

/// Whether the epoch is one in which we may send.
pub(super) fn may_send(live: &Live) -> Result<(), Reject> {
    if !live.mls.is_active() {
        return Err(Reject::misuse("ENG-12", "we are not a member any more"));
    }
    if live.mls.has_pending_proposals() {
        return Err(Reject::misuse(
            "ENG-16",
            "proposals wait in the pool: commit first, or wait for another's commit",
        ));
    }
    Ok(())
}

/// An application message in the clear.
pub(crate) struct ClearText {
    /// The bytes that are encrypted.
    pub(crate) application_data: Vec<u8>,
    /// What they say of themselves, when a linked format can read them.
    pub(crate) claims: Option<Claims>,
}

impl ClearText {
    /// A payload of ours.
    fn wrap(plugins: &Plugins, epoch: &EpochState, payload: &Payload) -> Result<Self> {
        Ok(Self {
            claims: claims(plugins, payload)?,
            application_data: wrap(plugins, epoch, payload)?,
        })
    }

    /// What was decrypted, with its payload. `epoch` is the epoch of the message.
    pub(super) fn unwrap(
        plugins: &Plugins,
        epoch: &EpochState,
        application_data: Vec<u8>,
    ) -> Result<(Self, Payload)> {
        let payload = unwrap(plugins, epoch, &application_data)?;
        let claims = claims(plugins, &payload)?;
        let text = Self {
            application_data,
            claims,
        };
        Ok((text, payload))
    }
}

/// What a payload says of itself, when its format is linked.
fn claims(plugins: &Plugins, payload: &Payload) -> Result<Option<Claims>> {
    let format = plugins.format(payload);
    let claims = format.map(|entry| entry.format.claims(&payload.body));
    Ok(claims.transpose()?)
}

/// The bytes to encrypt for a payload.
fn wrap(plugins: &Plugins, epoch: &EpochState, payload: &Payload) -> Result<Vec<u8>> {
    match framing(plugins, epoch) {
        Some(framing) => Ok(framing.wrap(epoch, payload)?),
        None if payload.media_type.is_none() => Ok(payload.body.clone()),
        None => Err(Reject::misuse(
            "CA-6",
            "the group does not frame its messages, so they cannot have a media type",
        )
        .into()),
    }
}

/// The payload in decrypted bytes.
fn unwrap(plugins: &Plugins, epoch: &EpochState, bytes: &[u8]) -> Result<Payload> {
    match framing(plugins, epoch) {
        Some(framing) => Ok(framing.unwrap(epoch, bytes)?),
        None => Ok(Payload::plain(bytes)),
    }
}

/// The component that frames the epoch's messages: one with an entry in the GroupContext.
fn framing<'p>(
    plugins: &'p Plugins,
    epoch: &EpochState,
) -> Option<&'p dyn mls_trellis_hooks::erased::ErasedFraming> {
    let mut entries = plugins.components();
    let found = entries.find(|e| e.payload_framing.is_some() && epoch.data(e.id).is_some());
    found.and_then(|entry| entry.payload_framing.as_deref())
}

/// Sets the SafeAAD of the next message, when the epoch has SafeAAD framing: the items of every
/// component that the group lists, in ascending order.
///
/// Each item is checked as those who receive it will.
pub(super) fn set_aad(
    live: &mut Live,
    step: &Step<'_>,
    content_type: ContentType,
    text: Option<&ClearText>,
) -> Result<()> {
    let Some(listed) = live.epoch.required_aad()? else {
        return Ok(());
    };
    let mut items = Vec::new();
    for id in listed {
        let entry = step.plugins.component(id);
        let Some(facet) = entry.and_then(|entry| entry.aad_item.as_ref()) else {
            continue;
        };
        let cx = AadView {
            id,
            content_type,
            epoch: &live.epoch,
            application_data: text.map(|text| text.application_data.as_slice()),
            claims: text.and_then(|text| text.claims.as_ref()),
        };
        if let Some(item) = facet.item(&cx)? {
            facet.check_item(&cx, &super::me(live), &item)?;
            items.push(SafeAadItem::new(id.0, item));
        }
    }
    live.mls
        .set_safe_aad(items)
        .map_err(Error::mls("setting the SafeAAD"))
}

/// A message for the application.
pub(super) fn message(
    from: crate::Who,
    epoch: u64,
    payload: Payload,
    aad: Vec<(ComponentId, Vec<u8>)>,
    stamps: Option<Stamps>,
) -> Message {
    let media_type = payload.media_type;
    let (media_type, parameters) = match media_type {
        Some(MediaType {
            essence,
            parameters,
        }) => (Some(essence), parameters),
        None => (None, Vec::new()),
    };
    Message {
        from,
        epoch,
        media_type,
        parameters,
        body: payload.body,
        aad: aad.into_iter().map(|(id, data)| (id.0, data)).collect(),
        accepted_at: stamps.as_ref().map(|stamps| stamps.accepted_at),
        stamps: stamps.map(|stamps| stamps.stamps).unwrap_or_default(),
    }
}
