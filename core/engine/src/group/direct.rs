//! Messages of wire formats that are linked: sealed and opened by their plugins, never seen by
//! OpenMLS.

use std::any::TypeId;

use mls_trellis_hooks::{
    EpochState, Export, HandleError, LeafIndex, Letter, Opened, Recipient, Reject, Secret,
    WireFormat, WireFormatEntry,
};
use openmls_traits::{OpenMlsProvider as _, signatures::Signer as _};

use super::{
    Failed, Group, Live, Outgoing, Packet,
    inbox::{deliver, dispatch},
    message::may_send,
    receive::nothing_to_do,
    retain::{opened_before, past_epoch},
};
use crate::{
    Direct, Error, Event, Received, Result, Who,
    event::Alarm,
    message_cx::{BoundKeys, Keys, Labels, failed},
    safe,
    step::Step,
};

impl Group {
    /// Seals a message as wire format `W`, for one member or for all. It is durable before it is
    /// returned.
    ///
    /// What `authenticated_data` says can be read by everybody on the way.
    ///
    /// # Errors
    /// ENG-7 when the format is not linked; ENG-9 when the recipient is not a member; WF-S3 when it
    /// does not say that it reads the format; ENG-12, ENG-16 as for [`send`](Self::send); what the
    /// format rejects.
    pub fn seal_as<W: WireFormat>(
        &mut self,
        to: impl Into<Recipient>,
        body: &[u8],
        authenticated_data: &[u8],
    ) -> Result<Packet> {
        let client = self.client.clone();
        let mut formats = client.plugins().wire_formats();
        let entry = formats
            .find(|entry| entry.type_id == TypeId::of::<W>())
            .ok_or_else(|| {
                let detail = format!("wire format {} is not linked into this client", W::NAME);
                Reject::misuse("ENG-7", detail)
            })?;
        let letter = Letter {
            to: to.into(),
            body,
            authenticated_data,
        };
        let scope = self.scope.clone();
        self.work(|live, step| {
            may_send(live).map_err(Failed::intact)?;
            can_read(&live.epoch, entry, letter.to).map_err(Failed::intact)?;
            let own = LeafIndex(live.mls.own_leaf_index().u32());
            let keys = CurrentKeys { live, step };
            let crypto = &client.inner.crypto;
            let cx = BoundKeys::new(entry.into(), &live.epoch, own, crypto, &keys)?;
            let sealed = entry.kind.seal(&cx, &letter);
            let message = sealed.map_err(Failed::intact)?;
            let number = dispatch(step, &scope, &Outgoing::Message(message.clone()))?;
            Ok(Packet { number, message })
        })
    }

    /// Opens a message of a wire format that is linked.
    pub(super) fn open(&mut self, entry: &WireFormatEntry, bytes: &[u8]) -> Result<Received> {
        let envelope = entry.kind.peek(entry.format, bytes)?;
        if envelope.group_id != self.group_id {
            return Err(Reject::misuse("ENG-17", "the message is for another group").into());
        }
        let (current, epoch) = (self.epoch.epoch, envelope.epoch);
        if epoch > current {
            return Ok(Received::FutureEpoch { epoch });
        }
        if !self.is_active()? {
            return Err(Reject::misuse("ENG-12", "we are not a member any more").into());
        }
        let client = self.client.clone();
        let scope = self.scope.clone();
        let mut aside = None;
        let received = self.work(|live, step| {
            let opening = Opening {
                entry,
                crypto: &client.inner.crypto,
            };
            let (opened, identity) = match epoch == current {
                true => {
                    let own = LeafIndex(live.mls.own_leaf_index().u32());
                    let keys = CurrentKeys { live, step };
                    opening.open(&live.epoch, own, &keys, bytes)
                }
                false => {
                    let epochs = (current, epoch);
                    let past = past_epoch(step.plugins, step.buffer, &scope, entry, epochs);
                    let Some(past) = past.map_err(Failed::intact)? else {
                        aside = Some(Received::StaleEpoch { epoch });
                        return Err(Failed::intact(nothing_to_do()));
                    };
                    opening.open(&past.epoch, past.own, &past, bytes)
                }
            }
            .map_err(Failed::intact)?;
            if let Some(once) = &opened.once
                && opened_before(step, &scope, entry, (epoch, opened.from), once)?
            {
                aside = Some(Received::Duplicate);
                return Err(Failed::intact(nothing_to_do()));
            }
            let direct = Direct {
                format: entry.format.0,
                from: identity,
                epoch,
                body: opened.body,
                authenticated_data: opened.authenticated_data,
                alarms: opened.alarms.iter().map(Alarm::from).collect(),
            };
            let delivered = deliver(step, &scope, Event::Direct(direct.clone()))?;
            Ok(Received::Direct(delivered, direct))
        });
        aside.map_or(received, Ok)
    }
}

