//! How targeted messages plug in.

use std::sync::Arc;

use mls_trellis_hooks::{
    Draft, Envelope, Export, HandleError, Hooks, HpkeCiphertext, HpkePsk, LeafIndex, Letter,
    MessageCx, Opened, Plugin, Recipient, Reject, Secret, WireFormat, WireFormatId,
    wire::{self, Opaque},
};

use crate::{
    Revision, state,
    wire::{Guarded, MLS10, MlsMessage, SenderAuthData, TargetedMessage, encode, malformed},
};

const TBS: &str = "TargetedMessageTBS";
const DATA: &str = "TargetedMessageData";
const PSK: Export = export(b"psk");
const SENDER_AUTH_DATA: Export = export(b"sender auth data secret");

const fn export(context: &'static [u8]) -> Export {
    Export {
        label: "targeted message",
        context,
    }
}

/// The length of our nonces, and the longest that is taken.
const NONCE: usize = 16;
const LONGEST_NONCE: usize = 64;

/// The wire format.
#[derive(Clone, Copy, Debug)]
pub struct TargetedMessages {
    revision: Revision,
    past_epochs: u64,
    padding: usize,
    guarded: bool,
}

impl Default for TargetedMessages {
    /// Revision 02; messages of one past epoch can be read; no padding; no guard against replay.
    fn default() -> Self {
        Self::revision(Revision::V02)
    }
}

impl TargetedMessages {
    /// Binds messages as that revision of the draft says. All members must do the same.
    #[must_use]
    pub fn revision(revision: Revision) -> Self {
        Self {
            revision,
            past_epochs: 1,
            padding: 0,
            guarded: false,
        }
    }

    /// From how many epochs that are over messages can still be read (TM-2). The store keeps our
    /// leaf key, the leaves, and two secrets of each.
    #[must_use]
    pub fn past_epochs(mut self, past_epochs: u64) -> Self {
        self.past_epochs = past_epochs;
        self
    }

    /// Pads the content to a multiple of this many bytes; 0 pads nothing.
    #[must_use]
    pub fn padding(mut self, padding: usize) -> Self {
        self.padding = padding;
        self
    }

    /// Puts a nonce in front of the authenticated data, and delivers a message once (TM-S6). All
    /// members must do the same: a message without a nonce is not opened.
    ///
    /// The authenticated data is then `struct { opaque nonce<V>; opaque authenticated_data<V>; }`.
    #[must_use]
    pub fn guarded(mut self) -> Self {
        self.guarded = true;
        self
    }
}

mls_trellis_registry::register! {
    /// Targeted messages.
    pub static TARGETED_MESSAGES: TargetedMessages::default
}

impl Plugin for TargetedMessages {
    fn install(self: Arc<Self>, hooks: &mut Hooks<'_>) {
        hooks.wire_format(self);
    }
}

