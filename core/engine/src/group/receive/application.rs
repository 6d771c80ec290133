//! Receiving an application message.

use mls_trellis_hooks::{ComponentId, ContentType, EpochState, LeafIndex, Plugins};
use openmls::prelude::{Credential, Sender};
use openmls_traits::OpenMlsProvider as _;

use super::{Receiver, nothing_to_do};
use crate::{
    Event, Received, Result, Who,
    group::{ClearText, Failed, Live, inbox::deliver, message::message},
    incoming::{Authentic, check_aad_items, safe_aad},
    roster,
    stamp::{self, Stamped},
    traffic,
};

impl Receiver<'_> {
    pub(super) fn application(
        &self,
        live: &Live,
        sender: &Sender,
        credential: &Credential,
        body: Vec<u8>,
        epoch: u64,
    ) -> Result<Received, Failed> {
        let plugins = self.step.plugins;
        let signed = self.step.witness.take()?;
        // The signed bytes hold the GroupContext of the message's own epoch, which may be past.
        let own_epoch = match &signed.group_context {
            Some(context) if epoch != live.epoch.epoch => {
                roster::epoch_state(context, live.epoch.leaves.clone(), plugins)?
            }
            _ => live.epoch.clone(),
        };
        let aad = &signed.content.authenticated_data.0;
        let (text, payload) = ClearText::unwrap(plugins, &own_epoch, body)?;
        let authentic = Authentic { epoch, sender, aad };
        let kind = ContentType::Application;
        check_aad_items(plugins, &live.epoch, &authentic, kind, Some(&text))?;
        let Sender::Member(leaf) = sender else {
            return Err(self.failed(nothing_to_do()));
        };
        let seen = self.step.provider.crypto().take_sender_data();
        if let Some(seen) = seen.filter(|seen| seen.leaf_index == leaf.u32()) {
            let own = LeafIndex(live.mls.own_leaf_index().u32());
            traffic::observe(self.step, self.scope, &live.epoch, own, epoch, seen)?;
        }
        // Of the message's own epoch: somebody else may hold the leaf by now.
        let identity = roster::identity(credential, plugins)?;
        let from = LeafIndex(leaf.u32());
        let stamped = Stamped {
            epoch: &own_epoch,
            from,
            identity: &identity,
            authenticated_data: aad,
            text: &text,
        };
        let checked = |stamps| stamp::check(plugins, &stamped, stamps);
        let stamps = self.stamps.map(checked).transpose()?;
        let aad = known_items(plugins, &own_epoch, aad)?;
        let from = Who::member(from, &identity);
        let message = message(from, epoch, payload, aad, stamps);
        let delivered = deliver(self.step, self.scope, Event::Message(message.clone()))?;
        Ok(Received::Message(delivered, message))
    }
}

/// The items of linked components, for the application.
fn known_items(
    plugins: &Plugins,
    epoch: &EpochState,
    authenticated_data: &[u8],
) -> Result<Vec<(ComponentId, Vec<u8>)>> {
    if epoch.data(ComponentId::SAFE_AAD).is_none() {
        return Ok(Vec::new());
    }
    let items = safe_aad(authenticated_data)?;
    let known = items
        .iter()
        .filter(|(id, _)| plugins.component(**id).is_some());
    Ok(known.map(|(id, item)| (*id, item.0.clone())).collect())
}