/// WF-S3: whoever is to read a message lists its wire format as supported.
fn can_read(epoch: &EpochState, entry: &WireFormatEntry, to: Recipient) -> Result<(), Reject> {
    let readers: Vec<_> = match to {
        Recipient::Member(leaf) => match epoch.leaves.get_key_value(&leaf) {
            Some(reader) => vec![reader],
            None => return Err(Reject::misuse("ENG-9", format!("{leaf} is not a member"))),
        },
        _ => epoch.leaves.iter().collect(),
    };
    for (index, leaf) in readers {
        if !leaf.wire_formats().contains(&entry.format) {
            return Err(Reject::incompatible(
                "WF-S3",
                format!(
                    "{} ({index}) does not support wire format {}",
                    leaf.identity, entry.format
                ),
            ));
        }
    }
    Ok(())
}

/// What opens messages of one format.
struct Opening<'s> {
    entry: &'s WireFormatEntry,
    crypto: &'s openmls_rust_crypto::RustCrypto,
}

impl Opening<'_> {
    fn open(
        &self,
        epoch: &EpochState,
        own: LeafIndex,
        keys: &dyn Keys,
        message: &[u8],
    ) -> Result<(Opened, Who)> {
        let labels = Labels::from(self.entry);
        let cx = BoundKeys::new(labels, epoch, own, self.crypto, keys)?;
        let opened = self.entry.kind.open(&cx, message).map_err(unopened)?;
        let sender = epoch.leaf(opened.from).ok_or_else(|| {
            let detail = format!("a message of {}, who is not a member", opened.from);
            unopened(Reject::peer("MSG-2", detail).into())
        })?;
        let who = Who::member(opened.from, &sender.identity);
        Ok((opened, who))
    }
}

/// The keys of the current epoch.
pub(super) struct CurrentKeys<'a> {
    pub(super) live: &'a Live,
    pub(super) step: &'a Step<'a>,
}

impl Keys for CurrentKeys<'_> {
    fn export(&self, export: &Export, length: usize) -> Result<Secret, HandleError> {
        let crypto = self.step.provider.crypto();
        let (label, context) = (export.label, export.context);
        let secret = self.live.mls.export_secret(crypto, label, context, length);
        secret.map(Secret::from).map_err(failed)
    }

    fn leaf_key(&self) -> Result<Secret, HandleError> {
        let mls = &self.live.mls;
        let own = mls.own_leaf_index().u32();
        let leaf = self.live.epoch.leaf(LeafIndex(own));
        let public_key = leaf.map(|leaf| leaf.encryption_key.clone());
        let key = safe::leaf_private_key(
            self.step.provider.storage(),
            mls.group_id(),
            mls.epoch(),
            own,
            &public_key.unwrap_or_default(),
        );
        key.map_err(|e| HandleError::Store(e.to_string()))?
            .ok_or_else(|| failed("our leaf's private key is not stored"))
    }

    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, HandleError> {
        // Why it did not sign is what the step says in the end.
        let signature = self.step.signer.sign(payload);
        signature.map_err(|_| failed("the keystore did not sign"))
    }
}

/// One error for whatever is wrong with a message, with the reason inside.
fn unopened(error: HandleError) -> Error {
    match error {
        HandleError::Reject(reject) => Error::Unopened(reject),
        store @ HandleError::Store(_) => store.into(),
        other => Error::Unopened(Reject::peer("MSG-2", other.to_string())),
    }
}