impl WireFormat for TargetedMessages {
    const NAME: &'static str = "mls_targeted_message";
    const FORMAT: WireFormatId = WireFormatId(0x0006);
    const DRAFT: Draft = Draft::new("draft-ietf-mls-targeted-messages", "02", "");
    const SIGNS: &'static [&'static str] = &[TBS];
    const ENCRYPTS: &'static [&'static str] = &[DATA];
    const EXPORTS: &'static [Export] = &[PSK, SENDER_AUTH_DATA];

    fn peek(&self, format: WireFormatId, message: &[u8]) -> Result<Envelope, Reject> {
        let TargetedMessage {
            group_id, epoch, ..
        } = MlsMessage::decode(message, format)?.message;
        Ok(Envelope {
            group_id: group_id.0,
            epoch,
        })
    }

    fn seal(&self, cx: &dyn MessageCx, letter: &Letter<'_>) -> Result<Vec<u8>, HandleError> {
        let (from, to) = (cx.own(), recipient(cx, letter)?);
        let mut message = TargetedMessage {
            group_id: cx.epoch().group_id[..].into(),
            epoch: cx.epoch().epoch,
            recipient_leaf_index: to.0,
            authenticated_data: self.authenticated_data(cx, letter)?,
            encrypted_sender_auth_data: Opaque::default(),
            ciphertext: Opaque::default(),
        };

        let content = Secret::from(state::content(letter.body, self.padding)?);
        let aad = message.authenticated_data.as_slice();
        let associated_data = |kem_output: &[u8]| {
            let epoch = cx.epoch();
            let bound = self
                .revision
                .associated_data(epoch, from, to, aad, kem_output);
            Ok(bound?)
        };
        let sealed = self.with_psk(cx, from, to, |psk| {
            cx.seal_psk(to, psk, &associated_data, content.as_slice())
        })?;
        message.ciphertext = sealed.ciphertext;

        let signed = signed(cx, &message, from, &sealed.kem_output)?;
        let sender = SenderAuthData {
            sender_leaf_index: from.0,
            signature: cx.sign(TBS, &signed)?.into(),
            kem_output: sealed.kem_output,
        };
        let (key, nonce) = sender_keys(cx, &message)?;
        let aad = state::sender_aad(&message)?;
        let sender = cx.aead_seal(&key, &nonce, &aad, &encode(&sender)?)?;
        message.encrypted_sender_auth_data = sender.into();

        Ok(encode(&MlsMessage {
            version: MLS10,
            wire_format: cx.format(),
            message,
        })?)
    }

    fn open(&self, cx: &dyn MessageCx, message: &[u8]) -> Result<Opened, HandleError> {
        let message = MlsMessage::decode(message, cx.format())?.message;
        state::belongs(&message, cx.epoch(), cx.own())?;
        let sender = sender_of(cx, &message)?;
        let from = LeafIndex(sender.sender_leaf_index);
        state::is_member(cx.epoch(), from)?;
        check_signature(cx, &message, &sender)?;
        let content = self.content_of(cx, &message, &sender)?;
        let mut opened = Opened::new(from, state::body(content.as_slice())?);
        opened.alarms.extend(state::to_oneself(from, cx.own()));
        self.unguard(message.authenticated_data, &mut opened)?;
        Ok(opened)
    }

    fn past_epochs(&self) -> u64 {
        self.past_epochs
    }
}

impl TargetedMessages {
    /// Does something with the epoch's pre-shared key.
    fn with_psk<R>(
        &self,
        cx: &dyn MessageCx,
        from: LeafIndex,
        to: LeafIndex,
        work: impl FnOnce(&HpkePsk<'_>) -> Result<R, HandleError>,
    ) -> Result<R, HandleError> {
        work(&HpkePsk {
            label: DATA,
            context: &self.revision.context(from, to),
            psk: &cx.export(&PSK)?,
            psk_id: &state::psk_id(cx.epoch())?,
        })
    }

    /// TM-8: decrypts the content.
    fn content_of(
        &self,
        cx: &dyn MessageCx,
        message: &TargetedMessage,
        sender: &SenderAuthData,
    ) -> Result<Secret, HandleError> {
        let (from, to) = (LeafIndex(sender.sender_leaf_index), cx.own());
        let aad = message.authenticated_data.as_slice();
        let kem_output = sender.kem_output.as_slice();
        let aad = self
            .revision
            .associated_data(cx.epoch(), from, to, aad, kem_output)?;
        let sealed = HpkeCiphertext {
            kem_output: sender.kem_output.clone(),
            ciphertext: message.ciphertext.clone(),
        };
        let opened = self.with_psk(cx, from, to, |psk| cx.open_psk(psk, &aad, &sealed));
        opened.map_err(by("TM-8", "the content does not open"))
    }

    fn authenticated_data(
        &self,
        cx: &dyn MessageCx,
        letter: &Letter<'_>,
    ) -> Result<Opaque, HandleError> {
        if !self.guarded {
            return Ok(letter.authenticated_data.into());
        }
        let guarded = Guarded {
            nonce: cx.random(NONCE)?.into(),
            authenticated_data: letter.authenticated_data.into(),
        };
        Ok(encode(&guarded)?.into())
    }

    /// TM-S6: takes the nonce off the authenticated data, where there must be one.
    fn unguard(&self, authenticated_data: Opaque, opened: &mut Opened) -> Result<(), Reject> {
        if !self.guarded {
            opened.authenticated_data = authenticated_data.0;
            return Ok(());
        }
        let guarded: Guarded =
            wire::decode(authenticated_data.as_slice()).map_err(|e| malformed("TM-S6", e))?;
        if !(1..=LONGEST_NONCE).contains(&guarded.nonce.0.len()) {
            return Err(Reject::peer("TM-S6", "the message has no usable nonce"));
        }
        opened.once = Some(guarded.nonce.0);
        opened.authenticated_data = guarded.authenticated_data.0;
        Ok(())
    }
}

/// TM-S1, TM-12: the one other member that a message is for.
fn recipient(cx: &dyn MessageCx, letter: &Letter<'_>) -> Result<LeafIndex, Reject> {
    let Recipient::Member(to) = letter.to else {
        return Err(Reject::misuse(
            "TM-S1",
            "a targeted message is for one member",
        ));
    };
    if cx.epoch().leaf(to).is_none() {
        return Err(Reject::misuse("TM-S1", format!("{to} is not a member")));
    }
    match state::to_oneself(cx.own(), to) {
        Some(reject) => Err(Reject::misuse("TM-12", reject.detail())),
        None => Ok(to),
    }
}

/// TM-4: decrypts who sent the message.
fn sender_of(cx: &dyn MessageCx, message: &TargetedMessage) -> Result<SenderAuthData, HandleError> {
    let (key, nonce) = sender_keys(cx, message)?;
    let aad = state::sender_aad(message)?;
    let sealed = message.encrypted_sender_auth_data.as_slice();
    let sender = cx.aead_open(&key, &nonce, &aad, sealed);
    let sender = sender.map_err(by("TM-4", "the sender data does not open"))?;
    Ok(wire::decode(sender.as_slice()).map_err(|e| malformed("TM-4", e))?)
}

/// TM-6: the signature is that of the sender, over the message with its ciphertext.
fn check_signature(
    cx: &dyn MessageCx,
    message: &TargetedMessage,
    sender: &SenderAuthData,
) -> Result<(), HandleError> {
    let from = LeafIndex(sender.sender_leaf_index);
    let signed = signed(cx, message, from, &sender.kem_output)?;
    let verified = cx.verify(from, TBS, &signed, sender.signature.as_slice());
    verified.map_err(by("TM-6", "the signature is not the sender's"))
}

/// What the sender signs.
fn signed(
    cx: &dyn MessageCx,
    message: &TargetedMessage,
    from: LeafIndex,
    kem_output: &Opaque,
) -> Result<Vec<u8>, HandleError> {
    let hash = cx.hash(message.ciphertext.as_slice())?;
    let kind = (MLS10, cx.format());
    Ok(state::tbs(message, kind, from, kem_output, hash)?)
}

/// Key and nonce of the sender data, from a sample of the ciphertext.
fn sender_keys(
    cx: &dyn MessageCx,
    message: &TargetedMessage,
) -> Result<(Secret, Secret), HandleError> {
    let lengths = cx.lengths();
    let ciphertext = message.ciphertext.as_slice();
    let sample = ciphertext.get(..lengths.hash).unwrap_or(ciphertext);
    let secret = cx.export(&SENDER_AUTH_DATA)?;
    Ok((
        cx.expand(&secret, "key", sample, lengths.key)?,
        cx.expand(&secret, "nonce", sample, lengths.nonce)?,
    ))
}

/// Says which rule a cryptographic failure breaks.
fn by(rule: &'static str, detail: &'static str) -> impl FnOnce(HandleError) -> HandleError {
    move |error| match error {
        HandleError::Crypto(_) => Reject::peer(rule, detail).into(),
        other => other,
    }
}
